package officialaccount_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// faults are the ways in which a server can misbehave.
var faults = map[string]http.HandlerFunc{
	"busy": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"errcode":-1,"errmsg":"system error"}`)
	},
	"quota": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"errcode":45009,"errmsg":"reach max"}`)
	},
	"token refused": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"errcode":"42001"}`) },
	"gateway page": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><body>502 Bad Gateway</body></html>")
	},
	"not found":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
	"empty":          func(http.ResponseWriter, *http.Request) {},
	"page":           func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
	"truncated JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"errcode":0,"errm`) },
	"cut before":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"cut inside": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"errcode":0,`)
		panic(http.ErrAbortHandler)
	},
	"cut inside chunks": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"errcode":0,`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	"silence": func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() },
	"silence inside": func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, `{"errcode":0,`)
		_ = http.NewResponseController(w).Flush()
		<-req.Context().Done()
	},
	"endless": func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, `{"a":"`)
		for chunk := strings.Repeat("x", 1<<20); req.Context().Err() == nil; {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	},
	"redirect": func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "http://foreign.invalid/?"+req.URL.RawQuery, http.StatusFound)
	},
	"not HTTP": func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH\r\n")
		_ = conn.Close()
	},
}

func TestEveryFaultAgainstEveryVerb(t *testing.T) {
	checkGoroutines(t)
	var fault atomic.Pointer[http.HandlerFunc]
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body) // so that the server notices a client that leaves
		(*fault.Load())(w, req)
	}))
	var open atomic.Int64
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
	srv.Start()
	defer srv.Close()
	hc := &http.Client{Transport: &http.Transport{}}
	oa, err := officialaccount.New(officialaccount.Config{
		TokenSource: rotating(new(atomic.Int64)), BaseURL: srv.URL, HTTPClient: hc,
		Retry: officialaccount.Retry{Wait: time.Millisecond, Budget: 1000},
	})
	require.NoError(t, err)

	verbs := map[string]func(ctx context.Context) error{
		"get":  func(ctx context.Context) error { return oa.Get(ctx, "/x", nil, new(map[string]any)) },
		"post": func(ctx context.Context) error { return oa.Post(ctx, "/x", map[string]int{"a": 1}, nil) },
		"upload": func(ctx context.Context) error {
			return oa.Upload(ctx, "/x", officialaccount.Upload{Name: "a.jpg", Body: strings.NewReader(strings.Repeat("x", 1<<20))}, nil)
		},
		"upload of unknown size": func(ctx context.Context) error {
			return oa.Upload(ctx, "/x", officialaccount.Upload{Name: "a.jpg", Body: io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<18)))}, nil)
		},
		"download": func(ctx context.Context) error {
			f, err := oa.Download(ctx, "/x")
			if err != nil {
				return err
			}
			if f.IsJSON() {
				return f.JSON(new(map[string]any))
			}
			_, err = io.Copy(io.Discard, f)
			return errors.Join(err, f.Close())
		},
	}
	for name, handler := range faults {
		fault.Store(&handler)
		for verb, call := range verbs {
			t.Run(name+"/"+verb, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if strings.HasPrefix(name, "silence") {
					time.AfterFunc(20*time.Millisecond, cancel)
				}
				err := call(ctx)
				if name == "page" && verb == "download" { // text that is no JSON may be a file
					return
				}
				require.Error(t, err)
				var refusal *errcode.Error
				var answer *errcode.ResponseError
				var transport *errcode.TransportError
				require.True(t, errors.As(err, &refusal) || errors.As(err, &answer) || errors.As(err, &transport), "%T %v", err, err)
				require.NotContains(t, err.Error(), tokenMark)
				if strings.HasPrefix(name, "silence") {
					require.ErrorIs(t, err, context.Canceled)
				}
			})
		}
	}
	hc.CloseIdleConnections()
	require.Eventually(t, func() bool { return open.Load() == 0 }, 20*time.Second, 5*time.Millisecond, "connections that stay open")
}

// rotating gives another token whenever it is asked.
func rotating(n *atomic.Int64) officialaccount.TokenSource {
	return token.SourceFunc(func(context.Context) (token.Token, error) {
		return token.New(fmt.Sprintf("%s-%d", tokenMark, n.Add(1)), time.Now().Add(time.Hour)), nil
	})
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	var conns atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/refused":
			_, _ = io.WriteString(w, `{"errcode":45009}`)
		case "/gateway":
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>")
		case "/redirect":
			http.Redirect(w, req, "/elsewhere", http.StatusFound)
		default:
			_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
		}
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	oa, err := officialaccount.New(officialaccount.Config{
		TokenSource: token.Static("x"), BaseURL: srv.URL, HTTPClient: &http.Client{Transport: &http.Transport{}},
		Retry: officialaccount.Retry{Attempts: 1},
	})
	require.NoError(t, err)
	for range 20 {
		require.NoError(t, oa.Post(t.Context(), "/ok", nil, nil))
		require.Error(t, oa.Get(t.Context(), "/refused", nil, nil))
		require.Error(t, oa.Get(t.Context(), "/gateway", nil, nil))
		require.ErrorIs(t, oa.Get(t.Context(), "/redirect", nil, nil), errcode.ErrRedirect)
		_, err := oa.Download(t.Context(), "/refused")
		require.Error(t, err)
	}
	require.Equal(t, int64(1), conns.Load())
}

// The default transport sends the file with a length and gives it again when the
// platform has answered before reading it.
func TestUploadOverARealConnectionIsReplayed(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if calls.Add(1) == 1 {
			_, _ = io.WriteString(w, `{"errcode":40001}`)
			return
		}
		n, err := io.Copy(io.Discard, req.Body)
		if err != nil || n != req.ContentLength {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"media_id":"M"}`)
	}))
	defer srv.Close()
	oa, err := officialaccount.New(officialaccount.Config{TokenSource: rotating(new(atomic.Int64)), BaseURL: srv.URL})
	require.NoError(t, err)
	err = oa.Upload(t.Context(), "/x", officialaccount.Upload{Name: "a.mp4", Body: strings.NewReader(strings.Repeat("x", 8<<20))}, nil)
	if err != nil { // the server may close the connection before it has read the file: then nobody knows
		var transport *errcode.TransportError
		require.ErrorAs(t, err, &transport)
		require.True(t, transport.Sent)
		return
	}
	require.Equal(t, int64(2), calls.Load())
}
