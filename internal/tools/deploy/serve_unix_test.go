//go:build unix

package deploy

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
)

// account is the emulator's default account.
const account, accountSecret = "wx5a1d7e92c04b6f38", "7c0e5b1f9a3d42688e1fb6d09c75a234"

// TestServes runs the gateway with the configurations of the compose file and of the
// ConfigMap against the emulator and a Redis. Addresses alone are replaced.
func TestServes(t *testing.T) {
	redis := "redis://" + servertest.Redis(t).Addr + "/0"
	program := build(t, "wechat-gateway")
	emulator := servertest.Run(t, exec.Command(build(t, "wechat-emulator"), "-listen", "127.0.0.1:0")).Find(`page.*(http://[0-9.:]+)/`)

	c, composed := manifests(t), compose(t)
	inCompose, err := os.ReadFile(composed.Configs["gateway"].File)
	require.NoError(t, err)
	environment := map[string]string{}
	for name, value := range composed.Services["gateway"].Environment {
		environment[name] = *value
	}
	platform := "platform: " + emulator + "\nhosts: [" + emulator + "]\nqrcode_host: " + emulator + "\n"
	for _, test := range []struct {
		name, config string
		env          map[string]string
	}{
		{"compose", strings.ReplaceAll(string(inCompose), "http://emulator:9090", emulator), environment},
		{"kubernetes", platform + strings.ReplaceAll(c.config.Data["gateway.yaml"], "wx0123456789abcdef", account), c.secret.StringData},
	} {
		t.Run(test.name, func(t *testing.T) {
			http1, admin := servertest.FreeAddr(t), servertest.FreeAddr(t)
			require.Contains(t, test.config, `listen: ":8080"`)
			require.Contains(t, test.config, `admin: ":9090"`)
			config := strings.NewReplacer(`":8080"`, `"`+http1+`"`, `":9090"`, `"`+admin+`"`).Replace(test.config)
			file := filepath.Join(t.TempDir(), "gateway.yaml")
			require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
			env := os.Environ()
			for name, value := range test.env {
				env = append(env, name+"="+value)
			}
			env = append(env, "REDIS_URL="+redis, "ACCOUNT_SECRET="+accountSecret)

			check := exec.CommandContext(t.Context(), program, "-config", file, "-check")
			check.Env = env
			out, err := check.CombinedOutput()
			require.NoError(t, err, string(out))

			gateway := exec.Command(program, "-config", file, "-drain", "0s")
			gateway.Env = env
			servertest.Run(t, gateway).Find(`serving.*"admin":true`)
			for _, path := range []string{"/healthz", "/readyz"} {
				require.EventuallyWithT(t, func(t *assert.CollectT) { require.Equal(t, 200, status(t, "http://"+admin+path)) }, 10*time.Second, 20*time.Millisecond, path)
				health := exec.CommandContext(t.Context(), program, "-health", "http://"+admin+path)
				out, err := health.CombinedOutput()
				require.NoError(t, err, string(out))
			}
			require.Equal(t, 401, status(t, "http://"+http1+"/tokens/"+account), "no key")
		})
	}
}

func status(t require.TestingT, url string) int {
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}
