package token_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

// file is a custom source: another program refreshes the token in a file, whose second
// line is the expiry.
type file string

func (f file) Token(context.Context) (token.Token, error) {
	raw, err := os.ReadFile(string(f))
	if err != nil {
		return token.Token{}, err
	}
	value, end, _ := strings.Cut(strings.TrimSpace(string(raw)), "\n")
	expiry, err := time.Parse(time.RFC3339, end)
	if err != nil {
		return token.Token{}, fmt.Errorf("token file: %w", err)
	}
	return token.New(value, expiry), nil
}

// A custom source has one method. Caching, shared fetches and early refreshes come from
// Reuse, which officialaccount.New puts around every source.
func Example_customSource() {
	dir, err := os.MkdirTemp("", "token")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "access_token")
	content := "87_abc\n" + time.Now().Add(2*time.Hour).Format(time.RFC3339)
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	src := token.Reuse(file(name), token.ReuseConfig{}) // Config.TokenSource: file(name) does the same
	tok, err := src.Token(context.Background())
	fmt.Println(tok, err)
	fmt.Println(tok.Value())
	// Output:
	// [redacted token] <nil>
	// 87_abc
}

// Two processes share one token through a store. Here that is store.Memory, which
// serves one process; with Redis the line is
//
//	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
//	st, err := redisstore.New(client, redisstore.Config{})
func ExampleShared() {
	requests := 0
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		fmt.Fprintf(w, `{"access_token":"87_number-%d","expires_in":7200}`, requests)
	}))
	defer platform.Close()

	st := store.NewMemory()
	process := func() *token.Cache {
		classic, err := token.Classic(token.ClassicConfig{AppID: "wx0123456789abcdef", Secret: "s", BaseURL: platform.URL})
		if err != nil {
			panic(err)
		}
		shared, err := token.Shared(st, classic, token.SharedConfig{})
		if err != nil {
			panic(err)
		}
		return token.Reuse(shared, token.ReuseConfig{})
	}
	for _, p := range []*token.Cache{process(), process()} {
		tok, err := p.Token(context.Background())
		fmt.Println(tok.Value(), err)
	}
	fmt.Println(requests, "request")
	// Output:
	// 87_number-1 <nil>
	// 87_number-1 <nil>
	// 1 request
}

// A token that comes from elsewhere, or from a test.
func ExampleStatic() {
	src := token.Static("87_abc")
	tok, err := src.Token(context.Background())
	fmt.Println(tok.Value(), tok.Expiry().IsZero(), err)
	// Output: 87_abc true <nil>
}

// On WeChat's cloud hosting a call carries no token.
func ExampleNone() {
	tok, err := token.None().Token(context.Background())
	fmt.Println(tok.IsNone(), err)
	// Output: true <nil>
}

// What a client does when the platform rejects its token: it asks for another one,
// and repeats the call once.
func ExampleCache_Replace() {
	n := 0
	src := token.Reuse(token.SourceFunc(func(context.Context) (token.Token, error) {
		n++
		return token.New(fmt.Sprintf("87_number-%d", n), time.Now().Add(2*time.Hour)), nil
	}), token.ReuseConfig{})
	ctx := context.Background()
	tok, _ := src.Token(ctx)
	fresh, err := src.Replace(ctx, tok) // after errcode 40001
	fmt.Println(fresh.Value(), err)
	late, err := src.Replace(ctx, tok) // another caller, whose call was rejected too
	fmt.Println(late.Value(), err)
	// Output:
	// 87_number-2 <nil>
	// 87_number-2 <nil>
}

// A ticket is fetched and cached like a token.
func ExampleSourceFunc() {
	tickets := token.Reuse(token.SourceFunc(func(ctx context.Context) (token.Token, error) {
		// Here oa.Get(ctx, "/cgi-bin/ticket/getticket", …) asks the platform.
		return token.New("ticket", time.Now().Add(2*time.Hour)), nil
	}), token.ReuseConfig{})
	ticket, err := tickets.Token(context.Background())
	fmt.Println(ticket.Value(), err)
	// Output: ticket <nil>
}

// An observer counts the fetches, for metrics.
func ExampleReuse_observer() {
	fetches := make(chan token.Refresh, 10)
	src := token.Reuse(token.Static("87_abc"), token.ReuseConfig{OnRefresh: func(_ context.Context, r token.Refresh) {
		fetches <- r
	}})
	if _, err := src.Token(context.Background()); err != nil {
		fmt.Println(err)
	}
	r := <-fetches
	fmt.Println(r.Reason, r.Err)
	// Output: cold <nil>
}

func ExampleRemote() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path, r.Header.Get("Authorization"))
		fmt.Fprint(w, `{"token":"87_abc","expires_in":6913}`)
	}))
	defer server.Close()

	src, err := token.Remote(token.RemoteConfig{URL: server.URL + "/wx0123456789abcdef", Key: "the-key"})
	if err != nil {
		fmt.Println(err)
		return
	}
	tok, err := src.Token(context.Background())
	fmt.Println(tok.Value(), err)
	// Output:
	// GET /wx0123456789abcdef/access_token Bearer the-key
	// 87_abc <nil>
}
