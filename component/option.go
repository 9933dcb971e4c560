package component

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// OptionName names a setting of an account that a third-party platform may read and
// change (选项名).
type OptionName string

// The settings.
const (
	LocationReport  OptionName = "location_report"  // 地理位置上报选项: see LocationReportOff
	VoiceRecognize  OptionName = "voice_recognize"  // 语音识别开关选项: OptionOff, OptionOn
	CustomerService OptionName = "customer_service" // 多客服开关选项: OptionOff, OptionOn
)

// OptionValue is the value of a setting.
type OptionValue string

// The values of settings.
const (
	OptionOff OptionValue = "0"
	OptionOn  OptionValue = "1"

	LocationReportOff     OptionValue = "0" // 无上报
	LocationReportOnEnter OptionValue = "1" // 进入会话时上报
	LocationReportEvery5s OptionValue = "2" // 每 5 s 上报
)

// GetOption reads a setting of an account (获取授权方选项信息), with the third-party platform's
// token. [Service.GetOption] uses the account's.
//
// Errors: errcode.APINotAuthorizedToComponent, errcode.InvalidOptionName.
//
// POST /cgi-bin/component/api_get_authorizer_option (获取授权方选项信息)
func (p *Platform) GetOption(ctx context.Context, appID string, name OptionName) (OptionValue, error) {
	const path = "/cgi-bin/component/api_get_authorizer_option"
	if err := checkOption(path, appID, name); err != nil {
		return "", err
	}
	var out struct {
		AppID string      `json:"authorizer_appid"`
		Name  string      `json:"option_name"`
		Value OptionValue `json:"option_value"`
	}
	err := p.oa.Post(ctx, path, optionBody{authorizerBody{p.oa.AppID(), appID}, name, nil}, &out, officialaccount.WithComponentToken(), officialaccount.WithRetry())
	return out.Value, err
}

// SetOption changes a setting of an account (设置授权方选项信息), with the third-party
// platform's token. [Service.SetOption] uses the account's.
//
// Errors: errcode.APINotAuthorizedToComponent, errcode.InvalidOptionName,
// errcode.InvalidOptionValue, errcode.OptionReadOnly.
//
// POST /cgi-bin/component/api_set_authorizer_option (设置授权方选项信息)
func (p *Platform) SetOption(ctx context.Context, appID string, name OptionName, value OptionValue) error {
	const path = "/cgi-bin/component/api_set_authorizer_option"
	if err := checkOption(path, appID, name); err != nil {
		return err
	}
	if err := limit.Required(path, "value (option_value)", string(value)); err != nil {
		return err
	}
	return p.oa.Post(ctx, path, optionBody{authorizerBody{p.oa.AppID(), appID}, name, &value}, nil, officialaccount.WithComponentToken(), officialaccount.WithRetry())
}

type optionBody struct {
	authorizerBody
	Name  OptionName   `json:"option_name"`
	Value *OptionValue `json:"option_value,omitempty"`
}

func checkOption(path, appID string, name OptionName) error {
	return limit.Required(path, "appID (authorizer_appid)", appID, "name (option_name)", string(name))
}

// ClearQuota resets the counters of an account's calls, or of the third-party
// platform's own, with the platform's secret (使用 AppSecret 重置第三方平台 API 调用次数).
//
// Errors: errcode.InvalidAppID, errcode.ClearQuotaLimit if no reset is left this month.
//
// POST /cgi-bin/component/clear_quota/v2 (使用AppSecret重置第三方平台API调用次数)
func (p *Platform) ClearQuota(ctx context.Context, appID string) error {
	const path = "/cgi-bin/component/clear_quota/v2"
	if err := limit.Required(path, "appID", appID); err != nil {
		return err
	}
	return p.oa.Post(ctx, path, struct {
		AppID          string `json:"appid"`
		ComponentAppID string `json:"component_appid"`
		Secret         string `json:"appsecret"`
	}{appID, p.oa.AppID(), p.secret()}, nil, officialaccount.WithoutToken())
}
