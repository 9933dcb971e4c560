package message_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message"
)

func TestNewHandlerRefusesWrongConfiguration(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*message.Config)
		want string
	}{
		{"empty token", func(c *message.Config) { c.Token = "" }, "Token is empty"},
		{"blank in token", func(c *message.Config) { c.Token = testToken + "\n" }, "Config.Token has white space"},
		{"blank in previous token", func(c *message.Config) { c.PreviousTokens = []string{" " + oldToken} }, "Config.PreviousTokens[0] has white space"},
		{"empty previous token", func(c *message.Config) { c.PreviousTokens = []string{oldToken, ""} }, "PreviousTokens[1] is empty"},
		{"key without app id", func(c *message.Config) { c.AppID = "" }, "set Config.AppID"},
		{"short key", func(c *message.Config) { c.EncodingAESKey = testKey[1:] }, "EncodingAESKey"},
		{"key of other letters", func(c *message.Config) { c.EncodingAESKey = "!" + testKey[1:] }, "EncodingAESKey"},
		{"bad previous key", func(c *message.Config) { c.PreviousAESKeys = []string{oldKey, "x"} }, "PreviousAESKeys[1]"},
		{"previous keys only", func(c *message.Config) { c.EncodingAESKey, c.PreviousAESKeys = "", []string{oldKey} }, "without EncodingAESKey"},
		{"plaintext allowed twice", func(c *message.Config) { c.EncodingAESKey, c.InsecureAllowPlaintext = "", true }, "InsecureAllowPlaintext"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := safeConfig()
			tc.edit(&c)
			h, err := message.NewHandler(c)
			require.ErrorContains(t, err, tc.want)
			require.Nil(t, h)
			for _, secret := range []string{testToken, testKey, testKey[1:], oldKey} {
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
	bad := safeConfig()
	bad.EncodingAESKey = "x"
	_, err := message.NewHandler(bad)
	require.ErrorIs(t, err, crypto.ErrKey)
}

func TestVerifyURL(t *testing.T) {
	c := safeConfig()
	c.PreviousTokens = []string{oldToken}
	safe, plain := newHandler(t, c), newHandler(t, plainConfig())
	const script = "<script>alert(1)</script>&<>\"'中文"
	for _, h := range []http.Handler{safe, plain} {
		w := serve(h, plainPlatform.verify(script))
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, script, w.Body.String(), "unchanged")
		require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	}
	require.Equal(t, http.StatusOK, serve(safe, platform{token: oldToken}.verify("x")).Code)
	require.Equal(t, http.StatusForbidden, serve(plain, platform{token: oldToken}.verify("x")).Code)
	require.Equal(t, http.StatusForbidden, serve(plain, platform{token: testToken, at: time.Now().Add(-time.Hour)}.verify("x")).Code)

	for _, name := range []string{"signature", "timestamp", "nonce", "echostr"} {
		r := plainPlatform.verify("x")
		q := r.URL.Query()
		q.Del(name)
		r.URL.RawQuery = q.Encode()
		w := serve(plain, r)
		require.Equal(t, http.StatusForbidden, w.Code, name)
		require.Empty(t, w.Body.String())
	}
	r := plainPlatform.verify("x")
	r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "signature=", "signature=0", 1)
	require.Equal(t, http.StatusForbidden, serve(plain, r).Code)
}

func TestOtherMethods(t *testing.T) {
	h := echo(newHandler(t, plainConfig()))
	for _, method := range []string{"HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "nonsense"} {
		r := plainPlatform.send(textXML("x"))
		r.Method = method
		w := serve(h, r)
		require.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		require.Equal(t, "GET, POST", w.Header().Get("Allow"))
		require.Empty(t, w.Body.String())
	}
}

// Requests in the fixtures carry signatures of their own time.
func TestEnvelopeFixtures(t *testing.T) {
	seen := 0
	for _, f := range fixtures(t) {
		if f.Crypto == nil {
			continue
		}
		seen++
		t.Run(f.File, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signed := time.Unix(int64At(t, f.Crypto.Query["timestamp"]), 0)
				time.Sleep(time.Until(signed))
				c := message.Config{Token: f.Crypto.Token, AppID: f.Crypto.AppID, EncodingAESKey: f.Crypto.EncodingAESKey}
				if f.Crypto.PreviousEncodingAESKey != "" {
					c.PreviousAESKeys = []string{f.Crypto.PreviousEncodingAESKey}
				}
				h := newHandler(t, c)
				var got message.Message
				h.HandleDefault(func(_ context.Context, m message.Message) (message.Reply, error) {
					got = m
					if message.HeaderOf(m).FromUserName == "" {
						return nil, nil
					}
					return message.TextReply("answer"), nil
				})
				q := url.Values{}
				for name, value := range f.Crypto.Query {
					q.Set(name, value)
				}
				w := serve(h, request(q, f.body(t)))
				require.Equal(t, http.StatusOK, w.Code)
				require.Equal(t, f.Crypto.Plaintext, message.HeaderOf(got).Raw)
				for path, want := range f.Expect {
					f.compare(t, got, path, want)
				}
				if message.HeaderOf(got).FromUserName == "" {
					require.Equal(t, "success", w.Body.String())
					return
				}
				p := platform{token: f.Crypto.Token, appID: f.Crypto.AppID, key: f.Crypto.EncodingAESKey}
				if f.File == "env_previous_key.xml" {
					p.key = f.Crypto.PreviousEncodingAESKey
				}
				require.Equal(t, "answer", decodeAnswer(t, p.unseal(t, w.Body.Bytes())).Content)
			})
		})
	}
	require.Equal(t, 5, seen)
}

func int64At(t *testing.T, text string) (n int64) {
	t.Helper()
	_, err := fmt.Sscan(text, &n)
	require.NoError(t, err)
	return n
}

func TestRotation(t *testing.T) {
	c := safeConfig()
	c.PreviousTokens, c.PreviousAESKeys = []string{oldToken}, []string{oldKey}
	h := echo(newHandler(t, c))
	for _, token := range []string{testToken, oldToken} {
		for _, key := range []string{testKey, oldKey} {
			p := platform{token: token, appID: testAppID, key: key}
			w := serve(h, p.sendSealed(t, textXML("hello")))
			require.Equal(t, http.StatusOK, w.Code)
			require.Equal(t, "hello", decodeAnswer(t, p.unseal(t, w.Body.Bytes())).Content, "answered with the key and token that came")
		}
	}
	unknown := platform{token: "neither", appID: testAppID, key: testKey}
	require.Equal(t, http.StatusForbidden, serve(h, unknown.sendSealed(t, textXML("x"))).Code)
	unknown = platform{token: testToken, appID: testAppID, key: strings.Repeat("k", 43)}
	require.Equal(t, http.StatusForbidden, serve(h, unknown.sendSealed(t, textXML("x"))).Code)
	unknown = platform{token: testToken, appID: "wxffffffffffffffff", key: testKey}
	require.Equal(t, http.StatusForbidden, serve(h, unknown.sendSealed(t, textXML("x"))).Code)
}

func TestAnswerIsSwappedAndDated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := echo(newHandler(t, plainConfig()))
		w := serve(h, plainPlatform.send(textXML("hi")))
		require.Equal(t, "application/xml; charset=utf-8", w.Header().Get("Content-Type"))
		require.Empty(t, w.Header().Get("Content-Length"), "net/http sets it")
		a := decodeAnswer(t, w.Body.Bytes())
		require.Equal(t, answer{XMLName: xml.Name{Local: "xml"}, ToUserName: testUser, FromUserName: testAccount, CreateTime: time.Now().Unix(), MsgType: "text", Content: "hi"}, a)
	})
}

func TestLongAnswersSayTheirLength(t *testing.T) {
	w := serve(echo(newHandler(t, plainConfig())), plainPlatform.send(textXML(strings.Repeat("long ", 400))))
	require.Equal(t, fmt.Sprint(w.Body.Len()), w.Header().Get("Content-Length"))
}

func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := record()
		c := safeConfig()
		c.InsecureAllowPlaintext, c.Logger = true, log
		h := echo(newHandler(t, c))
		for _, tc := range []struct {
			off  time.Duration
			want int
		}{
			{0, 200}, {5 * time.Minute, 200}, {-5 * time.Minute, 200},
			{5*time.Minute + time.Second, 403}, {-5*time.Minute - time.Second, 403}, {24 * time.Hour, 403}, {-24 * time.Hour, 403},
		} {
			p := safePlatform
			p.at = time.Now().Add(tc.off)
			require.Equal(t, tc.want, serve(h, p.send(textXML("x"))).Code, "plain, off by %v", tc.off)
			require.Equal(t, tc.want, serve(h, p.sendSealed(t, textXML("x"))).Code, "sealed, off by %v", tc.off)
			time.Sleep(2 * time.Second) // the log is limited
			if tc.want == 403 {
				require.Contains(t, lines.String(), fmt.Sprintf("skew=%v", -tc.off))
			}
		}
		q := plainPlatform.query(nil)
		for _, timestamp := range []string{"x", "1e9", "-1", "9999999999999999999", " 1", "9223372036854775807", "-9223372036854775808"} {
			q.Set("timestamp", timestamp)
			q.Set("signature", crypto.Signature(testToken, timestamp, q.Get("nonce")))
			require.Equal(t, 403, serve(h, request(q, []byte(textXML("x")))).Code, timestamp)
		}
	})
}

func TestNonceIsBoundToItsMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := plainPlatform
		p.nonce = "1234567890"
		h := echo(newHandler(t, plainConfig()))
		first := textXML("first")
		require.Equal(t, 200, serve(h, p.send(first)).Code)
		require.Equal(t, 200, serve(h, p.send(first)).Code, "a repeat passes")
		require.Equal(t, 403, serve(h, p.send(textXML("forged"))).Code)
		require.Equal(t, 200, serve(h, p.send(first)).Code, "still")

		p.nonce = "1234567891"
		require.Equal(t, 200, serve(h, p.send(first)).Code, "the same message with a new nonce")

		// A repeat in compatibility mode has the same plain half, encrypted again.
		both := func(sealed string) string {
			return strings.Replace(first, "</xml>", "<Encrypt><![CDATA["+sealed+"]]></Encrypt></xml>", 1)
		}
		p.nonce = "1234567892"
		require.Equal(t, 200, serve(h, p.send(both("AAAA"))).Code)
		require.Equal(t, 200, serve(h, p.send(both("BBBB"))).Code)
		require.Equal(t, 403, serve(h, p.send(strings.Replace(both("BBBB"), "first", "other", 1))).Code)

		// So has one in safe mode.
		s := safePlatform
		s.nonce = "1234567893"
		safe := echo(newHandler(t, safeConfig()))
		require.Equal(t, 200, serve(safe, s.sendSealed(t, first)).Code)
		require.Equal(t, 200, serve(safe, s.sendSealed(t, first)).Code)
		require.Equal(t, 403, serve(safe, s.sendSealed(t, textXML("other"))).Code)
	})
}

// For as long as a timestamp is taken, what came with it is remembered.
func TestNonceIsRememberedAsLongAsItsTimestamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := echo(newHandler(t, plainConfig()))
		for start := range 4 { // wherever in a generation it falls
			p := platform{token: testToken, nonce: fmt.Sprint("n", start), at: time.Now().Add(5 * time.Minute)}
			require.Equal(t, 200, serve(h, p.send(textXML("first"))).Code)
			for range 599 {
				time.Sleep(time.Second)
				require.Equal(t, 403, serve(h, p.send(textXML("forged"))).Code)
			}
			time.Sleep(time.Duration(start) * 97 * time.Second)
		}
	})
}

func TestSharedNonces(t *testing.T) {
	shared := newFakeStore()
	c := plainConfig()
	c.Store = shared
	log, lines := record()
	c.Logger = log
	one, two := echo(newHandler(t, c)), echo(newHandler(t, c))
	p := plainPlatform
	p.nonce, p.at = "1", time.Now()
	first := textXML("first")
	require.Equal(t, 200, serve(one, p.send(first)).Code)
	require.Equal(t, 200, serve(two, p.send(first)).Code, "a repeat to another process passes")
	require.Equal(t, 403, serve(two, p.send(textXML("forged"))).Code)
	require.Equal(t, 200, serve(two, p.send(first)).Code)

	shared.fail(errors.New("store is down"))
	p.nonce = "2"
	require.Equal(t, 200, serve(one, p.send(textXML("second"))).Code, "a store that fails loses no message")
	require.Equal(t, 403, serve(one, p.send(textXML("forged"))).Code, "each process remembers by itself")
	require.Equal(t, 1, strings.Count(lines.String(), "store is down"))
}

func TestBodyBound(t *testing.T) {
	h := echo(newHandler(t, plainConfig()))
	padded := func(size int) string {
		m := textXML("x")
		return m + strings.Repeat("\n", size-len(m))
	}
	for _, chunked := range []bool{false, true} {
		for size, want := range map[int]int{1 << 20: 200, 1<<20 + 1: 413, 3 << 20: 413} {
			r := plainPlatform.send(padded(size))
			if chunked {
				r.ContentLength = -1
			}
			w := serve(h, r)
			require.Equal(t, want, w.Code, "%d bytes, chunked %t", size, chunked)
		}
	}
	endless := plainPlatform.send("")
	endless.ContentLength, endless.Body = -1, io.NopCloser(endlessBody{})
	require.Equal(t, 413, serve(h, endless).Code)

	wrongLength := plainPlatform.send(textXML("length 0 as some adapters leave it"))
	wrongLength.ContentLength = 0
	require.Equal(t, "length 0 as some adapters leave it", decodeAnswer(t, serve(h, wrongLength).Body.Bytes()).Content)

	none := plainPlatform.send("")
	none.Body = nil
	require.Equal(t, 400, serve(h, none).Code)

	broken := plainPlatform.send("")
	broken.Body = io.NopCloser(io.MultiReader(strings.NewReader("<xml>"), brokenBody{}))
	require.Equal(t, 400, serve(h, broken).Code)
}

type endlessBody struct{}

func (endlessBody) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// pipeListener is a listener in memory, for servers inside synctest.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { l.once.Do(func() { close(l.closed) }); return nil }

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (l *pipeListener) dial() net.Conn {
	ours, theirs := net.Pipe()
	l.conns <- theirs
	return ours
}

// A body that never comes holds nothing for longer than five seconds, on a server
// without timeouts of its own, whether the request is let in or not.
func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := record()
		c := safeConfig()
		c.Logger = log
		server := &http.Server{Handler: wrapped{echo(newHandler(t, c))}}
		l := newPipeListener()
		go server.Serve(l)
		defer server.Close()

		for name, target := range map[string]string{"signed": safePlatform.send("").URL.String(), "not signed": "/wechat"} {
			conn := l.dial()
			start := time.Now()
			_, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000\r\n\r\n<xml>", target)
			require.NoError(t, err)
			answer, err := io.ReadAll(conn)
			require.NoError(t, err)
			took := time.Since(start)
			require.GreaterOrEqual(t, took, 5*time.Second, name)
			require.LessOrEqual(t, took, 5*time.Second+500*time.Millisecond, name) // net/http may wait before it closes
			require.Regexp(t, `^HTTP/1.1 40[38] `, string(answer), name)
		}
		require.Contains(t, lines.String(), "body did not come in time")
	})
}

// The deadline is for the body alone: a handler may take longer, and its context
// lives on.
func TestDeadlineEndsWithTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, plainConfig())
		message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
			time.Sleep(4 * time.Second)
			return message.TextReply("late"), ctx.Err()
		})
		server := &http.Server{Handler: h}
		l := newPipeListener()
		go server.Serve(l)
		defer server.Close()
		conn := l.dial()
		time.Sleep(time.Hour)
		for range 2 { // the connection is kept
			body := textXML("x")
			request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: bot\r\nContent-Length: %d\r\n\r\n", plainPlatform.send("").URL, len(body))
			_, err := io.WriteString(conn, request)
			require.NoError(t, err)
			time.Sleep(3 * time.Second)
			_, err = io.WriteString(conn, body)
			require.NoError(t, err)
			buffer := make([]byte, 4096)
			n, err := conn.Read(buffer)
			require.NoError(t, err)
			require.Contains(t, string(buffer[:n]), "late")
			time.Sleep(time.Minute)
		}
		conn.Close()
	})
}

// wrapped hides the response behind a type of its own, as middleware does.
type wrapped struct{ http.Handler }

type wrappedWriter struct{ http.ResponseWriter }

func (w wrappedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (h wrapped) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.Handler.ServeHTTP(wrappedWriter{w}, r)
}

func TestRefusalsAreLogged(t *testing.T) {
	anyone := platform{token: "x"}
	otherKey := platform{token: testToken, appID: testAppID, key: strings.Repeat("k", 43)}
	otherApp := platform{token: testToken, appID: "wxffffffffffffffff", key: testKey}
	without := func(name string, r *http.Request) *http.Request {
		q := r.URL.Query()
		q.Del(name)
		r.URL.RawQuery = q.Encode()
		return r
	}
	changed := func(r *http.Request) *http.Request {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		r.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "<Encrypt><![CDATA[", "<Encrypt><![CDATA[A", 1)))
		return r
	}
	two := func() *http.Request {
		e := safePlatform.seal(t, textXML("x"))
		return request(safePlatform.query(e), fmt.Appendf(nil, "<xml><Encrypt>%s</Encrypt><Encrypt>%s</Encrypt></xml>", e, e))
	}
	for _, tc := range []struct {
		name    string
		config  message.Config
		request *http.Request
		status  int
		want    []string
	}{
		{"no parameters", plainConfig(), httptest.NewRequest("POST", "/", nil), 403, []string{"parameter timestamp is missing"}},
		{"no nonce", plainConfig(), without("nonce", plainPlatform.send("x")), 403, []string{"parameter nonce is missing"}},
		{"no signature", plainConfig(), without("signature", plainPlatform.send("x")), 403, []string{"parameter signature is missing"}},
		{"no msg_signature", safeConfig(), without("msg_signature", safePlatform.sendSealed(t, "x")), 403, []string{"parameter msg_signature is missing"}},
		{"wrong token", plainConfig(), anyone.send(textXML("x")), 403, []string{"signature does not match", "Config.Token"}},
		{"wrong token, sealed", safeConfig(), platform{token: "x", appID: testAppID, key: testKey}.sendSealed(t, textXML("x")), 403, []string{"msg_signature does not match", "Config.Token"}},
		{"changed on its way", safeConfig(), changed(safePlatform.sendSealed(t, textXML("x"))), 403, []string{"msg_signature does not match, though signature does", "the token is right"}},
		{"wrong key", safeConfig(), otherKey.sendSealed(t, textXML("x")), 403, []string{"cannot be decrypted", "Config.EncodingAESKey"}},
		{"wrong app id", safeConfig(), otherApp.sendSealed(t, textXML("x")), 403, []string{"another app id", "Config.AppID"}},
		{"plain in safe mode", safeConfig(), safePlatform.send(textXML("x")), 403, []string{"message is not encrypted", "safe mode"}},
		{"encrypted without key", plainConfig(), safePlatform.sendSealed(t, textXML("x")), 403, []string{"there is no key", "Config.EncodingAESKey"}},
		{"two Encrypt", safeConfig(), two(), 403, []string{"more than one Encrypt"}},
		{"no XML", plainConfig(), plainPlatform.send("hello"), 400, []string{"body is not a message", "not a well-formed document"}},
		{"another root", plainConfig(), plainPlatform.send("<html></html>"), 400, []string{"body is not a message", "html"}},
		{"sealed nonsense", safeConfig(), safePlatform.sendSealed(t, "hello"), 400, []string{"body is not a message"}},
		{"document type", plainConfig(), plainPlatform.send("<!DOCTYPE x><xml/>"), 400, []string{"document type"}},
		{"too large", plainConfig(), plainPlatform.send(strings.Repeat("x", 1<<20+1)), 413, []string{"body is too large"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			log, lines := record()
			tc.config.Logger = log
			h := newHandler(t, tc.config)
			h.HandleDefault(func(context.Context, message.Message) (message.Reply, error) {
				t.Error("a refused message was handled")
				return nil, nil
			})
			tc.request.RemoteAddr = "192.0.2.7:1234"
			w := serve(h, tc.request)
			require.Equal(t, tc.status, w.Code)
			require.Empty(t, w.Body.String())
			require.Empty(t, w.Header())
			line := lines.String()
			require.Equal(t, 1, strings.Count(line, "\n"), line)
			require.Contains(t, line, "level=WARN")
			require.Contains(t, line, "192.0.2.7")
			for _, want := range tc.want {
				require.Contains(t, line, want)
			}
			q := tc.request.URL.Query()
			right := crypto.Signature(testToken, q.Get("timestamp"), q.Get("nonce"))
			for _, secret := range []string{testToken, testKey, right, q.Get("signature"), q.Get("msg_signature")} {
				if secret != "" {
					require.NotContains(t, line, secret)
				}
			}
		})
	}
}

func TestLogIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := record()
		c := plainConfig()
		c.Logger = log
		h := newHandler(t, c)
		forged := platform{token: "x"}
		for range 1000 {
			serve(h, forged.send("x"))
		}
		require.Equal(t, 1, strings.Count(lines.String(), "\n"))
		serve(h, httptest.NewRequest("POST", "/", nil))
		require.Equal(t, 2, strings.Count(lines.String(), "\n"), "another reason has a line of its own")
		time.Sleep(time.Second)
		serve(h, forged.send("x"))
		require.Contains(t, lines.String(), "suppressed=999")
		time.Sleep(time.Second)
		serve(h, forged.send("x"))
		require.Equal(t, 4, strings.Count(lines.String(), "\n"))
		require.Equal(t, 1, strings.Count(lines.String(), "suppressed="), "none since then")
	})
}

// A push in JSON is answered in JSON, plain and sealed.
func TestJSON(t *testing.T) {
	const text = `{"ToUserName":"gh_712c1e3d601f","FromUserName":"o9a36uRwOZ_z-ohBlHy2_YWlAEc-","CreateTime":"%d","MsgType":"text","Content":"hi ]]> 你好","MsgId":"18446744073709551615"}`
	body := fmt.Sprintf(text, time.Now().Unix())
	w := serve(echo(newHandler(t, plainConfig())), plainPlatform.send(body))
	require.Equal(t, 200, w.Code)
	require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	a := decodeJSONAnswer(t, w.Body.Bytes())
	require.Equal(t, "hi ]]> 你好", a.Content)
	require.Equal(t, testUser, a.ToUserName)
	require.Equal(t, testAccount, a.FromUserName)

	safe := echo(newHandler(t, safeConfig()))
	encrypted := safePlatform.seal(t, body)
	sealed := func(format string) *http.Request {
		return request(safePlatform.query(encrypted), []byte(strings.ReplaceAll(format, "%s", string(encrypted))))
	}
	w = serve(safe, sealed(`{"ToUserName":"gh_712c1e3d601f","Encrypt":"%s"}`))
	require.Equal(t, 200, w.Code)
	require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "hi ]]> 你好", decodeJSONAnswer(t, safePlatform.unsealJSON(t, w.Body.Bytes())).Content)
	require.Equal(t, 403, serve(safe, sealed(`{"Encrypt":"%s","Encrypt":"%s"}`)).Code)
	require.Equal(t, 403, serve(safe, sealed(`{"Encrypt":["%s","%s"]}`)).Code)
	require.Equal(t, 400, serve(safe, sealed(`{"ToUserName":"gh_712c1e3d601f"}`)).Code)
}

// Characters that a strict JSON parser refuses cost no message, plain or sealed.
func TestJSONIsCleaned(t *testing.T) {
	for name, body := range map[string]string{
		"byte order mark":   "\uFEFF" + textJSON("hi"),
		"raw tab":           strings.Replace(textJSON("hi"), "hi", "h\ti", 1),
		"raw line feed":     strings.Replace(textJSON("hi"), "hi", "h\ni", 1),
		"raw line end":      strings.Replace(textJSON("hi"), "hi", "h\r\ni", 1),
		"control character": strings.Replace(textJSON("hi"), "hi", "h\x02\x1di", 1),
		"not UTF-8":         strings.Replace(textJSON("hi"), "hi", "h\xffi", 1),
		"between members":   strings.Replace(textJSON("hi"), ",", "\x00,\r\n\t", 1),
	} {
		t.Run(name, func(t *testing.T) {
			inXML := strings.Replace(textXML("hi"), "hi", strings.Split(strings.Split(body, `"Content":"`)[1], `"`)[0], 1)
			want := decodeAnswer(t, serve(echo(newHandler(t, plainConfig())), plainPlatform.send(inXML)).Body.Bytes()).Content
			require.NotEmpty(t, want)

			w := serve(echo(newHandler(t, plainConfig())), plainPlatform.send(body))
			require.Equal(t, 200, w.Code)
			require.Equal(t, want, decodeJSONAnswer(t, w.Body.Bytes()).Content)

			encrypted := safePlatform.seal(t, body)
			envelope := fmt.Sprintf("\uFEFF{\r\n\t\x00\"ToUserName\":%q,\"Encrypt\":%q}", testAccount, encrypted)
			w = serve(echo(newHandler(t, safeConfig())), request(safePlatform.query(encrypted), []byte(envelope)))
			require.Equal(t, 200, w.Code)
			require.Equal(t, want, decodeJSONAnswer(t, safePlatform.unsealJSON(t, w.Body.Bytes())).Content)
		})
	}
}

func TestFailures(t *testing.T) {
	boom := errors.New("boom")
	for _, tc := range []struct {
		name   string
		handle func() (message.Reply, error)
		check  func(t *testing.T, e *message.HandlingError)
	}{
		{"error", func() (message.Reply, error) { return nil, boom }, func(t *testing.T, e *message.HandlingError) {
			require.ErrorIs(t, e, boom)
			require.Nil(t, e.Reply)
		}},
		{"error with a reply", func() (message.Reply, error) { return message.TextReply("x"), boom }, func(t *testing.T, e *message.HandlingError) {
			require.ErrorIs(t, e, boom)
		}},
		{"panic", func() (message.Reply, error) { panic("ouch") }, func(t *testing.T, e *message.HandlingError) {
			var p *message.PanicError
			require.ErrorAs(t, e, &p)
			require.Equal(t, "ouch", p.Value)
			require.Contains(t, string(p.Stack), "TestFailures")
		}},
		{"panic with an error", func() (message.Reply, error) { panic(boom) }, func(t *testing.T, e *message.HandlingError) {
			require.ErrorIs(t, e, boom)
		}},
		{"nil pointer", func() (message.Reply, error) { var r *message.ImageReply; return r, nil }, func(t *testing.T, e *message.HandlingError) {
			require.ErrorIs(t, e, message.ErrReply)
			require.ErrorContains(t, e, "nil *message.ImageReply")
		}},
		{"empty text", func() (message.Reply, error) { return message.TextReply(""), nil }, func(t *testing.T, e *message.HandlingError) {
			require.ErrorIs(t, e, message.ErrReply)
			require.Equal(t, message.TextReply(""), e.Reply)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			log, lines := record()
			var got []*message.HandlingError
			c := plainConfig()
			c.Logger = log
			c.OnError = func(_ context.Context, e *message.HandlingError) { got = append(got, e); panic("in the hook") }
			h := newHandler(t, c)
			message.On(h, func(context.Context, *message.Text) (message.Reply, error) { return tc.handle() })
			w := serve(h, plainPlatform.send(textXML("x")))
			require.Equal(t, 200, w.Code)
			require.Equal(t, "success", w.Body.String())
			require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
			require.Len(t, got, 1)
			require.Equal(t, "x", got[0].Message.(*message.Text).Content)
			tc.check(t, got[0])
			require.Contains(t, got[0].Error(), "Text: ")
			require.Contains(t, lines.String(), "level=ERROR")
			require.Contains(t, lines.String(), testUser)
			require.Regexp(t, `msg="panic in OnError" panic="in the hook" stack=".*TestFailures`, lines.String())
		})
	}
}

func TestNoticeTakesNoReply(t *testing.T) {
	var got *message.HandlingError
	c := safeConfig()
	c.OnError = func(_ context.Context, e *message.HandlingError) { got = e }
	h := newHandler(t, c)
	message.On(h, func(_ context.Context, m *message.ComponentVerifyTicketNotice) (message.Reply, error) {
		return message.TextReply(m.Ticket), nil
	})
	w := serve(h, safePlatform.sendSealed(t, "<xml><AppId>"+testAppID+"</AppId><InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket>t</ComponentVerifyTicket></xml>"))
	require.Equal(t, "success", w.Body.String())
	require.ErrorIs(t, got, message.ErrReply)
}

// No type of this package prints a secret, with any verb or encoder.
func TestRedaction(t *testing.T) {
	c := safeConfig()
	c.PreviousTokens, c.PreviousAESKeys = []string{oldToken}, []string{oldKey}
	h := echo(newHandler(t, c))
	serve(h, safePlatform.sendSealed(t, textXML("x")))

	var out strings.Builder
	hidden := struct{ h *message.Handler }{h}
	shown := struct{ Config message.Config }{c}
	for _, v := range []any{c, &c, h, hidden, shown, &shown, []message.Config{c}, map[string]*message.Handler{"h": h}} {
		for _, verb := range "vsqxXdobcUeEfFgGtT" { // %p is for pointers; fmt asks no method about it
			for _, flag := range []string{"", "+", "#", " ", "0", "-", "20", ".3"} {
				fmt.Fprintf(&out, "%"+flag+string(verb)+"\n", v)
			}
		}
		fmt.Fprintln(&out, v)
		b, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(b)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("x", "v", v, slog.Group("g", "v", v))
		}
	}
	b, err := xml.Marshal(c)
	require.NoError(t, err)
	out.Write(b)
	require.Contains(t, out.String(), testAppID, "what is no secret is shown")
	for _, secret := range []string{testToken, testKey, oldToken, oldKey} {
		for line := range strings.Lines(out.String()) {
			require.NotContains(t, line, secret, line)
		}
		require.NotContains(t, strings.ToLower(out.String()), fmt.Sprintf("%x", secret), secret)
	}
	require.Equal(t, "<nil>", fmt.Sprint((*message.Handler)(nil)))
}

func TestConcurrentUse(t *testing.T) {
	safe, plain := echo(newHandler(t, safeConfig())), echo(newHandler(t, plainConfig()))
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 20 {
				want := fmt.Sprintf("worker %d message %d %s", worker, i, strings.Repeat("&<中", i*10))
				w := serve(plain, plainPlatform.send(textXML(want)))
				require.Equal(t, want, decodeAnswer(t, w.Body.Bytes()).Content)
				w = serve(safe, safePlatform.sendSealed(t, textXML(want)))
				require.Equal(t, want, decodeAnswer(t, safePlatform.unseal(t, w.Body.Bytes())).Content)
			}
		})
	}
	wg.Wait()
}
