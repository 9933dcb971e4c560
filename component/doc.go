// Package component implements a third-party platform (第三方平台): one program that works
// for many accounts. An account authorizes it by scanning a QR code.
//
//	p, err := component.New(component.Config{
//		AppID: appID, Secret: secret, // of the third-party platform itself
//		Token: callbackToken, EncodingAESKey: aesKey,
//		Store: db, SealKeys: [][]byte{key}, // store/sqlstore, and 32 random bytes
//	})
//	if err != nil {
//		return err
//	}
//	mux.Handle("/wechat/notices", p.Notices())                 // 授权事件接收 URL
//	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages) // 消息与事件接收 URL, with $APPID$
//	mux.Handle("/authorize", p.AuthorizePage(component.AuthRequest{RedirectURL: "https://example.com/authorized"}))
//	mux.Handle("/authorized", p.AuthorizeCallback(done))
//
// # Tickets and the platform's own token
//
// Every ten minutes the platform pushes a ticket (component_verify_ticket) to the
// address for notices. A ticket is valid for twelve hours and is kept in the store, so
// a restarted process need not wait for the next one. The component_access_token is
// fetched with the ticket and shared by all processes that use the store.
//
// # Authorization
//
// [Platform.AuthorizePage] shows the administrator of an account the link to the
// platform's page. [Platform.AuthorizeCallback] is the page to which the administrator
// returns. The platform also sends a notice of the same authorization. The first of the
// two exchanges the code, and only the visitor who started the authorization receives
// the account.
//
// # Refresh tokens
//
// A refresh token (authorizer_refresh_token) keeps the authorization of an account. It
// is written to the store, encrypted, before the tokens that came with it are used. If
// a process dies before that, the newest refresh token is read from the platform;
// [Platform.Restore] does this for all accounts. A store in memory is refused unless
// Config.InsecureMemory is set.
//
// # Accounts
//
// [Platform.Client] returns the client of one account, for the other services of this
// module: menu.New(p.Client(appID)). Accounts may be added and removed while the program
// runs and need no configuration.
//
// # Messages
//
// The messages of all accounts arrive at one address with the account's app id in its
// path. Register handlers on [Platform.Messages]. In a handler, [ClientFromContext]
// returns the client of the account that received the message:
//
//	message.On(p.Messages(), func(ctx context.Context, m *message.Text) (message.Reply, error) {
//		oa := component.ClientFromContext(ctx)
//		…
//	})
//
// Handlers on [Platform.Notices] run after the Platform has applied the notice. The
// check before a nationwide release (全网发布检测) gets the answers that it expects.
//
// # Endpoints with an account's own token
//
// [Service] has the endpoints that are called with the token of an account: its options,
// the open-platform account (开放平台账号) to which it is bound, and the registration of a
// mini program.
package component
