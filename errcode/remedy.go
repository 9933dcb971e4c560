package errcode

// advice is what to do about a code.
type advice struct{ english, chinese string }

// remedy returns the advice on c. It is empty for codes whose meaning is enough.
func remedy(c Code) advice {
	switch c {
	// The platform and its quotas.
	case SystemBusy:
		return advice{"wait a moment and try again", "系统繁忙，请稍候再试"}
	case DailyQuotaReached:
		return advice{"wait until tomorrow (Beijing time), or clear the quota, which an account may do 10 times a month", "当日调用次数已用完：请等待次日（北京时间）恢复，或调用清空接口（每月共 10 次）"}
	case MinuteQuotaReached:
		return advice{"slow down and try again in the next minute", "调用过于频繁：请降低频率，下一分钟再试"}
	case MonthlyQuotaReached:
		return advice{"wait for the next month", "本月额度已用完：请等待下个月"}
	case ClearQuotaLimit:
		return advice{"the resets of this month are used up (10 for all APIs at once, 50 for single APIs): wait for the daily reset", "本月的清空次数已用完（清空全部接口 10 次，清空单个接口 50 次）：请等待次日自动恢复"}
	case QRCodeCountExceeded:
		return advice{"use temporary QR codes, which are not counted", "永久二维码数量已达上限：请改用临时二维码"}

	// Tokens and secrets.
	case InvalidCredential:
		return advice{"the token is wrong or was replaced: let all processes share one token source, and check whether another program fetches tokens for this account", "access_token 无效或已被替换：请让所有进程共用同一个 token 来源，并检查是否有其他程序也在为该账号获取 token"}
	case InvalidAccessToken:
		return advice{"check that the token belongs to this account and was not truncated by its storage, which needs room for 512 bytes", "access_token 不合法：请确认它属于当前账号，且保存时没有被截断（至少预留 512 字节）"}
	case AccessTokenExpired:
		return advice{"fetch a new token, and check the clock of the machine that stores it", "access_token 已过期：请重新获取，并检查保存 token 的机器时钟"}
	case MissingAccessToken:
		return advice{"the call had no access_token: check the token source and the credential option of the call", "缺少 access_token：请检查 token 来源以及调用所用的凭据选项"}
	case InvalidToken:
		return advice{"fetch a new token", "token 无效：请重新获取"}
	case InvalidAppID:
		return advice{"compare the AppID with the one on the developer platform (微信开发者平台), including upper case and spaces; an id that begins with gh_ is not an AppID", "AppID 不合法：请与微信开发者平台上的核对，注意大小写和多余的空格；以 gh_ 开头的是原始 ID，不是 AppID"}
	case InvalidAppSecret:
		return advice{"check the AppSecret in the configuration, or reset it on the developer platform (微信开发者平台); repeating the call does not help", "AppSecret 不正确：请检查配置，或到微信开发者平台重置；重复调用无法解决"}
	case AppSecretFrozen:
		return advice{"unfreeze the AppSecret on the developer platform (微信开发者平台); this takes effect after 10 minutes", "AppSecret 已被冻结：请到微信开发者平台解冻，10 分钟后生效"}
	case MissingAppID:
		return advice{"set the AppID in the configuration", "缺少 AppID：请在配置中填写"}
	case MissingAppSecret:
		return advice{"set the AppSecret in the configuration", "缺少 AppSecret：请在配置中填写"}
	case InvalidGrantType:
		return advice{"grant_type must be client_credential", "grant_type 应为 client_credential"}
	case AppIDMismatch:
		return advice{"use the AppID of the account that the token belongs to", "appid 与 access_token 所属账号不一致：请使用该 token 对应账号的 AppID"}

	// Addresses and permissions.
	case IPNotInWhitelist, ClientIPNotWhitelisted, ClientIPNotRegistered:
		return advice{"add the caller's address to the IP allow-list (IP白名单) of the account on the developer platform (微信开发者平台); it applies to all API calls", "请在微信开发者平台把调用方的出口 IP 加入该账号的 IP 白名单；白名单对所有接口调用生效"}
	case IPNeedsAdminConfirm:
		return advice{"ask the account's administrator to confirm the message WeChat sent, or put the address on the IP allow-list; do not repeat the call before that", "此次调用需要管理员确认：请管理员在微信中确认，或把该 IP 加入白名单；确认前不要重复调用"}
	case ConfirmPending, WaitAdminConfirm, AdminConfirmRunning, AdminConfirmRetryLater:
		return advice{"wait until the account's administrator has confirmed the request in WeChat", "正在等待管理员确认：请管理员在微信中确认后再试"}
	case IPRejectedForDay:
		return advice{"the administrator refused this address: wait 24 hours, or put it on the IP allow-list", "管理员已拒绝该 IP：24 小时后再试，或把它加入 IP 白名单"}
	case IPRejectedForHour:
		return advice{"the administrator refused this address: wait an hour, or put it on the IP allow-list", "管理员已拒绝该 IP：1 小时后再试，或把它加入 IP 白名单"}
	case APIUnauthorized:
		return advice{"check under Interface permissions (接口权限) on the developer platform (微信开发者平台) whether this kind of account has the API, and whether its verification (认证) is still valid; a third-party platform also needs the permission set from the account", "该账号没有此接口的权限：请在微信开发者平台的“接口权限”页查看账号类型是否支持、认证是否有效；第三方平台还需要账号授权对应的权限集"}
	case APIForbidden:
		return advice{"the API is blocked because of a violation: read the notices on the developer platform (微信开发者平台)", "接口因违规被封禁：请登录微信开发者平台查看通知"}
	case UserLimited:
		return advice{"the account or the user is restricted: read the notices on the developer platform (微信开发者平台)", "账号或用户受限：请登录微信开发者平台查看通知"}
	case RetiredAccessPointIP:
		return advice{"resolve api.weixin.qq.com again; do not pin its addresses, for example in a hosts file", "该服务器 IP 已下线：请通过域名重新解析，不要固定 IP 或修改 hosts"}

	// Requests.
	case InvalidCharset:
		return advice{"send the characters themselves instead of \\uXXXX escapes", "请直接发送 UTF-8 字符，不要使用 \\uXXXX 转义"}
	case UnicodeEscapeForbidden:
		return advice{"send the characters themselves instead of \\uXXXX escapes", "请直接发送 UTF-8 字符，不要使用 \\uXXXX 转义"}
	case InvalidDataFormat:
		return advice{"the body cannot be parsed: compare its fields and their types with the documentation of the endpoint", "请求体解析失败：请对照接口文档检查字段及其类型"}
	case EmptyPostData:
		return advice{"send a body; send {} if there are no parameters", "POST 数据为空：无参数时也要发送 {}"}
	case RequireGet:
		return advice{"call this endpoint with GET", "该接口需使用 GET 请求"}
	case RequirePost:
		return advice{"call this endpoint with POST", "该接口需使用 POST 请求"}
	case RequireHTTPS:
		return advice{"call https://, not http://", "请使用 HTTPS 请求"}
	case InvalidURL:
		return advice{"check the path of the endpoint", "请检查接口地址是否正确"}
	case InvalidArgs, InvalidArgsSize:
		return advice{"compare the parameters with the documentation of the endpoint; errmsg may name one", "参数有误：请对照接口文档检查，errmsg 中可能指明了参数"}

	// Users and messages to them.
	case InvalidOpenID:
		return advice{"the OpenID must belong to a follower of this account: OpenIDs of other accounts do not work", "OpenID 不合法：必须是当前公众号关注者的 OpenID，不同公众号的 OpenID 不通用"}
	case RequireSubscribe:
		return advice{"the user must follow the account first", "用户尚未关注：需要用户先关注公众号"}
	case UserUnsubscribed:
		return advice{"the user no longer follows the account: do not send again", "用户已取消关注：请勿继续发送"}
	case ReplyWindowClosed:
		return advice{"customer-service messages reach a user only for 48 hours after the user wrote, clicked or scanned: wait for the next action of the user, or send a template message or a subscription notice", "超出客服消息的 48 小时时限：需等待用户再次与公众号互动，或改用模板消息、订阅通知"}
	case TooManyReplies:
		return advice{"the messages allowed by the user's last action are used up (5 after a message, 3 after a click, a scan or following): wait for the next action", "客服消息条数已达上限（用户发消息后 5 条；点击菜单、扫码或关注后 3 条）：请等待用户下一次互动"}
	case CustomMessageBlocked:
		return advice{"customer-service messages of this account are blocked: read the notices on the developer platform (微信开发者平台)", "客服消息功能被封禁：请登录微信开发者平台查看通知"}
	case TypingNeedsRecentMessage:
		return advice{"the typing state can be shown only within 30 seconds after a message", "“正在输入”状态仅可在 30 秒内有消息往来时下发"}
	case UserRefusedMessage:
		return advice{"the user has not agreed to this notice, or has withdrawn the consent: ask the user again on one of your pages", "用户未订阅或已拒收该通知：需在页面中再次征得用户同意"}
	case InvalidTemplateID:
		return advice{"template ids are valid for one account only: use a template that this account has added, and check that it was not deleted", "模板 ID 不正确：模板 ID 只在本账号内有效，请确认已添加且未被删除"}
	case InvalidTemplateArgument:
		return advice{"errmsg names the field: its value is empty or breaks the rule of its type, for example at most 20 characters for thing", "模板参数不符合字段类型的要求（如 thing 不超过 20 个字符）或为空，errmsg 中指明了字段"}
	case ContentTooLong:
		return advice{"shorten the text: a text reply and a customer-service text have at most 2048 bytes, about 680 Chinese characters; send the rest as further messages", "内容过长：被动回复和客服消息的文本最多 2048 字节（约 680 个汉字），请缩短内容或分多条发送"}
	case SubscribeAbilityBanned:
		return advice{"either subscription notices of this account are blocked (read the notices on the developer platform, 微信开发者平台), or the user's consent is used up: ask the user for consent again", "两种可能：账号的订阅通知能力被封禁（请登录微信开发者平台查看通知），或用户的订阅次数已用完（请再次征得用户同意）"}
	case ConcurrentSendToUser:
		return advice{"several messages went to the same user at the same time: send them one after another, or, if that does not help, ask the user for consent again", "同一时间向同一用户发送了多条消息：请逐条发送；若仍失败，请再次征得用户同意"}
	case TemplateLimitedForAbuse:
		return advice{"the template is restricted because of abuse: use another template, and read the notices on the developer platform (微信开发者平台)", "模板因滥用被限制：请更换模板，并登录微信开发者平台查看通知"}
	case CategoryTemplateRequired:
		return advice{"add the template by its number in the category library (类目模板); the industry library is closed for this account", "该账号已不能使用行业模板库：请用类目模板的编号添加模板"}
	case MarketingContentForbidden:
		return advice{"remove the marketing content: template messages may only notify a user about the user's own action", "模板消息不得包含营销内容：请删除后再发送"}
	case ClientMsgIDTooLong:
		return advice{"use a clientmsgid of at most 32 bytes; a UUID fits without its hyphens", "clientmsgid 最长 32 字节：UUID 请去掉连字符"}
	case ClientMsgIDExists:
		return advice{"a message with this clientmsgid was already sent: treat it as sent", "相同 clientmsgid 的消息已发送：按已发送处理"}
	case NoMassSendQuota:
		return advice{"the mass sends of this period are used up: wait for the next day or month", "群发次数已用完：请等待次日或下月"}

	// Media and menus.
	case InvalidMediaID:
		return advice{"media ids are valid for one account only, and temporary ones expire after 3 days: upload the file again", "media_id 无效：它只在本账号内有效，临时素材 3 天后过期，请重新上传"}
	case InvalidMediaType, InvalidFileType, UnsupportedFileType:
		return advice{"send a file type that the endpoint accepts, with a matching extension in the file name", "文件类型不支持：请使用接口允许的格式，并让文件扩展名与之一致"}
	case InvalidFileSize, MediaTooLarge, FileTooLarge:
		return advice{"make the file smaller; the documentation of the endpoint names the limit", "文件过大：请压缩后再上传，上限见接口文档"}
	case MissingMediaData:
		return advice{"the form must have a file field named media with a file name", "缺少文件数据：表单中须有名为 media 且带文件名的文件字段"}
	case MenuNotFound:
		return advice{"the account has no custom menu: create one first", "该账号没有自定义菜单：请先创建"}
	case InvalidButtonCount, InvalidSubButtonCount:
		return advice{"a menu has 1 to 3 buttons, and a button has 1 to 5 sub-buttons", "一级菜单 1 至 3 个，二级菜单 1 至 5 个"}
	case MediaMustBePermanent:
		return advice{"upload the file as permanent material (永久素材) and use that media_id", "此处需要永久素材的 media_id：请通过永久素材接口上传"}

	// Articles.
	case GoodsSellingRestricted:
		return advice{"remove the goods from the article: the account may not sell goods at present", "账号当前被限制带货：请从文章中移除商品"}
	case InvalidGoodsInfo:
		return advice{"check the product_key and the tag of the goods in the article", "文章中的商品信息有误：请检查 product_key 和商品标签"}
	case GoodsSellingNotOpened:
		return advice{"the account must first enable selling goods in articles", "账号尚未开通文章带货能力：请先开通"}
	case ProductAndCardSendEnded:
		return advice{"send an article instead: goods messages and cards have not been mass-sent since August 2024", "自 2024 年 8 月起不再支持群发商品和卡券：请改发图文消息"}

	// OCR.
	case OCRInvalidImageData:
		return advice{"send an image of at most 2 MB in a common format", "图片无法解析或超过 2 MB：请更换图片"}
	case OCRMarketQuotaExhausted:
		return advice{"wait until tomorrow, or buy more calls on the service market (微信服务市场)", "该 OCR 接口的调用次数已用完（每日免费 100 次）：请等待次日，或到微信服务市场购买"}

	// Diagnosis.
	case RIDNotOwned:
		return advice{"query the rid with the account that caused it; for a quota call, check the form of cgi_path", "该 rid 属于其他账号：请用产生它的账号查询；查询额度时请检查 cgi_path 的格式"}
	case RIDExpired:
		return advice{"a rid can be queried for 7 days", "rid 只能在 7 天内查询"}

	// Web authorization.
	case InvalidOAuthCode, OAuthCodeExpired:
		return advice{"send the user to the authorization page again; a code is valid for 5 minutes", "授权 code 无效或已过期（有效期 5 分钟）：请让用户重新授权"}
	case OAuthCodeUsed:
		return advice{"a code can be exchanged only once: make sure that the page does not send it twice, and let the user authorize again", "授权 code 只能使用一次：请避免页面重复请求，并重新授权"}
	case InvalidRefreshToken, RefreshTokenExpired, UserCredentialRevoked:
		return advice{"the user must authorize again", "用户授权已失效：请让用户重新授权"}
	case InvalidURLDomain, OAuthRedirectDomainMismatch:
		return advice{"add the domain of the page to the web authorization domains (网页授权域名) or JS safety domains (JS接口安全域名) on the developer platform (微信开发者平台)", "请在微信开发者平台配置相应域名（网页授权域名或 JS 接口安全域名）"}

	// Third-party platforms.
	case InvalidComponentTicket, ComponentTicketExpired, ComponentTicketInvalid:
		return advice{"use the newest component_verify_ticket, which WeChat pushes every 10 minutes", "请使用最新推送的 component_verify_ticket（每 10 分钟推送一次）"}
	case ComponentAccessTokenExpired, InvalidComponentCredential:
		return advice{"fetch a new component_access_token", "component_access_token 无效或已过期：请重新获取"}
	case APINotAuthorizedToComponent:
		return advice{"the account must grant the permission set of this API to the third-party platform", "账号未把该接口的权限集授权给第三方平台：请重新授权"}
	case AuthorizerRefreshTokenInvalid:
		return advice{"use the newest stored authorizer_refresh_token, or let the account authorize again", "authorizer_refresh_token 无效：请使用最近一次保存的值，或让账号重新授权"}
	}
	return areaRemedy(c)
}
