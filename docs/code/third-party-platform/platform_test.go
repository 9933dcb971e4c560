package platform

import (
	"bytes"
	"database/sql"
	"fmt"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const tea, books = "wx00000000000000aa", "wx00000000000000bb"

// wechat is a local platform with the addresses of newPlatform.
var wechat = wechattest.Config{
	Mode: wechattest.Component, CallbackPath: "/wechat/$APPID$/callback", NoticePath: "/wechat/notices",
}

func config(p *wechattest.Platform) component.Config {
	c := p.Config()
	return component.Config{
		AppID: c.ComponentAppID, Secret: wechattest.DefaultComponentSecret,
		Token: c.Token, EncodingAESKey: c.EncodingAESKey,
		HTTPClient: p.Client(), BaseURL: p.URL(),
		InsecureMemory: true, // for a test
	}
}

func Example() {
	w, err := wechattest.Open(wechat)
	if err != nil {
		panic(err)
	}
	defer w.Close()
	_, handler, err := newPlatform(config(w), "https://open.example.com")
	if err != nil {
		panic(err)
	}
	w.Bot(handler)

	fmt.Println("ticket:", w.PushTicket()) // the platform pushes it every ten minutes
	tenant, _ := w.Grant("wx00000000000000aa")
	reply, err := tenant.Send("oLiLei", wechattest.Text("你好"))
	fmt.Println(reply.Content, err)
	fmt.Println("release check:", w.CheckRelease(1))
	// Output:
	// ticket: <nil>
	// wx00000000000000aa: 你好 <nil>
	// release check: <nil>
}

// visit opens a page.
func visit(t *testing.T, browser *http.Client, address string) (int, string) {
	resp, err := browser.Get(address)
	require.NoError(t, err)
	defer resp.Body.Close()
	var text strings.Builder
	require.NoError(t, resp.Write(&text))
	return resp.StatusCode, text.String()
}

func TestAuthorization(t *testing.T) {
	w := wechattest.New(t, wechat)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	defer server.Close()
	p, h, err := newPlatform(config(w), server.URL)
	require.NoError(t, err)
	handler = h
	w.Bot(h)
	require.NoError(t, w.PushTicket())

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	_, page := visit(t, browser, server.URL+"/authorize")
	link := html.UnescapeString(regexp.MustCompile(`href="([^"]+)"`).FindStringSubmatch(page)[1])
	back, err := w.Authorize(link, tea)
	require.NoError(t, err)
	status, _ := visit(t, &http.Client{}, back)
	require.Equal(t, http.StatusForbidden, status, "another browser has the code")
	status, page = visit(t, browser, back)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, tea+" 授权成功")

	require.NoError(t, w.Unauthorize(tea))
	err = p.Client(tea).Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil)
	require.ErrorIs(t, err, component.ErrNotAuthorized)
}

func TestAuthorizedWithoutAPermission(t *testing.T) {
	w := httptest.NewRecorder()
	authorized(w, nil, &component.Authorization{AppID: tea}, nil)
	require.Contains(t, w.Body.String(), "没有授予")
	w = httptest.NewRecorder()
	authorized(w, nil, nil, errcode.New(errcode.AuthCodeExpired, "expired"))
	require.Equal(t, http.StatusBadGateway, w.Code)
}

func TestNoTicket(t *testing.T) {
	w := wechattest.New(t, wechat)
	p, h, err := newPlatform(config(w), "https://open.example.com")
	require.NoError(t, err)
	w.Bot(h)
	w.Grant(tea)
	require.ErrorIs(t, p.Client(tea).Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil), component.ErrNoTicket)
}

func TestSetMenus(t *testing.T) {
	w := wechattest.New(t, wechat)
	p, h, err := newPlatform(config(w), "https://open.example.com")
	require.NoError(t, err)
	w.Bot(h)
	require.NoError(t, w.PushTicket())
	w.Grant(tea)
	w.Grant(books)
	w.Inject(wechattest.Rule{Path: "/cgi-bin/menu/create", Times: 1, Fault: wechattest.Errcode(45009)})
	err = setMenus(t.Context(), p, menu.ViewButton("Docs", "https://example.com"))
	require.ErrorIs(t, err, errcode.ErrQuota)
	require.ErrorContains(t, err, tea)
	require.NotContains(t, err.Error(), books)
	require.NotEmpty(t, w.Menu())
}

func TestRestartKeepsTheAccounts(t *testing.T) {
	w := wechattest.New(t, wechat)
	db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/platform.db?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	start := func() (*component.Platform, http.Handler) {
		c := config(w)
		c.InsecureMemory = false
		c, err := configure(t.Context(), c, db, sqlstore.SQLite, bytes.Repeat([]byte{7}, 32))
		require.NoError(t, err)
		p, h, err := newPlatform(c, "https://open.example.com")
		require.NoError(t, err)
		return p, h
	}
	first, h := start()
	w.Bot(h)
	require.NoError(t, w.PushTicket())
	tenant, refreshToken := w.Grant(tea)
	require.NoError(t, first.Add(t.Context(), tea, refreshToken)) // moved here from another program
	require.NoError(t, first.Client(tea).Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil))
	require.NoError(t, first.Shutdown(t.Context()))

	second, _ := start()
	require.NoError(t, second.Client(tea).Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil))
	require.Equal(t, 1, tenant.Refreshes(), "the token of the first process is used")
	n, err := second.Restore(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	row := db.QueryRow(`SELECT count(*) FROM wechat_platform WHERE instr(value, ?) > 0`, []byte(refreshToken))
	var clear int
	require.NoError(t, row.Scan(&clear))
	require.Zero(t, clear, "the refresh token is encrypted")
}

// Both processes keep the ids of handled messages in Redis.
func TestShare(t *testing.T) {
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	defer func() { require.NoError(t, rdb.Close()) }()
	w := wechattest.New(t, wechat)
	var handlers []http.Handler
	for range 2 {
		c, err := share(config(w), rdb)
		require.NoError(t, err)
		_, h, err := newPlatform(c, "https://open.example.com")
		require.NoError(t, err)
		handlers = append(handlers, h)
	}
	w.Bot(handlers...)
	require.NoError(t, w.PushTicket())
	require.NoError(t, w.PushTicket()) // each process has a store of its own in this test
	tenant, _ := w.Grant(tea)
	_, err := tenant.Send("oLiLei", wechattest.Text("你好"))
	require.NoError(t, err)
	require.NotEmpty(t, server.Keys())
}
