package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServerEndsGracefully(t *testing.T) {
	logged, log := io.Pipe()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	defer slog.SetDefault(before)

	arrived, release := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		io.WriteString(w, "done")
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	finished := errors.New("finish was called")
	go func() {
		ended <- listenAndServe(ctx, "127.0.0.1:0", h, func(ctx context.Context) error { return errors.Join(ctx.Err(), finished) })
	}()
	line, err := bufio.NewReader(logged).ReadString('\n')
	require.NoError(t, err)
	_, addr, found := strings.Cut(strings.TrimSpace(line), "addr=")
	require.True(t, found)

	body := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + addr)
		if err != nil {
			body <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		body <- fmt.Sprint(string(b), err)
	}()
	<-arrived
	cancel()
	close(release)
	require.Equal(t, "done<nil>", <-body, "a request under way is answered")
	err = <-ended
	require.ErrorIs(t, err, finished)
	require.NotErrorIs(t, err, context.Canceled, "finish has time of its own")
}

func TestServerReportsAPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	require.Error(t, listenAndServe(t.Context(), listener.Addr().String(), http.NotFoundHandler()))
}
