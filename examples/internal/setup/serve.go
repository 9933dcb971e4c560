package setup

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server returns a server with the timeouts of a production bot. The platform
// sends small requests and waits five seconds for an answer; the time to write
// leaves room for a bot that holds an answer over a repeat.
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

// Serve serves h on addr until ctx ends, then lets the requests under way finish.
func Serve(ctx context.Context, addr string, h http.Handler) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	slog.Info("serving", "addr", listener.Addr().String())
	return ServeListener(ctx, listener, h)
}

// ServeListener is [Serve] on a listener that is there already.
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

// Drain lets the messages that bot still works on come to their end, for a minute
// at most. Call it when the server has ended: the platform repeats what had no
// answer, and what was answered success is lost with the process.
func Drain(bot interface{ Shutdown(context.Context) error }) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return bot.Shutdown(ctx)
}
