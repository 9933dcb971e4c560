package limits

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func local() (*wechattest.Platform, *officialaccount.Client) {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	oa, err := newClient(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		panic(err)
	}
	return p, oa
}

func Example() {
	p, oa := local()
	defer p.Close()
	err := menu.New(oa).Create(context.Background(), menu.ClickButton("今日特价商品", "sale"))
	fmt.Println(err)
	var limit *errcode.LimitError
	fmt.Println(errors.As(err, &limit), limit.Field, limit.Given, limit.Max, limit.Unit)
	fmt.Println("calls:", p.Count("/cgi-bin/menu/create"))
	// Output:
	// wechat: /cgi-bin/menu/create: button[0].name has 18 bytes, at most 16 are allowed
	// true button[0].name 18 16 bytes
	// calls: 0
}

func Example_quota() {
	p, oa := local()
	defer p.Close()
	ctx := context.Background()
	p.SetQuota("/cgi-bin/getcallbackip", 2, 0)
	for range 3 {
		err := oa.Get(ctx, "/cgi-bin/getcallbackip", nil, nil)
		fmt.Println(errors.Is(err, errcode.ErrQuota))
	}
	_ = printQuota(ctx, oa, "/cgi-bin/getcallbackip")
	// Output:
	// false
	// false
	// true
	// /cgi-bin/getcallbackip: 0 of 2 left
}

func TestUrgent(t *testing.T) {
	p, oa := local()
	defer func() { require.NoError(t, p.Close()) }()
	const path = "/cgi-bin/getcallbackip"
	p.SetQuota(path, 1, 0)
	call := func(ctx context.Context) error { return oa.Get(ctx, path, nil, nil) }
	require.NoError(t, urgent(t.Context(), oa, path, call))
	require.NoError(t, urgent(t.Context(), oa, path, call))
	require.Equal(t, 1, p.Count("/cgi-bin/clear_quota"))
	p.Inject(wechattest.Rule{Path: "/cgi-bin/clear_quota", Fault: wechattest.Errcode(48006)})
	err := urgent(t.Context(), oa, path, call)
	require.ErrorIs(t, err, errcode.DailyQuotaReached)
	require.ErrorIs(t, err, errcode.ClearQuotaLimit)
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		oa, err := newClient(officialaccount.Config{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client()})
		require.NoError(t, err)
		start := time.Now()
		for range 200 {
			_ = oa.Post(t.Context(), "/cgi-bin/message/custom/send", map[string]string{"touser": "oLiLei", "msgtype": "text"}, nil)
		}
		require.GreaterOrEqual(t, time.Since(start), 1900*time.Millisecond)
		start = time.Now()
		for range 200 {
			require.NoError(t, oa.Get(t.Context(), "/cgi-bin/getcallbackip", url.Values{}, nil))
		}
		require.Less(t, time.Since(start), time.Second)
	})
}
