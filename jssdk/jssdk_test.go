package jssdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const ticket = `{"errcode":0,"errmsg":"ok","ticket":"TICKET_1","expires_in":7200}`

func TestTickets(t *testing.T) {
	value := func(tok token.Token, err error) (any, error) { return tok.Value(), err }
	apitest.Run(t, []apitest.Case{
		{
			Name:   "jsapi",
			Do:     func(c ctx, oa client) (any, error) { return value(jssdk.New(oa).GetJSAPITicket(c)) },
			Method: "GET", Path: "/cgi-bin/ticket/getticket", Query: "type=jsapi", Answer: ticket, Want: "TICKET_1",
		},
		{
			Name:   "card",
			Do:     func(c ctx, oa client) (any, error) { return value(jssdk.New(oa).GetCardTicket(c)) },
			Method: "GET", Path: "/cgi-bin/ticket/getticket", Query: "type=wx_card",
			Answer: `{"errcode":"0","errmsg":"ok","ticket":"TICKET_1","expires_in":"7200"}`, Want: "TICKET_1",
		},
		{
			Name:   "refused",
			Do:     func(c ctx, oa client) (any, error) { return value(jssdk.New(oa).GetCardTicket(c)) },
			Method: "GET", Path: "/cgi-bin/ticket/getticket", Query: "type=wx_card",
			Answer: `{"errcode":48001,"errmsg":"api unauthorized"}`, Fails: errcode.APIUnauthorized,
		},
	})
}

// A ticket is fetched once in its life, however many sign at once.
func TestTicketIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(ticket))
		s := jssdk.New(p.Client())
		sign := func() {
			_, err := s.SignPage(t.Context(), "https://example.com/")
			require.NoError(t, err)
		}
		var all sync.WaitGroup
		for range 100 {
			all.Go(sign)
		}
		all.Wait()
		require.Len(t, p.Calls(), 1)
		tok, err := s.GetJSAPITicket(t.Context())
		require.NoError(t, err)
		require.Equal(t, time.Now().Add(2*time.Hour).Unix(), tok.Expiry().Unix())
		time.Sleep(2*time.Hour + time.Second)
		sign()
		require.Len(t, p.Calls(), 2)
		for range 2 {
			_, err := s.GetCardTicket(t.Context())
			require.NoError(t, err)
		}
		require.Len(t, p.Calls(), 3, "one for cards")

		oa, err := officialaccount.New(officialaccount.Config{
			AppID: apitest.AppID, TokenSource: token.Static(apitest.Token), HTTPClient: &http.Client{Transport: slow{p}},
		})
		require.NoError(t, err)
		asked := time.Now()
		tok, err = jssdk.New(oa).GetJSAPITicket(t.Context())
		require.NoError(t, err)
		require.Equal(t, asked.Add(2*time.Hour), tok.Expiry(), "counted from before the request")
	})
}

// slow is a transport that takes 20 seconds.
type slow struct{ http.RoundTripper }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(20 * time.Second)
	return s.RoundTripper.RoundTrip(r)
}

// A ticket without a life is an error that says so, and a life beyond reason is cut.
func TestTicketLife(t *testing.T) {
	for _, answer := range []string{`{"errcode":0,"ticket":"T"}`, `{"errcode":0,"expires_in":7200}`, `{"errcode":0,"ticket":"T","expires_in":-1}`} {
		_, err := jssdk.New(apitest.New(t, apitest.JSON(answer)).Client()).GetJSAPITicket(t.Context())
		require.ErrorContains(t, err, "no ticket or no expires_in", answer)
	}
	tok, err := jssdk.New(apitest.New(t, apitest.JSON(`{"errcode":0,"ticket":"T","expires_in":9223372036854775807}`)).Client()).GetJSAPITicket(t.Context())
	require.NoError(t, err)
	require.True(t, tok.Expiry().After(time.Now()) && tok.Expiry().Before(time.Now().Add(25*time.Hour)))
}

// Two processes with one store have one ticket, and the two kinds do not mix.
func TestTicketsAreShared(t *testing.T) {
	p := apitest.New(t, apitest.JSON(ticket), apitest.JSON(strings.Replace(ticket, "TICKET_1", "TICKET_2", 1)))
	st := store.NewMemory()
	process := func() *jssdk.Service {
		oa := p.Client()
		pages, err := token.Shared(st, jssdk.JSAPITickets(oa), token.SharedConfig{})
		require.NoError(t, err)
		cards, err := token.Shared(st, jssdk.CardTickets(oa), token.SharedConfig{})
		require.NoError(t, err)
		return jssdk.NewWithTickets(oa, jssdk.Tickets{JSAPI: pages, Card: cards})
	}
	for range 3 {
		s := process()
		page, err := s.GetJSAPITicket(t.Context())
		require.NoError(t, err)
		require.Equal(t, "TICKET_1", page.Value())
		card, err := s.GetCardTicket(t.Context())
		require.NoError(t, err)
		require.Equal(t, "TICKET_2", card.Value())
	}
	require.Len(t, p.Calls(), 2)
}

func TestSourceConforms(t *testing.T) {
	tokentest.RunInBubble(t, func(t *testing.T) token.Source {
		return jssdk.JSAPITickets(localtest.Client(t, wechattest.New(t, wechattest.Config{})))
	})
}

// The known answer of the platform's documents.
func TestSignature(t *testing.T) {
	require.Equal(t, "0f9de62fce790f9a083d5c99e95740ceb90c27ed", jssdk.Signature(
		"sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
		"Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value"))
}

func TestCardSignature(t *testing.T) {
	require.Equal(t, "f6178f87e916e10caded81e6f4a4511e32a1aebd",
		jssdk.CardSignature("TICKET_1", "1700000000", "CARD_ID_1", "", "", "n0nce"))
	require.Equal(t, "2b4d29b5f60fa4be37522ddfd9583c329446d3e3",
		jssdk.CardSignature("ojZ8YtyVyr30HheH3CM73y7h4jJE", "1404896688", "pjZ8Yt1XGILfi-FUsewpnnolGgZk", "jonyqin_1434008071", "jonyqin"))
	values := []string{"b", "a"}
	jssdk.CardSignature(values...)
	require.Equal(t, []string{"b", "a"}, values, "the caller's slice stays as it is")
}

func TestConfig(t *testing.T) {
	s := jssdk.New(apitest.New(t, apitest.JSON(ticket)).Client())
	const page = "https://example.com/shop?id=7&q=%E4%BD%A0"
	before := time.Now().Unix()
	c, err := s.SignPage(t.Context(), page+"#part", "scanQRCode", "chooseImage")
	require.NoError(t, err)
	require.Equal(t, apitest.AppID, c.AppID)
	require.Equal(t, []string{"scanQRCode", "chooseImage"}, c.APIs)
	require.GreaterOrEqual(t, c.Timestamp, before)
	require.Len(t, c.NonceStr, 16)
	require.Equal(t, jssdk.Signature("TICKET_1", c.NonceStr, c.Timestamp, page), c.Signature)

	other, err := s.SignPage(t.Context(), page)
	require.NoError(t, err)
	require.NotEqual(t, c.NonceStr, other.NonceStr)
	require.NotNil(t, other.APIs)

	full := jssdk.PageConfig{Debug: true, AppID: "wx1", Timestamp: 1700000000, NonceStr: "n", Signature: "s", APIs: []string{"a"}, OpenTags: []string{"wx-open-audio"}}
	apitest.Filled(t, full)
	apitest.Encodes(t, `{"debug":true,"appId":"wx1","timestamp":1700000000,"nonceStr":"n","signature":"s","jsApiList":["a"],"openTagList":["wx-open-audio"]}`, full)
	apitest.Encodes(t, `{"debug":false,"appId":"","timestamp":0,"nonceStr":"","signature":"","jsApiList":[]}`, jssdk.PageConfig{APIs: []string{}})
}

// No value in a configuration can end the script element.
func TestConfigInScript(t *testing.T) {
	var out strings.Builder
	require.NoError(t, template.Must(template.New("").Parse(`<script>wx.config({{.}})</script>`)).Execute(&out,
		jssdk.PageConfig{AppID: "</script>", APIs: []string{"a"}}))
	require.Equal(t, 1, strings.Count(out.String(), "</script>"))
	require.Contains(t, out.String(), `"jsApiList":["a"]`)
}

func TestSignCards(t *testing.T) {
	s := jssdk.New(apitest.New(t, apitest.JSON(ticket)).Client())
	cards, err := s.SignCards(t.Context(),
		jssdk.Card{ID: "CARD_1", Code: "CODE", OpenID: "oLiLei", FixedBegin: time.Unix(1700000000, 0), Outer: "shop & more"},
		jssdk.Card{ID: "CARD_2"})
	require.NoError(t, err)
	require.Equal(t, "CARD_1", cards[0].CardID)
	var ext map[string]any
	read := func(i int) {
		ext = nil
		require.NoError(t, json.Unmarshal([]byte(cards[i].CardExt), &ext))
	}
	read(0)
	require.Equal(t, jssdk.CardSignature("TICKET_1", ext["timestamp"].(string), "CARD_1", "CODE", "oLiLei", ext["nonce_str"].(string)), ext["signature"])
	require.Equal(t, "CODE", ext["code"])
	require.Equal(t, "oLiLei", ext["openid"])
	require.Equal(t, "1700000000", fmt.Sprintf("%.0f", ext["fixed_begintimestamp"]))
	require.Equal(t, "shop & more", ext["outer_str"])
	read(1)
	require.Equal(t, jssdk.CardSignature("TICKET_1", ext["timestamp"].(string), "CARD_2", ext["nonce_str"].(string)), ext["signature"])
	require.NotContains(t, ext, "fixed_begintimestamp")
	require.NotContains(t, ext, "outer_str")
	apitest.Encodes(t, `{"cardId":"a","cardExt":"b"}`, jssdk.SignedCard{CardID: "a", CardExt: "b"})
}

func TestSignChoice(t *testing.T) {
	s := jssdk.New(apitest.New(t, apitest.JSON(ticket)).Client())
	c, err := s.SignChoice(t.Context(), jssdk.Choice{ShopID: "6666", CardType: jssdk.GrouponCard, CardID: "CARD_1"})
	require.NoError(t, err)
	apitest.Filled(t, c)
	require.Equal(t, "SHA1", c.SignType)
	require.Equal(t, jssdk.CardSignature("TICKET_1", apitest.AppID, "6666", strconv.FormatInt(c.Timestamp, 10), c.NonceStr, "CARD_1", "GROUPON"), c.Signature)
	apitest.Encodes(t, `{"shopId":"6666","cardType":"GROUPON","cardId":"CARD_1","timestamp":1,"nonceStr":"n","signType":"SHA1","cardSign":"s"}`,
		jssdk.SignedChoice{ShopID: "6666", CardType: "GROUPON", CardID: "CARD_1", Timestamp: 1, NonceStr: "n", SignType: "SHA1", Signature: "s"})
}

func TestBadInput(t *testing.T) {
	bad := map[string]func(ctx, client) (any, error){
		"cards (cardList) is empty": func(c ctx, oa client) (any, error) { return jssdk.New(oa).SignCards(c) },
	}
	for _, page := range []string{"", "/shop", "example.com/shop", "ftp://example.com/", "javascript:alert(1)", "https://", "https://exa mple.com/"} {
		bad[fmt.Sprintf("wx.config: pageURL (url) is not an http or https address%.0s", page)] = func(c ctx, oa client) (any, error) {
			return jssdk.New(oa).SignPage(c, page)
		}
	}
	apitest.Refuses(t, bad)

	s := jssdk.New(apitest.New(t, apitest.JSON(ticket)).Client())
	_, err := s.SignCards(t.Context(), jssdk.Card{ID: "x"}, jssdk.Card{})
	require.ErrorIs(t, err, errcode.ErrLimit)
	require.ErrorContains(t, err, "cards[1].ID (cardId) is empty")
}

func TestSigningFails(t *testing.T) {
	broken := token.SourceFunc(func(ctx) (token.Token, error) { return token.Token{}, errors.New("no ticket today") })
	s := jssdk.NewWithTickets(apitest.New(t).Client(), jssdk.Tickets{JSAPI: broken, Card: broken})
	_, err := s.SignPage(t.Context(), "https://example.com/")
	require.ErrorContains(t, err, "no ticket today")
	_, err = s.SignCards(t.Context(), jssdk.Card{ID: "x"})
	require.ErrorContains(t, err, "no ticket today")
	_, err = s.SignChoice(t.Context(), jssdk.Choice{})
	require.ErrorContains(t, err, "no ticket today")
}

func TestHandler(t *testing.T) {
	s := jssdk.New(apitest.New(t, apitest.JSON(ticket)).Client())
	var failures int
	hosts, apis := []string{"www.example.com"}, []string{"scanQRCode"}
	h := s.Handler(jssdk.HandlerConfig{Hosts: hosts, APIs: apis, OnError: func(*http.Request, error) { failures++ }})
	hosts[0], apis[0] = "evil.example", "chooseWXPay" // the caller's slices may be used again
	ask := func(method, page string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/config?url="+url.QueryEscape(page), nil))
		return w
	}
	w := ask("GET", "https://www.example.com/a?b=1#c")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	var c jssdk.PageConfig
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &c))
	require.Equal(t, jssdk.Signature("TICKET_1", c.NonceStr, c.Timestamp, "https://www.example.com/a?b=1"), c.Signature)
	require.Equal(t, []string{"scanQRCode"}, c.APIs)

	w = ask("GET", "https://www.example.com/save/50%?at=100%#%zz") // as browsers show it
	require.Equal(t, http.StatusOK, w.Code)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &c))
	require.Equal(t, jssdk.Signature("TICKET_1", c.NonceStr, c.Timestamp, "https://www.example.com/save/50%?at=100%"), c.Signature)

	for page, status := range map[string]int{
		"https://evil.example/":                 http.StatusForbidden,
		"https://www.example.com.evil.example/": http.StatusForbidden,
		"https://www.example.com:8443/":         http.StatusForbidden,
		"/a":                                    http.StatusBadRequest,
		"":                                      http.StatusBadRequest,
		"ftp://www.example.com/":                http.StatusBadRequest,
		"https://www.example.com\\@evil.example/": http.StatusBadRequest,
		"https://www.example.com@evil.example/":   http.StatusBadRequest,
		"https://evil.example/#%zz":               http.StatusForbidden, // url.Parse refuses the fragment
		"https://evil.example/%zz":                http.StatusForbidden,
		"https://www.example.com/\x00":            http.StatusBadRequest,
	} {
		require.Equal(t, status, ask("GET", page).Code, "%q", page)
	}
	require.Equal(t, http.StatusMethodNotAllowed, ask("POST", "https://www.example.com/").Code)
	require.Equal(t, 6, failures)

	broken := token.SourceFunc(func(ctx) (token.Token, error) { return token.Token{}, errors.New("the ticket's secret reason") })
	h = jssdk.NewWithTickets(apitest.New(t).Client(), jssdk.Tickets{JSAPI: broken}).
		Handler(jssdk.HandlerConfig{Hosts: []string{"www.example.com"}})
	w = ask("GET", "https://www.example.com/")
	require.Equal(t, http.StatusBadGateway, w.Code)
	require.NotContains(t, w.Body.String(), "reason")
	h = jssdk.NewWithTickets(apitest.New(t).Client(), jssdk.Tickets{JSAPI: broken}).
		Handler(jssdk.HandlerConfig{Hosts: []string{"www.example.com"}, OnError: func(_ *http.Request, err error) {
			failures++
			require.ErrorContains(t, err, "secret reason")
		}})
	require.Equal(t, http.StatusBadGateway, ask("GET", "https://www.example.com/").Code)
	require.Equal(t, 7, failures)
}
