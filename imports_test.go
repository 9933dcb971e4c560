package wechat_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/seed-f21aa8d8/wechat"

// service is what every typed client may import; some have more in allowed.
var service = []string{"officialaccount", "internal/limit", "errcode"}

// allowed are the only edges between the rooms of the root module: a package
// imports what its room's row names, packages of its own room, and the standard
// library. What stands outside the module has its full path.
var allowed = map[string][]string{
	"":                    {},
	"crypto":              {},
	"errcode":             {},
	"internal/backoff":    {},
	"internal/secret":     {},
	"store":               {"internal/backoff"},
	"store/storetest":     {"store"},
	"internal/limit":      {"errcode"},
	"notice":              {},
	"internal/wire":       {"errcode", "internal/secret"},
	"internal/apitest":    {"officialaccount", "token", "errcode", "internal/testlog", "github.com/stretchr/testify/require"},
	"internal/killtest":   {"store"},
	"internal/localtest":  {"message", "officialaccount", "wechattest", "github.com/stretchr/testify/require"},
	"internal/servertest": {"internal/testlog"},
	"internal/testlog":    {},
	"token":               {"internal/wire", "internal/backoff", "internal/secret", "errcode", "store", "golang.org/x/sync/singleflight"},
	"token/tokentest":     {"token"},
	"officialaccount":     {"token", "internal/wire", "internal/backoff", "internal/secret", "errcode", "github.com/google/go-querystring/query"},
	"message":             {"crypto", "store", "internal/backoff", "internal/secret"},
	"component":           {"golang.org/x/sync/singleflight", "internal/wire", "internal/backoff", "internal/secret", "officialaccount", "token", "message", "store", "internal/limit", "errcode"},
	"wechattest": {"crypto", "wechattest/internal/account", "wechattest/internal/host", "wechattest/internal/journal",
		"wechattest/internal/callback", "wechattest/internal/server", "wechattest/internal/api"},
	"wechattest/internal/account":  {"crypto"},
	"wechattest/internal/host":     {},
	"wechattest/internal/journal":  {},
	"wechattest/internal/pipe":     {},
	"wechattest/internal/callback": {"crypto", "wechattest/internal/account", "wechattest/internal/pipe"},
	"wechattest/internal/server": {"wechattest/internal/account", "wechattest/internal/callback", "wechattest/internal/host",
		"wechattest/internal/journal", "wechattest/internal/pipe"},
	"wechattest/internal/api": {"wechattest/internal/account", "wechattest/internal/callback", "wechattest/internal/host", "wechattest/internal/server"},
	"wechattest/console":      {"wechattest", "wechattest/internal/host", "wechattest/internal/journal", "crypto", "errcode"},
	"wechattest/transcript":   {"wechattest", "officialaccount"},
	"cmd":                     {"wechattest", "wechattest/console"},

	"broadcast":      {"store", "internal/backoff", "errcode"},
	"article":        {"officialaccount", "internal/wire"},
	"internal/posts": {"article", "officialaccount", "internal/limit"},

	"picture":           {},
	"internal/pictures": {"picture", "officialaccount", "internal/limit"},

	"menu":            append([]string{"article"}, service...),
	"material":        append([]string{"article"}, service...),
	"mass":            append([]string{"article", "internal/posts"}, service...),
	"template":        append([]string{"notice"}, service...),
	"subscribe":       append([]string{"notice"}, service...),
	"customerservice": append([]string{"message"}, service...),
	"user":            service,
	"qrcode":          service,
	"openapi":         append([]string{"article", "golang.org/x/sync/singleflight"}, service...),
	"oauth":           append([]string{"internal/secret"}, service...),
	"jssdk":           append([]string{"token"}, service...),
	"draft":           append([]string{"article", "internal/posts"}, service...),
	"freepublish":     append([]string{"article", "internal/posts", "message"}, service...),
	"comment":         service,

	// publish is not a service: it has no endpoint of its own and calls those of services.
	"publish":  {"article", "draft", "freepublish", "mass", "material", "message", "officialaccount", "store", "errcode", "internal/backoff", "internal/posts"},
	"ocr":      append([]string{"picture", "internal/pictures"}, service...),
	"vision":   append([]string{"picture", "internal/pictures"}, service...),
	"voice":    append([]string{"internal/backoff"}, service...),
	"wxopen":   service,
	"adstat":   append([]string{"datacube"}, service...),
	"datacube": service,
	"invoice":  append([]string{"message", "token"}, service...),
	"nontax":   append([]string{"message", "token"}, service...),
	"onecode":  service,
	"medical":  service,
}

// room is the longest row of allowed that dir stands in.
func room(dir string) (string, bool) {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := allowed[d]; ok {
			return d, true
		}
	}
	return "", dir == "."
}

// TestImportsPointOneWay reads every file of the root module that is not a test. No file
// may import what its row does not name, and a row names nothing that no file imports.
func TestImportsPointOneWay(t *testing.T) {
	files, used := 0, map[[2]string]bool{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && (nestedModule(name) || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		files++
		checkFile(t, filepath.ToSlash(name), used)
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, files, 10, "the walk found too little to mean anything")
	for own, targets := range allowed {
		for _, target := range targets {
			if !used[[2]string{own, target}] && !slices.Contains(service, target) {
				t.Errorf("%q may import %s, but no file does: remove it from the row", own, target)
			}
		}
	}
}

func nestedModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// checkFile checks the imports of a file and records them in used, by room.
func checkFile(t *testing.T, name string, used map[[2]string]bool) {
	own, ok := room(path.Dir(name))
	if !ok {
		t.Errorf("%s: no row in allowed says what it may import", name)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, parser.ImportsOnly)
	require.NoError(t, err)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if !mayImport(own, imported) {
			t.Errorf("%s: %q may not import %s", name, own, imported)
		}
		target := imported
		if inner, ours := strings.CutPrefix(imported, module+"/"); ours {
			target, _ = room(inner)
		}
		used[[2]string{own, target}] = true
	}
}

func mayImport(own, imported string) bool {
	inner, ours := strings.CutPrefix(imported, module+"/")
	switch {
	case ours:
		target, ok := room(inner)
		return ok && (target == own || slices.Contains(allowed[own], target))
	case !strings.Contains(strings.Split(imported, "/")[0], "."):
		return true // the standard library
	default:
		return slices.Contains(allowed[own], imported)
	}
}

// TestImportRules has imports that the table must not allow, and some that it must.
func TestImportRules(t *testing.T) {
	for _, bad := range [][2]string{
		{"crypto", module + "/message"},
		{"message", module + "/officialaccount"},
		{"menu", module + "/mass"},
		{"draft", module + "/publish"},
		{"officialaccount", module + "/menu"},
		{"wechattest", module + "/message"},
		{"wechattest", module + "/wechattest/console"},
		{"wechattest/internal/server", module + "/wechattest/internal/api/menu"},
		{"token", "github.com/redis/go-redis/v9"},
		{"message", "golang.org/x/sync/singleflight"},
	} {
		require.False(t, mayImport(bad[0], bad[1]), "%s imports %s", bad[0], bad[1])
	}
	for _, good := range [][2]string{
		{"message", module + "/crypto"},
		{"message", module + "/message/internal/dedup"},
		{"menu", module + "/officialaccount"},
		{"store", "crypto/aes"},
	} {
		require.True(t, mayImport(good[0], good[1]), "%s imports %s", good[0], good[1])
	}
}
