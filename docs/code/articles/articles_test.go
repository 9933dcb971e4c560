package articles

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/comment"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// account is an account on the platform in memory with a bot.
type account struct {
	*wechattest.Platform
	oa  *officialaccount.Client
	bot *message.Handler
}

func open(t *testing.T) account {
	p := wechattest.New(t, wechattest.Config{})
	return account{p, localtest.Client(t, p), localtest.Bot(t, p)}
}

func (a account) tag(t *testing.T, openID string) int {
	a.User(openID)
	users := user.New(a.oa)
	tag, err := users.CreateTag(t.Context(), "会员")
	require.NoError(t, err)
	require.NoError(t, users.Tag(t.Context(), tag.ID, openID))
	return tag.ID
}

func TestPublish(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"cover.jpg", "hall.png"} {
		require.NoError(t, os.WriteFile(folder+"/"+name, []byte("a picture"), 0o600))
	}
	root, err := os.OpenRoot(folder)
	require.NoError(t, err)
	defer root.Close()
	synctest.Test(t, func(t *testing.T) {
		a := open(t)
		finished := sendsOf(a.bot)
		p := newPublisher(a.oa, store.NewMemory(), a.bot)
		tag := a.tag(t, "oLiLei")
		for range 2 {
			require.NoError(t, publishSale(t.Context(), p, salePost(root), tag))
		}
		require.Len(t, a.Messages("oLiLei"), 1, "the second run changes nothing")
		require.Equal(t, 1, (<-finished).SentCount)
		titles, err := latestTitles(t.Context(), a.oa)
		require.NoError(t, err)
		require.Equal(t, []string{"1 双十一会场攻略"}, titles)
	})
}

func TestByHand(t *testing.T) {
	a := open(t)
	id, err := byHand(t.Context(), a.oa, strings.NewReader("a picture"), strings.NewReader("another"))
	require.NoError(t, err)
	require.NotEmpty(t, id)
	require.Equal(t, "标题", fromMarkdown("# 标题\n\n正文").Title)
}

func TestMedia(t *testing.T) {
	a := open(t)
	reply, err := replyWithPicture(t.Context(), a.oa, "cat.png", strings.NewReader("a cat"))
	require.NoError(t, err)
	var got bytes.Buffer
	require.NoError(t, savePicture(t.Context(), a.oa, &message.Image{MediaID: reply.(message.ImageReply).MediaID}, &got))
	require.Equal(t, "a cat", got.String())
}

// sendsOf returns the events of mass sends that a bot receives.
func sendsOf(bot *message.Handler) <-chan *message.MassSendJobFinishEvent {
	finished := make(chan *message.MassSendJobFinishEvent, 1)
	bot.Use(func(next message.HandlerFunc) message.HandlerFunc {
		return func(ctx context.Context, m message.Message) (message.Reply, error) {
			if e, ok := m.(*message.MassSendJobFinishEvent); ok {
				finished <- e
			}
			return next(ctx, m)
		}
	})
	return finished
}

func TestMassSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := open(t)
		finished := sendsOf(a.bot)
		reportMassSends(a.bot)
		tag := a.tag(t, "oLiLei")
		named, err := tagNamed(t.Context(), a.oa, "会员")
		require.NoError(t, err)
		require.Equal(t, tag, named)
		_, err = tagNamed(t.Context(), a.oa, "游客")
		require.EqualError(t, err, `the account has no tag "游客"`)
		job, err := sendToMembers(t.Context(), a.oa, "oLiLei", tag)
		require.NoError(t, err)
		require.NotEmpty(t, job.ID)
		e := <-finished
		require.Equal(t, job.ID, e.JobMsgID)
		require.Equal(t, 1, e.SentCount)
	})
}

func TestComments(t *testing.T) {
	a := open(t)
	data := a.PublishArticles("新品")
	require.NoError(t, comment.New(a.oa).Open(t.Context(), comment.Article{MsgDataID: data}))
	_, err := a.User("oLiLei").Comment(data, 0, "好看")
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, thankReaders(t.Context(), a.oa, data))
	}
	for c, err := range comment.New(a.oa).All(t.Context(), comment.Article{MsgDataID: data}, comment.AnyType) {
		require.NoError(t, err)
		require.Equal(t, "谢谢支持！", c.Replies[0].Content)
	}
}
