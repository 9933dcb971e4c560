package errcode

// advice is what to do about a code.
type advice struct{ english, chinese string }

// remedy holds the advice on the codes that people meet most.
func remedy(c Code) advice {
	switch c {
	// The platform, and how often it may be called.
	case SystemBusy:
		return advice{"wait a moment and try again", "系统繁忙，请稍候再试"}
	case DailyQuotaReached:
		return advice{"wait until tomorrow (Beijing time), or clear the quota, which an account may do 10 times a month", "当日调用次数已用完：次日（北京时间）恢复，或调用清空额度接口（每月共 10 次）"}
	case MinuteQuotaReached:
		return advice{"slow down and try again in the next minute", "调用过于频繁：请降低频率，下一分钟再试"}
	case MonthlyQuotaReached:
		return advice{"wait for the next month", "本月额度已用完：请等待下个月"}
	case ClearQuotaLimit:
		return advice{"the 10 resets of this month are used up: wait for the daily reset", "本月清空额度的机会（10 次）已用完：请等待次日自动恢复"}
	case QRCodeCountExceeded:
		return advice{"use temporary QR codes, which are not counted", "永久二维码数量已达上限：请改用临时二维码"}

	// Tokens and secrets.
	case InvalidCredential:
		return advice{"the token is wrong or was replaced: let every process share one token source, and look for another program that fetches tokens for this account", "access_token 无效或已被替换：请让所有进程共用同一个 token 来源，并检查是否有其他程序也在为该账号获取 token"}
	case InvalidAccessToken:
		return advice{"check that the token belongs to this account and was not cut short where it is kept (it needs room for 512 bytes)", "access_token 不合法：请确认它属于当前账号，且保存时没有被截断（至少预留 512 字节）"}
	case AccessTokenExpired:
		return advice{"fetch a new token; check the clock of the machine that keeps it", "access_token 已过期：请重新获取，并检查保存 token 的机器时钟"}
	case MissingAccessToken:
		return advice{"the call was made without access_token: check the token source and the call's credential option", "缺少 access_token：请检查 token 来源以及调用所用的凭据选项"}
	case InvalidToken:
		return advice{"fetch a new token", "token 无效：请重新获取"}
	case InvalidAppID:
		return advice{"compare the AppID with the one on the developer platform, also for upper case and blanks", "AppID 不合法：请与开发者平台核对，注意大小写和多余的空格"}
	case InvalidAppSecret:
		return advice{"copy the AppSecret again from where it was kept, or reset it on the developer platform; fetching again cannot help", "AppSecret 不正确：请重新复制，或到开发者平台重置；重复获取 token 无济于事"}
	case AppSecretFrozen:
		return advice{"thaw the AppSecret on the developer platform; that takes effect after 10 minutes", "AppSecret 已被冻结：请到开发者平台解冻，10 分钟后生效"}
	case MissingAppID:
		return advice{"set the AppID in the configuration", "缺少 AppID：请在配置中填写"}
	case MissingAppSecret:
		return advice{"set the AppSecret in the configuration", "缺少 AppSecret：请在配置中填写"}
	case InvalidGrantType:
		return advice{"grant_type must be client_credential", "grant_type 应为 client_credential"}
	case AppIDMismatch:
		return advice{"use the AppID of the account to which the token belongs", "appid 与 access_token 所属账号不一致：请使用该 token 对应账号的 AppID"}

	// Addresses and permissions.
	case IPNotInWhitelist, ClientIPNotWhitelisted, ClientIPNotRegistered:
		return advice{"add the caller's address to the IP allow-list (IP白名单) under Basic configuration on the developer platform", "请在开发者平台的“基本配置”中把调用方的出口 IP 加入 IP 白名单"}
	case IPNeedsAdminConfirm:
		return advice{"ask the account's administrator to confirm the message WeChat sent, or put the address on the IP allow-list; do not repeat the call before", "此次调用需要管理员确认：请管理员在微信中确认，或把该 IP 加入白名单；确认前不要重复调用"}
	case ConfirmPending, WaitAdminConfirm, AdminConfirmRunning, AdminConfirmRetryLater:
		return advice{"wait until the account's administrator has confirmed the request in WeChat", "正在等待管理员确认：请管理员在微信中处理后再试"}
	case IPRejectedForDay:
		return advice{"the administrator refused this address: wait 24 hours, or put it on the IP allow-list", "管理员已拒绝该 IP：24 小时后再试，或把它加入 IP 白名单"}
	case IPRejectedForHour:
		return advice{"the administrator refused this address: wait an hour, or put it on the IP allow-list", "管理员已拒绝该 IP：1 小时后再试，或把它加入 IP 白名单"}
	case APIUnauthorized:
		return advice{"see on the platform under Interface permissions (接口权限) whether this kind of account, verified or not, has the API; a third-party platform also needs the permission set granted by the account", "该账号没有此接口的权限：请在公众平台“接口权限”页查看账号类型与认证状态；第三方平台还需账号授权对应的权限集"}
	case APIForbidden:
		return advice{"the API is blocked for a breach of the rules: see the notices on the platform", "接口因违规被封禁：请登录公众平台查看通知"}
	case UserLimited:
		return advice{"the account or the user is restricted: see the notices on the platform", "账号或用户受限：请登录公众平台查看通知"}
	case RetiredAccessPointIP:
		return advice{"resolve api.weixin.qq.com anew; do not pin addresses in a hosts file", "该服务器 IP 已下线：请通过域名重新解析，不要固定 IP 或修改 hosts"}

	// Requests.
	case InvalidCharset:
		return advice{"send the characters themselves instead of \\uXXXX escapes", "请直接发送 UTF-8 字符，不要使用 \\uXXXX 转义"}
	case UnicodeEscapeForbidden:
		return advice{"send the characters themselves instead of \\uXXXX escapes", "请直接发送 UTF-8 字符，不要使用 \\uXXXX 转义"}
	case InvalidDataFormat:
		return advice{"the body does not parse: compare its fields and their kinds with the endpoint's page", "请求体解析失败：请对照接口文档检查字段及其类型"}
	case EmptyPostData:
		return advice{"send a body; {} where the endpoint needs nothing", "POST 数据为空：无参数时也要发送 {}"}
	case RequireGet:
		return advice{"call this endpoint with GET", "该接口需使用 GET 请求"}
	case RequirePost:
		return advice{"call this endpoint with POST", "该接口需使用 POST 请求"}
	case RequireHTTPS:
		return advice{"call https://, not http://", "请使用 HTTPS 请求"}
	case InvalidURL:
		return advice{"check the path of the endpoint", "请检查接口地址是否正确"}
	case InvalidArgs, InvalidArgsSize:
		return advice{"compare the parameters with the endpoint's page; errmsg may name one", "参数有误：请对照接口文档检查，errmsg 中可能指明了参数"}

	// Users and messages to them.
	case InvalidOpenID:
		return advice{"the OpenID must be a follower's and of this very account: every account has its own OpenIDs", "OpenID 不合法：它必须属于当前账号的关注者，不同公众号的 OpenID 不通用"}
	case RequireSubscribe:
		return advice{"the user has to follow the account first", "用户尚未关注：需要用户先关注公众号"}
	case UserUnsubscribed:
		return advice{"the user no longer follows the account: do not send again", "用户已取消关注：请勿继续发送"}
	case ReplyWindowClosed:
		return advice{"the user must write, click or scan first: customer-service messages reach a user for 48 hours after that", "超出客服消息的 48 小时时限：需等待用户再次与公众号互动，或改用模板消息、订阅通知"}
	case TooManyReplies:
		return advice{"the messages that the user's last action allowed are used up (5 after a message, 3 after a click, a scan or following): wait for the next one", "客服消息条数已达上限（用户发消息后 5 条；点击菜单、扫码或关注后 3 条）：请等待用户下一次互动"}
	case CustomMessageBlocked:
		return advice{"customer-service messages of this account are blocked: see the notices on the platform", "客服消息功能被封禁：请登录公众平台查看通知"}
	case TypingNeedsRecentMessage:
		return advice{"show the typing state only within 30 seconds after a message", "“正在输入”状态仅可在 30 秒内有消息往来时下发"}
	case UserRefusedMessage:
		return advice{"the user has not agreed to this notice, or took the consent back: ask again on a page of yours", "用户未订阅或已拒收该通知：需在页面中再次征得用户同意"}
	case InvalidTemplateID:
		return advice{"template ids belong to one account: use one that this account has added, and see that it was not deleted", "模板 ID 不正确：模板 ID 只在本账号内有效，请确认已添加且未被删除"}
	case InvalidTemplateArgument:
		return advice{"errmsg names the field: its value breaks the rule of its type (thing: up to 20 characters, for instance) or is empty", "模板参数不符合字段类型的要求（如 thing 不超过 20 个字符）或为空，errmsg 中指明了字段"}
	case ClientMsgIDExists:
		return advice{"a message with this clientmsgid went out already: treat it as sent", "相同 clientmsgid 的消息已发送：按已发送处理"}
	case NoMassSendQuota:
		return advice{"the mass sends of this period are used up: wait for the next day or month", "群发次数已用完：请等待次日或下月"}

	// Media and menus.
	case InvalidMediaID:
		return advice{"media ids belong to one account, and temporary ones end after 3 days: upload the file again", "media_id 无效：它只在本账号内有效，临时素材 3 天后过期，请重新上传"}
	case InvalidMediaType, InvalidFileType, UnsupportedFileType:
		return advice{"send a kind of file that the endpoint takes, with a file name whose extension fits", "文件类型不支持：请使用接口允许的格式，并让文件扩展名与之一致"}
	case InvalidFileSize, MediaTooLarge, FileTooLarge:
		return advice{"make the file smaller; the endpoint's page gives the limit for its kind", "文件过大：请压缩后再上传，上限见接口文档"}
	case MissingMediaData:
		return advice{"the form must hold a file part named media with a file name", "缺少文件数据：表单中须有名为 media 且带文件名的文件字段"}
	case MenuNotFound:
		return advice{"the account has no menu: create one first", "该账号没有自定义菜单：请先创建"}
	case InvalidButtonCount, InvalidSubButtonCount:
		return advice{"a menu has 1 to 3 buttons, and a button 1 to 5 below it", "一级菜单 1 至 3 个，二级菜单 1 至 5 个"}
	case MediaMustBePermanent:
		return advice{"upload the file as permanent material (永久素材) and use that media_id", "此处需要永久素材的 media_id：请通过永久素材接口上传"}

	// Web authorization.
	case InvalidOAuthCode, OAuthCodeExpired:
		return advice{"send the user through the authorization page again; a code lives 5 minutes", "授权 code 无效或已过期（有效期 5 分钟）：请让用户重新授权"}
	case OAuthCodeUsed:
		return advice{"a code can be exchanged once: guard against the page being loaded twice, and authorize again", "授权 code 只能使用一次：请避免页面重复请求，并重新授权"}
	case InvalidRefreshToken, RefreshTokenExpired, UserCredentialRevoked:
		return advice{"the user has to authorize again", "用户授权已失效：请让用户重新授权"}
	case InvalidURLDomain, OAuthRedirectDomainMismatch:
		return advice{"enter the page's domain on the platform (web authorization or JS safety domains)", "请在公众平台配置相应域名（网页授权域名或 JS 接口安全域名）"}

	// Third-party platforms.
	case InvalidComponentTicket, ComponentTicketExpired, ComponentTicketInvalid:
		return advice{"use the newest component_verify_ticket; the platform pushes one every 10 minutes", "请使用最新推送的 component_verify_ticket（每 10 分钟推送一次）"}
	case ComponentAccessTokenExpired, InvalidComponentCredential:
		return advice{"fetch a new component_access_token", "component_access_token 无效或已过期：请重新获取"}
	case APINotAuthorizedToComponent:
		return advice{"let the account grant the permission set of this API to the third-party platform", "账号未把该接口的权限集授权给第三方平台：请重新授权"}
	case AuthorizerRefreshTokenInvalid:
		return advice{"use the newest authorizer_refresh_token that was stored, or let the account authorize again", "authorizer_refresh_token 无效：请使用最近一次保存的值，或让账号重新授权"}
	}
	return advice{}
}
