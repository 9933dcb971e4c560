package crypto_test

import (
	"fmt"

	"github.com/seed-f21aa8d8/wechat/crypto"
)

func ExampleVerifySignature() {
	// The query of a callback: ?signature=…&timestamp=…&nonce=…
	ok := crypto.VerifySignature("f7984d44943b6f0c6107aafd02d786ab52e99157", "weixin", "1700000000", "n0nce")
	fmt.Println(ok)
	// Output: true
}

func ExampleCipher() {
	c, err := crypto.NewCipher("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx2c2769f8efd9abc2")
	if err != nil {
		fmt.Println(err)
		return
	}
	encrypted := c.Seal([]byte("<xml>你好</xml>"))
	message, err := c.Open(encrypted)
	fmt.Println(string(message), err)
	// Output: <xml>你好</xml> <nil>
}

// The key was changed in the console a moment ago. Messages sealed with either key are
// opened, and the answer is sealed with the key of its message.
func ExampleKeyring() {
	const id = "wx2c2769f8efd9abc2"
	current, _ := crypto.NewCipher("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", id)
	previous, _ := crypto.NewCipher("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", id)
	ring := crypto.Keyring{current, previous}

	message, by, err := ring.Open(previous.Seal([]byte("sealed before the change")))
	fmt.Println(string(message), by == previous, err)
	// Output: sealed before the change true <nil>
}
