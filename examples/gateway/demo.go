package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// address is the address of the gateway for the businesses. The balancer answers there.
const address = "http://127.0.0.1:1"

// demo starts everything and prints what happens.
func demo(ctx context.Context, out io.Writer, rdb *redis.Client) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage, rdb), stage.Close())
}

// scene is the gateway with two businesses.
type scene struct {
	*transcript.Stage
	balancer         *balancer
	shop, newsletter *officialaccount.Client
	shopKey          string
}

func visit(ctx context.Context, stage *transcript.Stage, rdb *redis.Client) error {
	s := &scene{Stage: stage, shopKey: gateway.NewKey()}
	newsletterKey := gateway.NewKey()
	rules, err := s.rules(s.shopKey, newsletterKey)
	if err != nil {
		return err
	}
	first, err := start(stage, rdb, rules)
	if err != nil {
		return err
	}
	defer first.kill()
	second, err := start(stage, rdb, rules)
	if err != nil {
		return err
	}
	defer second.kill()
	s.balancer = newBalancer(first, second)
	defer s.balancer.transport.CloseIdleConnections()
	if s.shop, err = s.client(s.shopKey); err != nil {
		return err
	}
	if s.newsletter, err = s.client(newsletterKey); err != nil {
		return err
	}
	s.tokensShared(ctx)
	s.throttled(ctx)
	s.refused(ctx)
	s.killed(ctx, first)
	return nil
}

// rules returns the account and the two businesses.
func (s *scene) rules(shopKey, newsletterKey string) (rules, error) {
	account := s.Platform.Config()
	shop, err := gateway.HashKey(shopKey)
	if err != nil {
		return rules{}, err
	}
	newsletter, err := gateway.HashKey(newsletterKey)
	if err != nil {
		return rules{}, err
	}
	return rules{
		accounts: []gateway.Account{{AppID: account.AppID, Secret: account.Secret}},
		businesses: []gateway.Business{
			{
				Name: "shop " + shop.String()[:15], Keys: []gateway.KeyHash{shop}, Accounts: []string{account.AppID},
				Allow: []string{"/cgi-bin/menu/*", "/cgi-bin/getcallbackip"}, Kinds: []token.Kind{token.AccessToken},
			},
			{ // the name is new in each run, so counts in a real Redis start at zero
				Name: "newsletter " + newsletter.String()[:15], Keys: []gateway.KeyHash{newsletter}, Accounts: []string{account.AppID},
				Allow:  []string{"/cgi-bin/draft/*"},
				Limits: []gateway.Limit{{Path: "/cgi-bin/draft/*", Calls: 5, Per: time.Hour}},
			},
		},
		passKey: []byte(rand.Text() + rand.Text()),
	}, nil
}

// client returns the client of a business: the address of the gateway, and the key as the secret.
func (s *scene) client(key string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{
		AppID: s.Platform.Config().AppID, Secret: key, BaseURL: address,
		HTTPClient: &http.Client{Transport: s.balancer, Timeout: 10 * time.Second},
	})
}

// fetched reports how often the platform was asked for a token.
func (s *scene) fetched(want int) (string, error) {
	got := s.Platform.TokenRequests()
	outcome := fmt.Sprintf("done; tokens fetched from the platform so far: %d", got)
	if got != want {
		return outcome, fmt.Errorf("(expected: %d)", want)
	}
	return outcome, nil
}

func (s *scene) tokensShared(ctx context.Context) {
	s.Title("Two businesses, two instances, one token")
	s.Step("shop", "creates the menu", func() (string, error) {
		if err := menu.New(s.shop).Create(ctx, menu.Button{Type: menu.Click, Name: "今日新品", Key: "NEW"}); err != nil {
			return "", err
		}
		return s.fetched(1)
	})
	s.Step("newsletter", "counts its drafts", func() (string, error) {
		if err := drafts(ctx, s.newsletter); err != nil {
			return "", err
		}
		return s.fetched(1)
	})
	s.Step("a service", "asks the token server for the token", func() (string, error) {
		source, err := token.Remote(token.RemoteConfig{URL: address + "/tokens/" + s.Platform.Config().AppID, Key: s.shopKey, HTTPClient: &http.Client{Transport: s.balancer}})
		if err != nil {
			return "", err
		}
		if _, err := source.Token(ctx); err != nil {
			return "", err
		}
		return s.fetched(1)
	})
	s.Step("the platform", "revokes the token; the shop calls again", func() (string, error) {
		s.Platform.RevokeTokens()
		if err := addresses(ctx, s.shop); err != nil {
			return "", err
		}
		return s.fetched(2)
	})
}

func (s *scene) throttled(ctx context.Context) {
	s.Title("A limit of 5 calls an hour, over both instances")
	s.Step("newsletter", "counts its drafts ten times more", func() (string, error) {
		passed, refused := 0, 0
		for range 10 {
			err := drafts(ctx, s.newsletter)
			switch {
			case err == nil:
				passed++
			case errors.Is(err, errcode.MinuteQuotaReached):
				refused++
			default:
				return "", err
			}
		}
		outcome := fmt.Sprintf("%d went through, %d were refused with 45011", passed, refused)
		if passed != 4 || refused != 6 {
			return outcome, errors.New("(expected: 4 and 6)")
		}
		return outcome, nil
	})
	s.Step("shop", "is not affected", func() (string, error) {
		return "done", addresses(ctx, s.shop)
	})
}

func (s *scene) refused(ctx context.Context) {
	s.Title("Calls that are not allowed")
	for _, path := range []string{"/cgi-bin/menu/get", "/cgi-bin/draft/../menu/get", "/cgi-bin/draft%2f..%2fmenu/get"} {
		s.Step("newsletter", "asks for "+path, func() (string, error) {
			var refusal *errcode.Error
			err := s.newsletter.Get(ctx, path, nil, nil)
			if !errors.As(err, &refusal) {
				return "", fmt.Errorf("expected a refusal: %w", err)
			}
			if n := s.Platform.Count("/cgi-bin/menu/get"); n != 0 {
				return "", fmt.Errorf("the platform received it %d times", n)
			}
			return fmt.Sprintf("refused: errcode %d, %s", int(refusal.Code), refusal.Message), nil
		})
	}
}

func (s *scene) killed(ctx context.Context, first *instance) {
	s.Title("An instance is killed")
	s.Step("shop", "calls 40 times; after ten of them the first instance is killed", func() (string, error) {
		lost := 0
		for n := range 40 {
			if n == 10 {
				if err := first.kill(); err != nil {
					return "", err
				}
			}
			if err := addresses(ctx, s.shop); err != nil {
				lost++
			}
		}
		if lost > 0 {
			return "", fmt.Errorf("%d calls were lost", lost)
		}
		return s.fetched(2)
	})
}

// addresses is a call that changes nothing: 获取微信推送服务器IP.
func addresses(ctx context.Context, oa *officialaccount.Client) error {
	return oa.Get(ctx, "/cgi-bin/getcallbackip", nil, nil)
}

// drafts is another one: 获取草稿总数.
func drafts(ctx context.Context, oa *officialaccount.Client) error {
	return oa.Get(ctx, "/cgi-bin/draft/count", nil, nil)
}
