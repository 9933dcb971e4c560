// Package safemode has the code of the page about safe mode.
package safemode

import (
	"crypto/rand"
	"log/slog"
	"math/big"
	"os"

	"github.com/seed-f21aa8d8/wechat/message"
)

// safe returns a handler for safe mode (安全模式) and compatible mode (兼容模式).
func safe() (*message.Handler, error) {
	return message.NewHandler(message.Config{
		Token:          os.Getenv("WECHAT_TOKEN"),
		AppID:          os.Getenv("WECHAT_APPID"),
		EncodingAESKey: os.Getenv("WECHAT_AES_KEY"), // 43 characters
		Logger:         slog.Default(),
	})
}

// moving returns a handler for the time in which an account goes from plaintext mode to
// safe mode: it accepts both, and answers each message in the form in which it came.
func moving() (*message.Handler, error) {
	return message.NewHandler(message.Config{
		Token:                  os.Getenv("WECHAT_TOKEN"),
		AppID:                  os.Getenv("WECHAT_APPID"),
		EncodingAESKey:         os.Getenv("WECHAT_AES_KEY"),
		InsecureAllowPlaintext: true, // remove it when the console is in safe mode
		Logger:                 slog.Default(),
	})
}

// rotating returns a handler that accepts the new token and key and the old ones.
func rotating() (*message.Handler, error) {
	return message.NewHandler(message.Config{
		Token:           os.Getenv("WECHAT_TOKEN"),
		AppID:           os.Getenv("WECHAT_APPID"),
		EncodingAESKey:  os.Getenv("WECHAT_AES_KEY"),
		PreviousTokens:  []string{os.Getenv("WECHAT_OLD_TOKEN")},
		PreviousAESKeys: []string{os.Getenv("WECHAT_OLD_AES_KEY")},
		Logger:          slog.Default(),
	})
}

// newAESKey returns a random EncodingAESKey, as the button 随机生成 of the console does.
func newAESKey() string {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	key := make([]byte, 43)
	for i := range key {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(characters)))) // never fails
		key[i] = characters[n.Int64()]
	}
	return string(key)
}
