// Command wechat-gateway is a token server (中控服务器) and an API proxy (API-Proxy)
// for WeChat Official Accounts in one program.
//
//	wechat-gateway -config gateway.yaml           # serve
//	wechat-gateway -config gateway.yaml -check    # report mistakes, rules and limits, and exit
//	wechat-gateway -new-key                       # create a key for a business
//	wechat-gateway -health http://127.0.0.1:9090/readyz  # ask a running instance
//
// The token server serves the paths below /tokens, the proxy all others. The file
// gateway.yaml shows every setting. Secrets come from the environment, never from the
// file.
//
// SIGHUP reloads the file. Accounts, businesses and the certificate can change while
// the program runs. A file with a mistake or with other changes is not applied; the log
// names the settings that need a restart.
//
// SIGTERM and SIGINT make the instance unready, let running requests finish, and end
// the program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/gateway/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	if err := run(ctx, os.Args[1:], reload, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "wechat-gateway:", err)
		os.Exit(1)
	}
}

// run runs the program. A signal on reload makes it reload its file.
func run(ctx context.Context, args []string, reload <-chan os.Signal, out, log io.Writer) error {
	flags := flag.NewFlagSet("wechat-gateway", flag.ContinueOnError)
	flags.SetOutput(log)
	path := flags.String("config", "gateway.yaml", "the configuration `file`")
	check := flags.Bool("check", false, "report mistakes in the configuration and the accounts, and the rules and limits of each business, and exit")
	newKey := flags.Bool("new-key", false, "create a key for a business, and exit")
	health := flags.String("health", "", "ask this `URL` of a running instance, such as http://127.0.0.1:9090/readyz, and exit: 0 if the answer is HTTP 200")
	drain := flags.Duration("drain", 3*time.Second, "how long the instance is unready before it stops accepting requests")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q: the file is named with -config", flags.Arg(0))
	}
	if *newKey {
		return printKey(out)
	}
	if *health != "" {
		return checkHealth(ctx, http.DefaultClient, *health)
	}
	file, err := config.Load(*path)
	if err != nil {
		return err
	}
	if *check {
		return diagnose(ctx, out, file)
	}
	p, err := newProgram(file, *path, log)
	if err != nil {
		return err
	}
	return p.serve(ctx, reload, *drain)
}

// checkHealth returns an error unless the URL answers HTTP 200. Containers without a
// shell use it as their health check.
func checkHealth(ctx context.Context, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("-health: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("-health: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("-health: %s answers HTTP %d", url, resp.StatusCode)
	}
	return nil
}

// printKey prints a new key for the business and its hash for the file.
func printKey(out io.Writer) error {
	key := gateway.NewKey()
	hash, err := gateway.HashKey(key)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "for the business, shown only here:  %s\nfor the configuration, under keys:  %s\n", key, hash)
	return err
}
