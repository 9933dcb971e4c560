package officialaccount_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// exampleClient is a client of a server that answers every path with a fixed text.
func exampleClient(answers map[string]string) (oa *officialaccount.Client, end func()) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprint(w, answers[req.URL.Path])
	}))
	oa, err := officialaccount.New(officialaccount.Config{
		TokenSource: token.Static("a token"),
		BaseURL:     srv.URL,
	})
	if err != nil {
		panic(err)
	}
	return oa, srv.Close
}

// For an endpoint that no service covers, pass its path and a struct for the answer.
func ExampleClient_Get() {
	ctx := context.Background()
	oa, end := exampleClient(map[string]string{
		"/cgi-bin/get_api_domain_ip": `{"ip_list":["203.0.113.7","203.0.113.8"]}`,
	})
	defer end()

	var out struct {
		IPs []string `json:"ip_list"`
	}
	err := oa.Get(ctx, "/cgi-bin/get_api_domain_ip", nil, &out)
	fmt.Println(out.IPs, err)
	// Output: [203.0.113.7 203.0.113.8] <nil>
}

// Wait after a used-up quota (45009), but not after a missing permission (48001).
func ExampleClient_Post() {
	ctx := context.Background()
	oa, end := exampleClient(map[string]string{
		"/cgi-bin/message/custom/send":  `{"errcode":45009,"errmsg":"reach max api daily quota limit"}`,
		"/cgi-bin/freepublish/batchget": `{"errcode":48001,"errmsg":"api unauthorized rid: 62fb9bc8-078c24da-4202f278"}`,
	})
	defer end()

	for _, path := range []string{"/cgi-bin/message/custom/send", "/cgi-bin/freepublish/batchget"} {
		err := oa.Post(ctx, path, nil, nil)
		var refusal *errcode.Error
		switch {
		case errors.Is(err, errcode.ErrQuota):
			fmt.Println("later:", path)
		case errors.Is(err, errcode.ErrPermission) && errors.As(err, &refusal):
			fmt.Println("never:", refusal.Op, refusal.Code.Symbol(), refusal.RID)
		}
	}
	// Output:
	// later: /cgi-bin/message/custom/send
	// never: /cgi-bin/freepublish/batchget APIUnauthorized 62fb9bc8-078c24da-4202f278
}

// The kinds of error that a call returns.
func Example_errors() {
	ctx := context.Background()
	oa, end := exampleClient(map[string]string{"/cgi-bin/menu/get": "<html>502 Bad Gateway</html>"})
	defer end()

	err := oa.Get(ctx, "/cgi-bin/menu/get", nil, nil)
	var (
		refusal   *errcode.Error          // the platform refused
		answer    *errcode.ResponseError  // what came is not the platform's answer
		transport *errcode.TransportError // nothing came; a send may have been executed if Sent
	)
	switch {
	case errors.As(err, &refusal):
		fmt.Println("refused:", refusal.Code.Symbol(), refusal.Remedy())
	case errors.As(err, &answer):
		fmt.Println("not the platform:", answer.Status, answer.Excerpt)
	case errors.As(err, &transport):
		fmt.Println("no answer, sent:", transport.Sent)
	}
	// Output: not the platform: 200 <html>502 Bad Gateway</html>
}

// vault is a custom source: another job refreshes the token.
type vault struct{}

func (vault) Token(context.Context) (token.Token, error) {
	return token.New("from the vault", time.Now().Add(time.Hour)), nil
}

// Tokens may come from any source. New adds caching around it.
func ExampleNew() {
	oa, err := officialaccount.New(officialaccount.Config{
		AppID:       "wx0123456789abcdef",
		TokenSource: vault{},
	})
	fmt.Println(oa, err)
	// Output: officialaccount.Client{AppID:"wx0123456789abcdef"} <nil>
}

func ExamplePages() {
	ctx := context.Background()
	pages := map[string][]string{"": {"a", "b"}, "b": {"c"}}
	followers := officialaccount.Pages(ctx, "", func(_ context.Context, next string) ([]string, string, error) {
		page := pages[next]
		if len(page) == 0 {
			return nil, "", nil
		}
		return page, page[len(page)-1], nil
	})
	for id, err := range followers {
		fmt.Println(id, err)
	}
	// Output:
	// a <nil>
	// b <nil>
	// c <nil>
}
