// Package scanlogin is the code of docs/scan-login.md.
package scanlogin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/qrcode"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Scans are the pending logins. Processes share them through the store.
//
// Only the browser that began a login knows its secret. The scene in the QR code, which
// anybody can read, is a digest of the secret.
type Scans struct {
	Codes *qrcode.Service
	Store store.Store
}

// life is the time from the QR code to the login.
const life = 5 * time.Minute

// The states of a login. An openid follows the last two.
const (
	waiting   = "waiting"
	asked     = "asked "
	confirmed = "confirmed "
)

func sceneOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:16])
}

// Begin begins a login. secret is for a cookie of the browser, picture is the address of
// the QR code.
func (s Scans) Begin(ctx context.Context) (secret, picture string, err error) {
	secret = rand.Text()
	code, err := s.Codes.CreateTemporary(ctx, qrcode.Text(sceneOf(secret)), life)
	if err != nil {
		return "", "", err
	}
	err = s.Store.Set(ctx, "scan:"+sceneOf(secret), []byte(waiting), life)
	return secret, qrcode.ImageURL(code.Ticket), err
}

// Scanned records that a user has scanned the code. The first of several users wins.
func (s Scans) Scanned(ctx context.Context, scene, openID string) (ok bool, err error) {
	ok, err = s.Store.CompareAndSwap(ctx, "scan:"+scene, []byte(waiting), []byte(asked+openID), life)
	if err != nil || !ok {
		return false, err
	}
	return true, s.Store.Set(ctx, "asked:"+openID, []byte(scene), life)
}

// Confirm records that the user wants to log in.
func (s Scans) Confirm(ctx context.Context, openID string) (ok bool, err error) {
	scene, found, err := s.Store.Get(ctx, "asked:"+openID)
	if err != nil || !found {
		return false, err
	}
	return s.Store.CompareAndSwap(ctx, "scan:"+string(scene), []byte(asked+openID), []byte(confirmed+openID), life)
}

// State returns waiting, asked or confirmed, or "expired".
func (s Scans) State(ctx context.Context, secret string) (string, error) {
	value, found, err := s.Store.Get(ctx, "scan:"+sceneOf(secret))
	if err != nil || !found {
		return "expired", err
	}
	state, _, _ := strings.Cut(string(value), " ")
	return state, nil
}

// Finish returns the user of a confirmed login, once.
func (s Scans) Finish(ctx context.Context, secret string) (openID string, ok bool, err error) {
	value, _, err := s.Store.Get(ctx, "scan:"+sceneOf(secret))
	if err != nil {
		return "", false, err
	}
	openID, ok = strings.CutPrefix(string(value), confirmed)
	if !ok {
		return "", false, nil
	}
	ok, err = s.Store.CompareAndDelete(ctx, "scan:"+sceneOf(secret), value)
	return openID, ok, err
}
