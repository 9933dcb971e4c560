package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// The two accounts of the transcript.
const (
	flowers = "wx00000000f10e0001"
	books   = "wx00000000b00c0002"
)

// demo runs the third-party platform and the local platform, and prints what happens.
func demo(ctx context.Context, out io.Writer) error {
	server, err := miniredis.Run()
	if err != nil {
		return err
	}
	defer server.Close()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	wechat, err := wechattest.Open(wechattest.Config{
		Mode: wechattest.Component, CallbackPath: "/wechat/$APPID$/callback", NoticePath: "/wechat/notices",
	})
	if err != nil {
		return err
	}
	s := &stage{ctx: ctx, out: out, wechat: wechat, redis: server.Addr(), key: key}
	return errors.Join(s.play(), wechat.Close())
}

// stage is where the transcript is played.
type stage struct {
	ctx    context.Context
	out    io.Writer
	wechat *wechattest.Platform
	redis  string // address
	key    []byte

	steps, failed int
}

func (s *stage) play() error {
	err := s.process("The platform begins (第三方平台启动)", func(p *component.Platform, address string) {
		s.step("WeChat", "pushes the verify ticket", "success", s.ticket)
		for _, account := range []string{flowers, books} {
			s.step("administrator", "opens /authorize and scans for "+account, "授权成功 "+account, func() (string, error) { return s.scan(address, account) })
		}
		for _, account := range []string{flowers, books} {
			s.step("user", "writes to "+account, account+": 你好", func() (string, error) { return s.say(account, "你好") })
		}
		s.step("program", "calls the API for both", "2 accounts answered", func() (string, error) { return s.call(p, flowers, books) })
		s.step("stranger", "comes to /authorized with a foreign code", "403", func() (string, error) { return s.stray(address) })
	})
	if err != nil {
		return err
	}
	s.wechat.Advance(2 * time.Hour)
	s.wechat.ExpireTokens()
	s.wechat.Tenant(flowers).RotateRefreshToken(true)
	err = s.process("After a restart, two hours later (重启)", func(p *component.Platform, _ string) {
		s.step("program", "calls the API, with refreshed tokens", "2 accounts answered", func() (string, error) { return s.call(p, flowers, books) })
		s.step("user", "writes to "+books, books+": 还在吗", func() (string, error) { return s.say(books, "还在吗") })
		s.step("administrator", "withdraws the authorization of "+flowers, "success", func() (string, error) {
			return "success", s.wechat.Unauthorize(flowers)
		})
		s.step("program", "calls the API for "+flowers, "has not authorized", func() (string, error) {
			_, err := s.call(p, flowers)
			return fmt.Sprint(err), nil
		})
		s.step("WeChat", "checks the nationwide release (全网发布检测)", "passed", func() (string, error) {
			return "passed", s.wechat.CheckRelease(1)
		})
	})
	if err != nil {
		return err
	}
	if s.failed > 0 {
		return fmt.Errorf("%d of %d steps failed", s.failed, s.steps)
	}
	fmt.Fprintf(s.out, "\n%d steps, all as expected.\n", s.steps)
	return nil
}

// process is one life of the third-party platform, over TCP as in real life.
func (s *stage) process(title string, visit func(p *component.Platform, address string)) (err error) {
	fmt.Fprintf(s.out, "\n%s\n", title)
	kept, closeRedis, err := openRedis(s.redis, "component:")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRedis()) }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := "http://" + listener.Addr().String()
	cfg := s.wechat.Config()
	p, handler, err := newPlatform(component.Config{
		AppID: cfg.ComponentAppID, Secret: wechattest.DefaultComponentSecret, Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey,
		Store: kept, SealKeys: [][]byte{s.key}, HTTPClient: s.wechat.Client(), BaseURL: s.wechat.URL(),
	}, address)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(listener)
	s.wechat.BotURL(address + "/wechat/$APPID$/callback")
	visit(p, address)
	return errors.Join(server.Shutdown(s.ctx), p.Shutdown(s.ctx))
}

// step prints what somebody does and what came of it, which should contain want.
func (s *stage) step(who, what, want string, do func() (string, error)) {
	answer, err := do()
	if err != nil {
		answer = err.Error()
	}
	s.steps++
	mark := "ok  "
	if err != nil || !strings.Contains(answer, want) {
		s.failed++
		mark = "FAIL"
	}
	fmt.Fprintf(s.out, "  %s %-14s %s\n       %-14s %s\n", mark, who+":", what, "→", strings.TrimSpace(answer))
}

func (s *stage) ticket() (string, error) { return "success", s.wechat.PushTicket() }

// scan is an administrator's way: the page with the link, the QR code, and back.
func (s *stage) scan(address, account string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	browser := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	page, err := visit(browser, address+"/authorize")
	if err != nil {
		return "", err
	}
	link := regexp.MustCompile(`href="([^"]+)"`).FindStringSubmatch(page)
	if link == nil {
		return "", fmt.Errorf("no link on the page: %s", page)
	}
	back, err := s.wechat.Authorize(html.UnescapeString(link[1]), account)
	if err != nil {
		return "", err
	}
	return visit(browser, back)
}

// stray comes back from a page that this browser never saw.
func (s *stage) stray(address string) (string, error) {
	return visit(&http.Client{Timeout: 10 * time.Second}, address+"/authorized?auth_code=stolen&state=guessed")
}

// visit opens a page and returns its status and text.
func visit(browser *http.Client, address string) (string, error) {
	resp, err := browser.Get(address)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	_, err = io.Copy(&text, io.LimitReader(resp.Body, 1<<16))
	return fmt.Sprintf("%d %s", resp.StatusCode, text.String()), err
}

func (s *stage) say(account, text string) (string, error) {
	reply, err := s.wechat.Tenant(account).Send("oXiaoMing", wechattest.Text(text))
	return reply.Content, err
}

// call makes a call for each account, with the account's own token.
func (s *stage) call(p *component.Platform, accounts ...string) (string, error) {
	for _, account := range accounts {
		if err := p.Client(account).Get(s.ctx, "/cgi-bin/getcallbackip", nil, nil); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d accounts answered", len(accounts)), nil
}
