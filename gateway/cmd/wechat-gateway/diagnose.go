package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/gateway/internal/config"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// patience is the maximum time that -check waits for one answer.
const patience = 10 * time.Second

// diagnosis prints its findings and counts the problems.
type diagnosis struct {
	out    io.Writer
	client *http.Client // of the platform; nil for that of package officialaccount
	wrong  int
}

func (d *diagnosis) good(what, text string) { d.line("ok", what, text) }

func (d *diagnosis) bad(what string, err error) {
	d.wrong++
	d.line("WRONG", what, words(err))
}

func (d *diagnosis) line(kind, what, text string) {
	fmt.Fprintf(d.out, "%-5s %s: %s\n", kind, what, text)
}

// words returns the text of an error for an operator: the platform's answer and the
// remedy.
func words(err error) string {
	var refused *errcode.Error
	if !errors.As(err, &refused) {
		return err.Error()
	}
	text := fmt.Sprintf("errcode %d, %s", int(refused.Code), refused.Message)
	if remedy := refused.Remedy(); remedy != "" {
		text += "\n      → " + remedy
	}
	if remedy := refused.RemedyZH(); remedy != "" {
		text += "\n      → " + remedy
	}
	return text
}

// diagnose checks a configuration, Redis and the accounts, and reports problems. It
// prints the rules and limits of each business. It requests a token of each account, and
// the quota of every full path that a business may call, which fails if the account has
// no permission for the path. It changes nothing.
func diagnose(ctx context.Context, out io.Writer, f *config.File) error {
	d := &diagnosis{out: out}
	accounts, businesses, err := f.Directory()
	if err == nil {
		dir := gateway.NewDirectory(gateway.Config{BaseURL: f.Platform, InsecurePlainHTTP: f.InsecurePlatformHTTP})
		err = dir.Set(accounts, businesses)
		_, proxyErr := gateway.NewProxy(proxyConfig(f, dir))
		err = errors.Join(err, proxyErr)
	}
	if err != nil {
		d.bad("configuration", err)
	} else {
		d.good("configuration", fmt.Sprintf("%s, %s", count(len(accounts), "account"), count(len(businesses), "business")))
		d.rules(f, businesses)
	}
	if url := f.Redis.URL.Value(); url != "" {
		d.redis(ctx, url)
	}
	for _, a := range accounts {
		d.account(ctx, f, a, pathsOf(a.AppID, businesses))
	}
	if d.wrong > 0 {
		return errors.New(count(d.wrong, "problem") + " found")
	}
	return nil
}

// count returns a number and a noun, in the singular or plural.
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (d *diagnosis) redis(ctx context.Context, url string) {
	client, err := newRedis(url)
	if err != nil {
		d.bad("redis", err)
		return
	}
	defer client.Close()
	d.ping(ctx, client)
}

func (d *diagnosis) ping(ctx context.Context, client *redis.Client) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		d.bad("redis", err)
		return
	}
	d.good("redis", "answers")
}

// pathsOf returns the full paths that businesses may call for an account.
func pathsOf(appID string, businesses []gateway.Business) []string {
	var paths []string
	for _, b := range businesses {
		if !slices.Contains(b.Accounts, appID) {
			continue
		}
		for _, p := range b.Allow {
			if !strings.HasSuffix(p, "*") && !strings.HasPrefix(p, "/sns/") {
				paths = append(paths, p)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func (d *diagnosis) account(ctx context.Context, f *config.File, a gateway.Account, paths []string) {
	what := "account " + a.AppID
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: a.AppID, Secret: a.Secret, TokenSource: a.TokenSource,
		HTTPClient: d.client, BaseURL: f.Platform, InsecurePlainHTTP: f.InsecurePlatformHTTP,
	})
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		err = oa.Get(ctx, "/cgi-bin/get_api_domain_ip", nil, nil)
	}
	if err != nil {
		d.bad(what, err)
		return
	}
	d.good(what, "the platform returns a token and accepts it")
	for _, path := range paths {
		d.path(ctx, oa, what, path)
	}
}

func (d *diagnosis) path(ctx context.Context, oa *officialaccount.Client, what, path string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var answer struct {
		Quota struct {
			Daily  int64 `json:"daily_limit"`
			Remain int64 `json:"remain"`
		} `json:"quota"`
	}
	err := oa.Post(ctx, "/cgi-bin/openapi/quota/get", map[string]string{"cgi_path": path}, &answer, officialaccount.WithRetry())
	if err != nil {
		d.bad(what+" "+path, err)
		return
	}
	d.good(what+" "+path, fmt.Sprintf("%d of %d calls left today", answer.Quota.Remain, answer.Quota.Daily))
}
