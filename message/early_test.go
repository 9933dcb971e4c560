package message_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

// patient is a handler whose work lasts until it is released, and whose deadline is
// soon over. It notes in which goroutine it works.
type patient struct {
	*message.Handler
	release chan struct{}
	late    chan string
	stack   chan string // of the work
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{release: make(chan struct{}), late: make(chan string, 2), stack: make(chan string, 2)}
	config := plainConfig()
	config.Deadline, config.LateReply = 20*time.Millisecond, p
	p.Handler = newHandler(t, config)
	message.On(p.Handler, func(context.Context, *message.Text) (message.Reply, error) {
		stack := make([]byte, 64<<10)
		p.stack <- string(stack[:runtime.Stack(stack, false)])
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

// flusher hides all of a ResponseWriter but that it can be flushed.
type flusher struct{ http.ResponseWriter }

func (w flusher) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// veiled hides all that a ResponseWriter can, behind Unwrap.
type veiled struct{ http.ResponseWriter }

func (w veiled) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bare hides it for good.
type bare struct{ http.ResponseWriter }

// hoarder writes nothing before its end, as one does that compresses.
type hoarder struct {
	http.ResponseWriter
	body strings.Builder
}

func (w *hoarder) Write(b []byte) (int, error) { return w.body.Write(b) }
func (w *hoarder) WriteHeader(int)             {}
func (w *hoarder) Flush()                      {}
func (w *hoarder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// TestAnsweredEarly: whatever stands between server and handler, a delivery is
// answered in full while the work goes on; and where that is possible, the work
// needs no goroutine of its own.
func TestAnsweredEarly(t *testing.T) {
	through := func(wrap func(http.ResponseWriter) http.ResponseWriter) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Request-Id", "7")
				wrapper := wrap(w)
				next.ServeHTTP(wrapper, r)
				if h, ok := wrapper.(*hoarder); ok {
					_, _ = io.WriteString(w, h.body.String()) // which fails when it was hijacked
				}
			})
		}
	}
	for name, c := range map[string]struct {
		middleware func(http.Handler) http.Handler
		http2      bool
		here       bool // in the goroutine of the delivery
	}{
		"server":          {through(func(w http.ResponseWriter) http.ResponseWriter { return w }), false, true},
		"veiled":          {through(func(w http.ResponseWriter) http.ResponseWriter { return veiled{veiled{w}} }), false, true},
		"flushed only":    {through(func(w http.ResponseWriter) http.ResponseWriter { return flusher{w} }), false, true},
		"hoarder":         {through(func(w http.ResponseWriter) http.ResponseWriter { return &hoarder{ResponseWriter: w} }), false, true},
		"bare":            {through(func(w http.ResponseWriter) http.ResponseWriter { return bare{w} }), false, false},
		"HTTP/2":          {through(func(w http.ResponseWriter) http.ResponseWriter { return w }), true, false},
		"timeout handler": {func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			server := httptest.NewUnstartedServer(c.middleware(p))
			server.EnableHTTP2 = c.http2
			if c.http2 {
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()

			response, body := post(t, server)
			require.Equal(t, http.StatusOK, response.StatusCode)
			require.Equal(t, "success", body)
			require.EqualValues(t, len("success"), response.ContentLength)
			require.Equal(t, "text/plain; charset=utf-8", response.Header.Get("Content-Type"))
			require.NotEmpty(t, response.Header.Get("Date"))
			if name != "timeout handler" {
				require.Equal(t, "7", response.Header.Get("X-Request-Id"), "what middleware has set stays")
			}
			require.Equal(t, c.here, response.Close, "the connection cannot serve another request")
			require.Equal(t, c.here, strings.Contains(<-p.stack, "ServeHTTP"))
			_, body = post(t, server)
			require.Equal(t, "success", body, "the client is not held up")
			require.Empty(t, p.late, "the work goes on")

			close(p.release)
			require.Equal(t, "at last", <-p.late)
			shutdown(t, p.Handler)
			require.Equal(t, "at last", <-p.late)
		})
	}
}

// TestAnsweredEarlyInMemory: a recorder has the answer at the deadline, whenever
// ServeHTTP returns.
func TestAnsweredEarlyInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		begin := time.Now()
		var at time.Duration
		w := &noting{ResponseRecorder: httptest.NewRecorder(), note: func() { at = time.Since(begin) }}
		time.AfterFunc(7*time.Second, func() { close(p.release) })
		p.ServeHTTP(w, plainPlatform.send(textXML("hello")))
		require.Equal(t, 20*time.Millisecond, at)
		require.Equal(t, 7*time.Second, time.Since(begin))
		require.Equal(t, "success", w.Body.String())
		require.Equal(t, "close", w.Header().Get("Connection"))
		require.Equal(t, "7", w.Header().Get("Content-Length"))
		require.True(t, w.Flushed)
		require.Equal(t, "at last", <-p.late)
		shutdown(t, p.Handler)
	})
}

// noting calls a function when it is flushed.
type noting struct {
	*httptest.ResponseRecorder
	note func()
}

func (w *noting) Flush() {
	w.note()
	w.ResponseRecorder.Flush()
}

// TestShutdownAnswersEarly: a shutdown that cannot wait tells the platform to bring
// the message again, though its handler does not stop.
func TestShutdownAnswersEarly(t *testing.T) {
	p := newPatient(t)
	log, lines := record()
	config := plainConfig()
	config.Logger = log
	p.Handler = newHandler(t, config) // with time enough
	message.On(p.Handler, func(context.Context, *message.Text) (message.Reply, error) {
		p.stack <- ""
		<-p.release
		return nil, nil
	})
	server := httptest.NewServer(p)
	defer server.Close()
	defer close(p.release)
	go func() {
		<-p.stack
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := p.Shutdown(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	response, body := post(t, server)
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	require.Empty(t, body)
	require.Contains(t, lines.String(), "message turned away")
}

// TestWriterPanics: a ResponseWriter that panics takes nothing down but its answer.
func TestWriterPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		log, lines := record()
		config := plainConfig()
		config.Logger, config.LateReply = log, p
		p.Handler = newHandler(t, config)
		message.On(p.Handler, func(context.Context, *message.Text) (message.Reply, error) {
			time.Sleep(7 * time.Second)
			return message.TextReply("at last"), nil
		})
		w := &noting{ResponseRecorder: httptest.NewRecorder(), note: func() { panic("no flush") }}
		p.ServeHTTP(w, plainPlatform.send(textXML("hello")))
		require.Equal(t, "at last", <-p.late)
		require.Contains(t, lines.String(), "no flush")
		shutdown(t, p.Handler)
	})
}
