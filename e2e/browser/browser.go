// Package browser drives a real headless Chromium, for tests that click through
// pages as people do.
//
//	page := browser.Open(t, browser.Wide)
//	page.Goto("http://127.0.0.1:8080/")
//	page.Click("#login")
//	page.WaitFor("h1", "Welcome")
//
// A step that does not come true within [Patience] fails the test and says where the
// page stood. The browser reaches loopback addresses and nothing else.
//
// Where Chromium is not installed (Debian: apt-get install chromium) the test is
// skipped and says so, unless CI=true or WECHAT_REQUIRE_SERVERS=1 is set: then it
// fails, so that nothing is skipped unseen. WECHAT_CHROMIUM names the program where
// it has another name.
package browser

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
)

// Patience is how long a step may take, the start among them. It is long for the sake of busy machines.
const Patience = 45 * time.Second

// Window is the size of a window, in CSS pixels.
type Window struct{ Width, Height int64 }

// The usual windows.
var (
	Wide   = Window{1280, 800}
	Narrow = Window{390, 844} // a phone
)

// Page is a window of a browser of its own, which ends with the test. It is not for
// concurrent use.
type Page struct {
	tb  testing.TB
	ctx context.Context
}

// Open starts a browser with one window.
func Open(tb testing.TB, w Window) *Page {
	tb.Helper()
	program := os.Getenv("WECHAT_CHROMIUM")
	if program == "" {
		program = servertest.Program(tb, "chromium", "chromium", "chromium-browser", "google-chrome", "chrome")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.WSURLReadTimeout(Patience),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("lang", "zh-CN"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses its sandbox to root
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeWindow := chromedp.NewContext(ctx)
	tb.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to end
		closeWindow()
		stop()
	})
	p := &Page{tb, ctx}
	if err := chromedp.Do(ctx); err != nil { // not in a step: its end would be the browser's
		tb.Fatalf("browser: %s does not start: %v", program, err)
	}
	p.Resize(w)
	return p
}

// Resize changes the window's size. A narrow one is touched like a phone.
func (p *Page) Resize(w Window) {
	p.tb.Helper()
	var phone []chromedp.EmulateViewportOption
	if w.Width < 600 {
		phone = []chromedp.EmulateViewportOption{chromedp.EmulatePortrait, chromedp.EmulateMobile}
	}
	p.Do("resize the window", chromedp.EmulateViewport(w.Width, w.Height, phone...))
}

// Do runs actions of chromedp as one step; what says which in an error.
func (p *Page) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.tb.Helper()
	Get(p, what, func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		for _, act := range actions {
			if _, err = act(ctx, t); err != nil {
				break
			}
		}
		return none, err
	})
}

// Get runs an action of chromedp as one step and returns its value.
func Get[T any](p *Page, what string, action chromedp.Action[T]) T {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		p.tb.Fatalf("browser: %s: %v\n%s", what, err, p.where())
	}
	return value
}

// where describes the page, for an error.
func (p *Page) where() string {
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + ':\\n' + (document.body ? document.body.innerText : '')"))
	if err != nil {
		return "the page does not answer: " + err.Error()
	}
	return "at " + text
}

// Goto opens an address.
func (p *Page) Goto(address string) {
	p.tb.Helper()
	p.Do("open "+address, chromedp.Navigate(address))
}

// URL is the address that the window shows.
func (p *Page) URL() string {
	p.tb.Helper()
	return Get(p, "read the address", chromedp.Location())
}

// Click waits until the element is there to be seen, and clicks it.
func (p *Page) Click(selector string) {
	p.tb.Helper()
	p.Do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Type empties a field and types into it.
func (p *Page) Type(selector, text string) {
	p.tb.Helper()
	field := chromedp.CSS(selector)
	p.Do("type into "+selector,
		chromedp.Clear(field, chromedp.NodeVisible), chromedp.SendKeys(field, text, chromedp.NodeVisible))
}

// Text waits until the element is there to be seen, and returns its text.
func (p *Page) Text(selector string) string {
	p.tb.Helper()
	return Get(p, "read "+selector, chromedp.Text(chromedp.CSS(selector), chromedp.NodeVisible))
}

// WaitFor waits until the first such element has the text in it, through as many
// pages as it takes.
func (p *Page) WaitFor(selector, text string) {
	p.tb.Helper()
	const script = `((selector, text) => (document.querySelector(selector)?.innerText ?? "").includes(text))(%s, %s)`
	look := chromedp.Evaluate[bool](fmt.Sprintf(script, strconv.Quote(selector), strconv.Quote(text)))
	p.Do("wait for "+text+" in "+selector, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for {
			// An error is a page on its way to the next one.
			if found, err := look(ctx, t); err == nil && found {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
	}))
}

// Eval evaluates JavaScript in a page and returns its value.
func Eval[T any](p *Page, script string) T {
	p.tb.Helper()
	return Get(p, "evaluate "+script, chromedp.Evaluate[T](script))
}

// OnEveryPage runs JavaScript in every page that is opened from now on, before its own:
// to stand in for a script that the network would bring.
func (p *Page) OnEveryPage(script string) {
	p.tb.Helper()
	p.Do("add a script", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cdpage.AddScriptToEvaluateOnNewDocument, cdpage.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

// Screenshot writes the window's picture to a file, as PNG.
func (p *Page) Screenshot(file string) {
	p.tb.Helper()
	picture := Get(p, "take a picture", chromedp.CaptureScreenshot())
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		p.tb.Fatalf("browser: %v", err)
	}
}
