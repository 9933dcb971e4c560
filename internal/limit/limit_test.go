package limit_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

func TestRequired(t *testing.T) {
	require.NoError(t, limit.Required("/op"))
	require.NoError(t, limit.Required("/op", "a", "1", "b", "2"))
	err := limit.Required("/op", "a", "1", "b", "", "c", "")
	require.ErrorIs(t, err, errcode.ErrLimit)
	require.ErrorContains(t, err, "/op: b is empty")
}

func TestAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.example.com":                 "www.example.com",
		"https://www.example.com/a/100%":          "www.example.com",
		"https://www.example.com?discount=5%":     "www.example.com",
		"HTTPS://www.example.com/":                "www.example.com",
		"http://www.example.com:8080/a#b://c":     "www.example.com:8080",
		"https://[2001:db8::1]:8080/":             "[2001:db8::1]:8080",
		"https://www.example.com/?next=https://x": "www.example.com",
		"https://www.example.com/?a=\\":           "www.example.com",
		"https://www.example.com/你好":              "www.example.com",
	} {
		host, err := limit.Address("/op", "url", address)
		require.NoError(t, err, address)
		require.Equal(t, want, host, address)
	}
	for _, address := range []string{
		"", "/shop", "www.example.com", "https:/www.example.com", "https://", "https:///a", "https://:443/", "https://?a",
		"ftp://www.example.com/", "javascript:alert(1)", "javascript://www.example.com/%0aalert(1)", "https://exa mple.com/",
		"https://www.example.com@evil.example/", "https://www.example.com\\@evil.example/", "https://evil.example\\.example.com/",
		"https://www%2eexample.com/", "https://www.example.com/\x00", "https://www.example.com/\r\nX: y", "https://www.example.com:x/",
		" https://www.example.com/",
	} {
		_, err := limit.Address("/op", "url", address)
		require.ErrorIs(t, err, errcode.ErrLimit, address)
		require.ErrorContains(t, err, "/op: url is not an http or https address", address)
	}
}

// No address has a host that url.Parse would read differently.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"https://www.example.com/a", "https://a@b/", "https://a\\@b/", "http://[::1]:80/%zz", "https://a#%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		host, err := limit.Address("/op", "url", address)
		if err == nil {
			requireSameHost(t, address, host)
		}
	})
}

func requireSameHost(t *testing.T, address, host string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		return // a path or fragment that url.Parse refuses
	}
	require.Equal(t, u.Host, host)
	require.Nil(t, u.User)
}
