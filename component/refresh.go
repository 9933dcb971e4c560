package component

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Token fetches an access token for the account with its refresh token. token.Shared
// calls it under a lock and stores the result. A changed refresh token is stored before
// Token returns.
//
// If a process dies before the platform answers, nothing has changed. If it dies
// between the answer and the write of the new refresh token, the platform refuses the
// old one, and the next process asks for the newest.
func (t *tenant) Token(ctx context.Context) (token.Token, error) {
	if tok, ok := t.popFirst(); ok {
		return tok, nil
	}
	if err := t.saveUnsaved(ctx); err != nil {
		return token.Token{}, err
	}
	g, raw, err := t.p.readGrant(ctx, t.appID)
	if err != nil {
		return token.Token{}, err
	}
	if raw == nil {
		return t.recover(ctx, g, nil, &notAuthorized{appID: t.appID})
	}
	tok, err := t.refresh(ctx, g, raw)
	if errors.Is(err, errcode.AuthorizerRefreshTokenInvalid) {
		return t.recover(ctx, g, raw, err)
	}
	return tok, err
}

// refresh exchanges a refresh token, stored as raw, for an access token.
//
// POST /cgi-bin/component/api_authorizer_token (获取授权账号调用令牌)
func (t *tenant) refresh(ctx context.Context, g grant, raw []byte) (token.Token, error) {
	const path = "/cgi-bin/component/api_authorizer_token"
	var out struct {
		Token     string  `json:"authorizer_access_token"`
		ExpiresIn seconds `json:"expires_in"`
		Refresh   string  `json:"authorizer_refresh_token"`
	}
	began := time.Now()
	err := t.p.oa.Post(ctx, path, struct {
		ComponentAppID string `json:"component_appid"`
		AppID          string `json:"authorizer_appid"`
		Refresh        string `json:"authorizer_refresh_token"`
	}{t.p.oa.AppID(), t.appID, g.Refresh}, &out, officialaccount.WithComponentToken(), officialaccount.WithRedacted(g.Refresh))
	switch {
	case errors.Is(err, errcode.ComponentNotAuthorized): // withdrawn, and the notice comes later
		return token.Token{}, &notAuthorized{t.appID, err}
	case err != nil:
		return token.Token{}, fmt.Errorf("token of %s: %w", t.appID, err) // err names its package
	}
	if out.Refresh != "" && out.Refresh != g.Refresh {
		t.mu.Lock()
		t.unsaved = &unsaved{raw, out.Refresh}
		t.mu.Unlock()
		if err := t.saveUnsaved(ctx); err != nil {
			return token.Token{}, err
		}
	}
	return out.ExpiresIn.token(out.Token, began), nil
}

// recover asks the platform for the newest refresh token of the account, stores it and
// uses it. reason tells why the stored one cannot be used.
func (t *tenant) recover(ctx context.Context, old grant, raw []byte, reason error) (token.Token, error) {
	newest, err := t.p.authorizationOf(ctx, t.appID)
	switch {
	case errors.Is(err, errcode.ComponentNotAuthorized):
		return token.Token{}, &notAuthorized{t.appID, err}
	case err != nil:
		return token.Token{}, fmt.Errorf("%w; reading the newest refresh token failed: %w", reason, err)
	case newest == "" || newest == old.Refresh:
		return token.Token{}, reason
	}
	t.p.log.WarnContext(ctx, "component: refresh token read from the platform", "appid", t.appID, "reason", reason.Error())
	if err := t.p.saveGrant(ctx, t.appID, raw, newest); err != nil {
		return token.Token{}, fmt.Errorf("component: refresh token of %s not stored: %w", t.appID, err)
	}
	g, raw, err := t.p.readGrant(ctx, t.appID)
	if err != nil {
		return token.Token{}, err
	}
	return t.refresh(ctx, g, raw)
}

// notAuthorized is [ErrNotAuthorized] for an account.
type notAuthorized struct {
	appID  string
	answer error // of the platform; nil if it was not needed
}

// Error leaves out the sentences of the platform's answer, which repeat ErrNotAuthorized.
func (e *notAuthorized) Error() string {
	text := ErrNotAuthorized.Error() + ": " + e.appID
	if answer, ok := errors.AsType[*errcode.Error](e.answer); ok {
		text += fmt.Sprintf(" (%s, rid %s)", answer.Code.String(), answer.RID)
	}
	return text
}

func (e *notAuthorized) Unwrap() []error {
	if e.answer == nil {
		return []error{ErrNotAuthorized}
	}
	return []error{ErrNotAuthorized, e.answer}
}

// saveUnsaved writes a refresh token that an earlier call could not write.
func (t *tenant) saveUnsaved(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.unsaved == nil {
		return nil
	}
	if err := t.p.saveGrant(ctx, t.appID, t.unsaved.old, t.unsaved.refresh); err != nil {
		return fmt.Errorf("component: refresh token of %s not stored, so its access token is not used: %w", t.appID, err)
	}
	t.unsaved = nil
	return nil
}

// keepFirst stores the access token of an authorization for the next fetch.
func (t *tenant) keepFirst(tok token.Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.first = tok
}

// popFirst returns the token of keepFirst once, if more than five minutes of its life
// are left.
func (t *tenant) popFirst() (token.Token, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tok := t.first
	t.first = token.Token{}
	return tok, tok.Value() != "" && time.Until(tok.Expiry()) > 5*time.Minute
}
