package errcode

import "slices"

// remedy is the advice on what to do about some codes.
type remedy struct {
	codes            codes
	english, chinese string
}

type codes []Code

// remedyOf returns the advice on c. It is empty for codes whose meaning is enough.
func remedyOf(c Code) remedy {
	for _, r := range remedies {
		if slices.Contains(r.codes, c) {
			return r
		}
	}
	return remedy{}
}

// remedies has each code once.
var remedies = [...]remedy{
	// The platform and its quotas.
	{codes{SystemBusy}, "wait a moment and try again", "系统繁忙，请稍后再试"},
	{codes{DailyQuotaReached}, "wait until tomorrow (Beijing time), or clear the quota, which an account may do 10 times a month", "当日调用次数已用完：请等待次日（北京时间）恢复，或调用清空接口（每月共 10 次）"},
	{codes{MinuteQuotaReached}, "slow down and try again in the next minute", "调用过于频繁：请降低频率，下一分钟再试"},
	{codes{MonthlyQuotaReached}, "wait for the next month", "本月额度已用完：请等待下个月"},
	{codes{ClearQuotaLimit}, "the resets of this month are used up (10 for all APIs at once, 50 for single APIs): wait for the daily reset", "本月的清空次数已用完（清空全部接口 10 次，清空单个接口 50 次）：请等待次日自动恢复"},
	{codes{QRCodeCountExceeded}, "use temporary QR codes, which are not counted", "永久二维码数量已达上限：请改用临时二维码"},

	// Tokens and secrets.
	{codes{InvalidCredential}, "the token is wrong or was replaced: let all processes share one token source, and check whether another program fetches tokens for this account", "access_token 无效或已被替换：请让所有进程共用同一个 token 来源，并检查是否有其他程序也在为该账号获取 token"},
	{codes{InvalidAccessToken}, "check that the token belongs to this account and was not truncated by its storage, which needs room for 512 bytes", "access_token 不合法：请确认它属于当前账号，且保存时没有被截断（至少预留 512 字节）"},
	{codes{AccessTokenExpired}, "fetch a new token, and check the clock of the machine that stores it", "access_token 已过期：请重新获取，并检查保存 token 的机器时钟"},
	{codes{MissingAccessToken}, "the call had no access_token: check the token source and the credential option of the call", "缺少 access_token：请检查 token 来源以及调用所用的凭据选项"},
	{codes{InvalidToken}, "fetch a new token", "token 无效：请重新获取"},
	{codes{InvalidAppID}, "compare the AppID with the one on the developer platform (微信开发者平台), including upper case and spaces; an id that begins with gh_ is not an AppID", "AppID 不合法：请与微信开发者平台上的核对，注意大小写和多余的空格；以 gh_ 开头的是原始 ID，不是 AppID"},
	{codes{InvalidAppSecret}, "check the AppSecret in the configuration, or reset it on the developer platform (微信开发者平台); repeating the call does not help", "AppSecret 不正确：请检查配置，或到微信开发者平台重置；重复调用无法解决"},
	{codes{AppSecretFrozen}, "unfreeze the AppSecret on the developer platform (微信开发者平台); this takes effect after 10 minutes", "AppSecret 已被冻结：请到微信开发者平台解冻，10 分钟后生效"},
	{codes{MissingAppID}, "set the AppID in the configuration", "缺少 AppID：请在配置中填写"},
	{codes{MissingAppSecret}, "set the AppSecret in the configuration", "缺少 AppSecret：请在配置中填写"},
	{codes{InvalidGrantType}, "grant_type must be client_credential", "grant_type 应为 client_credential"},
	{codes{AppIDMismatch}, "use the AppID of the account that the token belongs to", "appid 与 access_token 所属账号不一致：请使用该 token 对应账号的 AppID"},

	// Addresses and permissions.
	{codes{ClientIPNotWhitelisted}, "add the caller's address to the IP allow-list: that of the account on the developer platform (微信开发者平台, IP白名单), or, for the calls of a third-party platform, that of the platform on open.weixin.qq.com (白名单 IP 地址列表)", "请把调用方的出口 IP 加入白名单：公众号在微信开发者平台设置该账号的 IP 白名单，第三方平台在微信开放平台（open.weixin.qq.com）设置“白名单 IP 地址列表”"},
	{codes{IPNotInWhitelist, ClientIPNotRegistered}, "add the caller's address to the IP allow-list (IP白名单) of the account on the developer platform (微信开发者平台); it applies to all API calls", "请在微信开发者平台把调用方的出口 IP 加入该账号的 IP 白名单；白名单对所有接口调用生效"},
	{codes{IPNeedsAdminConfirm}, "ask the account's administrator to confirm the message WeChat sent, or put the address on the IP allow-list; do not repeat the call before that", "此次调用需要管理员确认：请管理员在微信中确认，或把该 IP 加入白名单；确认前不要重复调用"},
	{codes{ConfirmPending, WaitAdminConfirm, AdminConfirmRunning, AdminConfirmRetryLater}, "wait until the account's administrator has confirmed the request in WeChat", "正在等待管理员确认：请管理员在微信中确认后再试"},
	{codes{IPRejectedForDay}, "the administrator refused this address: wait 24 hours, or put it on the IP allow-list", "管理员已拒绝该 IP：24 小时后再试，或把它加入 IP 白名单"},
	{codes{IPRejectedForHour}, "the administrator refused this address: wait an hour, or put it on the IP allow-list", "管理员已拒绝该 IP：1 小时后再试，或把它加入 IP 白名单"},
	{codes{APIUnauthorized}, "check under Interface permissions (接口权限) on the developer platform (微信开发者平台) whether this kind of account has the API, and whether its verification (认证) is still valid; a third-party platform also needs the permission set from the account", "该账号没有此接口的权限：请在微信开发者平台的“接口权限”页查看账号类型是否支持、认证是否有效；第三方平台还需要账号授权对应的权限集"},
	{codes{APIForbidden}, "the API is blocked because of a violation: read the notices on the developer platform (微信开发者平台)", "接口因违规被封禁：请登录微信开发者平台查看通知"},
	{codes{UserLimited}, "the account or the user is restricted: read the notices on the developer platform (微信开发者平台)", "账号或用户受限：请登录微信开发者平台查看通知"},
	{codes{RetiredAccessPointIP}, "resolve api.weixin.qq.com again; do not pin its addresses, for example in a hosts file", "该服务器 IP 已下线：请通过域名重新解析，不要固定 IP 或修改 hosts"},

	// Requests.
	{codes{InvalidCharset}, "send the characters themselves instead of \\uXXXX escapes", "请直接发送 UTF-8 字符，不要使用 \\uXXXX 转义"},
	{codes{UnicodeEscapeForbidden}, "send the characters themselves instead of \\uXXXX escapes", "请直接发送 UTF-8 字符，不要使用 \\uXXXX 转义"},
	{codes{InvalidDataFormat}, "the body cannot be parsed: compare its fields and their types with the documentation of the endpoint", "请求体解析失败：请对照接口文档检查字段及其类型"},
	{codes{EmptyPostData}, "send a body; send {} if there are no parameters", "POST 数据为空：无参数时也要发送 {}"},
	{codes{RequireGet}, "call this endpoint with GET", "该接口需使用 GET 请求"},
	{codes{RequirePost}, "call this endpoint with POST", "该接口需使用 POST 请求"},
	{codes{RequireHTTPS}, "call https://, not http://", "请使用 HTTPS 请求"},
	{codes{InvalidURL}, "check the path of the endpoint", "请检查接口地址是否正确"},
	{codes{InvalidArgs, InvalidArgsSize}, "compare the parameters with the documentation of the endpoint; errmsg may name one", "参数有误：请对照接口文档检查，errmsg 中可能指明了参数"},

	// Users and messages to them.
	{codes{InvalidOpenID}, "the OpenID must belong to a follower of this account: OpenIDs of other accounts do not work", "OpenID 不合法：必须是当前公众号关注者的 OpenID，不同公众号的 OpenID 不通用"},
	{codes{RequireSubscribe}, "the user must follow the account first", "用户尚未关注：需要用户先关注公众号"},
	{codes{UserUnsubscribed}, "the user no longer follows the account: do not send again", "用户已取消关注：请勿继续发送"},
	{codes{ReplyWindowClosed}, "customer-service messages reach a user only within 48 hours of a message from the user, or within a minute of a click, a scan or following: wait for the next action of the user, or send a template message or a subscription notice", "超出客服消息的时限（用户发消息后 48 小时内；点击菜单、扫码或关注后 1 分钟内）：需等待用户再次与公众号互动，或改用模板消息、订阅通知"},
	{codes{TooManyReplies}, "the messages allowed by the user's last action are used up (5 after a message, 3 after a click, a scan or following): wait for the next action", "客服消息条数已达上限（用户发消息后 5 条；点击菜单、扫码或关注后 3 条）：请等待用户下一次互动"},
	{codes{CustomMessageBlocked}, "customer-service messages of this account are blocked: read the notices on the developer platform (微信开发者平台)", "客服消息功能被封禁：请登录微信开发者平台查看通知"},
	{codes{TypingNeedsRecentMessage}, "the typing state can be shown only within 30 seconds after a message", "“正在输入”状态仅可在 30 秒内有消息往来时下发"},
	{codes{UserRefusedMessage}, "the user has not agreed to this notice, or has withdrawn the consent: ask the user again on one of your pages", "用户未订阅或已拒收该通知：需在页面中再次征得用户同意"},
	{codes{InvalidTemplateID}, "template ids are valid for one account only: use a template that this account has added, and check that it was not deleted", "模板 ID 不正确：模板 ID 只在本账号内有效，请确认已添加且未被删除"},
	{codes{InvalidTemplateArgument}, "errmsg names the field: its value is empty or breaks the rule of its type, for example at most 20 characters for thing", "模板参数不符合字段类型的要求（如 thing 不超过 20 个字符）或为空，errmsg 中指明了字段"},
	{codes{ContentTooLong}, "shorten the text: a text reply and a customer-service text have at most 2048 bytes, about 680 Chinese characters; send the rest as further messages", "内容过长：被动回复和客服消息的文本最多 2048 字节（约 680 个汉字），请缩短内容或分多条发送"},
	{codes{SubscribeAbilityBanned}, "either subscription notices of this account are blocked (read the notices on the developer platform, 微信开发者平台), or the user's consent is used up: ask the user for consent again", "两种可能：账号的订阅通知能力被封禁（请登录微信开发者平台查看通知），或用户的订阅次数已用完（请再次征得用户同意）"},
	{codes{ConcurrentSendToUser}, "several messages went to the same user at the same time: send them one after another, or, if that does not help, ask the user for consent again", "同一时间向同一用户发送了多条消息：请逐条发送；若仍失败，请再次征得用户同意"},
	{codes{TemplateLimitedForAbuse}, "the template is restricted because of abuse: use another template, and read the notices on the developer platform (微信开发者平台)", "模板因滥用被限制：请更换模板，并登录微信开发者平台查看通知"},
	{codes{CategoryTemplateRequired}, "add the template by its number in the category library (类目模板); the industry library is closed for this account", "该账号已不能使用行业模板库：请用类目模板的编号添加模板"},
	{codes{MarketingContentForbidden}, "remove the marketing content: template messages may only notify a user about the user's own action", "模板消息不得包含营销内容：请删除后再发送"},
	{codes{ClientMsgIDTooLong}, "use a clientmsgid of at most 32 bytes; a UUID fits without its hyphens", "clientmsgid 最长 32 字节：UUID 请去掉连字符"},
	{codes{ClientMsgIDExists}, "a message with this clientmsgid was already sent: treat it as sent", "相同 clientmsgid 的消息已发送：按已发送处理"},
	{codes{NoMassSendQuota}, "the mass sends of this period are used up: wait for the next day or month", "群发次数已用完：请等待次日或下月"},

	// Media and menus.
	{codes{InvalidMediaID}, "media ids are valid for one account only, and temporary ones expire after 3 days: upload the file again", "media_id 无效：它只在本账号内有效，临时素材 3 天后过期，请重新上传"},
	{codes{InvalidMediaType, InvalidFileType, UnsupportedFileType}, "send a file type that the endpoint accepts, with a matching extension in the file name", "文件类型不支持：请使用接口允许的格式，并让文件扩展名与之一致"},
	{codes{InvalidFileSize, MediaTooLarge, FileTooLarge}, "make the file smaller; the documentation of the endpoint names the limit", "文件过大：请压缩后再上传，上限见接口文档"},
	{codes{MissingMediaData}, "the form must have a file field named media with a file name", "缺少文件数据：表单中须有名为 media 且带文件名的文件字段"},
	{codes{MenuNotFound}, "the account has no custom menu: create one first", "该账号没有自定义菜单：请先创建"},
	{codes{InvalidButtonCount, InvalidSubButtonCount}, "a menu has 1 to 3 buttons, and a button has 1 to 5 sub-buttons", "一级菜单 1 至 3 个，二级菜单 1 至 5 个"},
	{codes{MediaMustBePermanent}, "upload the file as permanent material (永久素材) and use that media_id", "此处需要永久素材的 media_id：请通过永久素材接口上传"},

	// Articles.
	{codes{GoodsSellingRestricted}, "remove the goods from the article: the account may not sell goods at present", "账号当前被限制带货：请从文章中移除商品"},
	{codes{InvalidGoodsInfo}, "check the product_key and the tag of the goods in the article", "文章中的商品信息有误：请检查 product_key 和商品标签"},
	{codes{GoodsSellingNotOpened}, "the account must first enable selling goods in articles", "账号尚未开通文章带货能力：请先开通"},
	{codes{ProductAndCardSendEnded}, "send an article instead: goods messages and cards have not been mass-sent since August 2024", "自 2024 年 8 月起不再支持群发商品和卡券：请改发图文消息"},

	// OCR.
	{codes{OCRInvalidImageData}, "send an image of at most 2 MB in a common format", "图片无法解析或超过 2 MB：请更换图片"},
	{codes{OCRMarketQuotaExhausted}, "wait until tomorrow, or buy more calls on the service market (微信服务市场)", "该 OCR 接口的调用次数已用完（每日免费 100 次）：请等待次日，或到微信服务市场购买"},

	// Diagnosis.
	{codes{RIDNotOwned}, "query the rid with the account that caused it; for a quota call, check the form of cgi_path", "该 rid 属于其他账号：请用产生它的账号查询；查询额度时请检查 cgi_path 的格式"},
	{codes{RIDExpired}, "a rid can be queried for 7 days", "rid 只能在 7 天内查询"},

	// Web authorization.
	{codes{InvalidOAuthCode, OAuthCodeExpired}, "send the user to the authorization page again; a code is valid for 5 minutes", "授权 code 无效或已过期（有效期 5 分钟）：请让用户重新授权"},
	{codes{OAuthCodeUsed}, "a code can be exchanged only once: make sure that the page does not send it twice, and let the user authorize again", "授权 code 只能使用一次：请避免页面重复请求，并重新授权"},
	{codes{InvalidRefreshToken, RefreshTokenExpired, UserCredentialRevoked}, "the user must authorize again", "用户授权已失效：请让用户重新授权"},
	{codes{InvalidURLDomain, OAuthRedirectDomainMismatch}, "add the domain of the page to the web authorization domains (网页授权域名) or JS safety domains (JS接口安全域名) on the developer platform (微信开发者平台)", "请在微信开发者平台配置相应域名（网页授权域名或 JS接口安全域名）"},

	// Third-party platforms.
	{codes{InvalidComponentTicket, ComponentTicketExpired, ComponentTicketInvalid}, "use the newest component_verify_ticket, which WeChat pushes every 10 minutes", "请使用最新推送的 component_verify_ticket（每 10 分钟推送一次）"},
	{codes{ComponentAccessTokenExpired, InvalidComponentCredential}, "fetch a new component_access_token", "component_access_token 无效或已过期：请重新获取"},
	{codes{APINotAuthorizedToComponent}, "the account must grant the permission set of this API to the third-party platform", "账号未把该接口的权限集授权给第三方平台：请重新授权"},
	{codes{AuthorizerRefreshTokenInvalid}, "use the newest stored authorizer_refresh_token, or let the account authorize again", "authorizer_refresh_token 无效：请使用最近一次保存的值，或让账号重新授权"},

	// Reports, users, tags, menus and customer service.
	{codes{MissingParameter}, "the title is missing: an article needs title, and so does the description of a permanent video", "缺少标题：图文须有 title，永久视频的 description 里也须有 title"},
	{codes{InvalidDateFormat}, "begin_date or end_date is not a date: write them as 2006-01-02", "begin_date 或 end_date 不是日期：写成 2006-01-02 的形式"},
	{codes{InvalidDateRange}, "the dates are the wrong way round, too far apart for this report, or not over: end_date is yesterday in China at the latest", "日期前后颠倒、跨度超过该接口的上限，或日期还没有过完：end_date 最晚为昨天（北京时间）"},
	{codes{DataNotReady}, "the platform has not counted these days yet: ask for yesterday after 08:00 in China", "数据还没统计好：北京时间 8 点以后再查昨天的数据"},
	{codes{APIOffline}, "the platform has switched this endpoint off: use the one that replaced it; for article reports that is getarticleread, getarticleshare, getbizsummary or getarticletotaldetail", "此接口已下线：改用替代它的接口；图文数据改用 getarticleread、getarticleshare、getbizsummary 或 getarticletotaldetail"},
	{codes{RIDNotFound}, "this rid is unknown: copy it from the end of errmsg of a failed call of this account", "没有这个 rid 的记录：从本账号失败调用的 errmsg 末尾原样复制"},
	{codes{RIDInvalid}, "rid is malformed: it is three groups of eight hex digits, joined by hyphens", "rid 格式不对：应为三组 8 位十六进制数，用 - 连接"},
	{codes{CGIPathNotFound}, "there is no endpoint at cgi_path: check the spelling", "没有 cgi_path 所写的接口：核对路径的拼写"},
	{codes{CGIPathNotPermitted}, "the quota of this cgi_path cannot be queried or cleared; this applies to all paths under /sns/", "此 cgi_path 不能查询或清空额度：/sns/ 开头的接口都不行"},
	{codes{InvalidOpenIDList}, "touser contains an empty openid: remove it", "touser 里有空的 openid：去掉后再发"},
	{codes{InvalidOpenIDListSize}, "there are no openids or too many: at most 10000 for a mass send, 100 for batchget and changeopenid, 50 for tagging, 20 for the blacklist", "openid 为空或太多：群发至多 10000 个，查用户、迁移 100 个，标签 50 个，黑名单 20 个"},
	{codes{OpenIDListTooSmall}, "touser needs at least 2 openids: for one user send a preview or a customer-service message", "touser 至少要有 2 个 openid：只发一人请用预览或客服消息"},
	{codes{InvalidWechatName}, "towxname is not a known WeChat id: check it, or use touser; on the local platform a user's WeChat id is the openid", "towxname 不是已知的微信号：核对它，或改用 touser；本地平台以 openid 为微信号"},
	{codes{InvalidFromAppID}, "from_appid is not an account that moved to this one: send the AppID of the old account with the token of the new one", "from_appid 不是迁入本账号的旧账号：填旧账号的 AppID，并用新账号的 token"},
	{codes{TooManyTags}, "the account has 100 tags already: delete one first", "标签已满 100 个：先删除不用的"},
	{codes{TagHasTooManyFans}, "the tag has over 100000 followers: remove it from them in batches first, then delete it", "标签下的粉丝超过 10 万：先分批取消标签，再删除"},
	{codes{SystemTagReadOnly}, "tags 0, 1 and 2 are system tags and cannot be changed or deleted: check tag.id", "0、1、2 是系统标签，不能改也不能删：核对 tag.id"},
	{codes{TooManyTagsOnUser}, "a user has 20 tags already: remove one first", "有用户已满 20 个标签：先取消一个"},
	{codes{InvalidTagName}, "the name of the tag is empty or in use: choose another", "标签名为空或已被占用：换一个"},
	{codes{TagNameTooLong}, "the name of the tag is too long: 30 characters at most", "标签名太长：至多 30 个字符"},
	{codes{InvalidTagID}, "there is no such tag: use an id from tags/get", "没有这个标签：从 tags/get 取 id"},
	{codes{InvalidSubMenuLevel}, "menus have two levels only: a button in sub_button has no sub_button of its own", "菜单只有两级：sub_button 里的按钮不能再有 sub_button"},
	{codes{InvalidButtonNameSize}, "the name of a top button is empty or too long: 16 bytes at most, about 5 Chinese characters", "一级按钮的 name 为空或太长：至多 16 字节，约 5 个汉字"},
	{codes{ConditionalMenuNotFound}, "there is no such conditional menu: use a menuid from conditionalmenu in menu/get", "没有这个个性化菜单：从 menu/get 的 conditionalmenu 取 menuid"},
	{codes{MenuUserNotFound}, "user_id is not a user of this account: send a follower's openid", "user_id 不是本账号的用户：填粉丝的 openid"},
	{codes{DefaultMenuMissing}, "there is no default menu: create one with menu/create before a conditional one", "还没有默认菜单：先用 menu/create 创建，再加个性化菜单"},
	{codes{MatchRuleEmpty}, "matchrule is empty: set at least tag_id or client_platform_type", "matchrule 为空：至少填 tag_id 或 client_platform_type"},
	{codes{ConditionalMenuEmpty}, "the conditional menu has no buttons: fill in button", "个性化菜单没有按钮：填写 button"},
	{codes{ButtonWithoutAction}, "a button of the conditional menu has no type: set it, or give the button a sub_button", "个性化菜单里有按钮没有 type：补上，或给它二级菜单"},
	{codes{MenuDomainLimit}, "a conditional menu links to at most 3 domains: use fewer in its urls", "个性化菜单的链接至多指向 3 个域名：减少 url 里的域名"},
	{codes{MenuRuleUsesPrivateData}, "sex, region and language are no longer allowed as rules: use tag_id or client_platform_type", "性别、地区、语言已不能作为条件：改用 tag_id 或 client_platform_type"},
	{codes{InvalidImageSize}, "a picture inside an article must be under 1 MB: make it smaller", "图文内的图片须小于 1 MB：压缩后再传"},
	{codes{EmptyMediaData}, "the file is empty: check how your code reads it", "文件是空的：检查读文件的代码"},
	{codes{PlayTimeTooLong}, "the voice is too long: 60 seconds at most", "语音太长：至多 60 秒"},
	{codes{MediaCountExceeded}, "the library is full (100000 images and articles, 1000 of each other kind): delete unused material", "永久素材已满（图片和图文共 10 万，其他各 1000）：先删除不用的"},

	// Articles: drafts, publications, comments.
	{codes{EmptyNewsData}, "articles is empty: send at least one article", "articles 为空：至少放一篇图文"},
	{codes{EmptyContent}, "the content is empty: fill in text.content of a text message, or content of an article", "内容为空：文本消息填 text.content，图文填 content"},
	{codes{TitleTooLong}, "title is empty or too long: 32 characters at most", "title 为空或太长：至多 32 字"},
	{codes{DescriptionTooLong}, "digest is too long: 128 characters at most", "digest 太长：至多 128 字"},
	{codes{TooManyArticles}, "wrong number of articles: 1 for customer-service news, up to 8 for uploadnews", "图文条数不对：客服 news 消息只能 1 条，uploadnews 至多 8 条"},
	{codes{AuthorSizeOutOfLimit}, "author is too long: 16 characters at most", "author 太长：至多 16 字"},
	{codes{InvalidContent}, "content is empty, over 20000 characters or 1 MB, or a picture post has over 50 goods: change it", "content 为空、超过 2 万字或 1 MB，或图片消息里的商品超过 50 个：请修改"},
	{codes{InvalidContentSourceURL}, "content_source_url is too long: 1 KB at most", "content_source_url 太长：至多 1 KB"},
	{codes{InvalidRemarkName}, "a remark must have fewer than 30 bytes; ten Chinese characters are 30", "备注须少于 30 字节（10 个汉字已是 30 字节）"},
	{codes{ProductIDInvalid}, "product_id is not a product of this account: check it; on the local platform AddProduct adds one", "product_id 不是本账号的商品：核对它；本地平台用 AddProduct 添加"},
	{codes{ProductArticleTypeInvalid}, "article_type must be news or newspic", "article_type 只能是 news 或 newspic"},
	{codes{ProductCardTypeInvalid}, "card_type is wrong: it is 0, 1 or 2 for news, and 1, 2 or 3 for newspic", "card_type 不对：news 用 0、1、2，newspic 用 1、2、3"},
	{codes{InvalidIndex}, "index is out of range: drafts count from 0; deleting from a publication counts from 1, and 0 is all", "index 超出范围：改草稿从 0 起；删除发布从 1 起，0 为全部"},
	{codes{ArticleIDInvalid}, "article_id is missing or unknown, or everything in it is deleted: use the one from the result or the list of publications", "article_id 没有填、不存在或文章已全部删除：从发布结果或发布列表取"},
	{codes{CommentArticleNotFound}, "there is no such article: check msg_data_id and index, which counts from 0", "没有这篇文章：核对 msg_data_id，以及从 0 起的 index"},
	{codes{ElectedCommentLimit}, "the article has 100 featured comments already: unfeature one first", "精选留言已满 100 条：先取消一条"},
	{codes{CommentDeletedByUser}, "the user has deleted the comment: it can no longer be featured or answered", "留言已被用户删除：不能再精选或回复，跳过它"},
	{codes{CommentAlreadyReplied}, "the comment has a reply already: delete the reply first", "已经回复过：先删除原来的回复"},
	{codes{CommentReplyLength}, "the reply is empty or too long: check content", "回复为空或太长：核对 content"},
	{codes{CommentNotFound}, "there is no such comment: use a user_comment_id from comment/list", "没有这条留言：从 comment/list 取 user_comment_id"},
	{codes{CommentReplyNotFound}, "the comment has no reply, so there is nothing to delete", "这条留言没有回复，无需删除"},
	{codes{CommentCountRange}, "count must be 1 to 49; 50 is refused", "count 须为 1 至 49（满 50 会被拒绝）"},

	// Mass sends.
	{codes{InvalidMessageType}, "unsupported msgtype: check its spelling; customer-service messages and mass sends support different types", "msgtype 不支持：核对拼写，客服消息和群发支持的类型不同"},
	{codes{InvalidCardGroupID}, "filter.tag_id is missing or unknown: use an id from tags/get, or set is_to_all to send to all followers", "filter.tag_id 没有填或标签不存在：从 tags/get 取，全发则设 is_to_all"},
	{codes{SpeedOutOfRange}, "speed must be 0 to 4; 0 is the fastest", "speed 只能是 0 至 4，0 最快"},
	{codes{SpeedMissing}, "speed is missing: send 0 to 4", "没有带 speed：填 0 至 4"},
	{codes{InvalidMsgID}, "msg_id is not a mass send of this account: use the msg_id that the send returned, as a number", "msg_id 不是本账号的群发：用群发应答里的 msg_id，按整数发送"},
	{codes{InvalidArticleIndex}, "article_idx is out of range: articles count from 1, and 0 is all of them", "article_idx 超出范围：从 1 起，0 为全部"},
	{codes{InvalidMsgStatus}, "this send cannot be deleted: only finished sends of articles and videos can, and only once", "这次群发不能删除：只有已发完的图文和视频可以，且每篇只能删一次"},
	{codes{InvalidTypingCommand}, "command must be Typing or CancelTyping", "command 只能是 Typing 或 CancelTyping"},
	{codes{AlreadyTyping}, "the typing state is shown already, for about 15 seconds: do not set it again", "已在显示“正在输入”（约 15 秒）：不必重复调用"},
	{codes{KFAccountInvalid}, "there is no such agent: use a full kf_account from getkflist", "没有这个客服账号：从 getkflist 取完整的 kf_account"},
	{codes{KFNicknameIllegal}, "nickname is empty or not allowed: send 1 to 16 characters", "nickname 为空或不合规：填 1 至 16 字"},
	{codes{KFAccountIllegal}, "kf_account is malformed: send prefix@account; the prefix has 1 to 10 letters, digits or underscores", "kf_account 格式不对：前缀@公众号微信号，前缀为 1 至 10 位字母、数字或下划线"},
	{codes{KFAccountNumberLimit}, "the account has 100 agents already: delete one first", "客服账号已满 100 个：先删除不用的"},
	{codes{KFAccountAlreadyExists}, "this kf_account exists already: choose another prefix, or use update", "这个 kf_account 已存在：换一个前缀，或改用 update"},
	{codes{KFInviteAlreadyWorker}, "invite_wx is an agent of this account already: do not invite them again", "invite_wx 已是本账号的客服：不必再邀请"},
	{codes{KFInvitePending}, "this person was invited already: wait for the answer; the invitation expires after 24 hours", "已邀请过此人：等对方接受或拒绝，邀请 24 小时后失效"},
	{codes{KFInviteUserInvalid}, "invite_wx is empty or not a WeChat id: check it", "invite_wx 为空或不是微信号：核对它"},
	{codes{KFInviteExists}, "an invitation to this agent's account is pending: wait until it ends before you invite another person", "此客服账号还有未答复的邀请：等它结束再邀请别人"},
	{codes{KFAccountAlreadyBound}, "this kf_account is bound to a WeChat id already: use another one", "此客服账号已绑定微信号：换一个 kf_account"},
	{codes{KFNoSession}, "the user has no open session that could be closed: check openid", "用户没有进行中的会话：不必关闭，核对 openid"},
	{codes{KFSessionTaken}, "another agent serves the user: ask getsession which one", "用户由另一位客服接待：先用 getsession 查是谁"},
	{codes{KFWorkerOffline}, "the agent is not online: choose one from getonlinekflist", "客服不在线：从 getonlinekflist 选在线的"},
	{codes{KFParamInvalid}, "wrong parameter: endtime must not be before starttime, msgid must be at least 1, number must be 1 to 10000", "参数不对：endtime 不早于 starttime，msgid 从 1 起，number 为 1 至 10000"},
	{codes{KFRecordSpanTooLong}, "the span is too long: 24 hours at most from starttime to endtime", "时间跨度太长：starttime 到 endtime 至多 24 小时"},
	{codes{InvalidTitleSize}, "title is empty or too long: send 1 to 15 characters", "title 为空或太长：填 1 至 15 字"},
	{codes{InvalidIndustryID}, "unknown industry: send both industry_id1 and industry_id2, as text from 1 to 41", "行业代码不对：industry_id1 和 industry_id2 都要填，值为字符串 \"1\" 至 \"41\""},
	{codes{InvalidKeywordNameList}, "keyword_name_list is empty or has an empty entry: list a category template's keywords in order", "keyword_name_list 为空或有空项：类目模板须按顺序列出关键词"},
	{codes{ChangeTemplateTooOften}, "the industry can be changed once a month: wait for the next month", "行业每月只能改 1 次：下月再改"},
	{codes{TemplateCountExceeded}, "the account has 25 templates already: delete one first", "模板已满 25 个：先删除不用的"},
	{codes{SubscribeInvalidInput}, "priTmplId is not a template of this account: use one from gettemplate", "priTmplId 不是本账号的模板：从 gettemplate 取"},
	{codes{SubscribeTemplateLimit}, "the account has too many private templates (the local platform allows 50): delete one first", "私有模板已满（本地平台为 50 个）：先删除不用的"},
	{codes{SubscribeInvalidTID}, "the public library has no such tid: use one from getpubtemplatetitles", "公共模板库里没有这个 tid：从 getpubtemplatetitles 取"},
	{codes{SubscribeInvalidStart}, "start must be a number of 0 or more", "start 须是从 0 起的整数"},
	{codes{SubscribeInvalidLimit}, "limit must be 1 to 30", "limit 须为 1 至 30"},
	{codes{SubscribeMissingCategoryIDs}, "ids is missing: send category ids, separated by commas", "没有带 ids：填类目 id，用逗号分隔"},
	{codes{SubscribeInvalidCategoryIDs}, "ids contains a category that the account does not have: use ids from getcategory", "ids 里有不属于本账号的类目：从 getcategory 取"},
	{codes{SubscribeInvalidKidList}, "kidList must contain 2 to 5 different keywords of this template: use those from getpubtemplatekeywords", "kidList 须是此模板的 2 至 5 个关键词 id，不能重复：从 getpubtemplatekeywords 取"},
	{codes{SubscribeInvalidSceneDesc}, "sceneDesc is empty or too long: send 1 to 15 characters", "sceneDesc 为空或太长：填 1 至 15 字"},
	{codes{SubscribeTemplateExists}, "the account has a template with this title and these keywords already: use that one, or delete it first", "已有标题和关键词相同的模板：直接用它，或先删除"},
	{codes{MissingOAuthCode}, "code is missing: it is a parameter of the address to which the user was redirected", "没有带 code：取回跳地址里的 code 参数"},
	{codes{MissingRefreshToken}, "refresh_token is missing: send the one that was returned in exchange for the code", "没有带 refresh_token：填换取 code 时得到的值"},

	// QR codes, short keys, the callback's check.
	{codes{InvalidActionName}, "unknown action_name: use QR_SCENE, QR_STR_SCENE, QR_LIMIT_SCENE or QR_LIMIT_STR_SCENE", "action_name 不对：用 QR_SCENE、QR_STR_SCENE、QR_LIMIT_SCENE 或 QR_LIMIT_STR_SCENE"},
	{codes{InvalidActionInfo}, "bad scene: scene_id must be 1 to 100000 (temporary: up to 4294967295), scene_str must have 1 to 64 characters", "scene 不对：scene_id 为 1 至 100000（临时码至 4294967295），scene_str 为 1 至 64 字"},
	{codes{LongDataTooLarge}, "long_data is too long: 4 KB at most", "long_data 太长：至多 4 KB"},
	{codes{ShortKeyExpiryTooLong}, "expire_seconds is out of range: 1 to 2592000, which is 30 days", "expire_seconds 超出范围：1 至 2592000 秒（30 天）"},
	{codes{ShortKeyNotFound}, "short_key is unknown or has expired: create a new one", "short_key 不存在或已过期：重新生成"},
	{codes{InvalidCheckAction}, "action must be dns, ping or all", "action 只能是 dns、ping 或 all"},
	{codes{InvalidCheckOperator}, "check_operator must be CHINANET, UNICOM, CAP or DEFAULT", "check_operator 只能是 CHINANET、UNICOM、CAP 或 DEFAULT"},

	// Pictures and mini programs.
	{codes{OCRInvalidImageURL}, "the platform cannot fetch img_url: it must be a public http or https address of a picture, up to 2 MB, and answer without a login", "平台无法获取 img_url：须为可公开访问的 http 或 https 图片地址，不超过 2 MB，无需登录"},
	{codes{OCRCertificateNotFound}, "nothing was found in the picture: take it straight, sharp and without reflections, and check that the call is the one for this kind of document", "图片中没有识别到内容：请拍正、拍清晰、避免反光，并确认所用接口与证件种类一致"},
	{codes{InvalidVoiceSize}, "the voice is too large: at most 1 MB for speech recognition, 2 MB as media", "语音文件太大：语音识别至多 1 MB，素材至多 2 MB"},
	{codes{QRRuleTooFast}, "call the QR rule APIs at most 5 times a second", "二维码规则接口每秒最多调用 5 次：请降低频率"},
	{codes{QRRuleLinkInvalid}, "prefix must be an http or https address of a registered domain", "prefix 须为 http 或 https 链接，且域名已备案"},
	{codes{QRRuleDebugLinkInvalid}, "every debug_url must begin with the prefix of the rule", "每个 debug_url 都须以规则的 prefix 开头"},
	{codes{QRRuleVerifyFileFailed}, "serve the file of wxopen/qrcodejumpdownload unchanged in the directory of the prefix, without redirects", "请把 wxopen/qrcodejumpdownload 返回的校验文件原样放到 prefix 所在目录，且不要跳转"},
	{codes{QRRuleExists}, "there is a rule for this prefix: send is_edit 1 to change it", "该 prefix 已有规则：修改请传 is_edit 为 1"},
	{codes{QRRuleTaken}, "another account uses this prefix exclusively: choose another prefix, or have its owner delete the rule", "该 prefix 已被其他账号独占：换一个，或请对方删除规则"},
	{codes{QRRuleLimit}, "the account has as many QR rules as it may: delete one first", "二维码规则已满：请先删除不用的规则"},
	{codes{QRRuleMiniProgramNotReleased}, "release the mini program first, then publish the rule", "小程序还没有发布正式版：请先发布小程序"},
	{codes{QRRuleDataBroken}, "delete the rule and add it again", "规则数据已损坏：请删除后重新添加"},
	{codes{QRRulePublishLimit}, "the 100 publishes of the month are used up: wait for the next month", "本月 100 次发布已用完：请等待下个月"},
	{codes{WxaQuotaLimit, SameOwnerLinkQuota, OtherOwnerLinkQuota}, "the account is linked to as many mini programs as it may: unlink one first", "账号关联的小程序已达上限：请先解除一个"},
	{codes{WxaLinkLimit}, "the mini program is linked to as many accounts as it may: its administrator must unlink one", "小程序关联的公众号已达上限：请小程序管理员先解除一个"},
	{codes{LinkMessageSent, UnlinkMessageSent}, "the request was sent before: wait until the administrator of the mini program confirms it", "请求已发出：请等待小程序管理员确认，不必重复调用"},
	{codes{WxaAlreadyLinked}, "the mini program is linked: nothing is left to do", "小程序已经关联：无需再次关联"},
	{codes{CannotUnlinkNearbyWxa}, "the mini program is shown nearby: remove it from there first", "小程序已在“附近的小程序”展示：请先取消展示"},
	{codes{LinkingFromPlatform}, "the link is being made on mp.weixin.qq.com: finish or cancel it there", "正在 mp.weixin.qq.com 上关联此小程序：请先在该网站完成或取消"},

	// Third-party platforms.
	{codes{ComponentNotAuthorized}, "the account has not authorized this component: check authorizer_appid and the token, or let the account authorize again", "账号没有授权给本第三方平台：核对 authorizer_appid 和 token，或让账号重新授权"},
	{codes{AuthCodeInvalid}, "authorization_code is wrong: use the parameter auth_code of the address to which the authorization was redirected", "authorization_code 不对：用授权回跳地址里的 auth_code"},
	{codes{AuthCodeExpired}, "authorization_code was used or is over an hour old: let the account authorize again", "authorization_code 已用过或超过 1 小时：让账号重新授权"},
	{codes{InvalidOptionName}, "option_name must be location_report, voice_recognize or customer_service", "option_name 只能是 location_report、voice_recognize 或 customer_service"},
	{codes{InvalidOptionValue}, "bad option_value: 0 to 2 for location_report, 0 or 1 for the others, sent as text", "option_value 不对：location_report 为 0 至 2，其他为 0 或 1，以字符串发送"},
	{codes{NeedComponentToken}, "call this with the component_access_token, not with an account's access token", "此接口须用 component_access_token，不能用账号的 access_token"},
	{codes{TooManyArgs}, "count must be 1 to 500, and offset 0 or more", "count 须为 1 至 500，offset 从 0 起"},
	{codes{RegisterTicketInvalid}, "ticket is empty or wrong: send the one from the redirect of the registration's consent page", "ticket 为空或不对：填注册授权回跳带来的 ticket"},
	{codes{AccountAlreadyBoundOpen}, "the account is already bound to an open-platform account: unbind it first", "账号已绑定开放平台账号：不必再绑，换绑先解绑"},
	{codes{NotSameContractor}, "open_appid is not the one that the account is bound to, or has another owner: check it with open/get", "open_appid 不是账号所绑定的，或主体不同：用 open/get 核对"},
	{codes{OpenAccountNotExists}, "the account is not bound to an open-platform account: call open/create or open/bind first", "账号没有绑定开放平台账号：先用 open/create 或 open/bind"},
	{codes{OpenAccountNotCreatedByAPI}, "open_appid was not created by the API: use one that open/create returned", "open_appid 不是通过接口创建的：用 open/create 返回的值"},
	{codes{OpenAccountBindLimit}, "the open-platform account has 100 accounts already: use another, or unbind one", "此开放平台账号已绑定 100 个账号：换一个，或先解绑"},

	// Invoices and fiscal receipts.
	{codes{InvalidCardID}, "card_id is unknown: take it from the page or from createcard of the same account", "card_id 不存在：用页面返回的，或本账号 createcard 返回的"},
	{codes{InvalidEncryptCode}, "encrypt_code does not belong to card_id: pass both on as the page received them", "encrypt_code 与 card_id 不符：两者都原样使用页面返回的值"},
	{codes{InvalidCardStatus}, "the template is unknown, was created a moment ago, or the account has no card permission: wait a moment and try again", "卡券模板不存在、刚创建或账号没有卡券权限：稍后再试"},
	{codes{InvalidInvoiceTitle}, "title differs from what the user authorized: take it from getauthdata", "title 与用户授权的抬头不一致：用 getauthdata 返回的抬头"},
	{codes{DuplicateInvoiceOrder}, "this order has its invoice already: do not insert it again", "该订单的发票已插入卡包：不要重复插入"},
	{codes{InvoicePayMchUnset}, "set the payment merchant first, with setbizattr and action=set_pay_mch", "尚未设置商户号：先用 setbizattr 的 set_pay_mch 设置"},
	{codes{InvoiceAuthFieldUnset}, "set the fields of the authorization page first, with setbizattr and action=set_auth_field", "尚未设置授权页字段：先用 setbizattr 的 set_auth_field 设置"},
	{codes{InvoiceContactUnset}, "set the merchant's contact first, with setbizattr and action=set_contact", "尚未设置商户联系方式：先用 setbizattr 的 set_contact 设置"},
	{codes{InvoiceParamsInvalid}, "a parameter is missing or wrong; for an authorization page, also check that ticket is a current one of type wx_card", "参数缺失或不对；获取授权页时还须确认 ticket 是有效的 wx_card 类型的票据"},
	{codes{InvoiceInsertRejected}, "the order was refused with rejectinsert, which is final: ask the user again with another order_id", "该订单已用 rejectinsert 拒绝且不可恢复：换一个 order_id 重新授权"},
	{codes{InvoiceOwnerInvalid}, "one of the invoices does not belong to openid: call once for each user", "有发票不属于该 openid：按用户分别调用"},
	{codes{InvoiceOrderNeverAuthorized}, "the user has not authorized this order_id for this s_pappid: wait for user_authorize_invoice, and compare both ids with those of getauthurl", "用户未对该 s_pappid 授权此 order_id：等收到 user_authorize_invoice 事件，并核对两个值与 getauthurl 时是否一致"},
	{codes{InvoiceMustBeLocked}, "lock the invoice before closing it", "核销前须先锁定发票"},
	{codes{InvoicePDFInvalid}, "the file is not a PDF, or its media id is unknown or older than 3 days: upload it with setpdf again", "文件不是 PDF，或 media_id 不存在、已超过 3 天：用 setpdf 重新上传"},
	{codes{BillingNumbersInvalid}, "billing_no or billing_code is empty or wrong: only a fully digital invoice has no code", "billing_no 或 billing_code 为空或不对：只有数电票没有发票代码"},
	{codes{BillingNumbersRepeated}, "an invoice with this billing_no and billing_code was inserted already", "该发票号码和代码已插入过"},
	{codes{InvoiceScanTextExpired}, "let the user show the QR code of the title again", "二维码内容已过期：请用户重新出示抬头二维码"},
	{codes{InvoiceCheckCodeEmpty}, "check_code is required, except for a fully digital invoice", "须填写 check_code（数电票除外）"},
	{codes{InvoiceOrderIDRepeated}, "use another order_id: each one stands for one invoice", "order_id 已使用过：每张发票用不同的 order_id"},
	{codes{InvoiceCanceled, InvoiceClosed}, "the status of this invoice is final: it was canceled or reimbursed", "该发票已冲红或已核销，状态不能再变"},
	{codes{InvoiceNotFound}, "compare card_id and code with what insert returned; code is not the encrypted one", "核对 card_id 和 code 是否为 insert 返回的值；code 不是加密的 encrypt_code"},
	{codes{FiscalTaxpayerIDMismatch}, "nsrsbh must be the tax number with which the invoice was issued", "nsrsbh 须与开票时的纳税人识别号一致"},
	{codes{FiscalSerialOtherOrder}, "fpqqlsh was used for another order: use a new serial for each order", "fpqqlsh 已用于其他订单：每个订单用新的流水号"},
	{codes{FiscalOrderOtherSerial}, "this order was issued with another fpqqlsh: repeat the call with that one", "该订单已用其他流水号开票：重试时用原来的 fpqqlsh"},
	{codes{FiscalSerialNotFound}, "fpqqlsh is unknown: check it, and that the request was accepted", "fpqqlsh 不存在：核对流水号，并确认开票请求已被受理"},
}
