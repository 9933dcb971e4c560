package oauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const grantAnswer = `{"access_token":"USER_TOKEN","expires_in":7200,"refresh_token":"REFRESH_TOKEN","openid":"oLiLei",
	"scope":"snsapi_base,snsapi_userinfo,","is_snapshotuser":1,"unionid":"uLiLei"}`

// granted is a grant with its tokens, for comparing.
type granted struct {
	Grant           oauth.Grant
	Access, Refresh string
	Left            time.Duration // rounded
}

func open(g *oauth.Grant, err error) (any, error) {
	if g == nil {
		return nil, err
	}
	left := time.Until(g.Expiry).Round(time.Minute)
	// All that is compared of the grant itself is its exported part.
	return granted{
		oauth.Grant{OpenID: g.OpenID, UnionID: g.UnionID, Scopes: g.Scopes, Snapshot: g.Snapshot},
		g.AccessToken(), g.RefreshToken(), left,
	}, err
}

func TestCalls(t *testing.T) {
	full := granted{
		oauth.Grant{OpenID: "oLiLei", UnionID: "uLiLei", Scopes: []oauth.Scope{oauth.Base, oauth.UserInfo}, Snapshot: true},
		"USER_TOKEN", "REFRESH_TOKEN", 2 * time.Hour,
	}
	user := &oauth.User{
		OpenID: "oLiLei", UnionID: "uLiLei", Nickname: "李雷 & 🌏", AvatarURL: "https://thirdwx.qlogo.cn/mmopen/x/132",
		Language: officialaccount.SimplifiedChinese, Rights: []string{"chinaunicom"}, Sex: 1, Province: "广东", City: "广州", Country: "中国",
	}
	apitest.Filled(t, user)
	apitest.Run(t, []apitest.Case{
		{
			Name:   "exchange",
			Do:     func(c ctx, oa client) (any, error) { return open(oauth.New(oa).Exchange(c, "CODE")) },
			Method: "GET", Path: "/sns/oauth2/access_token", Once: true, Tokens: true,
			Query:  "appid=" + apitest.AppID + "&secret=" + apitest.Secret + "&code=CODE&grant_type=authorization_code",
			Answer: grantAnswer, Want: full,
		},
		{
			Name:   "exchange, least answer, quoted number",
			Do:     func(c ctx, oa client) (any, error) { return open(oauth.New(oa).Exchange(c, "CODE")) },
			Method: "GET", Path: "/sns/oauth2/access_token", Once: true, Tokens: true,
			Query:  "appid=" + apitest.AppID + "&secret=" + apitest.Secret + "&code=CODE&grant_type=authorization_code",
			Answer: `{"access_token":"A","expires_in":"7200","refresh_token":"R","openid":"oA","scope":"snsapi_base"}`,
			Want:   granted{oauth.Grant{OpenID: "oA", Scopes: []oauth.Scope{oauth.Base}}, "A", "R", 2 * time.Hour},
		},
		{
			Name:   "exchange, used code",
			Do:     func(c ctx, oa client) (any, error) { return open(oauth.New(oa).Exchange(c, "CODE")) },
			Method: "GET", Path: "/sns/oauth2/access_token", Tokens: true,
			Query:  "appid=" + apitest.AppID + "&secret=" + apitest.Secret + "&code=CODE&grant_type=authorization_code",
			Answer: `{"errcode":40163,"errmsg":"code been used, rid: 62fb9bc8-078c24da-4202f278"}`, Fails: errcode.OAuthCodeUsed,
		},
		{
			Name:   "refresh",
			Do:     func(c ctx, oa client) (any, error) { return open(oauth.New(oa).Refresh(c, "REFRESH_TOKEN")) },
			Method: "GET", Path: "/sns/oauth2/refresh_token", Tokens: true,
			Query:  "appid=" + apitest.AppID + "&grant_type=refresh_token&refresh_token=REFRESH_TOKEN",
			Answer: grantAnswer, Want: full,
		},
		{
			Name:   "refresh, dead token",
			Do:     func(c ctx, oa client) (any, error) { return open(oauth.New(oa).Refresh(c, "REFRESH_TOKEN")) },
			Method: "GET", Path: "/sns/oauth2/refresh_token", Tokens: true,
			Query:  "appid=" + apitest.AppID + "&grant_type=refresh_token&refresh_token=REFRESH_TOKEN",
			Answer: `{"errcode":42002,"errmsg":"refresh_token expired"}`, Fails: errcode.RefreshTokenExpired,
		},
		{
			Name: "user",
			Do: func(c ctx, oa client) (any, error) {
				return oauth.New(oa).GetUser(c, "USER_TOKEN", "oLiLei", officialaccount.English)
			},
			Method: "GET", Path: "/sns/userinfo", Tokens: true, Query: "access_token=USER_TOKEN&openid=oLiLei&lang=en",
			Answer: `{"openid":"oLiLei","nickname":"李雷 & 🌏","sex":1,"language":"zh_CN","city":"广州","province":"广东","country":"中国",
				"headimgurl":"https://thirdwx.qlogo.cn/mmopen/x/132","privilege":["chinaunicom"],"unionid":"uLiLei"}`,
			Want: user,
		},
		{
			Name:   "user, dead token: it is not the account's, so nothing is replayed",
			Do:     func(c ctx, oa client) (any, error) { return oauth.New(oa).GetUser(c, "USER_TOKEN", "oLiLei", "") },
			Method: "GET", Path: "/sns/userinfo", Tokens: true, Query: "access_token=USER_TOKEN&openid=oLiLei",
			Answer: `{"errcode":42001,"errmsg":"access_token expired"}`, Fails: errcode.ErrTokenInvalid,
		},
		{
			Name:   "check",
			Do:     func(c ctx, oa client) (any, error) { return nil, oauth.New(oa).Check(c, "USER_TOKEN", "oLiLei") },
			Method: "GET", Path: "/sns/auth", Tokens: true, Query: "access_token=USER_TOKEN&openid=oLiLei",
		},
		{
			Name:   "check, dead token",
			Do:     func(c ctx, oa client) (any, error) { return nil, oauth.New(oa).Check(c, "USER_TOKEN", "oLiLei") },
			Method: "GET", Path: "/sns/auth", Tokens: true, Query: "access_token=USER_TOKEN&openid=oLiLei",
			Answer: `{"errcode":40003,"errmsg":"invalid openid"}`, Fails: errcode.InvalidOpenID,
		},
	})
}

// A life that is missing or beyond reason does not end a grant in the past.
func TestLifeOfGrant(t *testing.T) {
	for life, want := range map[string]time.Duration{``: 0, `,"expires_in":9223372036854775807`: 24 * time.Hour} {
		g, err := oauth.New(apitest.New(t, apitest.JSON(`{"access_token":"A","openid":"oA"`+life+`}`)).Client()).Exchange(t.Context(), "CODE")
		require.NoError(t, err)
		if want == 0 {
			require.Zero(t, g.Expiry, "unknown")
			continue
		}
		require.WithinDuration(t, time.Now().Add(want), g.Expiry, time.Minute)
	}
	synctest.Test(t, func(t *testing.T) {
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: apitest.AppID, Secret: apitest.Secret, HTTPClient: &http.Client{Transport: slow{apitest.New(t, apitest.JSON(plain))}},
		})
		require.NoError(t, err)
		asked := time.Now()
		g, err := oauth.New(oa).Exchange(t.Context(), "CODE")
		require.NoError(t, err)
		require.Equal(t, asked.Add(2*time.Hour), g.Expiry, "counted from before the request")
	})
}

// slow is a transport that takes 20 seconds.
type slow struct{ http.RoundTripper }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(20 * time.Second)
	return s.RoundTripper.RoundTrip(r)
}

// The account of a third-party platform: the platform's client, credentials and app id.
func TestAuthorizer(t *testing.T) {
	const tenant = "wx00000000000000aa"
	service := func(oa client) *oauth.Service { return oauth.NewForAuthorizer(oa, tenant) }
	page, err := service(apitest.New(t).Client()).AuthorizeURL(oauth.AuthRequest{RedirectURL: "https://www.example.com/", State: "S"})
	require.NoError(t, err)
	require.Equal(t, "https://open.weixin.qq.com/connect/oauth2/authorize?appid="+tenant+"&redirect_uri=https%3A%2F%2Fwww.example.com%2F"+
		"&response_type=code&scope=snsapi_base&state=S&component_appid="+apitest.AppID+"&connect_redirect=1#wechat_redirect", page)
	_, err = service(apitest.New(t).Client()).QRLoginURL(oauth.AuthRequest{RedirectURL: "https://www.example.com/"})
	require.ErrorIs(t, err, errcode.ErrLimit)

	const credential = "&component_appid=" + apitest.AppID + "&component_access_token=" + apitest.Token
	full := granted{
		oauth.Grant{OpenID: "oLiLei", UnionID: "uLiLei", Scopes: []oauth.Scope{oauth.Base, oauth.UserInfo}, Snapshot: true},
		"USER_TOKEN", "REFRESH_TOKEN", 2 * time.Hour,
	}
	apitest.Run(t, []apitest.Case{
		{
			Do:     func(c ctx, oa client) (any, error) { return open(service(oa).Exchange(c, "CODE")) },
			Method: "GET", Path: "/sns/oauth2/component/access_token", Once: true, Tokens: true,
			Query:  "appid=" + tenant + "&code=CODE&grant_type=authorization_code" + credential,
			Answer: grantAnswer, Want: full,
		},
		{
			Do:     func(c ctx, oa client) (any, error) { return open(service(oa).Refresh(c, "REFRESH_TOKEN")) },
			Method: "GET", Path: "/sns/oauth2/component/refresh_token", Tokens: true,
			Query:  "appid=" + tenant + "&grant_type=refresh_token&refresh_token=REFRESH_TOKEN" + credential,
			Answer: grantAnswer, Want: full,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				u, err := service(oa).GetUser(c, "USER_TOKEN", "oLiLei", "")
				return u.Nickname, err
			},
			Method: "GET", Path: "/sns/userinfo", Tokens: true, Query: "access_token=USER_TOKEN&openid=oLiLei",
			Answer: `{"openid":"oLiLei","nickname":"李雷"}`, Want: "李雷",
		},
	})
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"component/access_token: code is empty":          func(c ctx, oa client) (any, error) { return service(oa).Exchange(c, "") },
		"component/refresh_token: refreshToken is empty": func(c ctx, oa client) (any, error) { return service(oa).Refresh(c, "") },
	})
}

// A code is used up by being answered, so a failed connection does not send it again.
func TestExchangeOnce(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode":-1,"errmsg":"system error"}`))
	_, err := oauth.New(p.Client()).Exchange(t.Context(), "CODE")
	require.ErrorIs(t, err, errcode.SystemBusy)
	require.Len(t, p.Calls(), 1)
}

func TestExchangeWithoutSecret(t *testing.T) {
	oa, err := officialaccount.New(officialaccount.Config{AppID: apitest.AppID, TokenSource: token.None()})
	require.NoError(t, err)
	_, err = oauth.New(oa).Exchange(t.Context(), "CODE")
	require.ErrorIs(t, err, officialaccount.ErrNoSecret)
}

func TestHollowGrant(t *testing.T) {
	for _, answer := range []string{`{}`, `{"openid":"oA"}`, `{"access_token":"A"}`} {
		_, err := oauth.New(apitest.New(t, apitest.JSON(answer)).Client()).Exchange(t.Context(), "CODE")
		require.ErrorContains(t, err, "has no openid or no access_token")
	}
}

// Output, logs and errors contain neither codes nor tokens.
func TestNothingLeaks(t *testing.T) {
	g, err := oauth.New(apitest.New(t, apitest.JSON(grantAnswer)).Client()).Exchange(t.Context(), "CODE")
	require.NoError(t, err)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, g)
		fmt.Fprintf(&out, verb, *g)
		fmt.Fprintf(&out, verb, struct{ g oauth.Grant }{*g})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "grant", g)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "grant", g)
	text, err := json.Marshal(g)
	require.NoError(t, err)
	out.Write(text)
	for _, secret := range []string{"USER_TOKEN", "REFRESH_TOKEN", fmt.Sprintf("%x", "USER_TOKEN")} {
		require.NotContains(t, out.String(), secret)
	}
	require.Contains(t, out.String(), "oLiLei")

	var zero oauth.Grant
	require.Empty(t, zero.AccessToken()+zero.RefreshToken())

	broken := oauth.New(apitest.New(t, apitest.JSON(`{"errcode":40029,"errmsg":"invalid code CODE_1 of USER_TOKEN"}`)).Client())
	_, err = broken.Exchange(t.Context(), "CODE_1")
	require.NotContains(t, err.Error(), "CODE_1")
	require.NotContains(t, err.Error(), apitest.Secret)
	_, err = broken.Refresh(t.Context(), "CODE_1")
	require.NotContains(t, err.Error(), "CODE_1")
	_, err = broken.GetUser(t.Context(), "USER_TOKEN", "oA", "")
	require.NotContains(t, err.Error(), "USER_TOKEN")
}

func TestAvatarOf(t *testing.T) {
	for _, c := range []struct {
		address string
		edge    int
		want    string
	}{
		{"https://thirdwx.qlogo.cn/mmopen/x/132", 46, "https://thirdwx.qlogo.cn/mmopen/x/46"},
		{"https://thirdwx.qlogo.cn/mmopen/x/0", 640, "https://thirdwx.qlogo.cn/mmopen/x/0"},
		{"https://thirdwx.qlogo.cn/mmopen/x/46", 640, "https://thirdwx.qlogo.cn/mmopen/x/0"},
		{"https://example.com/avatar.jpg", 46, "https://example.com/avatar.jpg"},
		{"", 46, ""},
	} {
		require.Equal(t, c.want, oauth.User{AvatarURL: c.address}.AvatarOf(c.edge))
	}
}

func TestAddresses(t *testing.T) {
	s := oauth.New(apitest.New(t).Client())
	const back = "redirect_uri=https%3A%2F%2Fwww.example.com%2Flogin%3Fa%3D1%26b%3D%E4%BD%A0"
	a := oauth.AuthRequest{RedirectURL: "https://www.example.com/login?a=1&b=你", State: "STATE7"}
	for name, c := range map[string]struct {
		change func(*oauth.AuthRequest)
		want   string
	}{
		"base": {func(*oauth.AuthRequest) {},
			"https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + apitest.AppID + "&" + back + "&response_type=code&scope=snsapi_base&state=STATE7&connect_redirect=1#wechat_redirect"},
		"userinfo": {func(a *oauth.AuthRequest) { a.Scope, a.ForcePopup, a.ForceSnapshot = oauth.UserInfo, true, true },
			"https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + apitest.AppID + "&" + back + "&response_type=code&scope=snsapi_userinfo&state=STATE7&forcePopup=true&forceSnapShot=true&connect_redirect=1#wechat_redirect"},
		"state of other characters": {func(a *oauth.AuthRequest) { a.State = "a-b_c=d&e你" },
			"https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + apitest.AppID + "&" + back + "&response_type=code&scope=snsapi_base&state=a-b_c%3Dd%26e%E4%BD%A0&connect_redirect=1#wechat_redirect"},
		"raw percent sign": {func(a *oauth.AuthRequest) { a.RedirectURL = "https://www.example.com/save/50%?at=100%" },
			"https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + apitest.AppID + "&redirect_uri=https%3A%2F%2Fwww.example.com%2Fsave%2F50%25%3Fat%3D100%25&response_type=code&scope=snsapi_base&state=STATE7&connect_redirect=1#wechat_redirect"},
		"QR code": {func(a *oauth.AuthRequest) { a.Scope = oauth.QRLogin },
			"https://open.weixin.qq.com/connect/qrconnect?appid=" + apitest.AppID + "&" + back + "&response_type=code&scope=snsapi_login&state=STATE7#wechat_redirect"},
		"elsewhere": {func(a *oauth.AuthRequest) { a.PagesURL, a.State = "http://127.0.0.1:8000/", "" },
			"http://127.0.0.1:8000/connect/oauth2/authorize?appid=" + apitest.AppID + "&" + back + "&response_type=code&scope=snsapi_base&state=&connect_redirect=1#wechat_redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			b := a
			c.change(&b)
			got, err := s.AuthorizeURL(b)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	a.Scope = oauth.UserInfo
	got, err := s.QRLoginURL(a)
	require.NoError(t, err)
	require.Contains(t, got, "/connect/qrconnect?")
	require.Contains(t, got, "scope=snsapi_login&")
}

func TestBadInput(t *testing.T) {
	page := func(change func(*oauth.AuthRequest)) func(ctx, client) (any, error) {
		return func(_ ctx, oa client) (any, error) {
			a := oauth.AuthRequest{RedirectURL: "https://example.com/", State: "s"}
			change(&a)
			return oauth.New(oa).AuthorizeURL(a)
		}
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"authorize: RedirectURL (redirect_uri) is not an http": page(func(a *oauth.AuthRequest) { a.RedirectURL = "/login" }),
		"RedirectURL (redirect_uri) is not an http or https":   page(func(a *oauth.AuthRequest) { a.RedirectURL = "javascript:alert(1)" }),
		"State has 129 bytes, at most 128":                     page(func(a *oauth.AuthRequest) { a.State = strings.Repeat("a", 129) }),
		"Scope is not one of":                                  page(func(a *oauth.AuthRequest) { a.Scope = "snsapi_all" }),
		"access_token: code is empty":                          func(c ctx, oa client) (any, error) { return oauth.New(oa).Exchange(c, "") },
		"refreshToken is empty":                                func(c ctx, oa client) (any, error) { return oauth.New(oa).Refresh(c, "") },
		"userinfo: accessToken is empty":                       func(c ctx, oa client) (any, error) { return oauth.New(oa).GetUser(c, "", "oA", "") },
		"userinfo: openID is empty":                            func(c ctx, oa client) (any, error) { return oauth.New(oa).GetUser(c, "T", "", "") },
		"auth: accessToken is empty":                           func(c ctx, oa client) (any, error) { return nil, oauth.New(oa).Check(c, "", "oA") },
		"auth: openID is empty":                                func(c ctx, oa client) (any, error) { return nil, oauth.New(oa).Check(c, "T", "") },
	})
}
