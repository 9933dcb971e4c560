package component_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const (
	componentAppID = "wxcccccccccccccccc"
	secret         = "a-component-secret"
	ticket         = "ticket@@@one"
	tokenAnswer    = `{"component_access_token":"component-token","expires_in":7200}`
)

// recorded is a third-party platform that has a ticket and whose calls are recorded.
func recorded(t *testing.T, answers ...apitest.Answer) (*component.Platform, *apitest.Platform) {
	t.Helper()
	api := apitest.New(t, append([]apitest.Answer{apitest.JSON(tokenAnswer)}, answers...)...)
	return withTicket(t, api), api
}

func withTicket(t *testing.T, api http.RoundTripper) *component.Platform {
	t.Helper()
	w := wechattest.New(t, wechattest.Config{Mode: wechattest.Component, ComponentAppID: componentAppID})
	cfg := w.Config()
	p, err := component.New(component.Config{
		AppID: componentAppID, Secret: secret, Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey, InsecureMemory: true,
		HTTPClient: &http.Client{Transport: api, Timeout: 10 * time.Second},
	})
	require.NoError(t, err)
	require.NoError(t, w.Bot(p.Notices()).Notify(wechattest.ComponentVerifyTicket(ticket)))
	return p
}

// entry is a call of a third-party platform: what it sends and what it returns.
type entry struct {
	path, query, body string
	method            string // POST when empty
	answer            string // apitest.OK when empty
	noToken           bool
	do                func(ctx context.Context, p *component.Platform) (any, error)
	want              any
	fails             error
}

func (c entry) run(t *testing.T) {
	answer := c.answer
	if answer == "" {
		answer = apitest.OK
	}
	p, api := recorded(t, apitest.JSON(answer))
	if c.noToken {
		api = apitest.New(t, apitest.JSON(answer))
		p = withTicket(t, api)
	}
	got, err := c.do(t.Context(), p)
	if c.fails != nil {
		require.ErrorIs(t, err, c.fails)
	} else {
		require.NoError(t, err)
		require.Equal(t, asText(t, c.want), asText(t, got))
		require.Equal(t, c.want != nil, got != nil)
		apitest.Disturb(t, answer, func(answer string) (any, error) {
			answers := []apitest.Answer{apitest.JSON(tokenAnswer), apitest.JSON(answer)}
			if c.noToken {
				answers = answers[1:]
			}
			got, err := c.do(t.Context(), withTicket(t, apitest.New(t, answers...)))
			if err != nil {
				return nil, err
			}
			if a, ok := got.(*component.Authorizer); ok { // kept as the platform writes them
				a.Info.Channels, a.Info.Store.Raw, a.Info.Talent.Raw, a.Info.Supplier.Raw = nil, nil, nil, nil
			}
			return strings.ReplaceAll(asText(t, got), "null", "[]"), nil
		})
	}
	calls := api.Calls()
	last := calls[len(calls)-1]
	query, err := url.ParseQuery(c.query)
	require.NoError(t, err)
	if !c.noToken {
		require.Len(t, calls, 2)
		require.Equal(t, "/cgi-bin/component/api_component_token", calls[0].Path)
		require.JSONEq(t, `{"component_appid":"wxcccccccccccccccc","component_appsecret":"a-component-secret","component_verify_ticket":"ticket@@@one"}`, calls[0].Body)
		require.Empty(t, calls[0].Query)
		query.Set("component_access_token", "component-token")
	}
	method := c.method
	if method == "" {
		method = "POST"
	}
	require.Equal(t, method+" "+c.path, last.Method+" "+last.Path)
	require.Equal(t, query, last.Query)
	if method == "POST" {
		require.JSONEq(t, c.body, last.Body)
	}
}

// asText is a value with its tokens laid open, for a comparison.
func asText(t *testing.T, v any) string {
	t.Helper()
	tokens := func(list ...token.Token) (text string) {
		for _, tok := range list {
			text += fmt.Sprintf(" %q", tok.Value())
		}
		return text
	}
	var more string
	switch v := v.(type) {
	case token.Token:
		more = tokens(v)
	case *component.Authorization:
		more = tokens(v.AccessToken, v.RefreshToken)
	case *component.Authorizer:
		more = tokens(v.Authorization.AccessToken, v.Authorization.RefreshToken)
	case *component.FastRegistration:
		more = tokens(v.AuthCode)
	case *component.AuthorizerPage:
		for _, e := range v.Entries {
			more += tokens(e.RefreshToken)
		}
	}
	js, err := json.Marshal(v)
	require.NoError(t, err)
	return string(js) + more
}

func opaque(value string) token.Token { return token.New(value, time.Time{}) }

const funcInfo = `[{"funcscope_category":{"id":1,"type":2,"name":"消息","desc":"收发"},"confirm_info":{"need_confirm":1,"already_confirm":0,"can_confirm":1}},{"funcscope_category":{"id":15}}]`

func permissions() []component.Permission {
	return []component.Permission{
		{Category: component.PermissionCategory{ID: 1, Type: 2, Name: "消息", Desc: "收发"}, Confirm: &component.Confirmation{Need: true, Can: true}},
		{Category: component.PermissionCategory{ID: 15}},
	}
}

func info() component.AccountInfo {
	list := func(s string) []string { return []string{s} }
	return component.AccountInfo{
		Nickname: "账号", AvatarURL: "https://head", ServiceType: component.TypeInfo[component.ServiceType]{ID: component.ServiceAccount, Name: "服务号"},
		VerifyType: component.TypeInfo[component.VerifyType]{ID: component.Unverified, Name: "未认证"}, UserName: "gh_1", Alias: "alias",
		QRCodeURL: "https://qr", PrincipalName: "公司", Signature: "介绍",
		Business: component.BusinessInfo{Store: true, Scan: true, Pay: true, Card: true, Shake: true},
		IDC:      1, Status: component.StatusFrozen, RegisterType: 6, Basic: component.BasicConfig{Phone: true, Email: true},
		Channels: json.RawMessage(`{"a":1}`), Store: component.LinkedAccount{ID: "7", Raw: json.RawMessage(`{"id":7}`)}, Talent: component.LinkedAccount{ID: "8", Raw: json.RawMessage(`{"id":"8"}`)}, Supplier: component.LinkedAccount{ID: "9", Raw: json.RawMessage(`{"id":9,"d":1}`)},
		MiniProgram: &component.MiniProgramInfo{
			VisitStatus: 1, Categories: []component.Category{{First: "工具", Second: "办公"}},
			Network: component.Network{
				RequestDomain: list("1"), WsRequestDomain: list("2"), UploadDomain: list("3"), DownloadDomain: list("4"), BizDomain: list("5"), UDPDomain: list("6"),
				TCPDomain: list("7"), PrefetchDNSDomain: list("8"), NewRequestDomain: list("9"), NewWsRequestDomain: list("10"), NewUploadDomain: list("11"),
				NewDownloadDomain: list("12"), NewBizDomain: list("13"), NewUDPDomain: list("14"), NewTCPDomain: list("15"), NewPrefetchDNSDomain: list("16"),
			},
		},
	}
}

const infoAnswer = `{"nick_name":"账号","head_img":"https://head","service_type_info":{"id":2,"name":"服务号"},"verify_type_info":{"id":-1,"name":"未认证"},
	"user_name":"gh_1","alias":"alias","qrcode_url":"https://qr","principal_name":"公司","signature":"介绍",
	"business_info":{"open_store":"1","open_scan":1,"open_pay":1,"open_card":1,"open_shake":"1"},"idc":1,"account_status":19,"register_type":6,
	"basic_config":{"is_phone_configured":true,"is_email_configured":true},"channels_info":{"a":1},"store_info":{"id":7},"talent_info":{"id":"8"},"supplier_info":{"id":9,"d":1},
	"MiniProgramInfo":{"visit_status":1,"categories":[{"first":"工具","second":"办公"}],"network":{"RequestDomain":["1"],"WsRequestDomain":["2"],"UploadDomain":["3"],
	"DownloadDomain":["4"],"BizDomain":["5"],"UDPDomain":["6"],"TCPDomain":["7"],"PrefetchDNSDomain":["8"],"NewRequestDomain":["9"],"NewWsRequestDomain":["10"],
	"NewUploadDomain":["11"],"NewDownloadDomain":["12"],"NewBizDomain":["13"],"NewUDPDomain":["14"],"NewTCPDomain":["15"],"NewPrefetchDNSDomain":["16"]}}}`

func TestCalls(t *testing.T) {
	apitest.Filled(t, info())
	at := time.Unix(1700000000, 0)
	authorizer := `"component_appid":"wxcccccccccccccccc","authorizer_appid":"wxa"`
	granted := component.Authorization{AppID: "wxa", Permissions: permissions(), AccessToken: opaque("A"), RefreshToken: opaque("R")}
	for _, c := range []entry{
		{
			path: "/cgi-bin/component/api_start_push_ticket", body: `{"component_appid":"wxcccccccccccccccc","component_secret":"a-component-secret"}`, noToken: true,
			do: func(ctx context.Context, p *component.Platform) (any, error) { return nil, p.StartPushTicket(ctx) },
		},
		{
			path: "/cgi-bin/component/api_create_preauthcode", body: `{"component_appid":"wxcccccccccccccccc"}`,
			answer: `{"pre_auth_code":"preauth","expires_in":600}`,
			do:     func(ctx context.Context, p *component.Platform) (any, error) { return p.CreatePreAuthCode(ctx) },
			want:   opaque("preauth"),
		},
		{
			path: "/cgi-bin/component/api_create_preauthcode", body: `{"component_appid":"wxcccccccccccccccc"}`,
			do:    func(ctx context.Context, p *component.Platform) (any, error) { return p.CreatePreAuthCode(ctx) },
			fails: token.ErrEmpty,
		},
		{
			path: "/cgi-bin/component/api_query_auth", body: `{"component_appid":"wxcccccccccccccccc","authorization_code":"C"}`,
			answer: `{"authorization_info":{"authorizer_appid":"wxa","authorizer_access_token":"A","expires_in":7200,"authorizer_refresh_token":"R","func_info":` + funcInfo + `}}`,
			do:     func(ctx context.Context, p *component.Platform) (any, error) { return p.Exchange(ctx, "C") },
			want:   &granted,
		},
		{
			path: "/cgi-bin/component/api_query_auth", body: `{"component_appid":"wxcccccccccccccccc","authorization_code":"C"}`,
			answer: `{"errcode":61010,"errmsg":"code is expired"}`,
			do:     func(ctx context.Context, p *component.Platform) (any, error) { return p.Exchange(ctx, "C") },
			fails:  errcode.AuthCodeExpired,
		},
		{
			path: "/cgi-bin/component/api_get_authorizer_info", body: "{" + authorizer + "}",
			answer: `{"authorizer_info":` + infoAnswer + `,"authorization_info":{"authorizer_appid":"wxa","authorizer_access_token":"A","expires_in":7200,"authorizer_refresh_token":"R","func_info":` + funcInfo + `}}`,
			do:     func(ctx context.Context, p *component.Platform) (any, error) { return p.GetAuthorizer(ctx, "wxa") },
			want:   &component.Authorizer{Info: info(), Authorization: granted},
		},
		{
			path: "/cgi-bin/component/api_get_authorizer_list", body: `{"component_appid":"wxcccccccccccccccc","offset":3,"count":500}`,
			answer: `{"total_count":33,"list":[{"authorizer_appid":"wxa","refresh_token":"R","auth_time":1700000000}]}`,
			do:     func(ctx context.Context, p *component.Platform) (any, error) { return p.ListAuthorizers(ctx, 3, 500) },
			want:   &component.AuthorizerPage{Total: 33, Entries: []component.AuthorizerEntry{{AppID: "wxa", RefreshToken: opaque("R"), Authorized: at}}},
		},
		{
			path: "/cgi-bin/component/api_get_authorizer_option", body: "{" + authorizer + `,"option_name":"voice_recognize"}`,
			answer: `{"authorizer_appid":"wxa","option_name":"voice_recognize","option_value":1}`,
			do: func(ctx context.Context, p *component.Platform) (any, error) {
				return p.GetOption(ctx, "wxa", component.VoiceRecognize)
			},
			want: "1",
		},
		{
			path: "/cgi-bin/component/api_set_authorizer_option", body: "{" + authorizer + `,"option_name":"location_report","option_value":"2"}`,
			do: func(ctx context.Context, p *component.Platform) (any, error) {
				return nil, p.SetOption(ctx, "wxa", component.LocationReport, component.LocationReportEvery5s)
			},
		},
		{
			path: "/cgi-bin/component/clear_quota/v2", body: `{"appid":"wxa","component_appid":"wxcccccccccccccccc","appsecret":"a-component-secret"}`, noToken: true,
			do: func(ctx context.Context, p *component.Platform) (any, error) { return nil, p.ClearQuota(ctx, "wxa") },
		},
	} {
		t.Run(c.path, c.run)
	}
}

// The refresh of an account's token, for which there is no method.
func TestRefreshCall(t *testing.T) {
	p, api := recorded(t,
		apitest.JSON(`{"authorizer_access_token":"A","expires_in":7200,"authorizer_refresh_token":"R2"}`),
		apitest.JSON(`{"ip_list":["192.0.2.1"]}`))
	require.NoError(t, p.Add(t.Context(), appA, "R1"))
	require.NoError(t, use(t.Context(), p, appA))
	calls := api.Calls()
	require.Len(t, calls, 3)
	require.Equal(t, "/cgi-bin/component/api_authorizer_token", calls[1].Path)
	require.Equal(t, "component-token", calls[1].Query.Get("component_access_token"))
	require.JSONEq(t, `{"component_appid":"wxcccccccccccccccc","authorizer_appid":"`+appA+`","authorizer_refresh_token":"R1"}`, calls[1].Body)
	require.Equal(t, "A", calls[2].Query.Get("access_token"))

	tok, err := p.Source(appA).Token(t.Context())
	require.NoError(t, err)
	require.Equal(t, "A", tok.Value())
}

func TestAccountCalls(t *testing.T) {
	account := func(oa *officialaccount.Client) *component.Service { return component.NewService(oa) }
	own := `{"appid":"` + apitest.AppID + `"}`
	bound := `{"appid":"` + apitest.AppID + `","open_appid":"wxopen"}`
	apitest.Run(t, []apitest.Case{
		{
			Do: func(c context.Context, oa *officialaccount.Client) (any, error) {
				return account(oa).GetOption(c, component.CustomerService)
			},
			Path: "/cgi-bin/component/get_authorizer_option", Retried: true,
			Body:   `{"option_name":"customer_service"}`,
			Answer: `{"option_name":"customer_service","option_value":"1"}`,
			Want:   component.OptionOn,
		},
		{
			Do: func(c context.Context, oa *officialaccount.Client) (any, error) {
				return nil, account(oa).SetOption(c, component.CustomerService, component.OptionOff)
			},
			Path: "/cgi-bin/component/set_authorizer_option", Retried: true,
			Body: `{"option_name":"customer_service","option_value":"0"}`,
		},
		{
			Do: func(c context.Context, oa *officialaccount.Client) (any, error) {
				r, err := account(oa).FastRegister(c, "T")
				if err != nil {
					return nil, err
				}
				return []any{r.AppID, r.AuthCode.Value(), r.Verified, r.Linked}, err
			},
			Path:   "/cgi-bin/account/fastregister",
			Body:   `{"ticket":"T"}`,
			Answer: `{"errcode":0,"errmsg":"ok","appid":"wxmini","authorization_code":"C","is_wx_verify_succ":"true","is_link_succ":true}`,
			Want:   []any{"wxmini", "C", true, true},
		},
		{
			Do: func(c context.Context, oa *officialaccount.Client) (any, error) {
				return account(oa).CreateOpenAccount(c)
			},
			Path: "/cgi-bin/open/create", Body: own,
			Answer: `{"errcode":0,"errmsg":"ok","open_appid":"wxopen"}`, Want: "wxopen",
		},
		{
			Do:   func(c context.Context, oa *officialaccount.Client) (any, error) { return account(oa).GetOpenAccount(c) },
			Path: "/cgi-bin/open/get", Retried: true, Body: own,
			Answer: `{"errcode":0,"errmsg":"ok","open_appid":"wxopen"}`, Want: "wxopen",
		},
		{
			Name: "none is bound",
			Do:   func(c context.Context, oa *officialaccount.Client) (any, error) { return account(oa).GetOpenAccount(c) },
			Path: "/cgi-bin/open/get", Retried: true, Body: own,
			Answer: `{"errcode":89002,"errmsg":"open not exists"}`, Fails: errcode.OpenAccountNotExists,
		},
		{
			Do: func(c context.Context, oa *officialaccount.Client) (any, error) {
				return nil, account(oa).BindOpenAccount(c, "wxopen")
			},
			Path: "/cgi-bin/open/bind", Body: bound,
		},
		{
			Do: func(c context.Context, oa *officialaccount.Client) (any, error) {
				return nil, account(oa).UnbindOpenAccount(c, "wxopen")
			},
			Path: "/cgi-bin/open/unbind", Body: bound,
		},
		{
			Do:   func(c context.Context, oa *officialaccount.Client) (any, error) { return account(oa).HasOpenAccount(c) },
			Path: "/cgi-bin/open/have", Retried: true, Answer: `{"errcode":0,"errmsg":"ok","have_open":true}`, Want: true,
		},
		{
			Do:     func(c context.Context, oa *officialaccount.Client) (any, error) { return account(oa).IsSameEntity(c) },
			Method: "GET", Path: "/cgi-bin/open/sameentity",
			Answer: `{"errcode":0,"errmsg":"ok","same_entity":true}`, Want: true,
		},
	})
}

func TestFastRegisterURL(t *testing.T) {
	oa := apitest.New(t).Client()
	require.Equal(t, "https://mp.weixin.qq.com/cgi-bin/fastregisterauth?appid="+apitest.AppID+
		"&component_appid=wxc&copy_wx_verify=1&redirect_uri=https%3A%2F%2Fexample.com%2Fback",
		component.NewService(oa).FastRegisterURL("wxc", true, "https://example.com/back"))
}

func TestRefusedBeforeTheWire(t *testing.T) {
	api := apitest.New(t)
	p := withTicket(t, api)
	ctx := t.Context()
	oa := component.NewService(p.Client(appA))
	second := func(_ any, err error) error { return err }
	for want, err := range map[string]error{
		"code (authorization_code) is empty":       second(p.Exchange(ctx, "")),
		"appID (authorizer_appid) is empty":        second(p.GetAuthorizer(ctx, "")),
		"count":                                    second(p.ListAuthorizers(ctx, 0, 501)),
		"offset is negative":                       second(p.ListAuthorizers(ctx, -1, 1)),
		"name (option_name) is empty":              second(p.GetOption(ctx, "wxa", "")),
		"api_set_authorizer_option":                p.SetOption(ctx, "", component.LocationReport, "1"),
		"value (option_value) is empty":            p.SetOption(ctx, "wxa", component.LocationReport, ""),
		"appID is empty":                           p.ClearQuota(ctx, ""),
		"/cgi-bin/component/get_authorizer_option": second(oa.GetOption(ctx, "")),
		"set_authorizer_option":                    oa.SetOption(ctx, component.LocationReport, ""),
		"ticket is empty":                          second(oa.FastRegister(ctx, "")),
		"bind":                                     oa.BindOpenAccount(ctx, ""),
		"/cgi-bin/open/unbind":                     oa.UnbindOpenAccount(ctx, ""),
		"RedirectURL (redirect_uri) is not":        second(p.AuthorizeURL(ctx, component.AuthRequest{RedirectURL: "x"})),
		"together with AppID (biz_appid)":          second(p.AuthorizeURL(ctx, component.AuthRequest{RedirectURL: back, AppID: "wxa", Type: 1})),
		"must be 1 to 6":                           second(p.AuthorizeURL(ctx, component.AuthRequest{RedirectURL: back, Type: 7})),
	} {
		require.ErrorIs(t, err, errcode.ErrLimit, want)
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, api.Calls())
}
