package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// An openid has one user, and a user one openid.
func TestBindings(t *testing.T) {
	b, ctx := bindings{store.NewMemory()}, t.Context()
	one := binding{User: "lilei", UnionID: "u1", Since: time.Unix(1_700_000_000, 0).UTC()}
	require.NoError(t, b.bind(ctx, "oA", one))
	require.NoError(t, b.bind(ctx, "oA", one), "again")
	require.ErrorIs(t, b.bind(ctx, "oB", one), errTaken)
	require.ErrorIs(t, b.bind(ctx, "oA", binding{User: "hanmeimei"}), errTaken)
	_, found, err := b.openID(ctx, "hanmeimei")
	require.NoError(t, err)
	require.False(t, found, "a refused binding claims nobody")
	got, found, err := b.find(ctx, "oA")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, one, got)
	openID, found, err := b.openID(ctx, "lilei")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "oA", openID)

	require.NoError(t, b.unbind(ctx, "oA"))
	require.NoError(t, b.unbind(ctx, "oA"), "again")
	_, found, err = b.find(ctx, "oA")
	require.NoError(t, err)
	require.False(t, found)
	require.NoError(t, b.bind(ctx, "oB", one), "free again")
}

// A claim that broke off halfway is finished by the same openid.
func TestBindAfterCrash(t *testing.T) {
	memory := store.NewMemory()
	b, ctx := bindings{memory}, t.Context()
	_, err := memory.SetIfAbsent(ctx, ofUser("lilei"), []byte("oA"), 0)
	require.NoError(t, err)
	require.ErrorIs(t, b.bind(ctx, "oB", binding{User: "lilei"}), errTaken)
	require.NoError(t, b.bind(ctx, "oA", binding{User: "lilei"}))
}

// Of many who bind at once, one wins, and both directions agree.
func TestBindAtOnce(t *testing.T) {
	b, ctx := bindings{store.NewMemory()}, t.Context()
	var all sync.WaitGroup
	for _, openID := range []string{"oA", "oB", "oC"} {
		for _, user := range []string{"x", "y"} {
			all.Go(func() {
				if err := b.bind(ctx, openID, binding{User: user}); err != nil && !errors.Is(err, errTaken) {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	for _, user := range []string{"x", "y"} {
		openID, found, err := b.openID(ctx, user)
		require.NoError(t, err)
		if found {
			one, _, err := b.find(ctx, openID)
			require.NoError(t, err)
			require.Equal(t, user, one.User)
		}
	}
}

// lost is a store that does not answer.
type lost struct{ store.Store }

func (lost) Get(context.Context, string) ([]byte, bool, error) {
	return nil, false, errors.New("the store is away")
}

func TestBindingsAway(t *testing.T) {
	b := bindings{lost{}}
	require.ErrorContains(t, b.bind(t.Context(), "oA", binding{User: "x"}), "the store is away")
	require.ErrorContains(t, b.unbind(t.Context(), "oA"), "the store is away")
}

func TestStaff(t *testing.T) {
	s := staff{"lilei": "winter", "nobody": ""}
	for _, c := range []struct {
		name, password string
		ok             bool
	}{{"lilei", "winter", true}, {"lilei", "winte", false}, {"lilei", "", false}, {"nobody", "", false}, {"han", "", false}, {"", "", false}} {
		_, ok, err := s.check(t.Context(), c.name, c.password)
		require.NoError(t, err)
		require.Equal(t, c.ok, ok, "%q", c.name)
	}
}

// Every keeper of sessions limits its cookie, begins a new session and ends it.
func TestKeepers(t *testing.T) {
	for _, kind := range []string{"scs", "gorilla"} {
		t.Run(kind, func(t *testing.T) {
			kept, err := newKeeper(kind, newKey(), true)
			require.NoError(t, err)
			want := oauth.Visitor{OpenID: "oLiLei", UnionID: "u", Nickname: "李雷", AvatarURL: "https://x/0", Scope: oauth.UserInfo}
			h := kept.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/begin":
					assert.NoError(t, kept.Begin(w, r, want, nil))
				case "/end":
					assert.NoError(t, kept.End(w, r))
				default:
					v, ok := kept.Visitor(r)
					assert.Equal(t, ok, v == want)
					_, _ = io.WriteString(w, v.OpenID)
				}
			}))
			cookies := map[string]*http.Cookie{}
			visit := func(path string) string {
				r := httptest.NewRequest("GET", path, nil)
				for _, c := range cookies {
					r.AddCookie(c)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				require.Equal(t, http.StatusOK, w.Code)
				for _, c := range w.Result().Cookies() {
					require.True(t, c.HttpOnly && (c.Secure || c.MaxAge < 0), "%s", c)
					require.Equal(t, http.SameSiteLaxMode, c.SameSite, "%s", c)
					cookies[c.Name] = c
					if c.MaxAge < 0 {
						delete(cookies, c.Name)
					}
				}
				return w.Body.String()
			}
			require.Empty(t, visit("/"))
			visit("/begin")
			require.Equal(t, "oLiLei", visit("/"))
			before := cookies[sessionName].Value
			visit("/begin")
			require.NotEqual(t, before, cookies[sessionName].Value, "a login begins a new session")
			require.Equal(t, "oLiLei", visit("/"))
			visit("/end")
			require.Empty(t, visit("/"))
		})
	}
}

// Forms of other sites are refused, and so is a visitor without a session.
func TestForms(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	require.NoError(t, err)
	h, err := newWebsite(oa, config{address: "https://www.example.com", key: newKey(), sessions: "cookie", company: demoStaff, store: store.NewMemory()})
	require.NoError(t, err)
	for _, path := range []string{"/bind", "/unbind", "/logout"} {
		r := httptest.NewRequest("POST", "https://www.example.com"+path, strings.NewReader("name=lilei"))
		r.Header.Set("Origin", "https://evil.example")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, http.StatusForbidden, w.Code, path)
	}
	for _, path := range []string{"/bind", "/unbind"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", path, nil))
		require.Equal(t, http.StatusUnauthorized, w.Code, path)
	}
}

// openID returns the openid of a user.
func (b bindings) openID(ctx context.Context, user string) (openID string, found bool, err error) {
	value, found, err := b.store.Get(ctx, ofUser(user))
	return string(value), found, err
}
