package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo serves three accounts of the local platform and prints what happens; unless once
// is set, the lines of in then go to the accounts that they name.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	if once {
		in = nil
	}
	return errors.Join(visit(ctx, stage, in), stage.Close())
}

// world is three accounts, each with its part of the platform.
type world struct {
	*transcript.Stage
	site      string
	platforms map[string]*wechattest.Platform
	registry  *Registry
}

var appIDs = []string{"wxaaaaaaaaaaaaaaaa", "wxbbbbbbbbbbbbbbbb", "wxcccccccccccccccc"}

func visit(ctx context.Context, stage *transcript.Stage, in io.Reader) (err error) {
	w := &world{Stage: stage, platforms: map[string]*wechattest.Platform{}}
	w.registry = NewRegistry(w.client)
	if w.site, err = stage.Serve(mount(w.registry)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.registry.Set()) }()
	for i, id := range appIDs {
		p, err := wechattest.Open(wechattest.Config{
			AppID: id, Token: fmt.Sprint("token", i), OriginalID: fmt.Sprint("gh_", i), Mode: wechattest.Safe, Deliveries: 1,
		})
		if err != nil {
			return err
		}
		defer p.Close()
		p.BotURL(w.site + "/wechat/" + id)
		w.platforms[id] = p
	}

	stage.Title("Three accounts")
	a, b, c := appIDs[0], appIDs[1], appIDs[2]
	w.change("adds two accounts", func() error { return errors.Join(w.registry.Add(w.account(a)), w.registry.Add(w.account(b))) })
	w.talks(a, true)
	w.talks(b, true)
	w.talks(c, false)
	w.change("adds the third", func() error { return w.registry.Add(w.account(c)) })
	w.talks(c, true)
	w.change("removes the first", func() error { return w.registry.Remove(a) })
	w.talks(a, false)
	w.talks(b, true)
	stage.Step("forger", "sends what was signed for another account", func() (string, error) {
		p := w.platforms[a]
		p.BotURL(w.site + "/wechat/" + b)
		defer p.BotURL(w.site + "/wechat/" + a)
		reply, err := p.User("oLiLei").Text("let me in")
		if err == nil {
			return reply.Saw(), errors.New("(expected a refusal)")
		}
		return fmt.Sprintf("refused, HTTP %d", reply.Deliveries[0].Status), nil
	})
	if in != nil {
		stage.Talk(ctx, in, "Talk to "+b+" or "+c+": appid, blank, text", w.answer)
	}
	return nil
}

// account is an account as an environment would describe it.
func (w *world) account(appID string) Account {
	cfg := w.platforms[appID].Config()
	return Account{AppID: cfg.AppID, Secret: cfg.Secret, Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey}
}

func (w *world) client(a Account) (*officialaccount.Client, error) {
	p := w.platforms[a.AppID]
	return officialaccount.New(officialaccount.Config{AppID: a.AppID, Secret: a.Secret, BaseURL: p.URL(), HTTPClient: p.Client()})
}

func (w *world) change(what string, do func() error) {
	w.Step("program", what, func() (string, error) {
		err := do()
		return strings.Join(w.registry.AppIDs(), ", "), err
	})
}

// talks sends a text to an account, which is served if there is true.
func (w *world) talks(appID string, there bool) {
	w.Step("user", "says hello to "+appID, func() (string, error) {
		reply, err := w.platforms[appID].User("oLiLei").Text("hello")
		if there {
			return transcript.Sees(appID+" has 1 followers, and you say: hello")(reply, err)
		}
		if err == nil || reply.Deliveries[0].Status != http.StatusNotFound {
			return reply.Saw(), errors.New("(it should not have been there)")
		}
		return "nobody there, HTTP 404", nil
	})
}

func (w *world) answer(line string) string {
	appID, text, _ := strings.Cut(line, " ")
	p := w.platforms[appID]
	if p == nil {
		return "There is no account " + appID + "."
	}
	reply, err := p.User("oLiLei").Text(text)
	if err != nil {
		return err.Error()
	}
	return reply.Saw()
}
