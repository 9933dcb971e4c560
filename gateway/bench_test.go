package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/token"
)

// upstream answers every call like a small API call, and swallows uploads.
func upstream(tb testing.TB) *httptest.Server {
	tb.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/cgi-bin/media/get" {
			w.Header().Set("Content-Type", "image/jpeg")
			_, _ = io.Copy(w, io.LimitReader(endless{}, 64<<20))
			return
		}
		w.Header().Set("Content-Type", "application/json; encoding=utf-8")
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","msgid":200228332}`)
	}))
	tb.Cleanup(s.Close)
	return s
}

// frontends are the proxy and httputil.ReverseProxy alone, before the same upstream.
func frontends(tb testing.TB) (ours, plain *httptest.Server) {
	tb.Helper()
	up := upstream(tb)
	dir := gateway.NewDirectory(gateway.Config{})
	require.NoError(tb, dir.Set([]gateway.Account{{AppID: otherApp, TokenSource: token.Static("token-of-the-account")}}, []gateway.Business{{
		Name: "shop", Keys: []gateway.KeyHash{hash(tb, keyA)}, Accounts: []string{otherApp}, Allow: []string{"/*"},
	}}))
	proxy, err := gateway.NewProxy(gateway.ProxyConfig{Directory: dir, Hosts: []string{up.URL}})
	require.NoError(tb, err)
	target, err := url.Parse(up.URL)
	require.NoError(tb, err)
	reverse := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext, MaxIdleConnsPerHost: 256, DisableCompression: true,
		},
	}
	ours, plain = httptest.NewServer(proxy), httptest.NewServer(reverse)
	tb.Cleanup(ours.Close)
	tb.Cleanup(plain.Close)
	return ours, plain
}

const customText = `{"touser":"oLiLei","msgtype":"text","text":{"content":"今天的课程改到下午三点"}}`

// call posts a customer-service message.
func call(tb testing.TB, client *http.Client, base string) {
	req, err := http.NewRequest(http.MethodPost, base+"/cgi-bin/message/custom/send", strings.NewReader(customText))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+keyA)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != 200 {
		tb.Fatal(resp.Status)
	}
}

// BenchmarkProxy compares the proxy with httputil.ReverseProxy, by turns in one run, over
// loopback. The metric "ratio" is the requests a second of the proxy divided by those of
// httputil.ReverseProxy.
func BenchmarkProxy(b *testing.B) {
	ours, plain := frontends(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	rounds := func(base string) time.Duration {
		const callers, each = 8, 50
		began := time.Now()
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range each {
					call(b, client, base)
				}
			})
		}
		wg.Wait()
		return time.Since(began)
	}
	rounds(ours.URL)
	rounds(plain.URL)
	var spent, spentPlain time.Duration
	for b.Loop() {
		spent += rounds(ours.URL)
		spentPlain += rounds(plain.URL)
	}
	b.ReportMetric(spentPlain.Seconds()/spent.Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// crowd is a directory of one account and n businesses. key is of the last one.
func crowd(tb testing.TB, n int) (dir *gateway.Directory, accounts []gateway.Account, businesses []gateway.Business, key string) {
	tb.Helper()
	accounts = []gateway.Account{{AppID: otherApp, TokenSource: token.Static("token-of-the-account")}}
	for i := range n {
		key = gateway.NewKey()
		businesses = append(businesses, gateway.Business{
			Name: fmt.Sprint("business ", i), Keys: []gateway.KeyHash{hash(tb, key)}, Accounts: []string{otherApp},
			Allow: []string{"/cgi-bin/user/*", "/cgi-bin/menu/get"}, Deny: []string{"/cgi-bin/user/tag/*"},
			Limits: []gateway.Limit{{Path: "/cgi-bin/user/*", Calls: 1_000_000, Per: time.Second}},
		})
	}
	dir = gateway.NewDirectory(gateway.Config{})
	require.NoError(tb, dir.Set(accounts, businesses))
	return dir, accounts, businesses, key
}

// BenchmarkBusinesses makes calls with a key, and with a pass, among 1 and 10,000
// businesses. The time of a call must not grow.
func BenchmarkBusinesses(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		dir, _, _, key := crowd(b, n)
		proxy, err := gateway.NewProxy(gateway.ProxyConfig{Directory: dir, Transport: transportFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
		})})
		require.NoError(b, err)
		var fetched bytes.Buffer
		r := httptest.NewRequest(http.MethodGet, "/cgi-bin/token?appid="+otherApp+"&secret="+key, nil)
		proxy.ServeHTTP(&recorder{discard{http.Header{}}, &fetched}, r)
		_, rest, _ := strings.Cut(fetched.String(), `"access_token":"`)
		pass, _, _ := strings.Cut(rest, `"`)
		for name, r := range map[string]*http.Request{
			"key":  httptest.NewRequest(http.MethodGet, "/cgi-bin/user/get", nil),
			"pass": httptest.NewRequest(http.MethodGet, "/cgi-bin/user/get?access_token="+pass, nil),
		} {
			if name == "key" {
				r.Header.Set("Authorization", "Bearer "+key)
			}
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					proxy.ServeHTTP(&discard{http.Header{}}, r)
				}
			})
		}
	}
}

// BenchmarkSet replaces 10,000 businesses.
func BenchmarkSet(b *testing.B) {
	dir, accounts, businesses, _ := crowd(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := dir.Set(accounts, businesses); err != nil {
			b.Fatal(err)
		}
	}
}

// heap is the memory in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Memory does not grow with what is streamed: 64 MiB each way.
func TestStreamsWithFlatMemory(t *testing.T) {
	ours, _ := frontends(t)
	before, peak := heap(), uint64(0)
	stop, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				peak = max(peak, heap())
			}
		}
	}()
	_, body := upload(t, ours.URL+"/cgi-bin/media/upload?type=video", keyA, 64<<20)
	require.Contains(t, body, "msgid")
	req, err := http.NewRequest(http.MethodGet, ours.URL+"/cgi-bin/media/get?media_id=x", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+keyA)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, int64(64<<20), n)
	close(stop)
	<-watched
	require.Less(t, peak, before+4<<20, "live memory while 128 MiB went through")
	t.Logf("live memory at most %d KiB above the beginning", (int64(peak)-int64(before))/1024)
}
