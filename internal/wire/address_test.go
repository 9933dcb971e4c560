package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckBaseURL(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                                    "",
		"https://api.weixin.qq.com":           "",
		"https://gateway.example.com/wechat":  "",
		"http://127.0.0.1:8080":               "",
		"http://127.9.9.9":                    "",
		"http://[::1]:8080/x":                 "",
		"http://localhost":                    "",
		"http://api.weixin.qq.com":            "https",
		"http://10.0.0.1":                     "https",
		"http://localhost.example.com":        "https",
		"http://127.0.0.1.example.com":        "https",
		"ftp://127.0.0.1":                     "absolute",
		"api.weixin.qq.com":                   "absolute",
		"https://":                            "absolute",
		"https://user:pass@gateway.example":   "more than",
		"https://gateway.example/?key=1":      "more than",
		"https://gateway.example/#x":          "more than",
		"https://gateway.example/\x7f\x00bad": "absolute",
	} {
		err := CheckBaseURL(base, false)
		if want == "" {
			require.NoError(t, err, base)
			continue
		}
		require.ErrorContains(t, err, want, base)
		require.NotContains(t, err.Error(), "pass", base)
	}
	require.NoError(t, CheckBaseURL("http://api.weixin.qq.com", true))
	require.Error(t, CheckBaseURL("ftp://api.weixin.qq.com", true))
}
