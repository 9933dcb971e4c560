package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Calls with a user's own access_token or refresh_token (网页授权) have no parameter for a
// key. So the gateway records the business to which a token was issued, under the hash
// of the token and for as long as it is valid. Such calls then need no key.

const (
	refreshLife   = 30 * 24 * time.Hour // of a refresh_token
	userTokenLife = 2 * time.Hour       // of an access_token, if the answer has no expires_in
	storePatience = 3 * time.Second     // of one operation of the store
	maxUserTokens = 1 << 18             // in the memory of one process
)

// userTokens records the tokens of users.
type userTokens struct{ store store.Store }

// grantee is the business to which a token was issued, and the account of the token.
type grantee struct {
	Business string `json:"business"`
	AppID    string `json:"appid"`
}

// userTokenKey returns the key of a token in the store. kind is access_token or
// refresh_token.
func userTokenKey(kind credential, value string) string {
	name := "access"
	if kind == refreshing {
		name = "refresh"
	}
	sum := sha256.Sum256([]byte(value))
	return "wechat:gateway:user:" + name + ":" + hex.EncodeToString(sum[:])
}

// find returns the grantee of a token. found is false if it is unknown.
func (u userTokens) find(ctx context.Context, kind credential, value string) (g grantee, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	defer recoverStore(&err)
	raw, found, err := u.store.Get(ctx, userTokenKey(kind, value))
	if err != nil || !found {
		return g, false, err
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return g, false, errors.New("gateway: invalid entry of a user's token in the store")
	}
	return g, true, nil
}

// remember stores the tokens of an answer of /sns/oauth2/access_token or
// /sns/oauth2/refresh_token. It continues if the caller disconnects.
func (u userTokens) remember(ctx context.Context, answer []byte, g grantee) (err error) {
	var in struct {
		AccessToken  string          `json:"access_token"`
		RefreshToken string          `json:"refresh_token"`
		ExpiresIn    json.RawMessage `json:"expires_in"`
	}
	if json.Unmarshal(answer, &in) != nil {
		return errors.New("gateway: invalid answer with a user's token")
	}
	life := userTokenLife
	if n, err := wire.Integer(in.ExpiresIn); err == nil && n > 0 {
		life = time.Duration(min(n, int64(refreshLife/time.Second))) * time.Second
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storePatience)
	defer cancel()
	defer recoverStore(&err)
	value := encode(g)
	return errors.Join(
		u.set(ctx, userToken, in.AccessToken, value, life),
		u.set(ctx, refreshing, in.RefreshToken, value, refreshLife),
	)
}

func (u userTokens) set(ctx context.Context, kind credential, tok string, value []byte, life time.Duration) error {
	if tok == "" {
		return nil
	}
	return u.store.Set(ctx, userTokenKey(kind, tok), value, life)
}

// recoverStore turns the panic of a store into an error.
func recoverStore(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("gateway: the store panicked: %w", secret.Panic(v))
	}
}
