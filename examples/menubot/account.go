package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// This file is the same in all examples, so that each can be copied alone.

// Account is an Official Account.
type Account struct{ Token, AppID, EncodingAESKey, Secret string }

// errNoAccount means that no variable of an account is set. The example then runs on the
// local platform.
var errNoAccount = errors.New("no account in the environment")

// accountFromEnv reads an account from the environment. need lists the required
// variables; with an AES key or a secret, the app id is required too.
func accountFromEnv(need ...string) (Account, error) {
	a := Account{
		Token:          os.Getenv("WECHAT_TOKEN"),   // 令牌 of the callback
		AppID:          os.Getenv("WECHAT_APPID"),   // 开发者ID
		EncodingAESKey: os.Getenv("WECHAT_AES_KEY"), // 消息加解密密钥; empty in plaintext mode
		Secret:         os.Getenv("WECHAT_SECRET"),  // AppSecret, to call the API
	}
	if a == (Account{}) {
		return a, errNoAccount
	}
	if (a.EncodingAESKey != "" || a.Secret != "") && !slices.Contains(need, "WECHAT_APPID") {
		need = append(need, "WECHAT_APPID")
	}
	missing := slices.DeleteFunc(need, func(name string) bool { return os.Getenv(name) != "" })
	if len(missing) > 0 {
		return a, fmt.Errorf("the account in the environment is incomplete: %s missing; set them, or unset WECHAT_TOKEN, WECHAT_APPID, WECHAT_AES_KEY and WECHAT_SECRET to use the local platform",
			strings.Join(missing, ", "))
	}
	return a, nil
}
