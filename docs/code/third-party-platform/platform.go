// Package platform is the code of docs/third-party-platform.md.
package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// newPlatform is the whole third-party platform. address is its public address, such as
// https://open.example.com.
func newPlatform(config component.Config, address string) (*component.Platform, http.Handler, error) {
	config.LateReply = func(oa *officialaccount.Client) message.LateReplier {
		return customerservice.New(oa)
	}
	p, err := component.New(config)
	if err != nil {
		return nil, nil, err
	}
	message.On(p.Messages(), answer)
	message.On(p.Notices(), left)

	mux := http.NewServeMux()
	mux.Handle("/wechat/notices", p.Notices())                  // 授权事件接收 URL
	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages) // 消息与事件接收 URL
	mux.Handle("/authorize", p.AuthorizePage(component.AuthRequest{
		RedirectURL: address + "/authorized", Type: component.OfficialAccounts,
	}))
	mux.Handle("/authorized", p.AuthorizeCallback(authorized))
	return p, mux, nil
}

// answer answers the users of all accounts. The client is that of the account to which the
// user wrote.
func answer(ctx context.Context, m *message.Text) (message.Reply, error) {
	oa := component.ClientFromContext(ctx)
	return message.TextReply(oa.AppID() + ": " + m.Content), nil
}

// left handles the notice of an account that has withdrawn its authorization. The platform
// has removed the account by then.
func left(_ context.Context, n *message.UnauthorizedNotice) (message.Reply, error) {
	slog.Info("an account has left", "appid", n.AuthorizerAppID)
	return nil, nil
}

// authorized answers an administrator who returns from the authorization page (授权页).
func authorized(w http.ResponseWriter, _ *http.Request, a *component.Authorization, err error) {
	switch {
	case errors.Is(err, component.ErrState):
		http.Error(w, "请从授权入口重新开始", http.StatusForbidden)
	case err != nil:
		slog.Error("authorization", "error", err)
		http.Error(w, "授权失败，请重试", http.StatusBadGateway)
	case !grants(a, menuPermission):
		fmt.Fprintln(w, a.AppID, "没有授予自定义菜单权限，请重新授权并勾选")
	default:
		fmt.Fprintln(w, a.AppID, "授权成功")
	}
}

// menuPermission is the id of a permission set (权限集) that this platform needs.
const menuPermission = 15

func grants(a *component.Authorization, id int) bool {
	for _, p := range a.Permissions {
		if p.Category.ID == id {
			return true
		}
	}
	return false
}

// setMenus makes a call for every account. One that fails does not stop the others.
func setMenus(ctx context.Context, p *component.Platform, button menu.Button) error {
	var errs []error
	for account, err := range p.AllAuthorizers(ctx) {
		if err != nil {
			return err // the list itself
		}
		if err := menu.New(p.Client(account.AppID)).Create(ctx, button); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", account.AppID, err))
		}
	}
	return errors.Join(errs...)
}
