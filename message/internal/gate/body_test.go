package gate

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
)

// brokenBody panics, as the body of a middleware may.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { panic("broken") }

// TestUnverifiedIsReleased: nothing counts as unverified once a request is over, however
// it ended.
func TestUnverifiedIsReleased(t *testing.T) {
	g := plainGate(1000)
	now := time.Now()
	timestamp := strconv.FormatInt(now.Unix(), 10)
	for i, body := range []io.Reader{
		strings.NewReader("<xml>x</xml>"), strings.NewReader("<"), strings.NewReader("<Encrypt/>"),
		strings.NewReader(strings.Repeat("x", 2<<20)), strings.NewReader(""),
		iotest.ErrReader(errors.New("cut off")), brokenBody{},
	} {
		nonce := fmt.Sprint(i)
		q := url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {crypto.Signature(token, timestamp, nonce)}}
		r := httptest.NewRequest(http.MethodPost, "/?"+q.Encode(), body)
		func() {
			defer func() { require.Equal(t, body == brokenBody{}, recover() != nil) }()
			if l, refused := g.Verify(r, now); refused == nil {
				g.Release(l)
			}
		}()
		require.Zero(t, g.unverified.Load(), i)
	}
}

// A body reserves what has arrived, or is about to, and not what its length promises. One
// that finds no room leaves the count as it was.
func TestUnverifiedIsCounted(t *testing.T) {
	g := plainGate(1000)
	var l Letter
	r := httptest.NewRequest(http.MethodPost, "/", readerFunc(func([]byte) (int, error) {
		require.LessOrEqual(t, g.unverified.Load(), int64(trustedLength+1))
		return 0, io.EOF
	}))
	r.ContentLength = maxBody
	require.NotNil(t, g.readBody(&l, r))
	g.unreserve(&l)

	const full = maxUnverified - firstBuffer + 1
	g.unverified.Store(full)
	refused := g.readBody(&l, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("<xml/>")))
	require.NotNil(t, refused)
	require.Equal(t, Memory, refused.Reason)
	require.EqualValues(t, full, g.unverified.Load())
}

// A body that says it is too large is not read at all.
func TestTooLargeIsNotRead(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", readerFunc(func([]byte) (int, error) {
		t.Error("it was read")
		return 0, io.EOF
	}))
	r.ContentLength = maxBody + 1
	require.Equal(t, TooLarge, plainGate(1000).readBody(new(Letter), r).Reason)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
