package officialaccount_test

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// emulated returns a client of a platform that was written without knowledge of it.
func emulated(t *testing.T, config wechattest.Config, change ...func(*officialaccount.Config)) (*wechattest.Platform, *officialaccount.Client) {
	t.Helper()
	p := wechattest.New(t, config)
	own := officialaccount.Config{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, HTTPClient: p.Client()}
	for _, c := range change {
		c(&own)
	}
	oa, err := officialaccount.New(own)
	require.NoError(t, err)
	return p, oa
}

func TestOnTheEmulatorARevocationFailsNoCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, oa := emulated(t, wechattest.Config{StrictTokens: true})
		p.Inject(wechattest.Rule{Path: "/cgi-bin/stable_token", Fault: wechattest.Latency(50 * time.Millisecond)})
		get := func() error { return oa.Get(t.Context(), "/cgi-bin/get_api_domain_ip", nil, nil) }
		require.Zero(t, together(100, get))
		require.Equal(t, 1, p.TokenRequests())
		p.RevokeTokens()
		require.Zero(t, together(100, get))
		require.Equal(t, 2, p.TokenRequests())
		p.ExpireTokens()
		require.Zero(t, together(100, get))
		require.Equal(t, 3, p.TokenRequests())
	})
}

func TestOnTheEmulatorTheRefusedAddressIsNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, oa := emulated(t, wechattest.Config{AllowedIPs: []string{"198.51.100.1"}})
		err := oa.Get(t.Context(), "/cgi-bin/get_api_domain_ip", nil, nil)
		var refusal *errcode.Error
		require.ErrorAs(t, err, &refusal)
		require.ErrorIs(t, err, errcode.ErrIPRefused)
		require.Equal(t, wechattest.DefaultClientIP, refusal.IP().String())
		require.NotEmpty(t, refusal.RID)
		require.Contains(t, err.Error(), "add "+wechattest.DefaultClientIP+" to the IP allow-list")
	})
}

func TestOnTheEmulatorFilesGoThereAndBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, oa := emulated(t, wechattest.Config{})
		picture := "\xff\xd8\xff\xe0" + strings.Repeat("x", 100_000)
		for name, body := range map[string]io.Reader{"known": strings.NewReader(picture), "unknown": io.MultiReader(strings.NewReader(picture))} {
			p.RevokeTokens() // replayed on the way
			var out struct {
				MediaID string `json:"media_id"`
			}
			require.NoError(t, oa.Upload(t.Context(), "/cgi-bin/media/upload", officialaccount.Upload{Name: "照片.jpg", Body: body}, &out,
				officialaccount.WithQuery(url.Values{"type": {"image"}})), name)
			_, content, found := p.Media(out.MediaID)
			require.True(t, found)
			require.Equal(t, string(content), picture)
			f, err := oa.Download(t.Context(), "/cgi-bin/media/get", officialaccount.WithQuery(url.Values{"media_id": {out.MediaID}}))
			require.NoError(t, err)
			b, err := io.ReadAll(f)
			require.NoError(t, err)
			require.NoError(t, f.Close())
			require.Equal(t, string(b), picture)
		}
		_, err := oa.Download(t.Context(), "/cgi-bin/media/get", officialaccount.WithQuery(url.Values{"media_id": {"nobody's"}}))
		require.ErrorIs(t, err, errcode.InvalidMediaID)
	})
}

func TestOnTheEmulatorEveryFaultIsAnErrorOrASuccess(t *testing.T) {
	t.Parallel()
	for _, fault := range []wechattest.Fault{
		wechattest.Latency(time.Second), wechattest.Latency(time.Hour), wechattest.Errcode(-1), wechattest.Errcode(45009), wechattest.Errcode(42001),
		wechattest.HTTPStatus(502), wechattest.CutBefore(), wechattest.CutAfter(), wechattest.CutInside(), wechattest.Truncated(),
		wechattest.Endless(), wechattest.Hang(), wechattest.RedirectTo("https://foreign.example/"),
	} {
		for _, where := range []string{"/cgi-bin/stable_token", ""} {
			t.Run(fault.String()+" "+where, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p, oa := emulated(t, wechattest.Config{})
					media := p.AddMedia("image", "a.jpg", []byte("\xff\xd8 picture"))
					p.Inject(wechattest.Rule{Path: where, Fault: fault})
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					download := func() error {
						f, err := oa.Download(ctx, "/cgi-bin/media/get", officialaccount.WithQuery(url.Values{"media_id": {media}}))
						if err != nil {
							return err
						}
						if f.IsJSON() {
							return f.JSON(nil)
						}
						b, err := io.ReadAll(f)
						if err == nil && string(b) != "\xff\xd8 picture" {
							t.Errorf("a wrong file of %d bytes", len(b))
						}
						return errors.Join(err, f.Close())
					}
					for _, err := range []error{
						oa.Get(ctx, "/cgi-bin/get_api_domain_ip", nil, nil),
						oa.Post(ctx, "/cgi-bin/message/custom/send", map[string]string{"touser": "o"}, nil),
						oa.Upload(ctx, "/cgi-bin/media/upload", officialaccount.Upload{Name: "a.jpg", Body: strings.NewReader("x")}, nil, officialaccount.WithQuery(url.Values{"type": {"image"}})),
						download(),
					} {
						if err == nil {
							require.Equal(t, wechattest.Latency(time.Second).String(), fault.String(), "a success")
							continue
						}
						require.NotContains(t, err.Error(), wechattest.DefaultSecret)
						require.NotContains(t, err.Error(), "access_token=")
					}
					require.Empty(t, p.CallsElsewhere(), "nothing goes to a foreign host")
				})
			})
		}
	}
}
