package main

import (
	"context"
	"net/http"
	"sync"

	"github.com/silenceper/wechat/v2"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	"github.com/silenceper/wechat/v2/officialaccount/menu"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/sirupsen/logrus"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// oldProgram is the program to move. It keeps its token in Redis, and records the
// messages that it gets and its answers.
type oldProgram struct {
	account *officialaccount.OfficialAccount

	mu      sync.Mutex
	records []record
}

// record is a message, decrypted, and the answer to it.
type record struct {
	body   []byte
	answer string
}

// newOldProgram makes the old program. Its HTTP client and its logger are those of the
// process.
func newOldProgram(ctx context.Context, platform *wechattest.Platform, redisAddress string) *oldProgram {
	wc := wechat.NewWechat()
	logrus.SetLevel(logrus.ErrorLevel)
	wc.SetHTTPClient(platform.Client())
	wc.SetCache(cache.NewRedis(ctx, &cache.RedisOpts{Host: redisAddress}))
	a := platform.Config()
	return &oldProgram{account: wc.GetOfficialAccount(&config.Config{
		AppID: a.AppID, AppSecret: a.Secret, Token: a.Token, EncodingAESKey: a.EncodingAESKey,
	})}
}

func (p *oldProgram) createMenu() error {
	return p.account.GetMenu().SetMenu([]*menu.Button{
		menu.NewClickButton("今日歌曲", "SONG"),
		menu.NewSubButton("更多", []*menu.Button{menu.NewViewButton("搜索", "https://www.example.com/search"), menu.NewClickButton("帮助", "HELP")}),
	})
}

// call makes a call that changes nothing.
func (p *oldProgram) call() error {
	_, err := p.account.GetBasic().GetCallbackIP()
	return err
}

func (p *oldProgram) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	srv := p.account.GetServer(r, w)
	srv.SetMessageHandler(func(m *message.MixMessage) *message.Reply {
		answer := oldAnswer(m)
		p.mu.Lock()
		p.records = append(p.records, record{srv.RequestRawXMLMsg, answer})
		p.mu.Unlock()
		return &message.Reply{MsgType: message.MsgTypeText, MsgData: message.NewText(answer)}
	})
	if err := srv.Serve(); err != nil {
		http.Error(w, "", http.StatusForbidden)
		return
	}
	if err := srv.Send(); err != nil {
		logrus.Error(err)
	}
}

func oldAnswer(m *message.MixMessage) string {
	switch {
	case m.Event == message.EventSubscribe:
		return "欢迎关注"
	case m.Event == message.EventClick && m.EventKey == "SONG":
		return "茉莉花"
	case m.MsgType == message.MsgTypeText:
		return "收到：" + m.Content
	default:
		return "听不懂"
	}
}

// recorded returns what the program has recorded.
func (p *oldProgram) recorded() []record {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.records
}
