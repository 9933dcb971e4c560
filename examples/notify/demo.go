package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/subscribe"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo sends notifications to a user of the local platform and prints what becomes
// of them.
func demo(ctx context.Context, out io.Writer) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage), stage.Close())
}

func visit(ctx context.Context, stage *transcript.Stage) error {
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	reports := make(chan string, 16)
	bot, err := newBot(localAccount(stage.Platform), func(text string) { reports <- text })
	if err != nil {
		return err
	}
	defer bot.Shutdown(ctx)
	stage.Platform.Bot(bot)
	user := stage.Platform.User("oXiaoMing")
	return errors.Join(templateMessages(ctx, stage, oa, user, reports), subscriptionNotices(ctx, stage, oa, user, reports))
}

func templateMessages(ctx context.Context, stage *transcript.Stage, oa *officialaccount.Client, user *wechattest.User, reports <-chan string) error {
	stage.Title("Template messages (模板消息)")
	templates := template.New(oa)
	id, err := templates.Add(ctx, "2023", "商品名称", "签收时间")
	if err != nil {
		return err
	}
	send := func(outcome string) func() (string, error) {
		return func() (string, error) {
			data := notice.Data{"thing1": {Value: "自行车 & bell"}, "thing2": {Value: "今天 12:30"}}
			_, err := templates.Send(ctx, template.Message{To: user.OpenID(), TemplateID: id, Data: data})
			if err != nil {
				return "", err
			}
			return next(ctx, reports, outcome)
		}
	}
	stage.Step("bot", "sends a message", send("success"))
	stage.Step("user", "reads it", func() (string, error) { return reads(stage, user, 1) })
	user.MuteTemplates(true)
	stage.Step("bot", "sends to a user who has turned them off", send("failed:user block"))
	return nil
}

func subscriptionNotices(ctx context.Context, stage *transcript.Stage, oa *officialaccount.Client, user *wechattest.User, reports <-chan string) error {
	stage.Title("Subscription notices (订阅通知)")
	notices := subscribe.New(oa)
	id, data, err := newNotice(ctx, notices)
	if err != nil {
		return err
	}
	m := subscribe.Message{To: user.OpenID(), TemplateID: id, Data: data}
	refused := func() (string, error) {
		_, err := notices.Send(ctx, m)
		if !errors.Is(err, errcode.UserRefusedMessage) {
			return "", fmt.Errorf("(expected a refusal) %w", err)
		}
		return err.Error(), nil
	}
	stage.Step("bot", "sends to a user who has not agreed", refused)
	stage.Step("user", "agrees to one notice", func() (string, error) {
		if _, err := user.AnswerPopup(wechattest.Consent{TemplateID: id, Status: "accept", Scene: 1}); err != nil {
			return "", err
		}
		return next(ctx, reports, "accept")
	})
	stage.Step("bot", "sends a notice", func() (string, error) {
		if _, err := notices.Send(ctx, m); err != nil {
			return "", err
		}
		return next(ctx, reports, "0 success")
	})
	stage.Step("user", "reads it", func() (string, error) { return reads(stage, user, 2) })
	stage.Step("bot", "sends a second one", refused)
	return nil
}

// newNotice makes a template from the first public title of the account's categories
// that allows one notice per consent. Its data are the platform's examples.
func newNotice(ctx context.Context, notices *subscribe.Service) (id string, data notice.Data, err error) {
	categories, err := notices.ListCategories(ctx)
	if err != nil {
		return "", nil, err
	}
	var ids []string
	for _, c := range categories {
		ids = append(ids, c.ID)
	}
	for title, err := range notices.AllTitles(ctx, ids...) {
		if err != nil {
			return "", nil, err
		}
		if title.Type != subscribe.OneTime {
			continue
		}
		keywords, err := notices.ListKeywords(ctx, title.ID)
		if err != nil || len(keywords) < 2 {
			return "", nil, errors.Join(err, errors.New("a title without two keywords"))
		}
		data = notice.Data{}
		for _, k := range keywords[:2] {
			data[k.Rule+k.ID] = notice.Value{Value: k.Example}
		}
		id, err = notices.Add(ctx, subscribe.NewTemplate{TitleID: title.ID, Keywords: []string{keywords[0].ID, keywords[1].ID}, Scene: "示例"})
		return id, data, err
	}
	return "", nil, errors.New("the account's categories have no title")
}

// reads is the newest message that the user has, who must have so many.
func reads(stage *transcript.Stage, user *wechattest.User, messages int) (string, error) {
	got := stage.Platform.Messages(user.OpenID())
	if len(got) != messages {
		return "", fmt.Errorf("%d messages, not %d", len(got), messages)
	}
	return fmt.Sprintf("%q", got[messages-1].Content), nil
}

// next returns the bot's next report, which must contain text.
func next(ctx context.Context, reports <-chan string, text string) (string, error) {
	select {
	case got := <-reports:
		if !strings.Contains(got, text) {
			return got, fmt.Errorf("(expected: %q)", text)
		}
		return got, nil
	case <-time.After(10 * time.Second):
		return "", errors.New("the bot has received nothing")
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
