package component_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
)

const preAuthPath = "/cgi-bin/component/api_create_preauthcode"

// A visitor who returns with somebody else's used code does not get their account,
// whether the browser or the notice redeemed it.
func TestUsedCodeOfAnotherVisitor(t *testing.T) {
	for name, noticeFirst := range map[string]bool{"browser first": false, "notice first": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newWorld(t, nil)
				require.NoError(t, x.w.PushTicket())
				if !noticeFirst {
					x.w.Bot(http.NotFoundHandler()) // the notice does not arrive
				}
				link, cookies := x.page(component.AuthRequest{RedirectURL: back}, "")
				address, err := x.w.Authorize(link, appA)
				require.NoError(t, err)
				waitUntilIdle()
				if !noticeFirst {
					_, err = x.comeBack(address, cookies)
					require.NoError(t, err)
				}

				_, attacker := x.page(component.AuthRequest{RedirectURL: back}, "")
				forged := withQuery(t, address, "state", stateOf(attacker))
				_, err = x.comeBack(forged, attacker)
				require.ErrorIs(t, err, component.ErrState)

				a, err := x.comeBack(address, cookies)
				require.NoError(t, err, "the right visitor may reload the page")
				require.Equal(t, appA, a.AppID)
			})
		})
	}
}

// The cookie is signed, so a forged one is refused, and it is bound
// to its host where the page is served over https.
func TestStateCookie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		link, cookies := x.page(component.AuthRequest{RedirectURL: back}, "")
		address, err := x.w.Authorize(link, appA)
		require.NoError(t, err)
		require.Len(t, cookies, 1)
		c := cookies[0]
		require.True(t, strings.HasPrefix(c.Name, "__Host-"), c.Name)
		require.Equal(t, "/", c.Path)
		require.Empty(t, c.Domain)
		require.True(t, c.Secure)
		require.True(t, c.HttpOnly)
		require.Equal(t, http.SameSiteLaxMode, c.SameSite)

		state, rest, _ := strings.Cut(c.Value, ".")
		for name, forged := range map[string]http.Cookie{
			"state alone":      {Name: c.Name, Value: state},
			"another state":    {Name: c.Name, Value: "x" + state + "." + rest},
			"no signature":     {Name: c.Name, Value: c.Value[:strings.LastIndexByte(c.Value, '.')]},
			"without __Host-":  {Name: strings.TrimPrefix(c.Name, "__Host-"), Value: c.Value},
			"empty":            {Name: c.Name},
			"trailing garbage": {Name: c.Name, Value: c.Value + "A"},
		} {
			_, err := x.comeBack(withQuery(t, address, "state", strings.SplitN(forged.Value, ".", 2)[0]), []*http.Cookie{&forged})
			require.ErrorIs(t, err, component.ErrState, name)
		}

		_, plain := x.page(component.AuthRequest{RedirectURL: "http://example.com/back"}, "")
		require.False(t, strings.HasPrefix(plain[0].Name, "__Host-"))
		require.False(t, plain[0].Secure)

		time.Sleep(2 * time.Hour)
		_, err = x.comeBack(address, cookies)
		require.ErrorIs(t, err, component.ErrState, "a cookie ends with its code")
	})
}

// One visitor costs one pre-authorization code, HEAD costs none, and all anonymous
// visitors together cost a bounded number.
func TestPreAuthCodesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, func(c *component.Config) { c.MaxPreAuthCodes = 5 })
		require.NoError(t, x.w.PushTicket())
		page := x.p.AuthorizePage(component.AuthRequest{RedirectURL: back})
		visit := func(method string, cookies []*http.Cookie) *httptest.ResponseRecorder {
			req := httptest.NewRequest(method, "/authorize", nil)
			for _, c := range cookies {
				req.AddCookie(c)
			}
			rec := httptest.NewRecorder()
			page.ServeHTTP(rec, req)
			return rec
		}
		require.Equal(t, http.StatusOK, visit("HEAD", nil).Code)
		require.Zero(t, x.w.Count(preAuthPath))

		first := visit("GET", nil)
		cookies := first.Result().Cookies()
		for range 10 {
			require.Equal(t, first.Body.String(), visit("GET", cookies).Body.String(), "the same visitor has the same link")
		}
		require.Equal(t, 1, x.w.Count(preAuthPath))

		for range 20 {
			visit("GET", nil)
		}
		require.Equal(t, 5, x.w.Count(preAuthPath))
		refused := visit("GET", nil)
		require.Equal(t, http.StatusServiceUnavailable, refused.Code)
		require.NotEmpty(t, refused.Header().Get("Retry-After"))
		require.Equal(t, http.StatusOK, visit("GET", cookies).Code, "a visitor who has a code is served")

		time.Sleep(time.Minute)
		require.Equal(t, http.StatusOK, visit("GET", nil).Code)

		time.Sleep(time.Hour)
		require.NotEqual(t, first.Body.String(), visit("GET", cookies).Body.String(), "a code that ends is not offered again")
	})
}

// A code whose life the platform does not tell is offered for a few minutes.
func TestPreAuthCodeOfUnknownLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.answer(preAuthPath, `{"pre_auth_code":"preauth"}`)
		page := x.p.AuthorizePage(component.AuthRequest{RedirectURL: back})
		req := httptest.NewRequest("GET", "/authorize", nil)
		for _, c := range []struct {
			after time.Duration
			codes int32
		}{{0, 1}, {7 * time.Minute, 1}, {7 * time.Minute, 2}} {
			time.Sleep(c.after)
			rec := httptest.NewRecorder()
			page.ServeHTTP(rec, req)
			require.Equal(t, http.StatusOK, rec.Code)
			require.Equal(t, c.codes, x.cans.Load())
			for _, cookie := range rec.Result().Cookies() {
				req.AddCookie(cookie)
			}
		}
	})
}

func stateOf(cookies []*http.Cookie) string {
	state, _, _ := strings.Cut(cookies[0].Value, ".")
	return state
}

func withQuery(t *testing.T, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}
