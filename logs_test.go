package wechat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// logKeys are the attributes of all log lines of the module. A new one belongs in the
// table of docs/monitoring.md too.
var logKeys = []string{
	// the account, the call
	"appid", "path", "method", "host", "status", "errcode", "rid", "attempts", "replayed", "took", "error",
	// the message
	"type", "event", "msgid", "sender", "receiver", "stack", "panic",
	// refusals
	"reason", "detail", "check", "remote", "caller", "suppressed", "skew", "age", "allowed",
	// limits
	"field", "bytes", "unsent_bytes", "characters", "limit", "articles", "shown", "domains", "src", "running", "entries",
	// tokens and broadcasts
	"key", "name", "done", "earlier", "outcomes", "pause",
	// the gateway
	"request_id", "trace_id", "business", "kind", "invalidate", "note", "addr", "tls", "admin", "accounts", "businesses", "drain",
}

// tools are programs and packages for tests, examples and commands, whose lines are for
// the person in front of them.
var tools = []string{"wechattest", "examples", "e2e", "docs", "cmd", "internal/apitest", "internal/secret/secrettest", "internal/tools", "token/tokentest", "store/storetest"}

// Every attribute that the source writes is in the list, and every one of the list is
// written somewhere.
func TestLogKeys(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (slices.Contains(tools, filepath.ToSlash(path)) || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != "."):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if isSlogDuration(call) {
					t.Errorf("%s: JSON shows a slog.Duration in nanoseconds; log its text", files.Position(call.Pos()))
				}
				for _, key := range keysOf(call) {
					seen[key] = true
					if !slices.Contains(logKeys, key) {
						t.Errorf("%s: the attribute %q is not in the vocabulary", files.Position(call.Pos()), key)
					}
				}
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	for _, key := range logKeys {
		if !seen[key] {
			t.Errorf("the attribute %q is never written", key)
		}
	}
}

// The pages about monitoring list the attributes.
func TestLogKeysAreDocumented(t *testing.T) {
	for _, page := range []string{"docs/monitoring.md", "docs/monitoring.zh-CN.md"} {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		_, table, found := strings.Cut(string(text), "| `appid` |")
		require.True(t, found, page)
		table, _, found = strings.Cut("| `appid` |"+table, "\n\n")
		require.True(t, found, page)
		var listed []string
		for row := range strings.Lines(table) {
			for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
				listed = append(listed, name[1])
			}
		}
		require.ElementsMatch(t, logKeys, listed, page)
	}
}

// keysOf returns the keys of attributes in a call of slog.String and the like, of a
// method of a logger, or of officialaccount.WithWarning.
func keysOf(call *ast.CallExpr) (keys []string) {
	fn, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	of, _ := fn.X.(*ast.Ident)
	isSlog := of != nil && of.Name == "slog"
	skip := 0
	switch fn.Sel.Name {
	case "String", "Int", "Int64", "Uint64", "Float64", "Bool", "Time", "Any", "Group":
		if isSlog {
			return literals(call.Args[:1])
		}
		return nil
	case "Debug", "Info", "Warn", "Error", "WithWarning":
		skip = 1
	case "DebugContext", "InfoContext", "WarnContext", "ErrorContext":
		skip = 2
	case "With":
	default:
		return nil
	}
	if len(call.Args) < skip || !isSlog && fn.Sel.Name != "WithWarning" && !isLogger(fn.X) {
		return nil
	}
	for i := skip; i < len(call.Args); i += 2 {
		if slice, ok := firstArgument(call.Args[i]).(*ast.CompositeLit); ok { // append([]any{"path", …}, …)...
			for j := 0; j < len(slice.Elts); j += 2 {
				keys = append(keys, literals(slice.Elts[j:j+1])...)
			}
			continue
		}
		if _, ok := call.Args[i].(*ast.CallExpr); ok { // an Attr, found by itself
			i--
			continue
		}
		keys = append(keys, literals(call.Args[i:i+1])...)
	}
	return keys
}

// isSlogDuration reports whether call is slog.Duration(…).
func isSlogDuration(call *ast.CallExpr) bool {
	fn, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := fn.X.(*ast.Ident)
	return ok && of.Name == "slog" && fn.Sel.Name == "Duration"
}

// isLogger reports whether x is a logger by its name.
func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.Contains(strings.ToLower(x.Name), "log")
	case *ast.SelectorExpr:
		return strings.Contains(strings.ToLower(x.Sel.Name), "log")
	}
	return false
}

// firstArgument returns the first argument of a call of append.
func firstArgument(x ast.Expr) ast.Expr {
	call, ok := x.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return nil
	}
	if fn, ok := call.Fun.(*ast.Ident); !ok || fn.Name != "append" {
		return nil
	}
	return call.Args[0]
}

func literals(args []ast.Expr) (texts []string) {
	for _, arg := range args {
		if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ := strconv.Unquote(lit.Value)
			texts = append(texts, text)
		}
	}
	return texts
}

// logBook collects lines.
type logBook struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines.Write(p)
}

// taken returns level and text of the lines so far, and checks their attributes.
func (b *logBook) taken(t *testing.T) (lines []string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range strings.Lines(b.lines.String()) {
		var attrs map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &attrs))
		require.Equal(t, wechattest.DefaultAppID, attrs["appid"], "every line names its account: %s", line)
		lines = append(lines, attrs["level"].(string)+" "+attrs["msg"].(string))
		for key := range attrs {
			if !slices.Contains([]string{"time", "level", "msg"}, key) {
				require.Contains(t, logKeys, key)
			}
		}
	}
	b.lines.Reset()
	return lines
}

// downStore is a store that cannot be reached.
type downStore struct{}

var errDown = errors.New("connection refused")

func (downStore) Get(context.Context, string) ([]byte, bool, error) { return nil, false, errDown }
func (downStore) Set(context.Context, string, []byte, time.Duration) error {
	return errDown
}
func (downStore) SetIfAbsent(context.Context, string, []byte, time.Duration) (bool, error) {
	return false, errDown
}
func (downStore) CompareAndSwap(context.Context, string, []byte, []byte, time.Duration) (bool, error) {
	return false, errDown
}
func (downStore) CompareAndDelete(context.Context, string, []byte) (bool, error) {
	return false, errDown
}
func (downStore) Delete(context.Context, string) error { return errDown }

// Error is for what an operator must see to: lost messages, a store or a token source
// that fails. A forgery or a bad request of somebody else is a warning, a retry less.
func TestLogLevels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe, Logger: slog.New(slog.DiscardHandler)})
		book := &logBook{}
		log := slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug}))
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, HTTPClient: p.Client(), BaseURL: p.URL(), Logger: log,
		})
		require.NoError(t, err)
		newBot := func(change func(*message.Config)) *message.Handler {
			c := message.Config{AppID: wechattest.DefaultAppID, Token: wechattest.DefaultToken, EncodingAESKey: wechattest.DefaultEncodingAESKey, Logger: log}
			if change != nil {
				change(&c)
			}
			h, err := message.NewHandler(c)
			require.NoError(t, err)
			message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
				switch m.Content {
				case "slow":
					time.Sleep(8 * time.Second)
				case "fail":
					return nil, errors.New("no")
				case "panic":
					panic("no")
				}
				return message.TextReply("done"), nil
			})
			return h
		}
		text := func(content string) func() {
			return func() {
				_, _ = p.User("oLiLei").Text(content)
			}
		}
		bot := func(change func(*message.Config), do func()) func() {
			return func() {
				h := newBot(change)
				p.Bot(h)
				do()
				time.Sleep(time.Minute)
				require.NoError(t, h.Shutdown(t.Context()))
			}
		}
		call := func() { _ = oa.Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil) }
		call()
		for _, test := range []struct {
			name string
			do   func()
			want []string
		}{
			{"message", bot(nil, text("hello")), nil},
			{"forgery", bot(nil, func() {
				for range 5 { // one line a second
					_, _ = p.User("oLiLei").Forge(wechattest.WrongMsgSignature, wechattest.Text("let me in"))
				}
			}), []string{"WARN callback refused"}},
			{"error", bot(nil, text("fail")), []string{"ERROR message not answered"}},
			{"panic", bot(nil, text("panic")), []string{"ERROR message not answered"}},
			{"late reply", bot(nil, text("slow")), []string{"ERROR message not answered"}},
			{"store down", bot(func(c *message.Config) { c.Store = downStore{} }, text("hello")),
				[]string{"ERROR wechat: the shared store failed; until it works again, this process recognizes only its own repeats"}},
			{"too many messages", bot(func(c *message.Config) { c.MaxRunning = 1 }, func() {
				var both sync.WaitGroup
				both.Go(text("slow"))
				synctest.Wait()
				both.Go(func() { _, _ = p.User("oHanMeimei").Text("hello") })
				both.Wait()
			}), []string{"WARN message answered with 503: too many messages are being handled, or the handler is shutting down", "ERROR message not answered"}},
			{"sender's messages", bot(func(c *message.Config) { c.MaxPerSender = 1 }, func() {
				var both sync.WaitGroup
				both.Go(text("slow"))
				synctest.Wait()
				both.Go(text("hello"))
				both.Wait()
			}), []string{"WARN message not answered", "ERROR message not answered"}},
			{"retry", func() {
				p.Inject(wechattest.Rule{Path: "/cgi-bin/getcallbackip", Times: 1, Fault: wechattest.HTTPStatus(502)})
				call()
			}, []string{"DEBUG wechat: calling again"}},
			{"token replaced", func() {
				p.RevokeTokens()
				call()
			}, []string{"INFO wechat: calling again with a new token"}},
			{"no token", func() {
				p.RevokeTokens()
				p.Inject(wechattest.Rule{Path: "/cgi-bin/stable_token", Times: 1, Fault: wechattest.Errcode(40164)})
				call()
			}, []string{"ERROR token: fetch failed"}},
		} {
			time.Sleep(5 * time.Minute)
			test.do()
			synctest.Wait()
			lines := book.taken(t)
			if len(lines) > len(test.want) { // the platform repeats what was answered with 503
				lines = slices.Compact(lines)
			}
			require.Equal(t, test.want, lines, test.name)
		}
	})
}
