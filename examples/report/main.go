// Command report makes a page of an account's numbers in the last week: followers,
// messages, articles and the answers of its server, as charts and tables.
//
//	go run ./examples/report
//
// Without an account in the environment it simulates a month on the local platform and
// shows the page of its last week in a browser. -once stops after the transcript, with exit
// status 1 if a step failed.
//
// With WECHAT_APPID and WECHAT_SECRET set it reports on a real account, which must be
// verified (已认证). It serves the page on -addr and asks the platform once an hour at
// most. A page takes about 25 calls.
//
// In either case -out names a file for the page. With an account the program then ends:
//
//	go run ./examples/report -out week.html
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

func main() {
	file := flag.String("out", "", "file to write the page to")
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once, *file); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool, file string) error {
	account, err := accountFromEnv("WECHAT_APPID", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once, file)
	}
	if err != nil {
		return err
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	w := &website{cubes: datacube.New(oa), appID: account.AppID}
	if file == "" {
		return listenAndServe(ctx, addr, w)
	}
	page, err := w.page(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(file, page, 0o600)
}

// website shows the page, and keeps it for an hour.
type website struct {
	cubes *datacube.Service
	appID string

	mu   sync.Mutex
	kept []byte
	made time.Time
}

func (s *website) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, err := s.page(r.Context())
	if err != nil {
		slog.Error("no report", "error", err)
		http.Error(w, "the platform did not answer; see the log", http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(page) // an error means that the browser went away
}

// page returns the page of the last seven days.
func (s *website) page(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept != nil && time.Since(s.made) < time.Hour {
		return s.kept, nil
	}
	numbers, err := collect(ctx, s.cubes, 7)
	if err != nil {
		return nil, err
	}
	page, err := render(s.appID, numbers)
	if err != nil {
		return nil, err
	}
	s.kept, s.made = page, time.Now()
	return page, nil
}
