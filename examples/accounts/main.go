// Command accounts serves many accounts from one program, each under its app id, as
// /wechat/{appid}. Accounts come and go while it runs.
//
//	go run ./examples/accounts
//
// Without an account in the environment it runs a demonstration with three accounts on the
// local platform, and then lets you talk to any of them; -once stops after the
// transcript, with exit status 1 when a step failed.
//
// With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET set (and WECHAT_AES_KEY in safe
// mode) it serves that account of the real platform on -addr, and those of the file
// -accounts, which it reads again on SIGHUP:
//
//	[{"appid": "wx…", "secret": "…", "token": "…", "aes_key": "…"}]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

var file = flag.String("accounts", "", "with an account: a JSON file of more accounts")

func main() {
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once); err != nil {
		fmt.Fprintln(os.Stderr, "accounts:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool) error {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_APPID", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once)
	}
	if err != nil {
		return err
	}
	r := NewRegistry(client)
	if err := r.load(account, *file); err != nil {
		return err
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	serving, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for {
			select {
			case <-serving.Done():
				return
			case <-reload:
				if err := r.load(account, *file); err != nil {
					slog.Error("the accounts stay as they were", "error", err)
				}
			}
		}
	}()
	return errors.Join(listenAndServe(ctx, addr, mount(r)), r.Set())
}

// mount mounts the accounts in a ServeMux.
func mount(r *Registry) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/wechat/{appid}", func(w http.ResponseWriter, req *http.Request) {
		r.Serve(w, req, req.PathValue("appid"))
	})
	return mux
}

// load has the registry serve the first account and those of a file.
func (r *Registry) load(first Account, file string) error {
	all := []Account{first}
	if file != "" {
		more, err := read(file)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	if err := r.Set(all...); err != nil {
		return err
	}
	slog.Info("serving accounts", "appids", r.AppIDs())
	return nil
}

// read reads a file of accounts. Its errors do not quote the file.
func read(file string) ([]Account, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Token  string `json:"token"`
		AESKey string `json:"aes_key"`
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var all []Account
	for i, row := range rows {
		if row.AppID == "" || row.Secret == "" || row.Token == "" {
			return nil, fmt.Errorf("%s: account %d needs appid, secret and token", file, i+1)
		}
		all = append(all, Account{AppID: row.AppID, Secret: row.Secret, Token: row.Token, EncodingAESKey: row.AESKey})
	}
	return all, nil
}
