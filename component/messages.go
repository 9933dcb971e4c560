package component

import (
	"context"
	"net/http"
	"strings"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// tenantKey is the key of the account in a context.
type tenantKey struct{}

// inPath is the account that the path of a request names.
type inPath struct {
	p     *Platform
	appID string
}

// ClientFromContext returns the client of the account whose message is being handled.
// It returns nil outside of a handler of [Platform.Messages].
//
// The account is the one in the path of the callback, checked against the signed
// ToUserName; see [Platform.ServeMessages].
func ClientFromContext(ctx context.Context) *officialaccount.Client {
	if in, ok := ctx.Value(tenantKey{}).(inPath); ok {
		return in.p.Client(in.appID)
	}
	return nil
}

// ServeMessages serves the address for messages and events (消息与事件接收 URL) of all
// accounts. Where that address has $APPID$, the pattern has {appid}:
//
//	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages)
//
// Without {appid} in the pattern, the only part of the path that is an app id is used.
// A path without an app id gets 404.
//
// A message whose ToUserName is not the original id of the account in the path gets
// 403, since the signature covers ToUserName but not the path. The original ids come
// from the accounts' profiles and are kept in the store. Messages of an account
// without an authorization get 403 too. While a profile cannot be read for another reason,
// messages of its account are not checked, and a warning is logged once a minute.
func (p *Platform) ServeMessages(w http.ResponseWriter, r *http.Request) {
	appID := r.PathValue("appid")
	if appID == "" {
		appID = findAppID(r.URL.Path)
	}
	if !validAppID(appID) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if isChecker(appID) {
		w = &silent{w}
	}
	ctx := context.WithValue(r.Context(), tenantKey{}, inPath{p, appID})
	p.messages.ServeHTTP(w, r.WithContext(ctx))
}

// findAppID returns the part of path that looks like an app id: wx and 16 hexadecimal
// digits.
func findAppID(path string) string {
	for part := range strings.SplitSeq(path, "/") {
		if len(part) == 18 && strings.HasPrefix(part, "wx") && strings.Trim(part[2:], "0123456789abcdef") == "" {
			return part
		}
	}
	return ""
}

// lateReplier sends a late reply with the replier that the function returns for the
// account.
type lateReplier func(*officialaccount.Client) message.LateReplier

// LateReply implements message.LateReplier.
func (f lateReplier) LateReply(ctx context.Context, m message.Message, r message.Reply) error {
	return f(ClientFromContext(ctx)).LateReply(ctx, m, r)
}

// handleNotice is middleware that applies a notice to the platform before its handler
// runs.
func (p *Platform) handleNotice(next message.HandlerFunc) message.HandlerFunc {
	return func(ctx context.Context, m message.Message) (message.Reply, error) {
		if err := p.notice(ctx, m); err != nil {
			return nil, err
		}
		return next(ctx, m)
	}
}

// notice applies one notice.
func (p *Platform) notice(ctx context.Context, m message.Message) error {
	switch m := m.(type) {
	case *message.ComponentVerifyTicketNotice:
		return p.saveTicket(ctx, m.Ticket, m.CreateTime)
	case *message.AuthorizedNotice:
		return p.authorized(ctx, m.AuthorizerAppID, m.AuthorizationCode, m.PreAuthCode)
	case *message.UpdateAuthorizedNotice:
		return p.authorized(ctx, m.AuthorizerAppID, m.AuthorizationCode, m.PreAuthCode)
	case *message.UnauthorizedNotice:
		return p.unauthorized(ctx, m.AuthorizerAppID, m.CreateTime)
	case *message.FastRegisterNotice:
		if m.AuthCode != "" {
			return p.authorized(ctx, m.MiniProgramAppID, m.AuthCode, "")
		}
	}
	return nil
}

// accept refuses messages for an account other than that of the path.
func (p *Platform) accept(ctx context.Context, m message.Message) error {
	in, ok := ctx.Value(tenantKey{}).(inPath)
	if !ok || isChecker(in.appID) {
		return nil
	}
	return p.checkAddressee(ctx, in.appID, message.HeaderOf(m).ToUserName)
}
