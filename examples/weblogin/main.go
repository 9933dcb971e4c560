// Command weblogin is a website inside WeChat. It identifies its visitors by web
// authorization (网页授权): silently on most pages, and with a question on the page that
// shows nickname and avatar. A visitor can bind their WeChat user to a user id of the
// company, and one page uses the JS-SDK.
//
//	go run ./examples/weblogin
//
// Without an account in the environment it runs a login on the local platform, and then
// lets you log in with a browser. -once stops after the transcript, with exit status 1 if
// a step failed.
//
// With WECHAT_APPID and WECHAT_SECRET set it serves the real platform on -addr.
// -site is then the site's address as visitors know it, such as
// https://www.example.com. Enter its host on 微信开发者平台, as the domain for web
// authorization (网页授权域名) and for the JS-SDK (JS接口安全域名). -staff names a JSON
// file of the company's users, {"name": "password"}; a real site asks its own directory.
//
// -sessions chooses who keeps the sessions of visitors: the encrypted cookie of package
// oauth, or the sessions of alexedwards/scs or gorilla/sessions. The adapters in
// sessions.go are a few lines each, to copy; docs/code/logins has one for gin.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

var (
	site      = flag.String("site", "", "with an account: the site's address as visitors know it")
	keep      = flag.String("sessions", "cookie", "who keeps the sessions: "+sessionKinds)
	staffFile = flag.String("staff", "", "with an account: JSON `file` of the company's users and passwords")
)

func main() {
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once); err != nil {
		fmt.Fprintln(os.Stderr, "weblogin:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool) error {
	account, err := accountFromEnv("WECHAT_APPID", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once)
	}
	if err != nil {
		return err
	}
	if *site == "" {
		return errors.New("-site is missing: the address under which visitors reach this program, with https")
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	people, err := readStaff(*staffFile)
	if err != nil {
		return err
	}
	handler, err := newWebsite(oa, config{address: *site, key: newKey(), sessions: *keep, company: people, store: store.NewMemory()})
	if err != nil {
		return err
	}
	return listenAndServe(ctx, addr, handler)
}

// readStaff reads the company's users; none without a file.
func readStaff(name string) (people staff, err error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("-staff: %w", err)
	}
	if err := json.Unmarshal(text, &people); err != nil {
		return nil, fmt.Errorf("-staff: %s is not a JSON object of names and passwords", name) // and the cause may show one
	}
	return people, nil
}

// newKey returns a new random key, so sessions end with the program. A site with several
// processes needs one key for all of them, from its secret store.
func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}
