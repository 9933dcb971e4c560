package errcode

import "slices"

// Category is a group of codes. It is an error that [errors.Is] matches with every
// [*Error] and [Code] of the group.
type Category string

// The categories of the table. Every code is in exactly one of them.
const (
	ErrBusy            Category = "system-busy" // the platform is overloaded or has an internal error
	ErrAuth            Category = "auth"        // tokens and secrets (access_token, AppSecret)
	ErrPermission      Category = "permission"  // the account or the IP address has no permission
	ErrParam           Category = "param"       // a parameter is absent or wrong
	ErrQuota           Category = "quota"       // a call or resource quota is used up (调用次数上限)
	ErrSecurity        Category = "security"    // signatures, content checks, administrator's confirmation
	ErrOAuth           Category = "oauth"       // web authorization (网页授权)
	ErrComponent       Category = "component"   // third-party platform (第三方平台)
	ErrMedia           Category = "media"       // media and material (素材)
	ErrUser            Category = "user"        // followers, tags, OpenIDs (用户)
	ErrTemplate        Category = "template"    // template and subscribe messages (模板消息, 订阅通知)
	ErrMenu            Category = "menu"        // custom menus (自定义菜单)
	ErrMass            Category = "mass"        // mass sends (群发)
	ErrCustomerService Category = "kf"          // customer-service messages and accounts (客服)
	ErrCard            Category = "card"        // cards and coupons (卡券)
	ErrInvoice         Category = "invoice"     // electronic invoices (电子发票)
	ErrStore           Category = "store"       // stores (门店)
	ErrComment         Category = "comment"     // comments under articles (留言)
	ErrPublish         Category = "publish"     // drafts and publishing (草稿箱, 发布)
	ErrAccount         Category = "account"     // account settings and registration
	ErrGuide           Category = "guide"       // shopping guides (导购)
	ErrOCR             Category = "ocr"         // text recognition
	ErrDevice          Category = "device"      // retired device, shake-around and Wi-Fi features
)

// Groups of codes from several categories.
const (
	// ErrTokenInvalid means that the platform rejected the token of a call:
	// [InvalidCredential], [InvalidAccessToken] and [AccessTokenExpired]. On the two
	// token endpoints 40001 means a wrong AppSecret, so an [*Error] of those is not in
	// this group.
	ErrTokenInvalid Category = "token-invalid"

	// ErrIPRefused means that the address of the caller is not on the account's IP
	// allow-list (IP白名单): [IPNotInWhitelist], [ClientIPNotWhitelisted] and
	// [ClientIPNotRegistered]. Every call can return these codes. [Error.IP] returns
	// the address.
	ErrIPRefused Category = "ip-refused"
)

// Has reports whether c belongs to the group.
func (g Category) Has(c Code) bool {
	switch g {
	case "":
		return false
	case ErrTokenInvalid:
		return c == InvalidCredential || c == InvalidAccessToken || c == AccessTokenExpired
	case ErrIPRefused:
		return c == IPNotInWhitelist || c == ClientIPNotWhitelisted || c == ClientIPNotRegistered
	}
	return lookup(c).category == g
}

// Codes returns the codes of the group in ascending order.
func (g Category) Codes() []Code {
	var codes []Code
	for _, e := range table {
		if g.Has(e.code) {
			codes = append(codes, e.code)
		}
	}
	return slices.Clip(codes)
}

// Error returns the name of the group.
func (g Category) Error() string { return "wechat: " + string(g) }
