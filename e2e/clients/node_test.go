package clients_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// node returns the program, and skips the test where the clients are not installed.
func node(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join("node", "node_modules", "co-wechat-api"))
	}
	if err != nil {
		servertest.Missing(t, "Node or its packages are not installed (npm ci in e2e/clients/node): "+err.Error())
	}
	return program
}

// TestCoWechatAPI uses npm's co-wechat-api and co-wechat-oauth against the local
// platform.
func TestCoWechatAPI(t *testing.T) {
	program := node(t)
	platform := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	server := httptest.NewServer(platform)
	t.Cleanup(server.Close)
	run(t, nodeSteps(t, program, platform, server.URL, platform.Config().Secret), map[string]string{
		"customerservice/records": "api unauthorized", // msgrecord/getrecord was withdrawn; its successor is getmsglist
	})
}

// nodeSteps runs node/steps.js against the server at address and returns what it says.
func nodeSteps(t *testing.T, program string, platform *wechattest.Platform, address, secret string) []step {
	t.Helper()
	platform.Bot(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, id := range []string{"oLiLei", "oHanMeimei"} {
		_, err := platform.User(id).Follow()
		require.NoError(t, err)
	}
	appID := platform.Config().AppID
	back, err := platform.User("oLiLei").Authorize("https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + appID +
		"&redirect_uri=https%3A%2F%2Fexample.com%2Fback&response_type=code&scope=snsapi_userinfo&state=s#wechat_redirect")
	require.NoError(t, err)

	cmd := exec.Command(program, "--require", "./redirect.js", "steps.js")
	cmd.Dir = "node"
	cmd.Env = append(os.Environ(), "WECHAT_LOCAL="+address, "WECHAT_APPID="+appID, "WECHAT_SECRET="+secret, "WECHAT_CODE="+back.Query().Get("code"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var steps []step
	for line := range strings.Lines(string(out)) {
		var said struct{ Name, Error string }
		require.NoError(t, json.Unmarshal([]byte(line), &said), line)
		area, name, _ := strings.Cut(said.Name, "/")
		steps = append(steps, step{area, name, func() error {
			if said.Error != "" {
				return errors.New(said.Error)
			}
			return nil
		}})
	}
	require.Greater(t, len(steps), 30, stderr.String())
	return steps
}

// TestCoWechat has a bot on npm's co-wechat answer the platform.
func TestCoWechat(t *testing.T) {
	program := node(t)
	for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Safe} {
		t.Run(mode.String(), func(t *testing.T) {
			platform := wechattest.New(t, wechattest.Config{Mode: mode})
			cfg := platform.Config()
			cmd := exec.Command(program, "bot.js")
			cmd.Dir = "node"
			cmd.Env = append(os.Environ(), "WECHAT_APPID="+cfg.AppID, "WECHAT_TOKEN="+cfg.Token)
			if mode == wechattest.Safe {
				cmd.Env = append(cmd.Env, "WECHAT_AES_KEY="+cfg.EncodingAESKey)
			}
			stdin, err := cmd.StdinPipe()
			require.NoError(t, err)
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			cmd.Stderr = os.Stderr
			require.NoError(t, cmd.Start())
			t.Cleanup(func() {
				_ = stdin.Close()
				require.NoError(t, cmd.Wait())
			})
			port, err := bufio.NewReader(stdout).ReadString('\n')
			require.NoError(t, err)

			bot := platform.BotURL("http://127.0.0.1:" + strings.TrimSpace(port) + "/")
			require.NoError(t, bot.Verify())
			user := platform.User("oLiLei")
			reply, err := user.Text("你好 & <tag>")
			require.NoError(t, err)
			require.Equal(t, "echo 你好 & <tag>", reply.Content)
			reply, err = user.Text("news")
			require.NoError(t, err)
			require.Len(t, reply.Articles, 1)
			_, err = user.Text("nothing")
			require.NoError(t, err)
		})
	}
}
