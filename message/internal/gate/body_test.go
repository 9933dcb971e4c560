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
