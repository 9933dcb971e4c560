// Package logins is the code of docs/logins.md.
package logins

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/user"
)

// newSite is a site whose pages know their visitors. key is 32 random bytes.
func newSite(oa *officialaccount.Client, key []byte) (http.Handler, error) {
	login, err := oauth.New(oa).Login(oauth.LoginConfig{
		RedirectURL: "https://m.example.com/wechat/login",
		Keys:        [][]byte{key},
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat/login", login)
	mux.Handle("GET /orders", login.Require(http.HandlerFunc(orders)))
	return mux, nil
}

func orders(w http.ResponseWriter, r *http.Request) {
	visitor, _ := oauth.VisitorFromContext(r.Context())
	fmt.Fprintln(w, "orders of", visitor.OpenID)
}

// addProfile adds a page that shows who the visitor is, and a way out.
func addProfile(mux *http.ServeMux, login *oauth.Login) {
	profile := func(w http.ResponseWriter, r *http.Request) {
		visitor, _ := oauth.VisitorFromContext(r.Context())
		fmt.Fprintln(w, visitor.Nickname, visitor.AvatarURL)
	}
	mux.Handle("GET /profile", login.RequireUserInfo(http.HandlerFunc(profile)))
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := login.Logout(w, r); err != nil {
			slog.Error("logout", "error", err)
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
}

// failed is a LoginConfig.ErrorHandler: it shows a page to the visitor and logs the reason.
func failed(w http.ResponseWriter, _ *http.Request, err error) {
	switch {
	case errors.Is(err, oauth.ErrDenied):
		http.Error(w, "您取消了登录", http.StatusForbidden)
	case errors.Is(err, oauth.ErrSnapshot):
		http.Error(w, "请点击「使用完整服务」后再登录", http.StatusForbidden)
	case errors.Is(err, oauth.ErrState), errors.Is(err, errcode.ErrOAuth):
		http.Error(w, "登录已过期，请重新打开页面", http.StatusForbidden)
	default:
		slog.Error("login", "error", err)
		http.Error(w, "暂时无法登录，请稍后再试", http.StatusBadGateway)
	}
}

// unionID returns the id that a visitor has in all apps of the company. A silent login does
// not return it; for a follower, the profile of the follower has it.
func unionID(ctx context.Context, oa *officialaccount.Client, v oauth.Visitor) (string, error) {
	if v.UnionID != "" {
		return v.UnionID, nil
	}
	follower, err := user.New(oa).GetProfile(ctx, user.ProfileQuery{OpenID: v.OpenID})
	if err != nil {
		return "", err
	}
	return follower.UnionID, nil // empty if the account is not bound to the Open Platform
}

// tenantLogin is the login of an account that has authorized a third-party platform.
func tenantLogin(p *component.Platform, appID string, key []byte) (*oauth.Login, error) {
	return oauth.NewForAuthorizer(p.ComponentClient(), appID).Login(oauth.LoginConfig{
		RedirectURL: "https://m.example.com/" + appID + "/login",
		Keys:        [][]byte{key},
		Name:        appID, // cookies of its own
	})
}

// exchange is the login without oauth.Login, for an app with its own pages: the code comes
// from a redirect or from a front end.
func exchange(ctx context.Context, oa *officialaccount.Client, code string) (*oauth.User, error) {
	web := oauth.New(oa)
	grant, err := web.Exchange(ctx, code)
	if err != nil {
		return nil, err
	}
	if grant.Snapshot {
		return nil, oauth.ErrSnapshot
	}
	return web.GetUser(ctx, grant.AccessToken(), grant.OpenID, officialaccount.SimplifiedChinese)
}
