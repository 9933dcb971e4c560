package setup_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
)

func TestFromEnv(t *testing.T) {
	all := map[string]string{setup.Token: "tok", setup.AppID: "wx1", setup.AESKey: "key", setup.Secret: "sec"}
	for _, c := range []struct {
		name    string
		set     []string
		need    []string
		missing []string
		none    bool
	}{
		{name: "none", need: []string{setup.Token}, none: true},
		{name: "token alone", set: []string{setup.Token}, need: []string{setup.Token}},
		{name: "all", set: []string{setup.Token, setup.AppID, setup.AESKey, setup.Secret}, need: []string{setup.Token, setup.Secret}},
		{name: "app id alone", set: []string{setup.AppID}, need: []string{setup.Token}, missing: []string{setup.Token}},
		{name: "key without app id", set: []string{setup.Token, setup.AESKey}, need: []string{setup.Token}, missing: []string{setup.AppID}},
		{name: "no secret", set: []string{setup.Token, setup.AppID}, need: []string{setup.Token, setup.Secret}, missing: []string{setup.Secret}},
		{name: "only the key", set: []string{setup.AESKey}, need: []string{setup.Token}, missing: []string{setup.Token, setup.AppID}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name := range all {
				t.Setenv(name, "")
			}
			for _, name := range c.set {
				t.Setenv(name, all[name])
			}
			a, err := setup.FromEnv(c.need...)
			switch {
			case c.none:
				require.ErrorIs(t, err, setup.ErrNoAccount)
			case len(c.missing) > 0:
				require.Error(t, err)
				require.NotErrorIs(t, err, setup.ErrNoAccount)
				for _, name := range c.missing {
					require.ErrorContains(t, err, name)
				}
				for _, name := range c.set {
					require.NotContains(t, err.Error(), all[name]+" ")
				}
			default:
				require.NoError(t, err)
				require.Equal(t, "tok", a.Token)
			}
		})
	}
}

func TestServeEndsGracefully(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	arrived, release := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		io.WriteString(w, "done")
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- setup.ServeListener(ctx, listener, h) }()

	body := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			body <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		body <- string(b)
	}()
	<-arrived
	cancel()
	close(release)
	require.Equal(t, "done", <-body, "a request under way is answered")
	require.NoError(t, <-ended)
}

func TestServeReportsAPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	require.Error(t, setup.Serve(t.Context(), listener.Addr().String(), http.NotFoundHandler()))
}
