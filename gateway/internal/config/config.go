// Package config reads the configuration of the program wechat-gateway: a YAML file,
// with secrets from the environment.
//
//	listen: ":8443"
//	admin: "127.0.0.1:9090"              # /healthz, /readyz, /metrics; off if empty
//	tls: {cert: server.crt, key: server.key}
//	pass_key: ${GATEWAY_PASS_KEY}        # the same for all instances
//	redis: {url: "${REDIS_URL}", seal_key: "${GATEWAY_SEAL_KEY}"}
//	accounts:
//	  - appid: wx0123456789abcdef
//	    secret: ${SHOP_SECRET}
//	businesses:
//	  - name: shop
//	    keys: ["sha256:…"]               # printed by wechat-gateway -new-key
//	    accounts: [wx0123456789abcdef]
//	    allow: ["/cgi-bin/*"]
//	    deny: ["/cgi-bin/menu/delete"]
//	    tokens: [jsapi_ticket]           # what the token server returns
//	    limits:
//	      - {path: "/cgi-bin/message/*", calls: 600, per: 1m, burst: 50}
//
// A secret is written as ${NAME} and has the value of the environment variable NAME,
// which must be set. A literal secret is an error, and so is an unknown field. The file
// gateway.yaml of the program shows every field.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/token"
)

// File is a configuration. Its secrets print as the names of their variables.
type File struct {
	Listen               string     `yaml:"listen"`                 // address of token server and proxy
	Admin                string     `yaml:"admin"`                  // address of /healthz, /readyz and /metrics; off if empty
	InsecurePlainHTTP    bool       `yaml:"insecure_plain_http"`    // allows listen without TLS on addresses other than loopback
	TLS                  TLS        `yaml:"tls"`                    // of listen
	Log                  Log        `yaml:"log"`                    // written to the standard error
	TokenPath            string     `yaml:"token_path"`             // path of the token server; /tokens if empty
	Platform             string     `yaml:"platform"`               // source of the tokens; https://api.weixin.qq.com if empty
	Hosts                []string   `yaml:"hosts"`                  // API hosts of the proxy, as in gateway.ProxyConfig
	QRCodeHost           string     `yaml:"qrcode_host"`            // host of /cgi-bin/showqrcode; https://mp.weixin.qq.com if empty
	InsecurePlatformHTTP bool       `yaml:"insecure_platform_http"` // allows http to other machines in platform, hosts and qrcode_host
	MaxBody              int64      `yaml:"max_body"`               // maximum size of the body of a call in bytes, as in gateway.ProxyConfig
	HoldBody             int64      `yaml:"hold_body"`              // maximum size of a body that is read before the call, in bytes
	PassKey              Secret     `yaml:"pass_key"`               // signs passes; required with redis
	Redis                Redis      `yaml:"redis"`                  // shared by all instances
	Accounts             []Account  `yaml:"accounts"`               // at least one
	Businesses           []Business `yaml:"businesses"`             // the callers
}

// TLS names the files of the server's certificate and key, in PEM.
type TLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// Log is the form of the log.
type Log struct {
	Format string `yaml:"format"` // json or text; json if empty
	Level  string `yaml:"level"`  // debug, info, warn or error; info if empty
}

// Redis holds the shared tokens and limits of all instances. Without it each instance
// has its own.
type Redis struct {
	URL     Secret `yaml:"url"`      // redis://user:password@host:6379/0
	SealKey Secret `yaml:"seal_key"` // encrypts what is stored: 32 bytes in base64; not encrypted if empty
}

// Account is an Official Account. It needs a secret or a token server; see
// gateway.Account.
type Account struct {
	AppID        string      `yaml:"appid"`
	Secret       Secret      `yaml:"secret"`        // the AppSecret
	ForceRefresh bool        `yaml:"force_refresh"` // as in token.StableConfig
	TokenServer  TokenServer `yaml:"token_server"`
}

// TokenServer is another token server, with the tokens of an account.
type TokenServer struct {
	URL string `yaml:"url"` // ends in the app id
	Key Secret `yaml:"key"`
}

// Business is a caller of the gateway; see gateway.Business.
type Business struct {
	Name     string              `yaml:"name"`
	Keys     []string            `yaml:"keys"`     // hashes, printed by wechat-gateway -new-key
	Accounts []string            `yaml:"accounts"` // app ids
	Allow    []string            `yaml:"allow"`
	Deny     []string            `yaml:"deny"`
	Tokens   []token.Kind        `yaml:"tokens"`   // access_token, jsapi_ticket, wx_card_ticket
	Refusals gateway.RefusalForm `yaml:"refusals"` // http or platform; the request decides if empty
	Limits   []Limit             `yaml:"limits"`
}

// Limit bounds the rate of calls; see gateway.Limit.
type Limit struct {
	Path  string        `yaml:"path"`
	Calls int           `yaml:"calls"`
	Per   time.Duration `yaml:"per"`
	Burst int           `yaml:"burst"` // calls if 0
}

// Load reads and checks a file, with the environment of the process. The error lists
// all mistakes.
func Load(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, os.LookupEnv)
}

// Read reads and checks a configuration. env looks up a variable of the environment.
func Read(r io.Reader, env func(string) (string, bool)) (*File, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxFile {
		return nil, errors.New("config: the file is larger than 4 MiB")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	var out File
	if err := decoder.Decode(&out); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("config: %w", explain(err))
	}
	if err := errors.Join(out.resolve(env), out.check()); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return &out, nil
}

const maxFile = 4 << 20
