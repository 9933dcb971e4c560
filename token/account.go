package token

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// requestTimeout bounds one request for a token, unless the client has a Timeout.
const requestTimeout = 10 * time.Second

// account asks the platform for the tokens of one account, with its secret.
type account struct {
	name     string // of the configuration, for errors
	kind     Kind
	appID    string
	secret   secret.String
	http     *http.Client
	baseURL  string
	insecure bool
}

func newAccount(a account) (*account, error) {
	switch {
	case a.appID == "":
		return nil, fmt.Errorf("token: %s.AppID is empty", a.name)
	case strings.HasPrefix(a.appID, "gh_"):
		return nil, fmt.Errorf("token: %s.AppID %q is the account's original id (原始ID); the AppID (开发者ID) begins with wx", a.name, a.appID)
	case strings.TrimSpace(a.appID) != a.appID:
		return nil, fmt.Errorf("token: %s.AppID %q has white space around it", a.name, a.appID)
	case strings.TrimSpace(a.secret.Value()) != a.secret.Value():
		return nil, fmt.Errorf("token: %s.Secret has white space around it", a.name)
	case a.secret.IsEmpty():
		return nil, fmt.Errorf("token: %s.Secret is empty", a.name)
	}
	if err := wire.CheckBaseURL(a.baseURL, a.insecure); err != nil {
		return nil, fmt.Errorf("token: %s.BaseURL: %w", a.name, err)
	}
	if a.http == nil {
		a.http = wire.NewHTTPClient()
	}
	return &a, nil
}

// Key implements Keyed.
func (a *account) Key() string { return Key(a.appID, a.secret.Value(), a.kind) }

// fetch sends r and returns the token in the answer. Its life counts from before the
// request, so that a slow answer does not lengthen it.
func (a *account) fetch(ctx context.Context, r *wire.Request) (Token, error) {
	if a.http.Timeout <= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, requestTimeout)
		defer cancel()
	}
	r.BaseURL = a.baseURL
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   *int64 `json:"expires_in"` // seconds
	}
	began := time.Now()
	if err := wire.JSON(ctx, a.http, r, &answer); err != nil {
		return Token{}, err
	}
	switch {
	case answer.AccessToken == "":
		return Token{}, fmt.Errorf("%s: %w", r.Path, ErrEmpty)
	case answer.ExpiresIn == nil:
		return Token{}, fmt.Errorf("%s: the answer contains access_token but not expires_in", r.Path)
	case *answer.ExpiresIn <= 0:
		return Token{}, fmt.Errorf("%s: %w: expires_in is %d", r.Path, ErrExpired, *answer.ExpiresIn)
	}
	return usable(New(answer.AccessToken, began.Add(seconds(*answer.ExpiresIn))), nil)
}

// seconds returns n seconds, at most a day: no credential here lives longer, and not
// every int64 of seconds fits into a time.Duration.
func seconds(n int64) time.Duration {
	return time.Duration(max(0, min(n, 24*60*60))) * time.Second
}
