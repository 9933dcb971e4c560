package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// options are the settings from flags and environment.
type options struct {
	account        wechattest.Config
	callbacks      []string
	listen         string
	hostNames      []string
	users          []string
	websites       []website
	faults         []wechattest.Rule
	record         string
	beyondLoopback bool
	verbose        bool
}

// website is a website with QR login (网站应用).
type website struct{ appID, secret string }

// parseWebsites reads websites. The error does not show their secrets.
func parseWebsites(text string) (all []website, err error) {
	for _, item := range list(text) {
		appID, secret, _ := strings.Cut(item, ":")
		if appID == "" || secret == "" {
			return nil, errors.New("-website, WECHAT_EMULATOR_WEBSITES: a website has the form APPID:SECRET")
		}
		all = append(all, website{appID, secret})
	}
	return all, nil
}

// parse parses the flags; the environment is used for missing ones.
func parse(args []string, env func(string) string, out io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("wechat-emulator", flag.ContinueOnError)
	flags.SetOutput(out)
	a := &o.account
	flags.Func("callback", "callback `URL` of the bot, such as http://127.0.0.1:8080/wechat; repeatable, or with commas between them:\ninstances of the bot, which are called in turn [WECHAT_EMULATOR_CALLBACK]", func(text string) error {
		o.callbacks = append(o.callbacks, list(text)...)
		return nil
	})
	flags.StringVar(&o.listen, "listen", cmp.Or(env("WECHAT_EMULATOR_LISTEN"), "127.0.0.1:9090"), "loopback `address` of page and API; port 0 means a free port [WECHAT_EMULATOR_LISTEN]")
	flags.StringVar(&a.AppID, "app-id", env("WECHAT_APPID"), "app id (开发者ID) [WECHAT_APPID]")
	flags.StringVar(&a.Secret, "secret", "", "AppSecret; [WECHAT_SECRET] keeps it out of the list of processes")
	flags.StringVar(&a.Token, "token", "", "Token of the callback (令牌) [WECHAT_TOKEN]")
	flags.StringVar(&a.EncodingAESKey, "aes-key", "", "EncodingAESKey (消息加解密密钥) [WECHAT_AES_KEY]")
	flags.StringVar(&a.OriginalID, "original-id", "", "original id of the account (原始 ID), gh_…")
	mode := flags.String("mode", cmp.Or(env("WECHAT_EMULATOR_MODE"), "auto"), "plain, compat, safe, component or cloudhosting (加解密方式); auto is safe with an AES key,\nand plain without [WECHAT_EMULATOR_MODE]")
	flags.DurationVar(&a.Timeout, "timeout", 0, "how long the bot may take for an answer (default 5s)")
	flags.IntVar(&a.Deliveries, "deliveries", 0, "maximum number of deliveries of a message without an answer (default 3)")
	flags.BoolVar(&a.FreshRepeats, "fresh-repeats", false, "use a new timestamp and nonce for each repeat")
	flags.BoolVar(&a.JSON, "json", false, "send callbacks as JSON (数据格式 JSON)")
	flags.DurationVar(&a.TokenLife, "token-life", 0, "life of an access token (default 2h0m0s)")
	flags.BoolVar(&a.StrictTokens, "strict-tokens", false, "accept only the newest access token")
	flags.Func("allow-ip", "`address` or block of the API allow-list (IP白名单); repeatable; by default every caller is allowed", func(text string) error {
		a.AllowedIPs = append(a.AllowedIPs, text)
		return nil
	})
	flags.Func("fault", "`rule` of a fault of the API, such as 40001,share=0.1 or slow=3s,path=/cgi-bin/menu/*; repeatable.\nFaults: an errcode (-1, 40001, 45009, 40164, …), 500 to 599, slow=DURATION, cut, cut-after, cut-inside,\ntruncated, endless, hang. Options: path, method, share, times", func(text string) error {
		rule, err := wechattest.ParseRule(text)
		o.faults = append(o.faults, rule)
		return err
	})
	users := flags.String("users", "oLiLei,oHanMeimei", "openids of `users` who follow from the start, separated by commas")
	websites := env("WECHAT_EMULATOR_WEBSITES")
	flags.Func("website", "`APPID:SECRET` of a website with QR login (网站应用, snsapi_login); repeatable, or with commas between them;\n[WECHAT_EMULATOR_WEBSITES] keeps it out of the list of processes", func(text string) error {
		websites += "," + text
		return nil
	})
	flags.StringVar(&o.record, "record", "", "append the traffic to a `file`, as JSON lines")
	hosts := flags.String("host", "", "`names` in addition to localhost under which page and API are served, such as\nhost.docker.internal, separated by commas")
	flags.BoolVar(&o.beyondLoopback, "insecure-listen-beyond-loopback", false, "allow -listen on an address that other machines can reach: they can then control the platform")
	flags.BoolVar(&o.verbose, "v", false, "print the platform's log")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unknown argument %q: everything is a flag, see -help", flags.Arg(0))
	}
	a.Secret, a.Token, a.EncodingAESKey = cmp.Or(a.Secret, env("WECHAT_SECRET")), cmp.Or(a.Token, env("WECHAT_TOKEN")), cmp.Or(a.EncodingAESKey, env("WECHAT_AES_KEY"))
	if len(o.callbacks) == 0 {
		o.callbacks = list(env("WECHAT_EMULATOR_CALLBACK"))
	}
	o.users, o.hostNames = list(*users), list(*hosts)
	var err error
	if o.websites, err = parseWebsites(websites); err != nil {
		return nil, err
	}
	if a.Mode, err = wechattest.ParseMode(*mode); err != nil {
		return nil, fmt.Errorf("-mode: %w", err)
	}
	return o, o.checkCallback()
}

// list splits a text at commas.
func list(text string) (items []string) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func (o *options) checkCallback() error {
	for _, address := range o.callbacks {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("-callback %q is not an address of the form http://127.0.0.1:8080/wechat", address)
		}
	}
	return nil
}

// checkListen returns an error for an address that other machines can reach.
func (o *options) checkListen() error {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return fmt.Errorf("-listen %q is not an address of the form 127.0.0.1:9090: %w", o.listen, err)
	}
	addr, err := netip.ParseAddr(host)
	if o.beyondLoopback || host == "localhost" || err == nil && addr.IsLoopback() {
		return nil
	}
	return errors.New("-listen " + o.listen + " is not a loopback address: other machines could control the platform; " +
		"to allow it, add -insecure-listen-beyond-loopback")
}

// hosts returns the additional names under which page and API are served: those of
// -host and, if other machines can reach the listener, the names of this machine.
func (o *options) hosts(listening net.Addr) []string {
	if !o.beyondLoopback {
		return o.hostNames
	}
	hosts := o.hostNames
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	addrs, _ := net.InterfaceAddrs() // without them, -host can set the address
	for _, addr := range append(addrs, listening) {
		if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
			hosts = append(hosts, prefix.Addr().String())
		} else if ap, err := netip.ParseAddrPort(addr.String()); err == nil {
			hosts = append(hosts, ap.Addr().String())
		}
	}
	return hosts
}
