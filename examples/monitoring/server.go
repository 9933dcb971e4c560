package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// This file is the same in all examples that serve, so that each can be copied alone.

// listenAndServe serves h on addr until ctx ends. Then it waits for the requests that
// run, and calls finish: the Shutdown of a bot waits for the messages that it still
// handles, which the platform does not send again. All this takes a minute at most.
func listenAndServe(ctx context.Context, addr string, h http.Handler, finish ...func(context.Context) error) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second, // a bot may hold its answer over the platform's repeats
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	failed := make(chan error, 1)
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		failed <- err
	} else {
		slog.Info("serving", "addr", listener.Addr().String())
		go func() { failed <- server.Serve(listener) }()
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err = errors.Join(err, server.Shutdown(ending))
	for _, end := range finish {
		err = errors.Join(err, end(ending))
	}
	return err
}
