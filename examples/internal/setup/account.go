// Package setup is the common code of the examples: the account from the environment,
// and an HTTP server with the timeouts and the graceful shutdown of a production
// server.
package setup

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The environment variables of an account.
const (
	Token  = "WECHAT_TOKEN"   // token of the callback (令牌)
	AppID  = "WECHAT_APPID"   // app id (开发者ID)
	AESKey = "WECHAT_AES_KEY" // EncodingAESKey (消息加解密密钥); plaintext mode without it
	Secret = "WECHAT_SECRET"  // AppSecret, for bots that call the API
)

// Account is an Official Account from the environment.
type Account struct{ Token, AppID, EncodingAESKey, Secret string }

// ErrNoAccount means that the environment does not contain an account, so the example
// uses the local platform.
var ErrNoAccount = errors.New("no account in the environment")

// FromEnv reads the account. need lists the required variables; an AES key needs the
// app id too. If some are missing, the error lists them; if all are missing, it is
// [ErrNoAccount].
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
		return a, fmt.Errorf("the account in the environment is incomplete: %s missing; set them, or unset %s to use the local platform",
			strings.Join(missing, ", "), strings.Join([]string{Token, AppID, AESKey, Secret}, ", "))
	}
	return a, nil
}
