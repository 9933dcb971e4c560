package errs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/qrcode"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const callbackIP = "/cgi-bin/getcallbackip"

// local returns a local platform and a client of it.
func local() (*wechattest.Platform, *officialaccount.Client) {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	return p, newClient(p, officialaccount.Config{Secret: wechattest.DefaultSecret})
}

func newClient(p *wechattest.Platform, c officialaccount.Config) *officialaccount.Client {
	c.AppID, c.BaseURL, c.HTTPClient = wechattest.DefaultAppID, p.URL(), p.Client()
	oa, err := officialaccount.New(c)
	if err != nil {
		panic(err)
	}
	return oa
}

func Example() {
	var err error = &errcode.Error{ // what a call returns
		Op: "/cgi-bin/menu/create", Code: errcode.IPNotInWhitelist, RID: "62fb9bc8-078c24da-4202f278",
		Message: "invalid ip 203.0.113.7, not in whitelist rid: 62fb9bc8-078c24da-4202f278",
	}
	var refusal *errcode.Error
	if errors.As(err, &refusal) {
		fmt.Println(int(refusal.Code), refusal.RID, refusal.IP())
		fmt.Println(refusal.RemedyZH())
	}
	fmt.Println(errors.Is(err, errcode.IPNotInWhitelist), errors.Is(err, errcode.ErrIPRefused))
	// Output:
	// 40164 62fb9bc8-078c24da-4202f278 203.0.113.7
	// 请在微信开发者平台把 203.0.113.7 加入该账号的 IP 白名单；白名单对所有接口调用生效
	// true true
}

func TestDecide(t *testing.T) {
	for want, err := range map[string]error{
		"sent":                          nil,
		"a bug: shorten the request":    &errcode.LimitError{Op: "/x", Field: "f", Rule: "is empty"},
		"remove the user from the list": errcode.New(43004, "require subscribe"),
		"try again in a minute":         errcode.New(45011, "api minute-quota reach limit"),
		"try again tomorrow":            &officialaccount.PausedError{Path: "/x"},
		"call an administrator":         errcode.New(48001, "api unauthorized"),
		"give up":                       errcode.New(40037, "invalid template_id"),
		"perhaps sent: do not repeat without an idempotency key": &errcode.TransportError{Op: "/x", Sent: true, Err: errors.New("reset")},
		"not sent: try again": &errcode.TransportError{Op: "/x", Err: errors.New("refused")},
		"look at the log":     errors.New("unknown"),
	} {
		require.Equal(t, want, decide(err), err)
	}
	require.Equal(t, "call an administrator", decide(errcode.New(40164, "invalid ip")))
	require.Equal(t, "call an administrator", decide(errcode.New(40125, "invalid appsecret")))
	require.Equal(t, "try again in a minute", decide(errcode.New(-1, "system error")))
}

func TestReport(t *testing.T) {
	p, oa := local()
	defer func() { require.NoError(t, p.Close()) }()
	require.NoError(t, p.Reconfigure(func(c *wechattest.Config) { c.AllowedIPs = []string{"198.51.100.1"} }))
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	report(t.Context(), log, oa.Get(t.Context(), callbackIP, nil, nil))
	require.Contains(t, out.String(), `errcode=40164`)
	require.Contains(t, out.String(), "ip="+wechattest.DefaultClientIP)
	report(t.Context(), log, errors.New("other"))
	require.Contains(t, out.String(), "error=other")
}

func TestPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		require.NoError(t, patient(t.Context(), func(context.Context) error {
			if calls++; calls < 3 {
				return errcode.New(45011, "too fast")
			}
			return nil
		}))
		require.Equal(t, 3, calls)
		start := time.Now()
		require.ErrorIs(t, patient(t.Context(), func(context.Context) error { return errcode.SystemBusy }), errcode.SystemBusy)
		require.Equal(t, 63*time.Second, time.Since(start))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, patient(ctx, func(context.Context) error { return errcode.SystemBusy }), context.Canceled)
	})
}

func TestWithoutPermission(t *testing.T) {
	p, oa := local()
	defer func() { require.NoError(t, p.Close()) }()
	without, err := withoutPermission(t.Context(), oa, callbackIP)
	require.NoError(t, err)
	require.False(t, without)
	without, err = withoutPermission(t.Context(), oa, "/cgi-bin/unknown")
	require.NoError(t, err)
	require.True(t, without)
}

// kinds names the kinds of errors of a call.
func kinds(err error) string {
	var (
		refusal   *errcode.Error
		tooLarge  *errcode.LimitError
		paused    *officialaccount.PausedError
		transport *errcode.TransportError
		answer    *errcode.ResponseError
	)
	switch {
	case errors.Is(err, token.ErrStillRejected): // it wraps the errcode.Error, too
		return "token.ErrStillRejected"
	case errors.As(err, &refusal):
		return "errcode.Error"
	case errors.As(err, &tooLarge):
		return "errcode.LimitError"
	case errors.As(err, &paused):
		return "officialaccount.PausedError"
	case errors.As(err, &transport):
		return "errcode.TransportError"
	case errors.As(err, &answer):
		return "errcode.ResponseError"
	case errors.Is(err, officialaccount.ErrNoSecret):
		return "officialaccount.ErrNoSecret"
	}
	return ""
}

// Each row of the table of kinds happens.
func TestKinds(t *testing.T) {
	p, oa := local()
	defer func() { require.NoError(t, p.Close()) }()
	call := func(f wechattest.Fault) error {
		remove := p.Inject(wechattest.Rule{Path: callbackIP, Fault: f})
		defer remove()
		return newClient(p, officialaccount.Config{Secret: wechattest.DefaultSecret, Retry: officialaccount.Retry{Attempts: 1}}).Get(t.Context(), callbackIP, nil, nil)
	}
	require.Equal(t, "errcode.Error", kinds(call(wechattest.Errcode(48001))))
	require.Equal(t, "errcode.TransportError", kinds(call(wechattest.CutBefore())))
	require.Equal(t, "errcode.ResponseError", kinds(call(wechattest.HTTPStatus(502))))
	require.Equal(t, "errcode.ResponseError", kinds(call(wechattest.Truncated())))
	_, err := qrcode.New(oa).CreateTemporary(t.Context(), qrcode.Text(""), time.Minute)
	require.Equal(t, "errcode.LimitError", kinds(err))
	require.Equal(t, "token.ErrStillRejected", kinds(newClient(p, officialaccount.Config{TokenSource: token.Static("old")}).Get(t.Context(), callbackIP, nil, nil)))
	_, err = oauth.New(newClient(p, officialaccount.Config{TokenSource: token.Static("old")})).Exchange(t.Context(), "code")
	require.Equal(t, "officialaccount.ErrNoSecret", kinds(err))

	guarded := newClient(p, officialaccount.Config{Secret: wechattest.DefaultSecret, QuotaGuard: true})
	p.SetQuota(callbackIP, 1, 0)
	for range 3 {
		err = guarded.Get(t.Context(), callbackIP, nil, nil)
	}
	require.Equal(t, "officialaccount.PausedError", kinds(err))
	require.Equal(t, "try again tomorrow", decide(err))
	require.Empty(t, kinds(context.Canceled))
}

// A send that breaks off is never repeated.
func TestSendsOnce(t *testing.T) {
	p, oa := local()
	defer func() { require.NoError(t, p.Close()) }()
	const path = "/cgi-bin/message/custom/send"
	p.Inject(wechattest.Rule{Path: path, Fault: wechattest.CutAfter()})
	err := customerservice.New(oa).Send(t.Context(), "oLiLei", customerservice.Text("hello"))
	require.Equal(t, "perhaps sent: do not repeat without an idempotency key", decide(err))
	require.Equal(t, 1, p.Count(path))
}
