// Package component is a third-party platform (第三方平台): one program that works for
// many accounts, each of which has authorised it by scanning a QR code.
//
//	p, err := component.New(component.Config{
//		AppID: appID, Secret: secret, // of the third-party platform itself
//		Token: callbackToken, EncodingAESKey: aesKey,
//		Store: db, SealKeys: [][]byte{key}, // store/sqlstore, and 32 random bytes
//	})
//	if err != nil {
//		return err
//	}
//	mux.Handle("/wechat/notices", p.Notices)                   // 授权事件接收 URL
//	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages) // 消息与事件接收 URL, with $APPID$
//	mux.Handle("/authorize", p.AuthorizePage(component.AuthRequest{RedirectURI: "https://example.com/authorized"}))
//	mux.Handle("/authorized", p.AuthorizeCallback(done))
//
// # Tickets and the platform's own token
//
// Every ten minutes the platform pushes a ticket (component_verify_ticket) to the
// address of notices. It lives for twelve hours and is kept in the store, so a
// restart waits for none. The component_access_token is fetched with it and shared
// by all processes that use the store.
//
// # Authorisation
//
// [Platform.AuthorizePage] shows the administrator of an account the link to the
// platform's page, on a computer or in WeChat; [Platform.AuthorizeCallback] takes
// the way back. The same authorisation is told by a notice as well; whichever comes
// first exchanges the code, once.
//
// # Refresh tokens
//
// An account's refresh token (authorizer_refresh_token) is all that keeps its
// authorisation. It is written to the store, sealed, before the tokens that came
// with it are used. Whatever a process that died had not written yet is read back
// from the platform, which knows the newest one. [Platform.Restore] does that for
// all accounts. A store in memory is refused unless Config.InsecureMemory asks for it.
//
// # Accounts
//
// [Platform.Client] is the client of one account, for the services beside this
// package: menu.New(p.Client(appID)). Accounts come and go while the program runs;
// nothing is to be configured for one.
//
// # Messages
//
// Messages of all accounts come to one address with the account's app id in its
// path. Register for them on [Platform.Messages]; [ClientFromContext] says in a handler whose
// message it is:
//
//	message.On(p.Messages, func(ctx context.Context, m *message.Text) (message.Reply, error) {
//		oa := component.ClientFromContext(ctx)
//		…
//	})
//
// Notices arrive at [Platform.Notices] after the platform has dealt with them, so
// register there for what your program wants to know. The accounts that check a
// nationwide release (全网发布检测) are answered as the check wants it.
//
// # Accounts' own endpoints
//
// [Service] has what is called with the account's token: its options, the
// open-platform account (开放平台账号) it is bound to, and the registration of a mini
// program.
package component
