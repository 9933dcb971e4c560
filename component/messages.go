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

// Account is the client of the account whose message is being handled, and nil
// outside of a handler of [Platform.Messages].
//
// The path of a callback names the account, and no signature covers it. What is
// signed is the message, whose ToUserName is the account's original id.
func Account(ctx context.Context) *officialaccount.Client {
	if in, ok := ctx.Value(tenantKey{}).(inPath); ok {
		return in.p.Client(in.appID)
	}
	return nil
}

// ServeMessages is the handler of the address for messages and events
// (消息与事件接收 URL) of all accounts. Where that has $APPID$, the pattern has {appid}:
//
//	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages)
//
// Without a pattern of that name, the one part of the path that is an app id counts.
// A path without an app id is not found.
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
	p.Messages.ServeHTTP(w, r.WithContext(ctx))
}

// findAppID returns the part of path that has the look of an app id: wx and 16
// hexadecimal digits.
func findAppID(path string) string {
	for part := range strings.SplitSeq(path, "/") {
		if len(part) == 18 && strings.HasPrefix(part, "wx") && strings.Trim(part[2:], "0123456789abcdef") == "" {
			return part
		}
	}
	return ""
}

// lateReplier sends late replies by what its function makes for the account.
type lateReplier func(*officialaccount.Client) message.LateReplier

// LateReply implements message.LateReplier.
func (f lateReplier) LateReply(ctx context.Context, m message.Message, r message.Reply) error {
	return f(Account(ctx)).LateReply(ctx, m, r)
}

// attend deals with notices before they go on to what is registered for them.
func (p *Platform) attend(next message.HandlerFunc) message.HandlerFunc {
	return func(ctx context.Context, m message.Message) (message.Reply, error) {
		if err := p.notice(ctx, m); err != nil {
			return nil, err
		}
		return next(ctx, m)
	}
}

// notice deals with one notice.
func (p *Platform) notice(ctx context.Context, m message.Message) error {
	switch m := m.(type) {
	case *message.ComponentVerifyTicketNotice:
		return p.saveTicket(ctx, m.Ticket, m.CreateTime)
	case *message.AuthorizedNotice:
		return p.admit(ctx, m.AuthorizerAppID, m.AuthorizationCode)
	case *message.UpdateAuthorizedNotice:
		return p.admit(ctx, m.AuthorizerAppID, m.AuthorizationCode)
	case *message.UnauthorizedNotice:
		return p.Remove(ctx, m.AuthorizerAppID)
	case *message.FastRegisterNotice:
		if m.AuthCode != "" {
			return p.admit(ctx, m.MiniProgramAppID, m.AuthCode)
		}
	}
	return nil
}
