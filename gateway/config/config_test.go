package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/gateway/config"
)

var environment = map[string]string{
	"PASS":  strings.Repeat("p", 40),
	"REDIS": "redis://user:redis-password@127.0.0.1:6379/2",
	"SEAL":  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	"SHOP":  "the-app-secret-of-the-shop",
	"SHORT": "short",
	"BAD":   "::",
	"EMPTY": "",
}

func env(name string) (string, bool) { v, ok := environment[name]; return v, ok }

var whole = `
listen: "127.0.0.1:8080"
admin: "127.0.0.1:9090"
pass_key: ${PASS}
redis: {url: "${REDIS}", seal_key: "${SEAL}"}
accounts:
  - {appid: wx1, secret: "${SHOP}", force_refresh: true}
  - {appid: wx2, token_server: {url: "https://tokens.example.com/wx2", key: "${PASS}"}}
businesses:
  - name: shop
    keys: ["` + key.String() + `"]
    accounts: [wx1, wx2]
    allow: ["/cgi-bin/*"]
    tokens: [jsapi_ticket]
    limits: [{path: "/cgi-bin/*", calls: 600, per: 1m, burst: 5}]
`

var key = func() gateway.KeyHash { h, _ := gateway.HashKey(strings.Repeat("k", 40)); return h }()

func TestRead(t *testing.T) {
	f, err := config.Read(strings.NewReader(whole), env)
	require.NoError(t, err)
	accounts, businesses, err := f.Directory()
	require.NoError(t, err)
	require.NoError(t, gateway.NewDirectory(gateway.Config{}).Set(accounts, businesses))
	require.Equal(t, environment["SHOP"], accounts[0].Secret)
	require.True(t, accounts[0].ForceRefresh)
	require.NotNil(t, accounts[1].Tokens)
	require.Equal(t, "/cgi-bin/* 600/1m0s burst 5", businesses[0].Limits[0].String())
	require.Equal(t, []gateway.KeyHash{key}, businesses[0].Keys)

	printed, err := json.Marshal(f)
	require.NoError(t, err)
	for _, text := range []string{string(printed), fmt.Sprintf("%v %+v %#v %s %d", f, *f, f.Accounts, f.Redis, f.PassKey)} {
		require.Contains(t, text, "${SHOP}")
		for _, secret := range []string{environment["SHOP"], environment["PASS"], "redis-password"} {
			require.NotContains(t, text, secret)
		}
	}
}

// What is wrong is said in words, all of it at once, and without secrets.
func TestWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"127.0.0.1:8080"`, `":8443"`, "need tls"},
		{`"127.0.0.1:8080"`, `"8443"`, "is no address"},
		{`admin: "127.0.0.1:9090"`, `admin: "x"`, "admin:"},
		{`admin: "127.0.0.1:9090"`, `tls: {cert: a.pem}`, "belong together"},
		{`admin: "127.0.0.1:9090"`, `log: {level: loud}`, "log.level"},
		{`admin: "127.0.0.1:9090"`, `log: {format: xml}`, "log.format"},
		{`admin: "127.0.0.1:9090"`, `token_path: tokens`, "token_path"},
		{`admin: "127.0.0.1:9090"`, `adnim: "127.0.0.1:9090"`, "field adnim not found"},
		{`pass_key: ${PASS}`, ``, "pass_key is missing"},
		{`pass_key: ${PASS}`, `pass_key: ${SHORT}`, "5 characters"},
		{`pass_key: ${PASS}`, `pass_key: ${NOWHERE}`, "NOWHERE is not set"},
		{`pass_key: ${PASS}`, `pass_key: ${EMPTY}`, "EMPTY is not set"},
		{`"${SHOP}"`, `the-app-secret-of-the-shop`, "belongs into the environment"},
		{`"${REDIS}"`, `"${BAD}"`, "redis.url"},
		{`"${SEAL}"`, `"${SHORT}"`, "seal_key"},
		{`secret: "${SHOP}", `, ``, "account wx1: it needs"},
		{`allow: ["/cgi-bin/*"]`, ``, ""},
		{`tokens: [jsapi_ticket]`, `tokens: [password]`, `"password" is none of`},
		{"accounts:\n  - {appid", "accounts:\n  - {appid: wx3}\n  - {appid", "account wx3"},
	} {
		f, err := config.Read(strings.NewReader(strings.Replace(whole, c.old, c.new, 1)), env)
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.want)
		require.Nil(t, f)
		require.NotContains(t, err.Error(), environment["SHOP"])
	}
	_, err := config.Read(strings.NewReader("listen: x\nlog: {level: loud}\n"), env)
	require.ErrorContains(t, err, "listen")
	require.ErrorContains(t, err, "loud")
	require.ErrorContains(t, err, "there is no account")

	f, err := config.Read(strings.NewReader(strings.Replace(whole, "sha256:", "md5:", 1)), env)
	require.NoError(t, err)
	_, _, err = f.Directory()
	require.ErrorContains(t, err, `business "shop"`)
	f, err = config.Read(strings.NewReader(strings.Replace(whole, "https://tokens", "http://tokens", 1)), env)
	require.NoError(t, err)
	_, _, err = f.Directory()
	require.ErrorContains(t, err, "plain http")
}

func FuzzRead(f *testing.F) {
	f.Add(whole)
	f.Add("listen: [")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := config.Read(strings.NewReader(text), env)
		if err == nil {
			_, _, _ = file.Directory()
		}
	})
}

// The example that comes with the program is right.
func TestExampleFile(t *testing.T) {
	raw, err := os.ReadFile("../cmd/wechat-gateway/gateway.yaml")
	require.NoError(t, err)
	f, err := config.Read(bytes.NewReader(raw), func(name string) (string, bool) {
		switch name {
		case "REDIS_URL":
			return environment["REDIS"], true
		case "GATEWAY_SEAL_KEY":
			return environment["SEAL"], true
		}
		return environment["PASS"], true
	})
	require.NoError(t, err)
	accounts, businesses, err := f.Directory()
	require.NoError(t, err)
	require.NoError(t, gateway.NewDirectory(gateway.Config{}).Set(accounts, businesses))
}
