// Command imagebot answers with pictures. It returns the picture that a user sends, and
// answers a word with a picture, which it draws and uploads.
//
//	go run ./examples/imagebot
//
// Without an account in the environment it runs on the local platform and prints a
// transcript; after that you can send words to it. With -once it stops after the
// transcript, with exit status 1 if a step failed.
//
// With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET set (and WECHAT_AES_KEY in safe
// mode) it serves the real platform on -addr, under /wechat.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// newBot returns the bot. If an upload takes longer than the platform waits for a reply,
// the picture is sent as a customer-service message.
func newBot(account Account, oa *officialaccount.Client) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		Token:          account.Token,
		AppID:          account.AppID,
		EncodingAESKey: account.EncodingAESKey, // empty: plaintext mode
		Logger:         slog.Default(),
		LateReply:      customerservice.New(oa),
	})
	if err != nil {
		return nil, err
	}
	materials := material.New(oa)
	message.On(bot, func(ctx context.Context, m *message.Image) (message.Reply, error) {
		return message.ImageReply{MediaID: m.MediaID}, nil
	})
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		picture, err := draw(m.Content)
		if err != nil {
			return nil, err
		}
		media, err := materials.Upload(ctx, material.Image, "drawing.png", bytes.NewReader(picture))
		if err != nil {
			return nil, err
		}
		return message.ImageReply{MediaID: media.MediaID}, nil
	})
	return bot, nil
}

// draw returns a square picture whose color depends on the word.
func draw(word string) ([]byte, error) {
	hash := fnv.New32a()
	hash.Write([]byte(word))
	sum := hash.Sum32()
	square := image.NewPaletted(image.Rect(0, 0, 240, 240), color.Palette{
		color.RGBA{R: byte(sum), G: byte(sum >> 8), B: byte(sum >> 16), A: 255},
	})
	var out bytes.Buffer
	err := png.Encode(&out, square)
	return out.Bytes(), err
}

func main() {
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once); err != nil {
		fmt.Fprintln(os.Stderr, "imagebot:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool) error {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once)
	}
	if err != nil {
		return err
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	bot, err := newBot(account, oa)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	return listenAndServe(ctx, addr, mux, bot.Shutdown)
}
