package officialaccount_test

import (
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Answers that the platform, or what stands before it, has been seen to give: each is
// a value read rightly, or an error of the right kind.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	type tags struct {
		Count int    `json:"count"`
		Name  string `json:"name"`
	}
	good := tags{Count: 7, Name: "广东"}
	for name, c := range map[string]struct {
		status int
		kind   string
		body   string
		want   tags
		fails  error
	}{
		"no errcode":             {200, "application/json", `{"count":7,"name":"广东"}`, good, nil},
		"errcode as text":        {200, "application/json", `{"errcode":"0","count":7,"name":"广东"}`, good, nil},
		"said to be text":        {200, "text/plain", `{"errcode":0,"count":"7","name":"广东"}`, good, nil},
		"byte order mark":        {200, "application/json", "\ufeff" + `{"count":7,"name":"广东"}`, good, nil},
		"control character":      {200, "application/json", "{\"count\":7,\"name\":\"广\x02东\"}", good, nil},
		"broken UTF-8":           {200, "application/json", "{\"count\":7,\"name\":\"广东\xff\"}", tags{7, "广东\ufffd"}, nil},
		"refused as text":        {200, "text/plain", `{"errcode":"48001","errmsg":"api unauthorized"}`, tags{}, errcode.APIUnauthorized},
		"refused with an answer": {200, "application/json", `{"count":7,"errcode":45009,"errmsg":"api freq out of limit"}`, tags{}, errcode.ErrQuota},
		"refused with HTTP 400":  {400, "application/json", `{"errcode":40013,"errmsg":"invalid appid"}`, tags{}, errcode.InvalidAppID},
		"cut":                    {200, "application/json", `{"count":7,"na`, tags{}, errcode.ErrMalformed},
		"nothing":                {200, "application/json", ``, tags{}, errcode.ErrEmpty},
		"page of a gateway":      {403, "text/html", `<html><h1>403 Forbidden</h1></html>`, tags{}, errcode.ErrStatus},
		"sign-in page":           {200, "text/html", `<html>Welcome to the guest network</html>`, tags{}, errcode.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			mock.RegisterResponder("POST", "https://api.weixin.qq.com/cgi-bin/odd", func(*http.Request) (*http.Response, error) {
				resp := httpmock.NewStringResponse(c.status, c.body)
				resp.Header.Set("Content-Type", c.kind)
				return resp, nil
			})
			oa, err := officialaccount.New(officialaccount.Config{
				AppID: "wx1234567890abcdef", TokenSource: token.Static("a-token"), HTTPClient: &http.Client{Transport: mock},
			})
			require.NoError(t, err)
			var got tags
			err = oa.Post(t.Context(), "/cgi-bin/odd", nil, &got)
			if c.fails != nil {
				require.ErrorIs(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, 1, mock.GetTotalCallCount())
		})
	}
}

// An answer that has nowhere to go is an error before the call is sent, or a call that
// changes something would have done it.
func TestOutIsPointer(t *testing.T) {
	t.Parallel()
	transport := httpmock.NewMockTransport() // fails every request
	oa, err := officialaccount.New(officialaccount.Config{TokenSource: token.Static("a token"), HTTPClient: &http.Client{Transport: transport}})
	require.NoError(t, err)
	type answer struct{ Left int }
	for _, out := range []any{answer{}, (*answer)(nil), map[string]any{}, 7} {
		for name, call := range map[string]func() error{
			"Get":  func() error { return oa.Get(t.Context(), "/shop/stock/get", nil, out) },
			"Post": func() error { return oa.Post(t.Context(), "/card/code/consume", nil, out) },
			"Upload": func() error {
				return oa.Upload(t.Context(), "/shop/img", officialaccount.Upload{Name: "a.png", Body: http.NoBody}, out)
			},
		} {
			require.ErrorContains(t, call(), "not sent: out must be a non-nil pointer, not a", "%s %T", name, out)
		}
	}
	require.Zero(t, transport.GetTotalCallCount())
}
