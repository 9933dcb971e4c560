package config_test

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/gateway/internal/config"
	"github.com/seed-f21aa8d8/wechat/internal/secret/secrettest"
)

var environment = map[string]string{
	"PASS":   strings.Repeat("p", 40),
	"REDIS":  "redis://user:redis-password@127.0.0.1:6379/2",
	"SEAL":   "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	"SHOP":   "the-app-secret-of-the-shop",
	"PASS2":  strings.Repeat("q", 40),
	"REDIS2": "redis://127.0.0.1:6380",
	"SHORT":  "short",
	"PASS31": strings.Repeat("p", 31),
	"SEAL31": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
	"BAD":    "::",
	"EMPTY":  "",
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
    refusals: http
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
	require.NotNil(t, accounts[1].TokenSource)
	require.Equal(t, "/cgi-bin/* 600/1m0s burst 5", businesses[0].Limits[0].String())
	require.Equal(t, []gateway.KeyHash{key}, businesses[0].Keys)
	require.Equal(t, gateway.HTTPRefusals, businesses[0].Refusals)

	require.Contains(t, secrettest.Print(*f), "${SHOP}")
	for name, v := range map[string]any{"File": *f, "Secret": f.PassKey} {
		secrettest.Hides(t, name, v, environment["SHOP"], environment["PASS"], "redis-password")
	}
}

// The error lists every mistake, without secrets.
func TestWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"127.0.0.1:8080"`, `":8443"`, "needs tls"},
		{`"127.0.0.1:8080"`, `"8443"`, "is not an address"},
		{`admin: "127.0.0.1:9090"`, `admin: "x"`, "admin:"},
		{`admin: "127.0.0.1:9090"`, `tls: {cert: a.pem}`, "must both be set"},
		{`admin: "127.0.0.1:9090"`, `log: {level: loud}`, "log.level"},
		{`admin: "127.0.0.1:9090"`, `log: {format: xml}`, "log.format"},
		{`admin: "127.0.0.1:9090"`, `token_path: tokens`, "token_path"},
		{`admin: "127.0.0.1:9090"`, `token_path: /tokens/`, "token_path"},
		{`admin: "127.0.0.1:9090"`, `adnim: "127.0.0.1:9090"`, "field adnim not found; the fields here are listen, admin"},
		{`per: 1m`, `per: 1`, "per is `1`, but must be a duration with a unit, such as 1s"},
		{`per: 1m`, `rate: 5/s`, "field rate not found; the fields here are path, calls, per, burst"},
		{`calls: 600, per: 1m`, `rate: 5/s, per: 1`, "field rate not found"},
		{`pass_key: ${PASS}`, ``, "pass_key is missing"},
		{`pass_key: ${PASS}`, `pass_key: ${SHORT}`, "5 characters"},
		{`pass_key: ${PASS}`, `pass_key: ${PASS31}`, "31 characters"},
		{`pass_key: ${PASS}`, `pass_key: ${NOWHERE}`, "NOWHERE is not set"},
		{`pass_key: ${PASS}`, `pass_key: ${EMPTY}`, "EMPTY is not set"},
		{`"${SHOP}"`, `the-app-secret-of-the-shop`, "must come from the environment"},
		{`"${REDIS}"`, `"${BAD}"`, "redis.url"},
		{`"${SEAL}"`, `"${SHORT}"`, "seal_key"},
		{`"${SEAL}"`, `"${SEAL31}"`, "seal_key must be 32 bytes"},
		{`secret: "${SHOP}", `, ``, "account wx1 needs"},
		{`allow: ["/cgi-bin/*"]`, ``, ""},
		{"allow: [\"/cgi-bin/*\"]\n    tokens: [jsapi_ticket]", ``, `"shop" has no permissions`},
		{`tokens: [jsapi_ticket]`, `tokens: [password]`, `"password" is not one of`},
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
	require.ErrorContains(t, err, "accounts is empty")
	_, err = config.Read(strings.NewReader(whole+strings.Repeat("\n", 4<<20)), env)
	require.ErrorContains(t, err, "larger than 4 MiB")

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

// The example of the program is valid, and shows every setting.
func TestExampleFile(t *testing.T) {
	raw, err := os.ReadFile("../../cmd/wechat-gateway/gateway.yaml")
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
	for _, name := range settings(reflect.TypeFor[config.File]()) {
		require.Regexp(t, `(?m)^[^#]*\b`+name+`:`, string(raw))
	}
}

// settings returns the names of all fields of a type, and of the types below it.
func settings(t reflect.Type) (names []string) {
	for t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[config.Secret]() {
		return nil
	}
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("yaml"))
		names = append(names, settings(t.Field(i).Type)...)
	}
	return names
}

// A running program can change accounts, businesses and the files of the certificate.
// Every other change is named.
func TestNeedRestart(t *testing.T) {
	read := func(old, new string) *config.File {
		require.Contains(t, whole, old)
		f, err := config.Read(strings.NewReader(strings.Replace(whole, old, new, 1)), env)
		require.NoError(t, err)
		return f
	}
	before := read("", "")
	for old, new := range map[string]string{
		"":                          "tls: {cert: a, key: b}\n",
		`"127.0.0.1:8080"`:          `"127.0.0.1:8081"`,
		`admin: "127.0.0.1:9090"`:   `admin: ""`,
		"pass_key: ${PASS}":         "pass_key: ${PASS2}",
		`url: "${REDIS}", seal_key`: `url: "${REDIS2}", seal_key`,
		`, seal_key: "${SEAL}"`:     ``,
	} {
		require.Len(t, before.NeedRestart(read(old, new)), 1, new)
	}
	for _, line := range []string{
		"insecure_plain_http: true", "log: {level: warn}", "token_path: /t", "platform: https://a.example", "hosts: [https://a.example]",
		"qrcode_host: https://a.example", "insecure_platform_http: true", "max_body: 7", "hold_body: 7",
	} {
		name, _, _ := strings.Cut(line, ":")
		require.Equal(t, []string{name}, before.NeedRestart(read("", line+"\n")))
	}
	for old, new := range map[string]string{
		"appid: wx1":           "appid: wx3",
		"accounts: [wx1, wx2]": "accounts: [wx1]",
		"name: shop":           "name: shop2",
	} {
		require.Empty(t, before.NeedRestart(read(old, new)))
	}
	withTLS := read("", "tls: {cert: a, key: b}\n")
	require.Empty(t, withTLS.NeedRestart(read("", "tls: {cert: c, key: d}\n")))
}
