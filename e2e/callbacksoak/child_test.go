//go:build unix

package callbacksoak

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// The environment variables of a child process.
const (
	envAddr  = "CALLBACKSOAK_ADDR" // to listen on
	envRedis = "CALLBACKSOAK_REDIS"
)

func TestMain(m *testing.M) {
	if os.Getenv(envAddr) == "" {
		os.Exit(m.Run())
	}
	if err := child(os.Getenv(envAddr), os.Getenv(envRedis)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// silent keeps what the client has to say of a Redis that is gone out of the test's output.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// bot notes on its standard output what it does, a line each: a process that is
// killed has written what it did.
type bot struct{ mu sync.Mutex }

func (b *bot) say(what string, m message.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Println(what, m.(*message.Text).Content)
}

// handle takes as long as the message says.
func (b *bot) handle(ctx context.Context, m *message.Text) (message.Reply, error) {
	b.say("run", m)
	takes, _, _ := strings.Cut(m.Content, " ")
	ms, err := strconv.Atoi(takes)
	if err != nil {
		return nil, err
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return message.TextReply(m.Content), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *bot) LateReply(_ context.Context, m message.Message, _ message.Reply) error {
	b.say("late", m)
	return nil
}

func (b *bot) onError(_ context.Context, e *message.HandlingError) {
	b.say("lost", e.Message)
	fmt.Fprintln(os.Stderr, e)
}

// watch says when calls of the store failed, until the context ends.
func (b *bot) watch(ctx context.Context, h *message.Handler) {
	for known := uint64(0); ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if n := h.Stats().StoreFailures; n > known {
			known = n
			b.mu.Lock()
			fmt.Println("storefailed", n)
			b.mu.Unlock()
		}
	}
}

// child serves the bot until its standard input ends.
func child(addr, redisAddr string) error {
	redis.SetLogger(silent{})
	client := redis.NewClient(&redis.Options{Addr: redisAddr, ContextTimeoutEnabled: true})
	defer client.Close()
	st, err := redisstore.New(client, redisstore.Config{})
	if err != nil {
		return err
	}
	b := new(bot)
	h, err := message.NewHandler(message.Config{
		Token: wechattest.DefaultToken, AppID: wechattest.DefaultAppID, EncodingAESKey: wechattest.DefaultEncodingAESKey,
		Store: st, LateReply: b, OnError: b.onError,
	})
	if err != nil {
		return err
	}
	message.On(h, b.handle)
	watching, stop := context.WithCancel(context.Background())
	defer stop()
	go b.watch(watching, h)
	server := &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	go func() {
		io.Copy(io.Discard, bufio.NewReader(os.Stdin))
		failed <- nil
	}()
	if err := <-failed; err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(ctx), h.Shutdown(ctx))
}
