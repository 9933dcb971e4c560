package setup

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server returns a server with the timeouts of a production bot. The platform sends
// small requests and waits five seconds for an answer; the write timeout is longer, for
// a bot that holds an answer until a repeat.
func Server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// Serve serves h on addr until ctx ends, and then waits for running requests.
func Serve(ctx context.Context, addr string, h http.Handler) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	slog.Info("serving", "addr", listener.Addr().String())
	return ServeListener(ctx, listener, h)
}

// ServeListener is [Serve] on an existing listener.
func ServeListener(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := Server(h)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	err := server.Shutdown(ending)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		return served
	}
	return err
}

// Drain waits at most a minute for messages that bot still handles. Call it after the
// server has ended: the platform repeats unanswered messages, but not those that were
// answered with success.
func Drain(bot interface{ Shutdown(context.Context) error }) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return bot.Shutdown(ctx)
}
