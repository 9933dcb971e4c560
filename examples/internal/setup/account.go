// Package setup is what the examples share and a bot of one's own would write
// for itself: the account from the environment, and an HTTP server with the
// timeouts and the graceful end of a production one.
package setup

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The variables that describe an account.
const (
	Token  = "WECHAT_TOKEN"   // token of the callback (令牌)
	AppID  = "WECHAT_APPID"   // app id (开发者ID)
	AESKey = "WECHAT_AES_KEY" // EncodingAESKey (消息加解密密钥); plaintext mode without it
	Secret = "WECHAT_SECRET"  // AppSecret, for bots that call the API
)

// Account is an Official Account as its environment describes it.
type Account struct{ Token, AppID, EncodingAESKey, Secret string }

// ErrNoAccount says that the environment names no account at all: time for the
// local platform.
var ErrNoAccount = errors.New("no account in the environment")

// FromEnv reads the account. need names the variables that the bot cannot do
// without; an AES key needs the app id too. When only some are there, the error
// names those that are missing; when none is, it is [ErrNoAccount].
func FromEnv(need ...string) (Account, error) {
	a := Account{
		Token:          os.Getenv(Token),
		AppID:          os.Getenv(AppID),
		EncodingAESKey: os.Getenv(AESKey),
		Secret:         os.Getenv(Secret),
	}
	if a == (Account{}) {
		return a, ErrNoAccount
	}
	if a.EncodingAESKey != "" || a.Secret != "" {
		need = append(need, AppID)
	}
	var missing []string
	for _, name := range need {
		if os.Getenv(name) == "" && !strings.Contains(strings.Join(missing, " "), name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return a, fmt.Errorf("the environment describes an account in part: %s missing; set what the bot needs, or none of %s to use the local platform",
			strings.Join(missing, ", "), strings.Join([]string{Token, AppID, AESKey, Secret}, ", "))
	}
	return a, nil
}
