package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const secret = "the-secret-of-this-account"

// shell runs commands in a folder, for an account of a local platform behind TCP.
type shell struct {
	t        *testing.T
	platform *wechattest.Platform
	env      map[string]string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	t.Chdir(t.TempDir())
	p := wechattest.New(t, wechattest.Config{Secret: secret})
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return &shell{t, p, map[string]string{"WECHAT_APPID": wechattest.DefaultAppID, "WECHAT_SECRET": secret, "WECHAT_URL": server.URL}}
}

func (s *shell) file(name, content string) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(name, []byte(content), 0o600))
}

func (s *shell) content(name string) string {
	s.t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(s.t, err)
	return string(content)
}

// run runs a line, and returns everything it prints.
func (s *shell) run(in, line string, status int) string {
	s.t.Helper()
	var out testlog.Buffer
	p := program{strings.NewReader(in), &out, &out, func(name string) string { return s.env[name] }}
	got := run(s.t.Context(), p, strings.Fields(line))
	require.Equal(s.t, status, got, "%s: %s", line, out.String())
	require.NotContains(s.t, out.String(), secret)
	return out.String()
}

const menuYAML = `# the menu of the shop
menu:
  button:
    - {type: click, name: 今日歌曲, key: 1001}
    - name: 更多
      sub_button: &more
        - type: view
          name: 搜索
          url: https://www.example.com/?a=1&b=2
conditionalmenu:
  - button:
      - {type: click, name: "苹果", key: APPLE}
      - name: more
        sub_button: *more
    matchrule: {client_platform_type: 1}
`

const menuJSON = `{
  "menu": {
    "button": [
      {
        "type": "click",
        "name": "今日歌曲",
        "key": "1001"
      },
      {
        "name": "更多",
        "sub_button": [
          {
            "type": "view",
            "name": "搜索",
            "url": "https://www.example.com/?a=1&b=2"
          }
        ]
      }
    ]
  },
  "conditionalmenu": [
    {
      "button": [
        {
          "type": "click",
          "name": "苹果",
          "key": "APPLE"
        },
        {
          "name": "more",
          "sub_button": [
            {
              "type": "view",
              "name": "搜索",
              "url": "https://www.example.com/?a=1&b=2"
            }
          ]
        }
      ],
      "matchrule": {
        "client_platform_type": "1"
      }
    }
  ]
}
`

// From an account without a menu to one whose menu is kept in a file.
func TestMenu(t *testing.T) {
	s := newShell(t)
	s.file("menu.yaml", menuYAML)
	out := s.run("", "menu diff menu.yaml", differ)
	require.True(t, strings.HasPrefix(out, "--- deployed\n+++ wanted\n@@ -0,0 +1,22 @@\n+menu:\n+  button:\n"), out)
	require.Contains(t, out, `+      key: "1001"`)
	require.Contains(t, out, "step 1: create the default menu\nstep 2: add the conditional menu for {\"client_platform_type\":\"1\"}\n")

	require.Contains(t, s.run("", "menu apply -dry-run menu.yaml", differ), "A dry run: nothing was changed.")
	require.Contains(t, s.run("no\n", "menu apply menu.yaml", differ), `Apply? Type "yes": Not confirmed: nothing was changed.`)
	require.Contains(t, s.run("", "menu apply menu.yaml", differ), "Not confirmed: nothing was changed.")
	require.Nil(t, s.platform.Menu())

	require.Contains(t, s.run("yes\n", "menu apply menu.yaml", done), "Done. ")
	require.Equal(t, "今日歌曲", s.platform.Menu()[0].Name)
	iPhone := s.platform.User("oLiLei")
	iPhone.UsePhone(wechattest.IOS)
	require.Equal(t, "苹果", iPhone.Menu()[0].Name)

	require.Empty(t, s.run("", "menu diff menu.yaml", done))
	before := s.platform.Count("/cgi-bin/menu/create")
	require.Equal(t, "The menus are equal: nothing was sent.\n", s.run("", "menu apply menu.yaml -yes", done))
	require.Equal(t, before, s.platform.Count("/cgi-bin/menu/create"))

	require.Empty(t, s.run("", "menu pull menu.json", done))
	require.Equal(t, menuJSON, s.content("menu.json"))
	require.Contains(t, s.run("", "menu pull menu.json", mistake), "menu.json exists: add -force to overwrite it")
	require.Equal(t, menuJSON, s.run("", "menu pull -", done))
	require.Empty(t, s.run("", "menu pull -force menu.yaml", done))
	require.Contains(t, s.content("menu.yaml"), `key: "1001"`)
	for _, name := range []string{"menu.json", "menu.yaml"} {
		require.Empty(t, s.run("", "menu diff "+name, done))
	}
	require.Empty(t, s.run("", "menu pull menu.yaml -force", done))
	left, err := filepath.Glob("*")
	require.NoError(t, err)
	require.Equal(t, []string{"menu.json", "menu.yaml"}, left)

	s.file("menu.json", strings.ReplaceAll(menuJSON, "苹果", "橙子"))
	out = s.run("", "menu apply menu.json -yes", done)
	require.Contains(t, out, "-          \"name\": \"苹果\",\n+          \"name\": \"橙子\",\n")
	require.Regexp(t, "warning: The conditional menu [0-9]+ is deleted; a menu with the same rule gets another id.", out)
	require.Equal(t, "橙子", iPhone.Menu()[0].Name)
	require.Contains(t, s.run(menuJSON, "menu diff -", differ), "苹果")
	require.Contains(t, s.run(menuJSON, "menu apply -", mistake), "add -yes or -dry-run")
	require.Contains(t, s.run(menuJSON, "menu apply -yes -", done), "Done. ")
}

// Every mistake in a file has its line and path.
func TestMistakesInFiles(t *testing.T) {
	s := newShell(t)
	for content, want := range map[string]string{
		"menu:\n  button:\n  - type: click\n    nmae: x\n":                   `m.yaml:4: menu.button[0].nmae is not a known key; did you mean "name"?`,
		"menu:\n  button:\n  - {type: click,\n     name: x}\n":               "m.yaml:3: menu.button[0].key is empty",
		"menu:\n  button:\n  - {type: click, name: |\n      x\n      y,\n\n": "m.yaml:",
		"# c\n\nmenu:\n  button: 3\n":                                        "m.yaml:4: menu.button must be a list: […]",
		"menu:\n  button:\n  - {name: , type: click, key: k}\n":              "m.yaml:3: menu.button[0].name must be text",
		"menu:\n  button:\n  - name: |-\n      a\n      b\n    kind: x\n":    "m.yaml:6: menu.button[0].kind is not a known key",
		"button:\n- {type: click, name: x, key: k}\nbutton: []\n":            "m.yaml:3: button occurs twice",
		"button: &b\n- <<: *b\n":                                             "m.yaml:2: ",
		"button: &b [*b]\n":                                                  "m.yaml:1: the file is nested too deeply, or its aliases make it too large",
		"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n": "m.yaml:6: the file is nested too deeply",
		"":                              "m.yaml:1: the file is empty",
		"# nothing\n":                   "m.yaml:1: the file is empty",
		"a: b: c\n":                     "m.yaml:1: the file is not YAML: mapping values are not allowed in this context",
		"a: 1\nb: \"\n":                 "the file is not YAML: ",
		"\xc4\xe3":                      "m.yaml:1: the file is not YAML: ",
		"? [a]\n: b\n":                  "m.yaml:1: a key must be text",
		"~: b\n":                        "m.yaml:1: ~ is not a known key",
		"button: []\n---\nbutton: []\n": "the file has a second document; only one is allowed",
		"button: []\n---\na: b: c\n":    "the file is not YAML: ",
		"just text\n":                   "m.yaml:1: the file must be an object: {…}",
		strings.Repeat("#\n", maxFile/2) + "a: b": "m.yaml is larger than 1048576 bytes",
	} {
		s.file("m.yaml", content)
		require.Contains(t, s.run("", "menu diff m.yaml", mistake), want, content)
	}
	s.file("m.json", "{\n\"menu\": {\"buton\": []}}")
	require.Equal(t, "wechat: m.json:2: menu.buton is not a known key; did you mean \"button\"?\n", s.run("", "menu diff m.json", mistake))
	s.file("m.json", "{\n\"menu\": }")
	require.Contains(t, s.run("", "menu apply m.json", mistake), "wechat: m.json:2: the file is not JSON: ")
	require.Contains(t, s.run("", "menu apply none.json", mistake), "none.json: no such file")
	require.Contains(t, s.run("", "menu diff .", mistake), "is a directory")
	require.Zero(t, s.platform.Count(""), "nothing was sent")
}

func TestMistakesInLines(t *testing.T) {
	s := newShell(t)
	for line, want := range map[string]string{
		"":                       "no command; wechat -h lists them",
		"mneu":                   `unknown command "mneu"; wechat -h lists them`,
		"menu":                   "menu: a command is missing: diff, apply or pull",
		"menu push x":            `menu: unknown command "push"; it is diff, apply or pull`,
		"menu diff":              "wechat menu diff needs one FILE, and has 0",
		"menu diff a b":          "wechat menu diff needs one FILE, and has 2",
		"menu apply -secret=x a": "flag provided but not defined: -secret; wechat menu apply -h lists the flags",
		"menu pull no/such/dir":  "no such file or directory",
	} {
		if strings.HasPrefix(line, "menu pull") {
			s.file("m.json", `{"button":[{"type":"click","name":"x","key":"k"}]}`)
			s.run("", "menu apply -yes m.json", done)
		}
		require.Contains(t, s.run("", line, mistake), want, line)
	}
	for _, line := range []string{"-h", "help", "menu -h"} {
		require.Equal(t, help, s.run("", line, done))
	}
	require.Contains(t, s.run("", "menu apply -h", done), "-dry-run")
	require.Contains(t, s.run("", "menu diff x -help", done), "wechat menu diff [flags] FILE")
}

func TestPlatformRefuses(t *testing.T) {
	s := newShell(t)
	s.file("m.json", `{"button":[{"type":"click","name":"x","key":"k"}]}`)
	require.Contains(t, s.run("", "menu pull x.json", refused), "the account has no menu that was created through the API")
	for name, want := range map[string]string{
		"WECHAT_APPID": "WECHAT_APPID is not set", "WECHAT_SECRET": "WECHAT_SECRET is not set", "WECHAT_URL": "BaseURL",
	} {
		old := s.env[name]
		s.env[name] = map[bool]string{true: "http://example.com"}[name == "WECHAT_URL"]
		require.Contains(t, s.run("", "menu diff m.json", mistake), want)
		require.Contains(t, s.run("", "menu pull x.json", mistake), want)
		s.env[name] = old
	}
	s.env["WECHAT_SECRET"] = "another-secret"
	require.Regexp(t, `^wechat: /cgi-bin/stable_token: .*AppSecret`, s.run("", "menu diff m.json", refused))
	require.NotContains(t, s.run("", "menu pull x.json", refused), "another-secret")
	s.env["WECHAT_SECRET"], s.env["WECHAT_URL"] = secret, "http://127.0.0.1:1"
	synctest.Test(t, func(t *testing.T) { // without the pauses before the retries
		s := &shell{t, s.platform, s.env}
		require.Contains(t, s.run("", "menu apply -yes m.json", refused), "connection refused")
	})
	s = newShell(t)
	s.file("m.json", `{"button":[{"type":"click","name":"x","key":"k"}]}`)
	s.platform.Inject(wechattest.Rule{Path: "/cgi-bin/menu/create", Fault: wechattest.Errcode(48001)})
	require.Contains(t, s.run("", "menu apply -yes m.json", refused), "menu: step 1 of 1, create the default menu: wechat: /cgi-bin/menu/create: 48001")
}

// YAML becomes JSON that has no more lines (and one for a value that is not there), and menus are the same in both.
func FuzzYAML(f *testing.F) {
	f.Add(menuYAML)
	f.Add("menu: {button: [{type: view, name: \"yes\", url: 'https://a.com/#x'}, {name: ~, key: |\n  a\n  b}]}")
	f.Add("button: &b [*b]")
	f.Fuzz(func(t *testing.T, text string) {
		data, err := toJSON([]byte(text))
		if err != nil {
			require.Regexp(t, `^[0-9]+: `, err.Error())
			return
		}
		require.True(t, json.Valid(data), "%s", data)
		breaks := strings.NewReplacer("\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
		require.LessOrEqual(t, bytes.Count(data, []byte("\n")), 1+strings.Count(breaks, "\n"))
		menus, err := menu.Parse(data)
		if err != nil {
			return
		}
		back, err := toJSON(toYAML(menus.Format()))
		require.NoError(t, err)
		again, err := menu.Parse(back)
		require.NoError(t, err, "%s", back)
		require.Equal(t, string(menus.Format()), string(again.Format()))
	})
}
