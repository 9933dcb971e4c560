// Command wechat-emulator is the WeChat platform on your own machine, with a web page
// (公众号模拟器): you can build and try a bot, in any language and with any SDK, without an
// account, a domain or an allow-listed address.
//
//	go run ./cmd/wechat-emulator -callback http://127.0.0.1:8080/wechat
//
// It serves the API, for an SDK with a configurable base URL, calls the bot's callback
// URL in plain, compat or safe mode, and serves a page with a chat and the developer's
// console. It listens only on loopback, unless -insecure-listen-beyond-loopback is set.
// Account and addresses come from flags or from the environment; see -help.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/console"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "wechat-emulator:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, env func(string) string, out io.Writer) (err error) {
	o, err := parse(args, env, out)
	if err != nil {
		return err
	}
	if err := o.checkListen(); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (if another program uses it, choose another address with -listen): %w", o.listen, err)
	}
	defer listener.Close()
	if o.verbose {
		o.account.Logger = slog.New(slog.NewTextHandler(out, nil))
	}
	o.account.URL = "http://" + reachable(listener.Addr())
	platform, err := wechattest.Open(o.account)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, platform.Close()) }()
	for _, rule := range o.faults {
		platform.Inject(rule)
	}
	for _, w := range o.websites {
		platform.AddWebsite(w.appID, w.secret)
	}
	for _, openid := range o.users {
		platform.User(openid)
	}
	if o.record != "" {
		stop, err := recordTo(platform, o.record)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	page := console.New(platform, console.Config{Hosts: o.hosts(listener.Addr())})
	printGuide(out, platform, o)
	if len(o.callbacks) > 0 {
		platform.BotURL(o.callbacks...)
		go func() { report(out, o.account.URL, page.Verify()) }()
	}
	return page.Serve(ctx, listener)
}

// report prints the result of the first verification of the callback URL. A failure is
// not an error, since the bot may be started later.
func report(out io.Writer, base string, err error) {
	if err != nil {
		fmt.Fprintf(out, "The callback URL is not verified yet. %v\nTo verify it again, use the page, or: curl -H 'Content-Type: application/json' -d '{}' %s/page/verify\n", err, base)
		return
	}
	fmt.Fprintln(out, "The callback URL is verified.")
}

// recordTo writes the traffic to a file as JSON lines.
func recordTo(p *wechattest.Platform, name string) (stop func() error, err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("-record: %w", err)
	}
	end := p.Record(file)
	return func() error { return errors.Join(end(), file.Close()) }, nil
}

// reachable returns the address of the listener for this machine.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// printGuide prints how to configure a bot for the emulator, in one piece: a program that
// waits for the address of the page then has the rest too.
func printGuide(out io.Writer, p *wechattest.Platform, o *options) {
	var text bytes.Buffer
	cfg := p.Config()
	unused := cfg.EncodingAESKey != "" && (cfg.Mode == wechattest.Plain || cfg.Mode == wechattest.CloudHosting)
	if unused {
		cfg.EncodingAESKey = ""
	}
	hide := func(value, public string) string {
		switch value {
		case public:
			return value
		case "":
			return "(none in this mode)"
		}
		return "(as given)"
	}
	fmt.Fprintf(&text, "WeChat emulator 公众号模拟器\n\n  page 页面      %s/\n  API 接口地址   %s   (in place of https://api.weixin.qq.com)\n\n", cfg.URL, cfg.URL)
	fmt.Fprintf(&text, "Configure a bot with\n\n  AppID          %s\n  AppSecret      %s\n  Token          %s\n  EncodingAESKey %s\n  mode 加解密    %s\n\n",
		cfg.AppID, hide(cfg.Secret, wechattest.DefaultSecret), hide(cfg.Token, wechattest.DefaultToken),
		hide(cfg.EncodingAESKey, wechattest.DefaultEncodingAESKey), strings.ToLower(cfg.Mode.String()))
	if unused {
		fmt.Fprintf(&text, "WARNING: the EncodingAESKey that was given (WECHAT_AES_KEY or -aes-key) is not used in mode %s.\nA bot with a key refuses these messages: use -mode safe, or start the bot without the key.\n\n", strings.ToLower(cfg.Mode.String()))
	}
	for _, w := range o.websites {
		fmt.Fprintf(&text, "Website with QR login 网站应用: AppID %s, AppSecret (as given), page %s/connect/qrconnect\n\n", w.appID, cfg.URL)
	}
	switch len(o.callbacks) {
	case 0:
		fmt.Fprint(&text, "No callback URL yet: set -callback, or set it on the page under Account (账号).\n")
	case 1:
		fmt.Fprintf(&text, "The bot is called at %s.\n", o.callbacks[0])
	default:
		fmt.Fprintf(&text, "The instances of the bot are called in turn: %s.\n", strings.Join(o.callbacks, ", "))
	}
	if o.beyondLoopback {
		fmt.Fprint(&text, "\nWARNING: everyone who can reach this address can control the platform and read its traffic.\n")
	}
	_, _ = out.Write(text.Bytes())
}
