package errcode

// areaRemedy holds the advice on codes that belong to one area of the API.
func areaRemedy(c Code) advice {
	switch c {
	case MissingParameter:
		return advice{"the title is missing: an article needs title, and so does the description of a permanent video", "缺少标题：图文须有 title，永久视频的 description 里也须有 title"}
	case InvalidDateFormat:
		return advice{"begin_date or end_date is not a date: write them as 2006-01-02", "begin_date 或 end_date 不是日期：写成 2006-01-02 的形式"}
	case InvalidDateRange:
		return advice{"the dates are the wrong way round, too far apart for this report, or not over: end_date is yesterday in China at the latest", "日期前后颠倒、跨度超过该接口的上限，或还没过完：end_date 最晚为（北京时间）昨天"}
	case DataNotReady:
		return advice{"the platform has not counted these days yet: ask for yesterday after 08:00 in China", "数据还没统计好：北京时间 8 点以后再查昨天的数据"}
	case APIOffline:
		return advice{"the platform has switched this endpoint off: use the one that replaced it; for article reports that is getarticleread, getarticleshare, getbizsummary or getarticletotaldetail", "此接口已下线：改用替代它的接口；图文数据改用 getarticleread、getarticleshare、getbizsummary 或 getarticletotaldetail"}
	case RIDNotFound:
		return advice{"this rid is unknown: copy it from the end of errmsg of a failed call of this account", "没有这个 rid 的记录：从本账号失败调用的 errmsg 末尾原样复制"}
	case RIDInvalid:
		return advice{"rid is malformed: it is three groups of eight hex digits, joined by hyphens", "rid 格式不对：应为三组 8 位十六进制数，用 - 连接"}
	case RIDNotOwned:
		return advice{"cgi_path is malformed: begin it with a slash, without host and query, as in /cgi-bin/user/get", "cgi_path 格式不对：以 / 开头，不带域名和参数，如 /cgi-bin/user/get"}
	case RIDExpired:
		return advice{"the rid is older than 7 days: only calls of the last 7 days can be looked up", "rid 已超过 7 天：只能查 7 天内的请求"}
	case CGIPathNotFound:
		return advice{"there is no endpoint at cgi_path: check the spelling", "没有 cgi_path 所写的接口：核对路径的拼写"}
	case CGIPathNotPermitted:
		return advice{"the quota of this cgi_path cannot be queried or cleared; this applies to all paths under /sns/", "此 cgi_path 不能查询或清空额度：/sns/ 开头的接口都不行"}
	case InvalidOpenIDList:
		return advice{"touser contains an empty openid: remove it", "touser 里有空的 openid：去掉后再发"}
	case InvalidOpenIDListSize:
		return advice{"there are no openids or too many: at most 10000 for a mass send, 100 for batchget and changeopenid, 50 for tagging, 20 for the blacklist", "openid 为空或太多：群发至多 10000 个，查用户、迁移 100 个，标签 50 个，黑名单 20 个"}
	case OpenIDListTooSmall:
		return advice{"touser needs at least 2 openids: for one user send a preview or a customer-service message", "touser 至少要有 2 个 openid：只发一人请用预览或客服消息"}
	case InvalidWechatName:
		return advice{"towxname is not a known WeChat id: check it, or use touser; on the local platform a user's WeChat id is the openid", "towxname 不是已知的微信号：核对它，或改用 touser；本地平台以 openid 为微信号"}
	case InvalidFromAppID:
		return advice{"from_appid is not an account that moved to this one: send the AppID of the old account with the token of the new one", "from_appid 不是迁入本账号的旧账号：填旧账号的 AppID，并用新账号的 token"}
	case TooManyTags:
		return advice{"the account has 100 tags already: delete one first", "标签已满 100 个：先删除不用的"}
	case TagHasTooManyFans:
		return advice{"the tag has over 100000 followers: remove it from them in batches first, then delete it", "标签下的粉丝超过 10 万：先分批取消标签，再删除"}
	case SystemTagReadOnly:
		return advice{"tags 0, 1 and 2 are system tags and cannot be changed or deleted: check tag.id", "0、1、2 是系统标签，不能改也不能删：核对 tag.id"}
	case TooManyTagsOnUser:
		return advice{"a user has 20 tags already: remove one first", "有用户已满 20 个标签：先取消一个"}
	case InvalidTagName:
		return advice{"the name of the tag is empty or in use: choose another", "标签名为空或已被占用：换一个"}
	case TagNameTooLong:
		return advice{"the name of the tag is too long: 30 characters at most", "标签名太长：至多 30 个字符"}
	case InvalidTagID:
		return advice{"there is no such tag: use an id from tags/get", "没有这个标签：从 tags/get 取 id"}
	case InvalidSubMenuLevel:
		return advice{"menus have two levels only: a button in sub_button has no sub_button of its own", "菜单只有两级：sub_button 里的按钮不能再有 sub_button"}
	case InvalidButtonNameSize:
		return advice{"the name of a top button is empty or too long: 16 bytes at most, about 5 Chinese characters", "一级按钮的 name 为空或太长：至多 16 字节，约 5 个汉字"}
	case ConditionalMenuNotFound:
		return advice{"there is no such conditional menu: use a menuid from conditionalmenu in menu/get", "没有这个个性化菜单：从 menu/get 的 conditionalmenu 取 menuid"}
	case MenuUserNotFound:
		return advice{"user_id is not a user of this account: send a follower's openid", "user_id 不是本账号的用户：填粉丝的 openid"}
	case DefaultMenuMissing:
		return advice{"there is no default menu: create one with menu/create before a conditional one", "还没有默认菜单：先用 menu/create 创建，再加个性化菜单"}
	case MatchRuleEmpty:
		return advice{"matchrule is empty: set at least tag_id or client_platform_type", "matchrule 为空：至少填 tag_id 或 client_platform_type"}
	case ConditionalMenuEmpty:
		return advice{"the conditional menu has no buttons: fill in button", "个性化菜单没有按钮：填写 button"}
	case ButtonWithoutAction:
		return advice{"a button of the conditional menu has no type: set it, or give the button a sub_button", "个性化菜单里有按钮没有 type：补上，或给它二级菜单"}
	case MenuDomainLimit:
		return advice{"a conditional menu links to at most 3 domains: use fewer in its urls", "个性化菜单的链接至多指向 3 个域名：减少 url 里的域名"}
	case MenuRuleUsesPrivateData:
		return advice{"sex, region and language are no longer allowed as rules: use tag_id or client_platform_type", "性别、地区、语言已不能作为条件：改用 tag_id 或 client_platform_type"}
	case InvalidImageSize:
		return advice{"a picture inside an article must be under 1 MB: make it smaller", "图文内的图片须小于 1 MB：压缩后再传"}
	case EmptyMediaData:
		return advice{"the file is empty: check how your code reads it", "文件是空的：检查读文件的代码"}
	case PlayTimeTooLong:
		return advice{"the voice is too long: 60 seconds at most", "语音太长：至多 60 秒"}
	case MediaCountExceeded:
		return advice{"the library is full (100000 images and articles, 1000 of each other kind): delete unused material", "永久素材已满（图片和图文共 10 万，其他各 1000）：先删除不用的"}

	// Articles: drafts, publications, comments.
	case EmptyNewsData:
		return advice{"articles is empty: send at least one article", "articles 为空：至少放一篇图文"}
	case EmptyContent:
		return advice{"the content is empty: fill in text.content of a text message, or content of an article", "内容为空：文本消息填 text.content，图文填 content"}
	case ContentTooLong:
		return advice{"content is too long: it must be under 20000 characters and 1 MB", "content 太长：须少于 2 万字且小于 1 MB"}
	case TitleTooLong:
		return advice{"title is empty or too long: 32 characters at most", "title 为空或太长：至多 32 字"}
	case DescriptionTooLong:
		return advice{"digest is too long: 128 characters at most", "digest 太长：至多 128 字"}
	case TooManyArticles:
		return advice{"wrong number of articles: 1 for customer-service news, up to 8 for uploadnews", "图文条数不对：客服 news 消息只能 1 条，uploadnews 至多 8 条"}
	case AuthorSizeOutOfLimit:
		return advice{"author is too long: 16 characters at most", "author 太长：至多 16 字"}
	case InvalidContent:
		return advice{"content is empty, over 20000 characters or 1 MB, or a picture post has over 50 goods: change it", "content 为空、超过 2 万字或 1 MB，或图片消息里的商品超过 50 个"}
	case InvalidContentSourceURL:
		return advice{"content_source_url is too long: 1 KB at most", "content_source_url 太长：至多 1 KB"}
	case InvalidRemarkName:
		return advice{"a remark must have fewer than 30 bytes; ten Chinese characters are 30", "备注须少于 30 字节（10 个汉字已是 30 字节）"}
	case InvalidGoodsInfo:
		return advice{"unknown product_key: use the one that getcardinfo returned for card_type 3", "product_key 不对：用 getcardinfo（card_type 为 3）返回的值"}
	case ProductIDInvalid:
		return advice{"product_id is not a product of this account: check it; on the local platform AddProduct adds one", "product_id 不是本账号的商品：核对它；本地平台用 AddProduct 添加"}
	case ProductArticleTypeInvalid:
		return advice{"article_type must be news or newspic", "article_type 只能是 news 或 newspic"}
	case ProductCardTypeInvalid:
		return advice{"card_type is wrong: it is 0, 1 or 2 for news, and 1, 2 or 3 for newspic", "card_type 不对：news 用 0、1、2，newspic 用 1、2、3"}
	case InvalidIndex:
		return advice{"index is out of range: drafts count from 0; deleting from a publication counts from 1, and 0 is all", "index 超出范围：改草稿从 0 起；删除发布从 1 起，0 为全部"}
	case ArticleIDInvalid:
		return advice{"article_id is missing or unknown, or everything in it is deleted: use the one from the result or the list of publications", "article_id 没有填、不存在或文章已全部删除：从发布结果或发布列表取"}
	case CommentArticleNotFound:
		return advice{"there is no such article: check msg_data_id and index, which counts from 0", "没有这篇文章：核对 msg_data_id，以及从 0 起的 index"}
	case ElectedCommentLimit:
		return advice{"the article has 100 featured comments already: unfeature one first", "精选留言已满 100 条：先取消一条"}
	case CommentDeletedByUser:
		return advice{"the user has deleted the comment: it can no longer be featured or answered", "留言已被用户删除：不能再精选或回复，跳过它"}
	case CommentAlreadyReplied:
		return advice{"the comment has a reply already: delete the reply first", "已经回复过：先删除原来的回复"}
	case CommentReplyLength:
		return advice{"the reply is empty or too long: check content", "回复为空或太长：核对 content"}
	case CommentNotFound:
		return advice{"there is no such comment: use a user_comment_id from comment/list", "没有这条留言：从 comment/list 取 user_comment_id"}
	case CommentReplyNotFound:
		return advice{"the comment has no reply, so there is nothing to delete", "这条留言没有回复，无需删除"}
	case CommentCountRange:
		return advice{"count must be 1 to 49; 50 is refused", "count 须为 1 至 49（满 50 会被拒绝）"}

	// Mass sends.
	case InvalidMessageType:
		return advice{"unsupported msgtype: check its spelling; customer-service messages and mass sends support different types", "msgtype 不支持：核对拼写，客服消息和群发支持的类型不同"}
	case ProductAndCardSendEnded:
		return advice{"cards and goods can no longer be sent: send articles or another type", "卡券和商品已不能群发：换成图文等类型"}
	case InvalidCardGroupID:
		return advice{"filter.tag_id is missing or unknown: use an id from tags/get, or set is_to_all to send to all followers", "filter.tag_id 没有填或标签不存在：从 tags/get 取，全发则设 is_to_all"}
	case ClientMsgIDTooLong:
		return advice{"clientmsgid is too long: 32 bytes at most", "clientmsgid 太长：至多 32 字节"}
	case SpeedOutOfRange:
		return advice{"speed must be 0 to 4; 0 is the fastest", "speed 只能是 0 至 4，0 最快"}
	case SpeedMissing:
		return advice{"speed is missing: send 0 to 4", "没有带 speed：填 0 至 4"}
	case InvalidMsgID:
		return advice{"msg_id is not a mass send of this account: use the msg_id that the send returned, as a number", "msg_id 不是本账号的群发：用群发应答里的 msg_id，按整数发送"}
	case InvalidArticleIndex:
		return advice{"article_idx is out of range: articles count from 1, and 0 is all of them", "article_idx 超出范围：从 1 起，0 为全部"}
	case InvalidMsgStatus:
		return advice{"this send cannot be deleted: only finished sends of articles and videos can, and only once", "这次群发不能删除：只有已发完的图文和视频可以，且每篇只能删一次"}
	case InvalidTypingCommand:
		return advice{"command must be Typing or CancelTyping", "command 只能是 Typing 或 CancelTyping"}
	case AlreadyTyping:
		return advice{"the typing state is shown already, for about 15 seconds: do not set it again", "已在显示“正在输入”（约 15 秒）：不必重复调用"}
	case KFAccountInvalid:
		return advice{"there is no such agent: use a full kf_account from getkflist", "没有这个客服账号：从 getkflist 取完整的 kf_account"}
	case KFNicknameIllegal:
		return advice{"nickname is empty or not allowed: send 1 to 16 characters", "nickname 为空或不合规：填 1 至 16 字"}
	case KFAccountIllegal:
		return advice{"kf_account is malformed: send prefix@account; the prefix has 1 to 10 letters, digits or underscores", "kf_account 格式不对：前缀@公众号微信号，前缀为 1 至 10 位字母、数字或下划线"}
	case KFAccountNumberLimit:
		return advice{"the account has 100 agents already: delete one first", "客服账号已满 100 个：先删除不用的"}
	case KFAccountAlreadyExists:
		return advice{"this kf_account exists already: choose another prefix, or use update", "这个 kf_account 已存在：换一个前缀，或改用 update"}
	case KFInviteAlreadyWorker:
		return advice{"invite_wx is an agent of this account already: do not invite them again", "invite_wx 已是本账号的客服：不必再邀请"}
	case KFInvitePending:
		return advice{"this person was invited already: wait for the answer; the invitation expires after 24 hours", "已邀请过此人：等对方接受或拒绝，邀请 24 小时后失效"}
	case KFInviteUserInvalid:
		return advice{"invite_wx is empty or not a WeChat id: check it", "invite_wx 为空或不是微信号：核对它"}
	case KFInviteExists:
		return advice{"an invitation to this agent's account is pending: wait until it ends before you invite another person", "此客服账号还有未答复的邀请：等它结束再邀请别人"}
	case KFAccountAlreadyBound:
		return advice{"this kf_account is bound to a WeChat id already: use another one", "此客服账号已绑定微信号：换一个 kf_account"}
	case KFNoSession:
		return advice{"the user has no open session that could be closed: check openid", "用户没有进行中的会话：不必关闭，核对 openid"}
	case KFSessionTaken:
		return advice{"another agent serves the user: ask getsession which one", "用户由另一位客服接待：先用 getsession 查是谁"}
	case KFWorkerOffline:
		return advice{"the agent is not online: choose one from getonlinekflist", "客服不在线：从 getonlinekflist 选在线的"}
	case KFParamInvalid:
		return advice{"wrong parameter: endtime must not be before starttime, msgid must be at least 1, number must be 1 to 10000", "参数不对：endtime 不早于 starttime，msgid 从 1 起，number 为 1 至 10000"}
	case KFRecordSpanTooLong:
		return advice{"the span is too long: 24 hours at most from starttime to endtime", "时间跨度太长：starttime 到 endtime 至多 24 小时"}
	case InvalidTitleSize:
		return advice{"title is empty or too long: send 1 to 15 characters", "title 为空或太长：填 1 至 15 字"}
	case InvalidIndustryID:
		return advice{"unknown industry: send both industry_id1 and industry_id2, as text from 1 to 41", "行业代码不对：industry_id1 和 industry_id2 都填文本 1 至 41"}
	case InvalidKeywordNameList:
		return advice{"keyword_name_list is empty or has an empty entry: list a category template's keywords in order", "keyword_name_list 为空或有空项：类目模板须按顺序列出关键词"}
	case ChangeTemplateTooOften:
		return advice{"the industry can be changed once a month: wait for the next month", "行业每月只能改 1 次：下月再改"}
	case TemplateCountExceeded:
		return advice{"the account has 25 templates already: delete one first", "模板已满 25 个：先删除不用的"}
	case SubscribeInvalidInput:
		return advice{"priTmplId is not a template of this account: use one from gettemplate", "priTmplId 不是本账号的模板：从 gettemplate 取"}
	case SubscribeTemplateLimit:
		return advice{"the account has too many private templates (the local platform allows 50): delete one first", "私有模板已满（本地平台为 50 个）：先删除不用的"}
	case SubscribeInvalidTID:
		return advice{"the public library has no such tid: use one from getpubtemplatetitles", "公共模板库里没有这个 tid：从 getpubtemplatetitles 取"}
	case SubscribeInvalidStart:
		return advice{"start must be a number of 0 or more", "start 须是从 0 起的整数"}
	case SubscribeInvalidLimit:
		return advice{"limit must be 1 to 30", "limit 须为 1 至 30"}
	case SubscribeMissingCategoryIDs:
		return advice{"ids is missing: send category ids, separated by commas", "没有带 ids：填类目 id，用逗号分隔"}
	case SubscribeInvalidCategoryIDs:
		return advice{"ids contains a category that the account does not have: use ids from getcategory", "ids 里有不属于本账号的类目：从 getcategory 取"}
	case SubscribeInvalidKidList:
		return advice{"kidList must contain 2 to 5 different keywords of this template: use those from getpubtemplatekeywords", "kidList 须是此模板的 2 至 5 个关键词 id，不能重复：从 getpubtemplatekeywords 取"}
	case SubscribeInvalidSceneDesc:
		return advice{"sceneDesc is empty or too long: send 1 to 15 characters", "sceneDesc 为空或太长：填 1 至 15 字"}
	case MissingOAuthCode:
		return advice{"code is missing: it is a parameter of the address to which the user was redirected", "没有带 code：取回跳地址里的 code 参数"}
	case MissingRefreshToken:
		return advice{"refresh_token is missing: send the one that was returned in exchange for the code", "没有带 refresh_token：填换取 code 时得到的值"}

	// QR codes, short keys, the callback's check.
	case InvalidActionName:
		return advice{"unknown action_name: use QR_SCENE, QR_STR_SCENE, QR_LIMIT_SCENE or QR_LIMIT_STR_SCENE", "action_name 不对：用 QR_SCENE、QR_STR_SCENE、QR_LIMIT_SCENE 或 QR_LIMIT_STR_SCENE"}
	case InvalidActionInfo:
		return advice{"bad scene: scene_id must be 1 to 100000 (temporary: up to 4294967295), scene_str must have 1 to 64 characters", "scene 不对：scene_id 为 1 至 100000（临时码至 4294967295），scene_str 为 1 至 64 字"}
	case LongDataTooLarge:
		return advice{"long_data is too long: 4 KB at most", "long_data 太长：至多 4 KB"}
	case ShortKeyExpiryTooLong:
		return advice{"expire_seconds is out of range: 1 to 2592000, which is 30 days", "expire_seconds 超出范围：1 至 2592000 秒（30 天）"}
	case ShortKeyNotFound:
		return advice{"short_key is unknown or has expired: create a new one", "short_key 不存在或已过期：重新生成"}
	case InvalidCheckAction:
		return advice{"action must be dns, ping or all", "action 只能是 dns、ping 或 all"}
	case InvalidCheckOperator:
		return advice{"check_operator must be CHINANET, UNICOM, CAP or DEFAULT", "check_operator 只能是 CHINANET、UNICOM、CAP 或 DEFAULT"}

	// Pictures and mini programs.
	case OCRInvalidImageURL:
		return advice{"the platform cannot fetch img_url: it must be a public http or https address of a picture, up to 2 MB, and answer without a login", "平台无法获取 img_url：须为可公开访问的 http 或 https 图片地址，不超过 2MB，无需登录"}
	case OCRCertificateNotFound:
		return advice{"nothing was found in the picture: take it straight, sharp and without reflections, and check that the call is the one for this kind of document", "图片中没有识别到内容：请拍正、拍清晰、避免反光，并确认所用接口与证件种类一致"}
	case OCRInvalidImageData:
		return advice{"the picture cannot be decoded or has more than 2 MB: send a jpg or png, in the form field img", "图片无法解码或超过 2MB：请用 jpg 或 png，放在表单字段 img 里"}
	case OCRMarketQuotaExhausted:
		return advice{"the calls of this API are used up, 100 a day for each OCR API: wait until tomorrow (Beijing time), or buy calls on the service market (fuwu.weixin.qq.com)", "此接口的次数已用完（每个 OCR 接口每天 100 次）：请等待次日（北京时间），或到微信服务市场（fuwu.weixin.qq.com）购买"}
	case InvalidVoiceSize:
		return advice{"the voice is too large: at most 1 MB for speech recognition, 2 MB as media", "语音文件太大：语音识别至多 1MB，素材至多 2MB"}
	case InvalidArgsSize:
		return advice{"a parameter is missing or has a wrong value: for translation lfrom and lto are zh_CN or en_US, and content has at most 600 bytes", "参数缺失或取值不对：翻译的 lfrom、lto 为 zh_CN 或 en_US，content 至多 600 字节"}
	case QRRuleTooFast:
		return advice{"call the QR rule APIs at most 5 times a second", "二维码规则接口每秒最多调用 5 次：请降低频率"}
	case QRRuleLinkInvalid:
		return advice{"prefix must be an http or https address of a registered domain", "prefix 须为 http 或 https 链接，且域名已备案"}
	case QRRuleDebugLinkInvalid:
		return advice{"every debug_url must begin with the prefix of the rule", "每个 debug_url 都须以规则的 prefix 开头"}
	case QRRuleVerifyFileFailed:
		return advice{"serve the file of wxopen/qrcodejumpdownload unchanged in the directory of the prefix, without redirects", "请把 wxopen/qrcodejumpdownload 返回的校验文件原样放到 prefix 所在目录，且不要跳转"}
	case QRRuleExists:
		return advice{"there is a rule for this prefix: send is_edit 1 to change it", "该 prefix 已有规则：修改请传 is_edit 为 1"}
	case QRRuleTaken:
		return advice{"another account uses this prefix exclusively: choose another prefix, or have its owner delete the rule", "该 prefix 已被其他账号独占：换一个，或请对方删除规则"}
	case QRRuleLimit:
		return advice{"the account has as many QR rules as it may: delete one first", "二维码规则已满：请先删除不用的规则"}
	case QRRuleMiniProgramNotReleased:
		return advice{"release the mini program first, then publish the rule", "小程序还没有发布正式版：请先发布小程序"}
	case QRRuleDataBroken:
		return advice{"delete the rule and add it again", "规则数据已损坏：请删除后重新添加"}
	case QRRulePublishLimit:
		return advice{"the 100 publishes of the month are used up: wait for the next month", "本月 100 次发布已用完：请等待下个月"}
	case WxaQuotaLimit, SameOwnerLinkQuota, OtherOwnerLinkQuota:
		return advice{"the account is linked to as many mini programs as it may: unlink one first", "账号关联的小程序已达上限：请先解除一个"}
	case WxaLinkLimit:
		return advice{"the mini program is linked to as many accounts as it may: its administrator must unlink one", "小程序关联的公众号已达上限：请小程序管理员先解除一个"}
	case LinkMessageSent, UnlinkMessageSent:
		return advice{"the request was sent before: wait until the administrator of the mini program confirms it", "请求已发出：请等待小程序管理员确认，不必重复调用"}
	case WxaAlreadyLinked:
		return advice{"the mini program is linked: nothing is left to do", "小程序已经关联：无需再次关联"}
	case CannotUnlinkNearbyWxa:
		return advice{"the mini program is shown nearby: remove it from there first", "小程序已在“附近的小程序”展示：请先取消展示"}
	case LinkingFromPlatform:
		return advice{"the link is being made on mp.weixin.qq.com: finish or cancel it there", "正在网页端关联此小程序：请先在 mp.weixin.qq.com 完成或取消"}

	// Third-party platforms.
	case ComponentNotAuthorized:
		return advice{"the account has not authorized this component: check authorizer_appid and the token, or let the account authorize again", "账号没有授权给本第三方平台：核对 authorizer_appid 和 token，或让账号重新授权"}
	case AuthCodeInvalid:
		return advice{"authorization_code is wrong: use the parameter auth_code of the address to which the authorization was redirected", "authorization_code 不对：用授权回跳地址里的 auth_code"}
	case AuthCodeExpired:
		return advice{"authorization_code was used or is over an hour old: let the account authorize again", "authorization_code 已用过或超过 1 小时：让账号重新授权"}
	case InvalidOptionName:
		return advice{"option_name must be location_report, voice_recognize or customer_service", "option_name 只能是 location_report、voice_recognize 或 customer_service"}
	case InvalidOptionValue:
		return advice{"bad option_value: 0 to 2 for location_report, 0 or 1 for the others, sent as text", "option_value 不对：location_report 为 0 至 2，其他为 0 或 1，按文本发送"}
	case NeedComponentToken:
		return advice{"call this with the component_access_token, not with an account's access token", "此接口须用 component_access_token，不能用账号的 access_token"}
	case TooManyArgs:
		return advice{"count must be 1 to 500, and offset 0 or more", "count 须为 1 至 500，offset 从 0 起"}
	case RegisterTicketInvalid:
		return advice{"ticket is empty or wrong: send the one from the redirect of the registration's consent page", "ticket 为空或不对：填注册授权回跳带来的 ticket"}
	case AccountAlreadyBoundOpen:
		return advice{"the account is already bound to an open-platform account: unbind it first", "账号已绑定开放平台账号：不必再绑，换绑先解绑"}
	case NotSameContractor:
		return advice{"open_appid is not the one that the account is bound to, or has another owner: check it with open/get", "open_appid 不是账号所绑定的，或主体不同：用 open/get 核对"}
	case OpenAccountNotExists:
		return advice{"the account is not bound to an open-platform account: call open/create or open/bind first", "账号没有绑定开放平台账号：先用 open/create 或 open/bind"}
	case OpenAccountNotCreatedByAPI:
		return advice{"open_appid was not created by the API: use one that open/create returned", "open_appid 不是通过接口创建的：用 open/create 返回的值"}
	case OpenAccountBindLimit:
		return advice{"the open-platform account has 100 accounts already: use another, or unbind one", "此开放平台账号已绑定 100 个账号：换一个，或先解绑"}
	}
	return invoiceRemedy(c)
}
