package metrics_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/seed-f21aa8d8/wechat/metrics"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func Example() {
	platform, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer platform.Close()

	m := metrics.New(metrics.Config{})
	registry := prometheus.NewRegistry()
	registry.MustRegister(m)
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret,
		Observer:   m.Account("shop"),
		HTTPClient: platform.Client(), BaseURL: platform.URL(),
	})
	if err != nil {
		panic(err)
	}
	err = oa.Get(context.Background(), "/cgi-bin/getcallbackip", nil, nil)
	fmt.Println(err)
	fmt.Println(testutil.GatherAndCompare(registry, strings.NewReader(`
		# HELP wechat_calls_total Calls of the API, by path and errcode.
		# TYPE wechat_calls_total counter
		wechat_calls_total{account="shop",code="0",path="/cgi-bin/getcallbackip"} 1
	`), "wechat_calls_total"))
	// Output:
	// <nil>
	// <nil>
}
