package message_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

// patient is a handler whose work lasts until it is released, and whose deadline is
// soon over.
type patient struct {
	*message.Handler
	release chan struct{}
	late    chan string
}

func newPatient(t *testing.T, deadline time.Duration) *patient {
	t.Helper()
	p := &patient{release: make(chan struct{}), late: make(chan string, 2)}
	config := plainConfig()
	config.Deadline, config.LateReply = deadline, p
	p.Handler = newHandler(t, config)
	message.On(p.Handler, func(context.Context, *message.Text) (message.Reply, error) {
		<-p.release
		return message.TextReply("at last"), nil
	})
	return p
}

func (p *patient) LateReply(_ context.Context, _ message.Message, r message.Reply) error {
	p.late <- string(r.(message.TextReply))
	return nil
}

// post delivers a message to a server and returns its answer, read to the end.
func post(t *testing.T, server *httptest.Server) (*http.Response, string) {
	t.Helper()
	r := plainPlatform.send(textXML("hello"))
	response, err := server.Client().Post(server.URL+r.URL.RequestURI(), "text/xml", r.Body)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

// bare hides all that a ResponseWriter can.
type bare struct{ http.ResponseWriter }

// veiled hides it behind Unwrap.
type veiled struct{ http.ResponseWriter }

func (w veiled) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// compress is a middleware that compresses every answer, and writes it when the
// handler has returned.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		next.ServeHTTP(compressed{w, z}, r)
		_ = z.Close()
	})
}

type compressed struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w compressed) Write(b []byte) (int, error) {
	w.Header().Del("Content-Length")
	return w.z.Write(b)
}
func (w compressed) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// buffered is a middleware that sends an answer when the handler has returned and not
// before, as adapters of function gateways do, whatever Flush and Hijack promise.
func buffered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := httptest.NewRecorder()
		next.ServeHTTP(kept, r)
		for name, values := range kept.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(kept.Code)
		_, _ = w.Write(kept.Body.Bytes())
	})
}

// TestAnsweredAtTheDeadline: whatever stands between server and handler, a delivery is
// answered in full while the work continues, and the connection can be used again.
func TestAnsweredAtTheDeadline(t *testing.T) {
	through := func(wrap func(http.ResponseWriter) http.ResponseWriter) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(wrap(w), r) })
		}
	}
	for name, c := range map[string]struct {
		middleware func(http.Handler) http.Handler
		http2      bool
	}{
		"server":          {through(func(w http.ResponseWriter) http.ResponseWriter { return w }), false},
		"bare":            {through(func(w http.ResponseWriter) http.ResponseWriter { return bare{w} }), false},
		"veiled":          {through(func(w http.ResponseWriter) http.ResponseWriter { return veiled{w} }), false},
		"HTTP/2":          {through(func(w http.ResponseWriter) http.ResponseWriter { return w }), true},
		"gzip":            {compress, false},
		"buffered":        {buffered, false},
		"timeout handler": {func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, 20*time.Millisecond)
			server := httptest.NewUnstartedServer(c.middleware(p))
			server.EnableHTTP2 = c.http2
			if c.http2 {
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()
			for range 2 {
				response, body := post(t, server)
				require.Equal(t, http.StatusOK, response.StatusCode)
				require.Equal(t, "success", body)
				require.Equal(t, "text/plain; charset=utf-8", response.Header.Get("Content-Type"))
				require.False(t, response.Close, "the connection serves further requests")
				require.Equal(t, name == "gzip", response.Uncompressed)
			}
			require.Empty(t, p.late, "the work continues")
			close(p.release)
			require.Equal(t, "at last", <-p.late)
			shutdown(t, p.Handler)
			require.Equal(t, "at last", <-p.late)
		})
	}
}

// A reply in time passes through a compressing middleware as well.
func TestReplyThroughGzip(t *testing.T) {
	server := httptest.NewServer(compress(echo(newHandler(t, plainConfig()))))
	defer server.Close()
	response, body := post(t, server)
	require.True(t, response.Uncompressed)
	require.Equal(t, "hello", decodeAnswer(t, []byte(body)).Content)
}

// TestServeHTTPReturnsAtTheDeadline: a recorder, and an access log around the handler,
// see the answer and the time that the platform saw.
func TestServeHTTPReturnsAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t, 4500*time.Millisecond)
		begin := time.Now()
		w := serve(p, plainPlatform.send(textXML("hello")))
		require.Equal(t, 4500*time.Millisecond, time.Since(begin))
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "success", w.Body.String())
		require.Empty(t, w.Header().Get("Connection"))
		require.False(t, w.Flushed)
		close(p.release)
		require.Equal(t, "at last", <-p.late)
		shutdown(t, p.Handler)
	})
}

// TestHandlerRunsInAGoroutineOfItsOwn: what a handler does to its goroutine does not
// reach the delivery.
func TestHandlerRunsInAGoroutineOfItsOwn(t *testing.T) {
	h := newHandler(t, plainConfig())
	message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
		stack := make([]byte, 64<<10)
		return message.TextReply(strings.ToValidUTF8(string(stack[:min(runtime.Stack(stack, false), 2000)]), "")), nil
	})
	w := serve(h, plainPlatform.send(textXML("hello")))
	require.NotContains(t, decodeAnswer(t, w.Body.Bytes()).Content, "ServeHTTP")
}

// TestShutdownAnswersTheDelivery: a shutdown that cannot wait tells the platform to
// bring the message again, though its handler does not stop.
func TestShutdownAnswersTheDelivery(t *testing.T) {
	log, lines := record()
	config := plainConfig()
	config.Logger = log
	h := newHandler(t, config)
	begun, release := make(chan struct{}), make(chan struct{})
	message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
		close(begun)
		<-release
		return nil, nil
	})
	server := httptest.NewServer(h)
	defer server.Close()
	defer close(release)
	go func() {
		<-begun
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := h.Shutdown(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	response, body := post(t, server)
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	require.Empty(t, body)
	require.Contains(t, lines.String(), "message answered with 503")
}

// TestWriterPanics: a ResponseWriter that panics loses its answer and nothing else: the
// reply waits for the repeat, and is sent late if no repeat comes.
func TestWriterPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot := &slowBot{}
		config := plainConfig()
		config.LateReply = bot
		h := bot.instance(t, config)
		first, second := textXML("first"), textXML("second")
		for _, body := range []string{first, second} {
			require.PanicsWithValue(t, "no write", func() {
				h.ServeHTTP(panicWriter{httptest.NewRecorder()}, plainPlatform.send(body))
			})
		}
		require.Equal(t, "re: first", decodeAnswer(t, serve(h, plainPlatform.send(first)).Body.Bytes()).Content)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, []string{"re: second"}, bot.late)
		shutdown(t, h)
	})
}

type panicWriter struct{ *httptest.ResponseRecorder }

func (panicWriter) Write([]byte) (int, error) { panic("no write") }

// TestSeveralDeliveriesThroughMiddleware: all of many that wait for one run get the
// answer, each through its own writer.
func TestSeveralDeliveriesThroughMiddleware(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t, 0)
		body := textXML("hello")
		var wg sync.WaitGroup
		var mu sync.Mutex
		var answers [][]byte
		for range 20 {
			wg.Go(func() {
				w := serve(buffered(p), plainPlatform.send(body))
				mu.Lock()
				defer mu.Unlock()
				answers = append(answers, bytes.Clone(w.Body.Bytes()))
			})
		}
		synctest.Wait()
		close(p.release)
		wg.Wait()
		require.Len(t, answers, 20)
		for _, a := range answers {
			require.Equal(t, "at last", decodeAnswer(t, a).Content)
		}
		shutdown(t, p.Handler)
	})
}
