package officialaccount

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// deaf never answers.
type deaf struct{}

func (deaf) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// slow takes 20 seconds for each read.
type slow struct{ io.Reader }

func (s *slow) Read(p []byte) (int, error) {
	time.Sleep(20 * time.Second)
	return s.Reader.Read(p)
}

// The private transport cannot run under a fake clock, so it is replaced here.
func TestHowLongACallMayTake(t *testing.T) {
	t.Parallel()
	upload := func(ctx context.Context, c *Client) error {
		return c.Upload(ctx, "/x", Upload{Name: "a.jpg", Body: strings.NewReader("x")}, nil)
	}
	slowUpload := func(ctx context.Context, c *Client) error {
		return c.Upload(ctx, "/x", Upload{Name: "a.jpg", Body: iotest.OneByteReader(&slow{strings.NewReader("xyz")}), Size: 3}, nil)
	}
	download := func(ctx context.Context, c *Client) error {
		_, err := c.Download(ctx, "/x", WithoutRetry())
		return err
	}
	get := func(ctx context.Context, c *Client) error { return c.Get(ctx, "/x", nil, nil) }
	for _, c := range []struct {
		name     string
		own      *http.Client // nil: the private one
		deadline time.Duration
		call     func(context.Context, *Client) error
		want     time.Duration
	}{
		{"no deadline", nil, 0, get, 30 * time.Second},
		{"later deadline", nil, time.Hour, get, time.Hour},
		{"earlier deadline", nil, time.Second, get, time.Second},
		{"upload", nil, 0, upload, 30 * time.Second},
		{"slow upload", nil, 0, slowUpload, 4*20*time.Second + 30*time.Second}, // three bytes, and the end
		{"download", nil, 0, download, 30 * time.Second},
		{"own timeout", &http.Client{Timeout: 7 * time.Second}, 0, get, 21*time.Second + 300*time.Millisecond},
		{"own timeout, upload", &http.Client{Timeout: 7 * time.Second}, 0, upload, 7 * time.Second},
		{"own client without a timeout, download", &http.Client{}, 0, download, 30 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				oa, err := New(Config{TokenSource: token.Static("x"), HTTPClient: c.own})
				require.NoError(t, err)
				oa.state().http.Transport = deaf{}
				ctx := t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				start := time.Now()
				err = c.call(ctx, oa)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.InDelta(t, c.want.Seconds(), time.Since(start).Seconds(), 0.4)
			})
		})
	}
}

func TestThePrivateTransport(t *testing.T) {
	t.Parallel()
	oa, err := New(Config{TokenSource: token.Static("x")})
	require.NoError(t, err)
	other, err := New(Config{TokenSource: token.Static("x")})
	require.NoError(t, err)
	tr := oa.state().http.Transport.(*http.Transport)
	require.NotSame(t, tr, other.state().http.Transport)
	require.Equal(t, 128, tr.MaxIdleConnsPerHost)
	require.Equal(t, 30*time.Second, tr.IdleConnTimeout)
	require.Nil(t, tr.TLSClientConfig, "TLS defaults untouched")

	own := &http.Client{Transport: deaf{}, CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("x") }}
	oa, err = New(Config{TokenSource: token.Static("x"), HTTPClient: own})
	require.NoError(t, err)
	require.NotSame(t, own, oa.state().http, "the caller's client is copied")
	require.Equal(t, "https://api.weixin.qq.com", wire.DefaultBaseURL)
}
