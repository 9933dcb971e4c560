package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// program is a running emulator.
type program struct {
	t    *testing.T
	base string
	out  *testlog.Buffer
	end  func() error
}

// patience is how long a step may take on a busy machine.
const patience = 30 * time.Second

var pageLine = regexp.MustCompile(`http://\S+/\n`)

// startProgram runs the emulator on a free port.
func startProgram(t *testing.T, env map[string]string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &program{t: t, out: &testlog.Buffer{}}
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), func(name string) string { return env[name] }, p.out)
	}()
	p.end = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = p.end() })
	require.Eventually(t, func() bool { p.base = strings.TrimSpace(pageLine.FindString(p.out.String())); return p.base != "" }, patience, 5*time.Millisecond)
	p.base = strings.TrimSuffix(p.base, "/")
	return p
}

func (p *program) do(command string, body any) {
	p.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(p.t, err)
	resp, err := http.Post(p.base+"/page/"+command, "application/json", bytes.NewReader(text))
	require.NoError(p.t, err)
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	require.Equal(p.t, 200, resp.StatusCode, "%s", answer)
}

func (p *program) say(content string) {
	p.t.Helper()
	p.do("say", map[string]string{"user": "oLiLei", "kind": "text", "content": content})
}

// traffic waits until the recorded traffic holds the text.
func (p *program) traffic(text string) {
	p.t.Helper()
	var seen string
	require.Eventually(p.t, func() bool {
		resp, err := http.Get(p.base + "/page/record")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		all, _ := io.ReadAll(resp.Body)
		seen = string(all)
		return strings.Contains(seen, text)
	}, patience, 20*time.Millisecond, "%s", text)
}

// shows waits until a new window of the page shows the text.
func (p *program) shows(text string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/page/events", nil)
	require.NoError(p.t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			return
		}
	}
	require.Fail(p.t, "the page never shows it", text)
}

// goBot is a bot of net/http and encoding/xml alone.
func goBot(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	parts := []string{wechattest.DefaultToken, q.Get("timestamp"), q.Get("nonce")}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	if hex.EncodeToString(sum[:]) != q.Get("signature") {
		http.Error(w, "signature", http.StatusForbidden)
		return
	}
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, q.Get("echostr"))
		return
	}
	var m struct{ ToUserName, FromUserName, MsgType, Event, Content string }
	if err := xml.NewDecoder(r.Body).Decode(&m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>echo %s%s</Content></xml>",
		m.FromUserName, m.ToUserName, m.Content, m.Event)
}

// The mode follows from what the bot was given: with an AES key the account is in
// safe mode, without one it is in plain mode and shows no key.
func TestModeFollowsTheKey(t *testing.T) {
	p := startProgram(t, nil)
	require.Contains(t, p.out.String(), "EncodingAESKey (none in this mode)")
	require.Contains(t, p.out.String(), "plain")
	p = startProgram(t, map[string]string{"WECHAT_AES_KEY": wechattest.DefaultEncodingAESKey})
	require.Regexp(t, `mode\s+加解密\s+safe`, p.out.String())
	p = startProgram(t, map[string]string{"WECHAT_AES_KEY": wechattest.DefaultEncodingAESKey}, "-mode", "compat")
	require.Regexp(t, `mode\s+加解密\s+compat`, p.out.String())
}

// A key that the mode does not use is not shown as what the bot needs.
func TestUnusedKey(t *testing.T) {
	for _, mode := range []string{"plain", "cloudhosting"} {
		p := startProgram(t, map[string]string{"WECHAT_AES_KEY": wechattest.DefaultEncodingAESKey}, "-mode", mode)
		require.Contains(t, p.out.String(), "EncodingAESKey (none in this mode)")
		require.Contains(t, p.out.String(), "is not used in mode "+mode)
	}
}

// Several callback URLs are instances, which are called in turn.
func TestInstances(t *testing.T) {
	one, two := httptest.NewServer(http.HandlerFunc(goBot)), httptest.NewServer(http.HandlerFunc(goBot))
	defer one.Close()
	defer two.Close()
	for _, args := range [][]string{{"-callback", one.URL + "/a", "-callback", two.URL + "/b"}, {"-callback", one.URL + "/a," + two.URL + "/b"}} {
		p := startProgram(t, nil, args...)
		p.say("一")
		p.say("二")
		p.traffic(one.URL + "/a?")
		p.traffic(two.URL + "/b?")
		require.Contains(t, p.out.String(), "called in turn")
	}
	p := startProgram(t, map[string]string{"WECHAT_EMULATOR_CALLBACK": one.URL + "/a"})
	p.do("bot", map[string]string{"url": one.URL + "/a," + two.URL + "/b"})
	p.say("一")
	p.say("二")
	p.traffic(two.URL + "/b?")
}

// The first verification says what to check, in the same words as the page.
func TestFirstVerification(t *testing.T) {
	bot := httptest.NewServer(http.HandlerFunc(goBot))
	defer bot.Close()
	p := startProgram(t, map[string]string{"WECHAT_TOKEN": "another"}, "-callback", bot.URL)
	require.Eventually(t, func() bool { return strings.Contains(p.out.String(), "not verified yet") }, patience, 5*time.Millisecond)
	require.Contains(t, p.out.String(), "the Token is wrong")
	require.Contains(t, p.out.String(), "/page/verify")
}

func TestGoBot(t *testing.T) {
	bot := httptest.NewServer(http.HandlerFunc(goBot))
	defer bot.Close()
	file := filepath.Join(t.TempDir(), "traffic.jsonl")
	p := startProgram(t, nil, "-callback", bot.URL+"/wechat", "-record", file)
	require.Eventually(t, func() bool { return strings.Contains(p.out.String(), "is verified") }, patience, 5*time.Millisecond)
	p.say("你好")
	p.shows("echo 你好")
	p.do("unfollow", map[string]string{"user": "oLiLei"})
	p.traffic("unsubscribe")
	p.do("follow", map[string]string{"user": "oLiLei"})
	p.shows("echo subscribe")
	require.NoError(t, p.end())

	recorded, err := os.Open(file)
	require.NoError(t, err)
	defer recorded.Close()
	traffic, err := wechattest.ReadRecorded(recorded)
	require.NoError(t, err)
	require.Len(t, traffic, 4, "verification, text, unfollow, follow")
	require.NoError(t, err)
}

// interpreter starts a bot in another language and returns its callback URL; the
// test is skipped where the language is not installed.
func interpreter(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed here: its bot cannot be tried", name)
	}
	cmd := exec.Command(path, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // "signal: killed"
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the bot did not start")
	return "http://127.0.0.1:" + strings.TrimSpace(port) + "/wechat"
}

func TestPythonBot(t *testing.T) {
	t.Parallel()
	p := startProgram(t, nil)
	callback := interpreter(t, "python3", "testdata/bot.py", wechattest.DefaultToken, wechattest.DefaultAppID, wechattest.DefaultSecret, p.base)
	p.do("bot", map[string]string{"url": callback})
	p.say("吃了吗 <&>")
	p.shows(`"Content":"吃了吗 \u003c\u0026\u003e","Desc`)
	p.say("later")
	p.shows("晚到的 late")
	p.traffic("/cgi-bin/message/custom/send")
}

func TestNodeBot(t *testing.T) {
	t.Parallel()
	p := startProgram(t, map[string]string{"WECHAT_EMULATOR_MODE": "safe"})
	callback := interpreter(t, "node", "testdata/bot.js", wechattest.DefaultToken, wechattest.DefaultAppID, wechattest.DefaultEncodingAESKey)
	p.do("bot", map[string]string{"url": callback})
	p.say("加密的你好")
	p.shows(`"saw":"加密的你好"`)
	p.shows(`"encrypted":true`)
}

// The flags reach the platform; secrets are not printed.
func TestFlagsAndEnvironment(t *testing.T) {
	env := map[string]string{
		"WECHAT_APPID": "wx00112233aabbccdd", "WECHAT_SECRET": "supersecretsupersecretsupersecre", "WECHAT_TOKEN": "mytoken", "WECHAT_AES_KEY": strings.Repeat("k", 43),
	}
	p := startProgram(t, env, "-mode", "compat", "-fault", "-1,path=/cgi-bin/menu/*", "-users", "oOne, oTwo", "-allow-ip", "127.0.0.0/8")
	for _, text := range []string{"wx00112233aabbccdd", "compat", "(as given)", "No callback URL yet"} {
		require.Contains(t, p.out.String(), text)
	}
	for _, secret := range []string{"supersecret", "mytoken", "kkkk"} {
		require.NotContains(t, p.out.String(), secret)
	}
	p.shows(`"openid":"oTwo"`)
	p.shows(`"name":"errcode -1","path":"/cgi-bin/menu/*"`)
	resp, err := http.Get(p.base + "/cgi-bin/token?grant_type=client_credential&appid=wx00112233aabbccdd&secret=supersecretsupersecretsupersecre")
	require.NoError(t, err)
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	require.Contains(t, string(body), "access_token")
	require.NoError(t, p.end())
}

// What is wrong is said before anything is served.
func TestRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for _, c := range []struct {
		args []string
		text string
	}{
		{[]string{"-listen", taken.Addr().String()}, "if another program uses it"},
		{[]string{"-listen", "0.0.0.0:0"}, "add -insecure-listen-beyond-loopback"},
		{[]string{"-listen", ":0"}, "add -insecure-listen-beyond-loopback"},
		{[]string{"-listen", "[::]:0"}, "not a loopback address"},
		{[]string{"-listen", "nowhere"}, "not an address of the form"},
		{[]string{"-callback", "127.0.0.1:8080"}, "not an address of the form"},
		{[]string{"-callback", "ftp://127.0.0.1/"}, "not an address of the form"},
		{[]string{"-callback", "http://127.0.0.1:1/,8080"}, `"8080" is not an address of the form`},
		{[]string{"-mode", "loud"}, "plain, compat, safe, component"},
		{[]string{"-fault", "sometimes"}, "not an errcode"},
		{[]string{"-listen", "127.0.0.1:0", "-aes-key", "short"}, "EncodingAESKey"},
		{[]string{"-listen", "127.0.0.1:0", "-allow-ip", "here"}, "AllowedIPs"},
		{[]string{"-listen", "127.0.0.1:0", "-record", filepath.Join(t.TempDir(), "none", "x")}, "-record"},
		{[]string{"http://127.0.0.1"}, "unknown argument"},
	} {
		err := run(t.Context(), c.args, func(string) string { return "" }, io.Discard)
		require.ErrorContains(t, err, c.text, "%v", c.args)
	}
}

// Beyond loopback the page is opened by the machine's own addresses, and a warning is printed.
func TestBeyondLoopback(t *testing.T) {
	p := startProgram(t, nil, "-listen", "0.0.0.0:0", "-insecure-listen-beyond-loopback", "-host", "emulator.test")
	require.Contains(t, p.out.String(), "WARNING")
	require.Contains(t, p.base, "127.0.0.1")
	status := func(host string) int {
		req, err := http.NewRequest(http.MethodGet, p.base+"/", nil)
		require.NoError(t, err)
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, 200, status("emulator.test:80"))
	require.Equal(t, 403, status("evil.example"))
}
