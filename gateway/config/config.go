// Package config reads the configuration of the program wechat-gateway: a YAML file
// with the secrets left to the environment.
//
//	listen: ":8443"
//	admin: "127.0.0.1:9090"              # /healthz, /readyz, /metrics; none if empty
//	tls: {cert: server.crt, key: server.key}
//	pass_key: ${GATEWAY_PASS_KEY}        # the same for all instances
//	redis: {url: "${REDIS_URL}", seal_key: "${GATEWAY_SEAL_KEY}"}
//	accounts:
//	  - appid: wx0123456789abcdef
//	    secret: ${SHOP_SECRET}
//	businesses:
//	  - name: shop
//	    keys: ["sha256:…"]               # of wechat-gateway -new-key
//	    accounts: [wx0123456789abcdef]
//	    allow: ["/cgi-bin/*"]
//	    deny: ["/cgi-bin/menu/delete"]
//	    tokens: [jsapi_ticket]           # what the token server gives
//	    limits:
//	      - {path: "/cgi-bin/message/*", calls: 600, per: 1m, burst: 50}
//
// What is secret is written ${NAME} and stands for the environment variable NAME,
// which must be set; it can be written in no other way. An unknown field is an error.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-f21aa8d8/wechat/token"
)

// File is a configuration. Its secrets print as the names of their variables.
type File struct {
	Listen            string     `yaml:"listen"`              // address of token server and proxy
	Admin             string     `yaml:"admin"`               // address of the checks and of /metrics; none if empty
	InsecurePlainHTTP bool       `yaml:"insecure_plain_http"` // listen without TLS beyond this machine
	TLS               TLS        `yaml:"tls"`
	Log               Log        `yaml:"log"`
	TokenPath         string     `yaml:"token_path"` // where the token server is, /tokens if empty
	Platform          string     `yaml:"platform"`   // where tokens come from; https://api.weixin.qq.com if empty
	Hosts             []string   `yaml:"hosts"`      // API hosts of the proxy, as in gateway.ProxyConfig
	MaxBody           int64      `yaml:"max_body"`   // bytes
	HoldBody          int64      `yaml:"hold_body"`  // bytes
	PassKey           Secret     `yaml:"pass_key"`
	Redis             Redis      `yaml:"redis"`
	Accounts          []Account  `yaml:"accounts"`
	Businesses        []Business `yaml:"businesses"`
}

// TLS names the files of the server's certificate and key, in PEM.
type TLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// Log is how the log is written, to the standard error.
type Log struct {
	Format string `yaml:"format"` // json, if empty, or text
	Level  string `yaml:"level"`  // debug, info if empty, warn or error
}

// Redis is where tokens are shared and limits counted. Without it each instance is
// on its own.
type Redis struct {
	URL     Secret `yaml:"url"`      // redis://user:password@host:6379/0
	SealKey Secret `yaml:"seal_key"` // encrypts the tokens in Redis: 32 bytes in base64
}

// Account is an Official Account.
type Account struct {
	AppID        string      `yaml:"appid"`
	Secret       Secret      `yaml:"secret"`
	ForceRefresh bool        `yaml:"force_refresh"`
	TokenServer  TokenServer `yaml:"token_server"`
}

// TokenServer is a token server elsewhere that has an account's tokens.
type TokenServer struct {
	URL string `yaml:"url"` // ending in the app id
	Key Secret `yaml:"key"`
}

// Business is a caller, as gateway.Business is.
type Business struct {
	Name     string       `yaml:"name"`
	Keys     []string     `yaml:"keys"`
	Accounts []string     `yaml:"accounts"`
	Allow    []string     `yaml:"allow"`
	Deny     []string     `yaml:"deny"`
	Tokens   []token.Kind `yaml:"tokens"`
	Limits   []Limit      `yaml:"limits"`
}

// Limit is a gateway.Limit.
type Limit struct {
	Path  string        `yaml:"path"`
	Calls int           `yaml:"calls"`
	Per   time.Duration `yaml:"per"`
	Burst int           `yaml:"burst"`
}

// Load reads and checks a file. The error names everything that is wrong with it.
func Load(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, os.LookupEnv)
}

// Read reads and checks a configuration, with env for the environment.
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
		return nil, fmt.Errorf("config: %w", err)
	}
	if err := errors.Join(out.resolve(env), out.check()); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return &out, nil
}

const maxFile = 4 << 20
