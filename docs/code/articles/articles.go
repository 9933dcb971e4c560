// Package articles has the code of the page about articles and mass sends.
package articles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/comment"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/freepublish"
	"github.com/seed-f21aa8d8/wechat/markdown"
	"github.com/seed-f21aa8d8/wechat/mass"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/publish"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/user"
)

// salePost is a post with a cover and a picture in its text, both in the folder.
func salePost(folder *os.Root) publish.Post {
	return publish.Post{
		Name:  "sale-2026-11",
		Files: folder.FS(),
		Articles: []publish.Article{{
			Article: article.Article{
				Title:     "双十一会场攻略",
				Author:    "小店编辑部",
				Digest:    "满 300 减 50",
				Content:   `<p>会场入口：</p><p><img src="hall.png"></p>`,
				SourceURL: "https://shop.example.com/sale", // 阅读原文
			},
			Cover: "cover.jpg",
		}},
	}
}

// fromMarkdown makes the content of a post from Markdown.
func fromMarkdown(source string) article.Article {
	a := markdown.ParseArticle(source)
	return article.Article{Title: a.Title, Content: a.HTML}
}

// publishSale makes the draft, gives it a public address, and sends it to the followers
// with a tag. Each step that was done with the same content is not done again.
func publishSale(ctx context.Context, p *publish.Publisher, post publish.Post, tag int) error {
	d, err := p.Draft(ctx, post) // uploads cover and pictures
	if err != nil {
		return err
	}
	slog.Info("draft", "media_id", d.MediaID, "dropped", d.Foreign)

	published, err := p.Publish(ctx, post)
	if err != nil {
		return err
	}
	slog.Info("published", "url", published.Articles[0].URL)

	sent, err := p.SendToTag(ctx, post, tag)
	if err != nil {
		return err
	}
	slog.Info("sent", "job", sent.JobID)
	return nil
}

// newPublisher returns a publisher that remembers in kept what it has done. The bot tells
// it at once when the platform has finished, and logs what became of a mass send.
func newPublisher(oa *officialaccount.Client, kept store.Store, bot *message.Handler) *publish.Publisher {
	p := publish.New(oa, kept)
	message.On(bot, p.PublishFinished)
	message.On(bot, func(ctx context.Context, e *message.MassSendJobFinishEvent) (message.Reply, error) {
		logMassSend(e) // whatever your program does with the numbers
		return p.SendFinished(ctx, e)
	})
	return p
}

// byHand makes the same steps with the packages below.
func byHand(ctx context.Context, oa *officialaccount.Client, cover, hall io.Reader) (publishID string, err error) {
	materials := material.New(oa)
	picture, err := materials.Add(ctx, material.Image, "cover.jpg", cover) // permanent
	if err != nil {
		return "", err
	}
	url, err := materials.UploadArticleImage(ctx, "hall.png", hall) // for the text
	if err != nil {
		return "", err
	}
	mediaID, err := draft.New(oa).Add(ctx, article.Article{
		Title:        "双十一会场攻略",
		Content:      `<p><img src="` + url + `"></p>`,
		CoverMediaID: picture.MediaID,
	})
	if err != nil {
		return "", err
	}
	job, err := freepublish.New(oa).Submit(ctx, mediaID)
	if err != nil {
		return "", err
	}
	return job.PublishID, nil
}

// replyWithPicture uploads a temporary material, which lives three days, for a reply.
func replyWithPicture(ctx context.Context, oa *officialaccount.Client, name string, r io.Reader) (message.Reply, error) {
	media, err := material.New(oa).Upload(ctx, material.Image, name, r)
	if err != nil {
		return nil, err
	}
	return message.ImageReply{MediaID: media.MediaID}, nil
}

// savePicture keeps what a user sent.
func savePicture(ctx context.Context, oa *officialaccount.Client, m *message.Image, w io.Writer) error {
	file, err := material.New(oa).Download(ctx, m.MediaID)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

// sendToMembers previews a text, and sends it to the followers with a tag.
func sendToMembers(ctx context.Context, oa *officialaccount.Client, tester string, tag int) (*mass.Job, error) {
	sends := mass.New(oa)
	text := mass.Text("会员日：今晚 20:00 开抢")
	if _, err := sends.Preview(ctx, tester, text); err != nil {
		return nil, err
	}
	job, err := sends.SendToTag(ctx, tag, text, mass.WithClientMsgID("member-day-202611"))
	switch {
	case errors.Is(err, errcode.NoMassSendQuota):
		return nil, errors.New("no mass send is left in this period")
	case err != nil:
		return nil, err
	case job.Repeated:
		slog.Info("was sent before", "job", job.ID)
	}
	return job, nil
}

// tagNamed returns the id of a tag.
func tagNamed(ctx context.Context, oa *officialaccount.Client, name string) (id int, err error) {
	tags, err := user.New(oa).ListTags(ctx)
	if err != nil {
		return 0, err
	}
	for _, tag := range tags {
		if tag.Name == name {
			return tag.ID, nil
		}
	}
	return 0, fmt.Errorf("the account has no tag %q", name)
}

// logMassSend logs what became of a mass send.
func logMassSend(e *message.MassSendJobFinishEvent) {
	slog.Info("mass send finished", "job", e.JobMsgID, "ok", e.Status.OK(), "status", string(e.Status),
		"receivers", e.TotalCount, "after filters", e.FilterCount, "sent", e.SentCount, "failed", e.ErrorCount)
}

// reportMassSends is for a bot without a publisher.
func reportMassSends(bot *message.Handler) {
	message.On(bot, func(ctx context.Context, e *message.MassSendJobFinishEvent) (message.Reply, error) {
		logMassSend(e)
		return nil, nil
	})
}

// thankReaders opens the comments of an article and replies to each comment.
func thankReaders(ctx context.Context, oa *officialaccount.Client, msgDataID string) error {
	comments := comment.New(oa)
	first := comment.Article{MsgDataID: msgDataID}
	for c, err := range comments.All(ctx, first, comment.AnyType) {
		if err != nil {
			return err
		}
		if len(c.Replies) > 0 {
			continue // a comment has at most one reply
		}
		if err := comments.AddReply(ctx, first, c.ID, "谢谢支持！"); err != nil {
			return err
		}
	}
	return nil
}

// latestTitles returns the titles of the published articles.
func latestTitles(ctx context.Context, oa *officialaccount.Client) (titles []string, err error) {
	for post, err := range freepublish.New(oa).All(ctx, freepublish.WithoutContent()) {
		if err != nil {
			return nil, err
		}
		for i, a := range post.Articles {
			titles = append(titles, strconv.Itoa(i+1)+" "+a.Title)
		}
	}
	return titles, nil
}
