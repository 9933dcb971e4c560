package behind

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func config(p *wechattest.Platform) message.Config {
	c := p.Config()
	return message.Config{Token: c.Token, AppID: c.AppID, EncodingAESKey: c.EncodingAESKey}
}

func echoes(_ context.Context, m *message.Text) (message.Reply, error) {
	return message.TextReply(m.Content), nil
}

func TestRouters(t *testing.T) {
	gin.SetMode(gin.TestMode)
	for name, wrap := range map[string]func(*message.Handler) http.Handler{
		"net/http": func(bot *message.Handler) http.Handler { return standard(bot).Handler },
		"gin":      func(bot *message.Handler) http.Handler { return withGin(bot) },
		"chi":      func(bot *message.Handler) http.Handler { return withChi(bot) },
		"echo":     func(bot *message.Handler) http.Handler { return withEcho(bot) },
		"middleware": func(bot *message.Handler) http.Handler {
			return readBody(func(body []byte) {
				if len(body) > 0 {
					require.Contains(t, string(body), "Encrypt")
				}
			}, bot)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
			bot, err := message.NewHandler(config(p))
			require.NoError(t, err)
			message.On(bot, echoes)
			p.Bot(wrap(bot))
			require.NoError(t, p.Verify())
			reply, err := p.User("oLiLei").Text("hello")
			require.NoError(t, err)
			require.Equal(t, "hello", reply.Content)
		})
	}
}

// The page says what a request without a signature gets, to tell the handler from a proxy.
func TestUnsigned(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	bot, err := message.NewHandler(config(p))
	require.NoError(t, err)
	w := httptest.NewRecorder()
	standard(bot).Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/wechat", nil))
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Empty(t, w.Body.String())
}

// functions serves a function over HTTP, as its platform does.
func functions(f *function) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out := f.serve(r.Context(), request{r.Method, r.URL.Query(), body})
		w.WriteHeader(out.Status)
		io.WriteString(w, out.Body)
	})
}

func TestFunction(t *testing.T) {
	for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Safe} {
		synctest.Test(t, func(t *testing.T) {
			p := wechattest.New(t, wechattest.Config{Mode: mode})
			runs, now := 0, time.Now()
			c := config(p)
			c.Store = store.NewMemory()
			f, err := newFunction(c, func(_ context.Context, m message.Message) (message.Reply, error) {
				runs++
				if text, ok := m.(*message.Text); ok {
					return message.TextReply(text.Content), nil
				}
				return nil, nil
			})
			require.NoError(t, err)
			bot := p.Bot(functions(f), functions(f))
			require.NoError(t, p.Verify())

			reply, err := p.User("oLiLei").Text("hello")
			require.NoError(t, err)
			require.Equal(t, "hello", reply.Content)
			require.Equal(t, mode == wechattest.Safe, reply.Encrypted)
			for _, key := range []string{"SALE", "HELP"} { // in one second
				m := wechattest.Click(key)
				m.CreateTime = now
				_, err = p.User("oLiLei").Send(m)
				require.NoError(t, err)
			}
			require.Equal(t, 3, runs)

			bot.FailNext(wechattest.DeliveryFault{LoseAnswer: true})
			_, err = p.User("oLiLei").Text("once")
			require.NoError(t, err)
			require.Equal(t, 4, runs, "the second instance recognizes the repeat")

			for _, forgery := range wechattest.Forgeries(mode) {
				d, err := p.User("oLiLei").Forge(forgery, wechattest.Text("forged"))
				require.NoError(t, err)
				require.True(t, d.Refused(), forgery)
			}
		})
	}
}
