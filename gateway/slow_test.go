package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
)

// connect serves a handler on one connection without a network and without buffers, in
// the bubble of the test. It returns the client's end.
func connect(t *testing.T, srv *http.Server) net.Conn {
	t.Helper()
	server, client := net.Pipe()
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(&oneConn{server, make(chan struct{})}) }()
	t.Cleanup(func() {
		_ = client.Close()
		_ = srv.Close()
		<-served
		time.Sleep(time.Second) // net/http may wait before it closes the connection
	})
	return client
}

// oneConn is a listener with one connection.
type oneConn struct {
	conn net.Conn
	end  chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	<-l.end
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	close(l.end)
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{} }

// A caller that sends the head of a request and then nothing does not keep the
// connection, whether the body was to be read or not.
func TestSlowBodies(t *testing.T) {
	for path, patience := range map[string]time.Duration{
		"/cgi-bin/stable_token":                 35 * time.Second,
		"/cgi-bin/menu/create":                  5 * time.Second,
		"/tokens/cgi-bin/stable_token":          35 * time.Second,
		"/tokens/cgi-bin/token":                 5 * time.Second,
		"/tokens/" + otherApp + "/jsapi_ticket": 5 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			dir := gateway.NewDirectory(gateway.Config{})
			require.NoError(t, dir.Set(accounts(), twoBusinesses(t)))
			tokens, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: dir})
			require.NoError(t, err)
			mux := http.NewServeMux()
			mux.Handle("/tokens/", http.StripPrefix("/tokens", tokens))
			mux.Handle("/", alone(t, nil, nil))
			client := connect(t, &http.Server{Handler: mux})
			go io.WriteString(client, "POST "+path+" HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100\r\n\r\n{")
			began := time.Now()
			resp, err := http.ReadResponse(bufio.NewReader(client), nil)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Contains(t, string(body), `"error":"`)
			require.LessOrEqual(t, time.Since(began), patience)
		})
	}
}

// A caller who is allowed to call and stops sending its body is waited for 30 s. Then it
// gets an error, or none at all if the body was on its way to the platform.
func TestCallerStopsSending(t *testing.T) {
	for length, reason := range map[string]gateway.Reason{"100": gateway.BodyUnreadable, "3000000": gateway.CallerGone} {
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan gateway.Call, 1)
			client := connect(t, &http.Server{Handler: alone(t, func(r *http.Request) (*http.Response, error) {
				_, err := io.Copy(io.Discard, r.Body)
				return nil, err
			}, func(c gateway.Call) { ended <- c })})
			began := time.Now()
			go io.WriteString(client, "POST /cgi-bin/user/x HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "+keyB+"\r\nContent-Length: "+length+"\r\n\r\n{")
			answer, err := io.ReadAll(client)
			require.NoError(t, err, "the connection is closed")
			require.Equal(t, reason, (<-ended).Reason)
			if reason == gateway.CallerGone {
				require.Empty(t, answer)
			} else {
				require.Contains(t, string(answer), "HTTP/1.1 400")
			}
			require.LessOrEqual(t, time.Since(began), 36*time.Second)
		})
	}
}

// pieces is an answer of the platform that comes in pieces. The context of the call ends
// it.
func pieces(r *http.Request, length int64, send func(io.Writer)) *http.Response {
	body, in := io.Pipe()
	context.AfterFunc(r.Context(), func() { in.CloseWithError(context.Cause(r.Context())) })
	go func() { send(in); in.Close() }()
	return &http.Response{StatusCode: 200, Body: body, ContentLength: length, Header: http.Header{"Content-Type": {"image/jpeg"}}}
}

// ask sends a GET of the business "blog".
func ask(t *testing.T, client net.Conn) {
	t.Helper()
	_, err := io.WriteString(client, "GET /cgi-bin/user/get HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "+keyB+"\r\n\r\n")
	require.NoError(t, err)
}

// A caller that stops reading a large answer, wherever that is, does not keep the call,
// and the log calls the answer incomplete.
func TestCallerStopsReading(t *testing.T) {
	const size, last = 64 << 10, 100 // the last bytes fit into the buffers of the server
	for _, stop := range []int64{0, 5_000, size - last/2} {
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan gateway.Call, 1)
			client := connect(t, &http.Server{Handler: alone(t, func(r *http.Request) (*http.Response, error) {
				resp := pieces(r, size, func(w io.Writer) {
					_, _ = w.Write(make([]byte, size-last))
					_, _ = w.Write(make([]byte, last))
				})
				resp.Header.Set("Content-Type", "text/plain") // its beginning is inspected
				return resp, nil
			}, func(c gateway.Call) { ended <- c })})
			ask(t, client)
			resp, err := http.ReadResponse(bufio.NewReaderSize(client, 16), nil)
			require.NoError(t, err)
			_, err = io.CopyN(io.Discard, resp.Body, stop)
			require.NoError(t, err)
			began := time.Now()
			call := <-ended
			require.Equal(t, 30*time.Second, time.Since(began))
			require.True(t, call.Cut)
			require.GreaterOrEqual(t, call.Bytes, stop)
			_, err = io.Copy(io.Discard, resp.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "the connection is closed")
		})
	}
}

// A platform and a caller that are slow, but do not stall, are waited for, and the
// connection can be used again. An answer of unknown length reaches the caller piece by
// piece.
func TestSlowAnswer(t *testing.T) {
	const pause, count = 20 * time.Second, 3
	piece := bytes.Repeat([]byte("x"), 40<<10+17)
	for _, length := range []int64{-1, int64(count * len(piece))} {
		synctest.Test(t, func(t *testing.T) {
			received := make(chan struct{}, count)
			client := connect(t, &http.Server{Handler: alone(t, func(r *http.Request) (*http.Response, error) {
				return pieces(r, length, func(w io.Writer) {
					for range count {
						time.Sleep(pause)
						_, _ = w.Write(piece[17:])
						_, _ = w.Write(piece[:17]) // fits into the buffers of the server
						if length < 0 {
							<-received
						}
					}
				}), nil
			}, nil)})
			r := bufio.NewReader(client)
			for range 2 {
				ask(t, client)
				resp, err := http.ReadResponse(r, nil)
				require.NoError(t, err)
				for range count {
					time.Sleep(pause)
					_, err := io.CopyN(io.Discard, resp.Body, int64(len(piece)))
					require.NoError(t, err)
					received <- struct{}{}
				}
				rest, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.Empty(t, rest)
				if length >= 0 {
					for range count {
						<-received
					}
				}
				time.Sleep(time.Hour)
			}
		})
	}
}

// http2 connects a client to a handler by HTTP/2.
func http2(t *testing.T, h http.Handler) *http.Client {
	t.Helper()
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	conn := connect(t, &http.Server{Handler: h, Protocols: protocols})
	transport := &http.Transport{Protocols: protocols, DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// Under HTTP/2 a deadline that ends resets its stream, even if nothing is read or written.
// So it is set only while the caller is waited for, and the platform may be slow in
// between.
func TestSlowPlatformOverHTTP2(t *testing.T) {
	t.Run("answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const first, size = 4<<20 + 8<<10, 5 << 20 // a little more than the window of net/http; of the answer
			client := http2(t, alone(t, func(r *http.Request) (*http.Response, error) {
				return pieces(r, size, func(w io.Writer) {
					_, _ = w.Write(make([]byte, first)) // its end waits for the caller
					time.Sleep(40 * time.Second)
					_, _ = w.Write(make([]byte, size-first))
				}), nil
			}, nil))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway/cgi-bin/user/get", nil)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+keyB)
			resp, err := client.Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			time.Sleep(20 * time.Second)
			n, err := io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			require.EqualValues(t, size, n)
		})
	})
	t.Run("upload", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const size = 2 << 20
			client := http2(t, alone(t, func(r *http.Request) (*http.Response, error) {
				var arrived int64
				for _, part := range []int64{100 << 10, size} {
					n, err := io.Copy(io.Discard, io.LimitReader(r.Body, part))
					if err != nil {
						return nil, err
					}
					arrived += n
					time.Sleep(40 * time.Second)
				}
				require.EqualValues(t, size, arrived)
				return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
			}, nil))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://gateway/cgi-bin/user/upload", bytes.NewReader(make([]byte, size)))
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+keyB)
			resp, err := client.Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, 200, resp.StatusCode, string(body))
		})
	})
}
