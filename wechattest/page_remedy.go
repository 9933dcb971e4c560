package wechattest

// remedy is what to do about an errcode of the API; empty for success.
func remedy(code int) bilingual {
	switch code {
	case 0:
		return bilingual{}
	case -1:
		return bilingual{"系统繁忙：稍候重试；发送类接口先确认是否已执行。", "The system is busy: wait and retry; before a send is retried, find out whether it went through."}

	// Tokens, secrets and who may call.
	case 40001:
		return bilingual{"access_token 无效或已被替换：重新获取，并让所有进程共用同一个 token 来源。", "The access token is wrong or was replaced: fetch a new one, and let all processes share one source."}
	case 40014:
		return bilingual{"access_token 的样子不对：检查它是否被截断、重复编码，或误用了别的凭证。", "This does not look like an access token: see whether it was cut short, escaped twice, or is another credential."}
	case 41001:
		return bilingual{"请求没有带 token：放进 URL 参数 access_token（第三方平台为 component_access_token）。", "The call carries no access token: put it into the query as access_token (a component: component_access_token)."}
	case 42001:
		return bilingual{"access_token 已过期：重新获取；网页授权的 token 用 refresh_token 换新。", "The token has expired: fetch a new one; a user's token is renewed with its refresh_token."}
	case 40002:
		return bilingual{"核对 grant_type：client_credential、authorization_code 或 refresh_token；查询发布时核对 publish_id。", "See grant_type: client_credential, authorization_code or refresh_token; on freepublish/get, see publish_id."}
	case 40013:
		return bilingual{"核对 AppID，注意大小写和空格；消息和菜单里的小程序也须填 appid。", "Compare the AppID, also for case and blanks; a mini program in a message or a menu needs its appid too."}
	case 41002:
		return bilingual{"请求没有带 appid：填上账号的 AppID。", "The call carries no appid: send the account's AppID."}
	case 40125:
		return bilingual{"AppSecret 不对：到开发者平台核对，遗失则重置。", "The AppSecret is wrong: compare it with the developer platform's, or reset it there if it is lost."}
	case 41004:
		return bilingual{"请求没有带 AppSecret：填上 secret（清空额度接口为 appsecret）。", "The call carries no AppSecret: send it as secret, or as appsecret to clear_quota/v2."}
	case 40243:
		return bilingual{"AppSecret 已冻结：到开发者平台解冻，10 分钟后生效。", "The AppSecret is frozen: thaw it on the developer platform; that takes effect after 10 minutes."}
	case 40164:
		return bilingual{"调用方 IP 不在白名单：把 errmsg 里的地址加入 IP 白名单。", "The caller's address is not on the allow-list: add the one in errmsg to it (IP 白名单)."}
	case 61004:
		return bilingual{"调用方 IP 不在第三方平台的白名单：把服务器的出口 IP 加进去。", "The caller's address is not on the third-party platform's allow-list: add your server's outgoing address."}
	case 48001:
		return bilingual{"没有此接口的权限（取用户资料须 snsapi_userinfo），或本地平台没有模拟它：核对路径和权限。", "The account or scope (a profile needs snsapi_userinfo) may not call this, or the local platform does not model it."}
	case 48004:
		return bilingual{"接口因违规被封禁：到公众平台查看通知，解封前不要再调用。", "This API is blocked for a breach of the rules: see the notices on the platform, and stop calling it until then."}
	case 50002:
		return bilingual{"账号或用户受限（冻结、注销等）：到公众平台查看账号状态。", "The account or the user is restricted, frozen or closed: see the account's state on the platform."}

	// The form of the request.
	case 43001:
		return bilingual{"此接口须用 GET。", "Call this path with GET."}
	case 43002:
		return bilingual{"此接口须用 POST。", "Call this path with POST."}
	case 43003:
		return bilingual{"须用 https。", "Call it over https."}
	case 44002:
		return bilingual{"POST 的正文为空：没有参数时也发 {}。", "The body is empty: send {} where there is nothing to say."}
	case 47001:
		return bilingual{"正文不是合法的 JSON，或字段类型不符；永久视频还须有 JSON 的表单字段 description。", "The body is no JSON, or a member has the wrong type; a permanent video needs the form field description in JSON."}
	case 40033, 47002:
		return bilingual{"JSON 中不要用 \\uXXXX 转义，直接写 UTF-8 字符。", "Do not escape characters as \\uXXXX in the JSON; write them as UTF-8."}
	case 47003:
		return bilingual{"errmsg 指明的字段为空或不合规则（thing 至多 20 字）；短 key 接口须填 long_data 或 short_key。", "The field in errmsg is empty or breaks its rule (thing: 20 characters); shorten calls need long_data or short_key."}
	case 40097:
		return bilingual{"参数超出范围：核对 type、offset、count（列表 1 至 20）、expire_seconds（至多 2592000）和必填字段。", "An argument is out of range: see type, offset, count (lists: 1 to 20), expire_seconds (to 2592000), required fields."}
	case 40101:
		return bilingual{"缺少标题：图文须有 title，永久视频的 description 里也须有 title。", "The title is missing: an article needs title, and so does the description of a permanent video."}

	// How often an account may call.
	case 45009:
		return bilingual{"次数已用完：次日（北京时间）恢复，或清空额度；强制刷新 token 每日 20 次，quota/clear 每月 50 次。", "The quota is used up: wait for tomorrow (Beijing time) or clear it; forced tokens: 20 a day, quota/clear: 50 a month."}
	case 45011:
		return bilingual{"调用过于频繁：下一分钟再试。", "Too many calls in this minute: go slower, and retry in the next one."}
	case 48006:
		return bilingual{"本月 10 次清空额度的机会已用完：等次日额度自动恢复。", "This month's 10 resets of quotas are used up: wait until the quota comes back tomorrow."}
	case 76001:
		return bilingual{"没有这个 rid 的记录：从本账号失败调用的 errmsg 末尾原样复制。", "No call has this rid: copy it from the end of errmsg of a call that this account made."}
	case 76002:
		return bilingual{"rid 格式不对：应为三组 8 位十六进制数，用 - 连接。", "rid is malformed: it is three groups of eight hex digits, joined by hyphens."}
	case 76003:
		return bilingual{"cgi_path 格式不对：以 / 开头，不带域名和参数，如 /cgi-bin/user/get。", "cgi_path is malformed: begin it with a slash, without host and query, as in /cgi-bin/user/get."}
	case 76004:
		return bilingual{"rid 已超过 7 天：只能查 7 天内的请求。", "The rid is older than 7 days: only calls of the last 7 days can be looked up."}
	case 76021:
		return bilingual{"没有 cgi_path 所写的接口：核对路径的拼写。", "There is no endpoint at cgi_path: see how the path is spelled."}
	case 76022:
		return bilingual{"此 cgi_path 不能查询或清空额度：/sns/ 开头的接口都不行。", "The quota of this cgi_path cannot be seen or cleared: no path under /sns/ can."}

	// Users and tags.
	case 40003:
		return bilingual{"openid 不是本账号的用户：openid 因账号而异，核对 touser、openid 或 next_openid。", "The openid is none of this account's users: each account has its own; see touser, openid or next_openid."}
	case 43004:
		return bilingual{"用户未关注账号：只发给已关注的用户（user/info 的 subscribe 为 1）。", "The user does not follow the account: send to followers only (subscribe is 1 in user/info)."}
	case 48002:
		return bilingual{"用户关闭了本账号的消息：不要重发，等用户自己打开。", "The user has switched off this account's messages: do not send again until the user switches them on."}
	case 40031:
		return bilingual{"touser 里有空的 openid：去掉后再发。", "touser holds an empty openid: take it out."}
	case 40032:
		return bilingual{"openid 为空或太多：群发至多 10000 个，查用户、迁移 100 个，标签 50 个，黑名单 20 个。", "No openid or too many: mass send takes 10000, batchget and changeopenid 100, tagging 50, the blacklist 20."}
	case 40130:
		return bilingual{"touser 至少要有 2 个 openid：只发一人请用预览或客服消息。", "touser needs at least 2 openids: for one user take a preview or a customer-service message."}
	case 40132:
		return bilingual{"towxname 不是已知的微信号：核对它，或改用 touser；本地平台以 openid 为微信号。", "towxname is no known WeChat id: check it, or use touser; on the local platform a user's WeChat id is the openid."}
	case 63178:
		return bilingual{"from_appid 不是迁入本账号的旧账号：填旧账号的 AppID，并用新账号的 token。", "from_appid has not moved to this account: send the old account's AppID, with the new account's token."}
	case 45056:
		return bilingual{"标签已满 100 个：先删除不用的。", "The account has 100 tags already: delete one first."}
	case 45057:
		return bilingual{"标签下的粉丝超过 10 万：先分批取消标签，再删除。", "The tag has over 100000 followers: take it from them in batches first, then delete it."}
	case 45058:
		return bilingual{"0、1、2 是系统标签，不能改也不能删：核对 tag.id。", "Tags 0, 1 and 2 are the system's, and cannot be changed: see tag.id."}
	case 45059:
		return bilingual{"有用户已满 20 个标签：先取消一个。", "A user has 20 tags already: take one away first."}
	case 45157:
		return bilingual{"标签名为空或已被占用：换一个。", "The name of the tag is empty or taken: choose another."}
	case 45158:
		return bilingual{"标签名太长：至多 30 个字符。", "The name of the tag is too long: 30 characters at most."}
	case 45159:
		return bilingual{"没有这个标签：从 tags/get 取 id。", "There is no such tag: take its id from tags/get."}

	// Menus.
	case 40016:
		return bilingual{"一级菜单须有 1 至 3 个按钮：核对 button。", "A menu has 1 to 3 buttons on its first level: see button."}
	case 40023:
		return bilingual{"二级菜单至多 5 个按钮：核对 sub_button。", "A button has at most 5 buttons below it: see sub_button."}
	case 40022:
		return bilingual{"菜单只有两级：sub_button 里的按钮不能再有 sub_button。", "Menus have two levels only: a button in sub_button has no sub_button of its own."}
	case 40017, 40024:
		return bilingual{"按钮的 type 缺失或不支持：用 click、view、miniprogram 等；有 sub_button 的才不写 type。", "The button's type is missing or unknown: use click, view, miniprogram or another; only a parent button has none."}
	case 40018:
		return bilingual{"一级按钮的 name 为空或太长：至多 16 字节，约 5 个汉字。", "The name of a top button is empty or too long: 16 bytes at most, about 5 Chinese characters."}
	case 40025:
		return bilingual{"二级按钮的 name 为空或太长：至多 60 字节，约 20 个汉字。", "The name of a sub-button is empty or too long: 60 bytes at most, about 20 Chinese characters."}
	case 40019, 40026:
		return bilingual{"按钮的 key 为空或太长：此类按钮须有 key，至多 128 字节。", "The button's key is empty or too long: this type needs one, of 128 bytes at most."}
	case 40020, 40027:
		return bilingual{"按钮的 url 为空或太长：view 和 miniprogram 须有 url，至多 1024 字节。", "The button's url is empty or too long: view and miniprogram need one, of 1024 bytes at most."}
	case 40054, 40055:
		return bilingual{"按钮的 url 须是完整的 http 或 https 地址。", "The button's url must be a whole http or https address with a host."}
	case 40117, 40118:
		return bilingual{"按钮没有 media_id：填永久素材的 media_id。", "The button has no media_id: give it that of a permanent material."}
	case 46003:
		return bilingual{"账号没有菜单：先用 menu/create 创建。", "The account has no menu: make one with menu/create first."}
	case 65301:
		return bilingual{"没有这个个性化菜单：从 menu/get 的 conditionalmenu 取 menuid。", "There is no such conditional menu: take menuid from conditionalmenu in menu/get."}
	case 65302:
		return bilingual{"user_id 不是本账号的用户：填粉丝的 openid。", "user_id is none of this account's users: send a follower's openid."}
	case 65303:
		return bilingual{"还没有默认菜单：先用 menu/create 创建，再加个性化菜单。", "There is no default menu: make one with menu/create before a conditional one."}
	case 65304:
		return bilingual{"matchrule 为空：至少填 tag_id 或 client_platform_type。", "matchrule is empty: set tag_id or client_platform_type at least."}
	case 65307:
		return bilingual{"个性化菜单没有按钮：填写 button。", "The conditional menu has no buttons: fill in button."}
	case 65308:
		return bilingual{"个性化菜单里有按钮没有 type：补上，或给它二级菜单。", "A button of the conditional menu has no type: set it, or give the button a sub_button."}
	case 65316:
		return bilingual{"个性化菜单的链接至多指向 3 个域名：减少 url 里的域名。", "A conditional menu links to at most 3 domains: use fewer in its urls."}
	case 65320:
		return bilingual{"性别、地区、语言已不能作为条件：改用 tag_id 或 client_platform_type。", "Sex, region and language are no rules any more: use tag_id or client_platform_type."}

	// Files and materials.
	case 40004:
		return bilingual{"type 不对：上传用 image、voice、video、thumb，素材列表用 image、voice、video、news。", "Unknown type: uploads take image, voice, video, thumb; the list of materials takes news in place of thumb."}
	case 40005:
		return bilingual{"文件格式不对，看扩展名：图片 png、jpg、gif（图文内不能 gif），语音 amr、mp3，视频 mp4，缩略图和头像 jpg。", "Wrong format (see the extension): image png, jpg, gif (articles: no gif); voice amr, mp3; video mp4; thumb, avatar jpg."}
	case 40007:
		return bilingual{"media_id 不存在、类型不符，或临时素材已过 3 天；草稿封面和菜单须用永久素材。", "No such media_id, the wrong kind, or temporary and past 3 days; drafts' covers and menus take permanent material."}
	case 40009:
		return bilingual{"图文内的图片须小于 1 MB：压缩后再传。", "A picture inside an article must be under 1 MB: make it smaller."}
	case 41005:
		return bilingual{"没有收到文件：用 multipart 表单，文件字段名为 media 且带文件名，请求带 Content-Length。", "No file arrived: send a multipart form with Content-Length, and the file as the field media with a file name."}
	case 44001:
		return bilingual{"文件是空的：检查读文件的代码。", "The file is empty: see how your code reads it."}
	case 45001:
		return bilingual{"文件太大：图片、视频 10 MB，语音 2 MB，缩略图 64 KB。", "The file is too large: image and video 10 MB, voice 2 MB, thumb 64 KB."}
	case 45007:
		return bilingual{"语音太长：至多 60 秒。", "The voice is too long: 60 seconds at most."}
	case 45034:
		return bilingual{"永久素材已满（图片和图文共 10 万，其他各 1000）：先删除不用的。", "The library is full (100000 images with news, 1000 of each other kind): delete what is not used."}

	// Articles: drafts, publications, comments.
	case 44003:
		return bilingual{"articles 为空：至少放一篇图文。", "articles is empty: put one article in at least."}
	case 44004:
		return bilingual{"内容为空：文本消息填 text.content，图文填 content。", "The content is empty: fill in text.content of a text message, or content of an article."}
	case 45002:
		return bilingual{"content 太长：须少于 2 万字且小于 1 MB。", "content is too long: it must be under 20000 characters and 1 MB."}
	case 45003:
		return bilingual{"title 为空或太长：至多 32 字。", "title is empty or too long: 32 characters at most."}
	case 45004:
		return bilingual{"digest 太长：至多 128 字。", "digest is too long: 128 characters at most."}
	case 45008:
		return bilingual{"图文条数不对：客服 news 消息只能 1 条，uploadnews 至多 8 条。", "Wrong number of articles: news by customer service takes 1, uploadnews up to 8."}
	case 45110:
		return bilingual{"author 太长：至多 16 字。", "author is too long: 16 characters at most."}
	case 45166:
		return bilingual{"content 为空、超过 2 万字或 1 MB，或图片消息里的商品超过 50 个。", "content is empty, over 20000 characters or 1 MB, or a picture post has over 50 goods: change it."}
	case 41039:
		return bilingual{"content_source_url 太长：至多 1 KB。", "content_source_url is too long: 1 KB at most."}
	case 40092:
		return bilingual{"备注须少于 30 字节（10 个汉字已是 30 字节）。", "A remark has fewer than 30 bytes; ten Chinese characters are 30."}
	case 53405:
		return bilingual{"product_key 不对：用 getcardinfo（card_type 为 3）返回的值。", "Unknown product_key: use the one that getcardinfo returned for card_type 3."}
	case 10170001:
		return bilingual{"product_id 不是本账号的商品：核对它；本地平台用 AddProduct 添加。", "product_id is none of this account's goods: check it; on the local platform AddProduct adds one."}
	case 10170002:
		return bilingual{"article_type 只能是 news 或 newspic。", "article_type must be news or newspic."}
	case 10170003:
		return bilingual{"card_type 不对：news 用 0、1、2，newspic 用 1、2、3。", "card_type does not fit: news takes 0, 1, 2, and newspic takes 1, 2, 3."}
	case 40114:
		return bilingual{"index 超出范围：改草稿从 0 起；删除发布从 1 起，0 为全部。", "index is out of range: drafts count from 0; deleting from a publication counts from 1, and 0 is all."}
	case 53600:
		return bilingual{"article_id 没有填、不存在或文章已全部删除：从发布结果或发布列表取。", "article_id is missing, unknown, or all is deleted: take it from the result or the list of publications."}
	case 88001:
		return bilingual{"没有这篇文章：核对 msg_data_id，以及从 0 起的 index。", "There is no such article: see msg_data_id, and index, which counts from 0."}
	case 88003:
		return bilingual{"精选留言已满 100 条：先取消一条。", "The article has 100 featured comments already: take one out first."}
	case 88004:
		return bilingual{"留言已被用户删除：不能再精选或回复，跳过它。", "The user has deleted the comment: it cannot be featured or answered any more, so skip it."}
	case 88005:
		return bilingual{"已经回复过：先删除原来的回复。", "The comment has a reply already: delete that first."}
	case 88007:
		return bilingual{"回复为空或太长：核对 content。", "The reply is empty or too long: see content."}
	case 88008:
		return bilingual{"没有这条留言：从 comment/list 取 user_comment_id。", "There is no such comment: take user_comment_id from comment/list."}
	case 88009:
		return bilingual{"这条留言没有回复，无需删除。", "The comment has no reply, so there is nothing to delete."}
	case 88010:
		return bilingual{"count 须为 1 至 49（满 50 会被拒绝）。", "count must be 1 to 49; 50 is refused."}

	// Mass sends.
	case 40008:
		return bilingual{"msgtype 不支持：核对拼写，客服消息和群发支持的类型不同。", "Unsupported msgtype: see its spelling; customer-service messages and mass sends take different ones."}
	case 45162:
		return bilingual{"msgtype 不能按 openid 群发：用 mpnews、text、voice、image 或 mpvideo。", "This msgtype cannot be sent to a list of openids: use mpnews, text, voice, image or mpvideo."}
	case 45113:
		return bilingual{"卡券和商品已不能群发：换成图文等类型。", "Cards and goods cannot be sent any more: send articles or another type."}
	case 40152:
		return bilingual{"filter.tag_id 没有填或标签不存在：从 tags/get 取，全发则设 is_to_all。", "filter.tag_id is missing or no tag: take it from tags/get, or set is_to_all to reach everybody."}
	case 45028:
		return bilingual{"本月的全员群发（4 次）已用完：下月再发，或按标签发送。", "This month's 4 sends to everybody are used up: wait for next month, or send by tag."}
	case 45065:
		return bilingual{"相同的 clientmsgid 已群发过，不必再发：应答里有原来的 msg_id。", "A mass send with this clientmsgid went through already: do not repeat it; the answer has its msg_id."}
	case 45067:
		return bilingual{"clientmsgid 太长：至多 32 字节。", "clientmsgid is too long: 32 bytes at most."}
	case 45083:
		return bilingual{"speed 只能是 0 至 4，0 最快。", "speed must be 0 to 4; 0 is the fastest."}
	case 45084:
		return bilingual{"没有带 speed：填 0 至 4。", "speed is missing: send 0 to 4."}
	case 40059:
		return bilingual{"msg_id 不是本账号的群发：用群发应答里的 msg_id，按整数发送。", "msg_id is no mass send of this account: use the one that the send returned, as a number."}
	case 40060:
		return bilingual{"article_idx 超出范围：从 1 起，0 为全部。", "article_idx is out of range: articles count from 1, and 0 is all of them."}
	case 40065:
		return bilingual{"这次群发不能删除：只有已发完的图文和视频可以，且每篇只能删一次。", "This send cannot be deleted: only articles and videos whose send is over can, and each only once."}
	case 40066:
		return bilingual{"url 不是本账号群发的文章：用群发结果事件里的 ArticleUrl。", "url is no article of a mass send: use ArticleUrl from the event that told its result."}

	// Customer-service messages, agents and sessions.
	case 45015:
		return bilingual{"用户最近没有互动（消息 48 小时内、点击等 1 分钟内），不能发客服消息。", "No reply window is open: the user must have written within 48 hours, or clicked, followed or scanned within a minute."}
	case 45047:
		return bilingual{"本次互动可发的条数已用完（发消息 5 条，点击、关注、扫码 3 条）：等用户再次互动。", "Used up: 5 messages after the user writes, 3 after a click, follow or scan; wait for the user to act again."}
	case 45072:
		return bilingual{"command 只能是 Typing 或 CancelTyping。", "command must be Typing or CancelTyping."}
	case 45080:
		return bilingual{"30 秒内与用户没有往来，不能显示“正在输入”：收到消息后马上调用。", "The user has done nothing for 30 seconds: show the typing state right after a message."}
	case 45081:
		return bilingual{"已在显示“正在输入”（约 15 秒）：不必重复调用。", "The typing state shows already, for some 15 seconds: there is no need to set it again."}
	case 65401:
		return bilingual{"没有这个客服账号：从 getkflist 取完整的 kf_account。", "There is no such agent: take the full kf_account from getkflist."}
	case 65403:
		return bilingual{"nickname 为空或不合规：填 1 至 16 字。", "nickname is empty or not allowed: give 1 to 16 characters."}
	case 65404:
		return bilingual{"kf_account 格式不对：前缀@公众号微信号，前缀为 1 至 10 位字母、数字或下划线。", "kf_account is malformed: write prefix@account, the prefix of 1 to 10 letters, digits or underscores."}
	case 65405:
		return bilingual{"客服账号已满 100 个：先删除不用的。", "The account has 100 agents already: delete one first."}
	case 65406:
		return bilingual{"这个 kf_account 已存在：换一个前缀，或改用 update。", "This kf_account exists already: choose another prefix, or use update."}
	case 65407:
		return bilingual{"invite_wx 已是本账号的客服：不必再邀请。", "invite_wx is an agent of this account already: there is no need to invite them."}
	case 65408:
		return bilingual{"已邀请过此人：等对方接受或拒绝，邀请 24 小时后失效。", "This person was invited already: wait for the answer; the invitation lapses after 24 hours."}
	case 65409:
		return bilingual{"invite_wx 为空或不是微信号：核对它。", "invite_wx is empty or no WeChat id: check it."}
	case 65411:
		return bilingual{"此客服账号还有未答复的邀请：等它结束再邀请别人。", "An invitation to this agent's account is open: wait until it ends before you invite somebody else."}
	case 65412:
		return bilingual{"此客服账号已绑定微信号：换一个 kf_account。", "This kf_account is bound to a WeChat id already: use another one."}
	case 65413:
		return bilingual{"用户没有进行中的会话：不必关闭，核对 openid。", "The user has no open session, so there is none to close: see openid."}
	case 65414:
		return bilingual{"用户由另一位客服接待：先用 getsession 查是谁。", "Another agent serves the user: ask getsession which one."}
	case 65415:
		return bilingual{"客服不在线：从 getonlinekflist 选在线的。", "The agent is not online: choose one from getonlinekflist."}
	case 65416:
		return bilingual{"参数不对：endtime 不早于 starttime，msgid 从 1 起，number 为 1 至 10000。", "Wrong parameter: endtime not before starttime, msgid from 1 on, number 1 to 10000."}
	case 65417:
		return bilingual{"时间跨度太长：starttime 到 endtime 至多 24 小时。", "The span is too long: 24 hours at most from starttime to endtime."}

	// Template messages and subscription notices.
	case 40037:
		return bilingual{"模板不存在：template_id 从本账号的模板列表取；添加时 template_id_short 为编号、TM… 或 OPENTM…。", "No such template: take template_id from this account's list; template_id_short is a number, TM… or OPENTM…."}
	case 40062:
		return bilingual{"title 为空或太长：填 1 至 15 字。", "title is empty or too long: give 1 to 15 characters."}
	case 40102:
		return bilingual{"行业代码不对：industry_id1 和 industry_id2 都填文本 1 至 41。", "Unknown industry: send both industry_id1 and industry_id2, as text, 1 to 41."}
	case 40246:
		return bilingual{"keyword_name_list 为空或有空项：类目模板须按顺序列出关键词。", "keyword_name_list is empty or has an empty entry: list a category template's keywords in order."}
	case 43100:
		return bilingual{"行业每月只能改 1 次：下月再改。", "The industry changes once a month: wait for the next."}
	case 45026:
		return bilingual{"模板已满 25 个：先删除不用的。", "The account has 25 templates already: delete one first."}
	case 43101:
		return bilingual{"用户没有同意接收此消息，或同意的次数已用完：再次征得同意；一次性订阅的 scene 须一致。", "The user has not agreed to this message, or it is used up: ask again; a one-time message needs the same scene."}
	case 200002:
		return bilingual{"priTmplId 不是本账号的模板：从 gettemplate 取。", "priTmplId is none of this account's templates: take it from gettemplate."}
	case 200012:
		return bilingual{"私有模板已满（本地平台为 50 个）：先删除不用的。", "There are as many private templates as there may be, 50 on the local platform: delete one first."}
	case 200014:
		return bilingual{"公共模板库里没有这个 tid：从 getpubtemplatetitles 取。", "The public library has no such tid: take it from getpubtemplatetitles."}
	case 200016:
		return bilingual{"start 须是从 0 起的整数。", "start must be a number from 0 on."}
	case 200017:
		return bilingual{"limit 须为 1 至 30。", "limit must be 1 to 30."}
	case 200018:
		return bilingual{"没有带 ids：填类目 id，用逗号分隔。", "ids is missing: send ids of categories with commas between them."}
	case 200019:
		return bilingual{"ids 里有不属于本账号的类目：从 getcategory 取。", "ids names a category that the account does not have: take them from getcategory."}
	case 200020:
		return bilingual{"kidList 须是此模板的 2 至 5 个关键词 id，不能重复：从 getpubtemplatekeywords 取。", "kidList must hold 2 to 5 keywords of this template, none twice: take them from getpubtemplatekeywords."}
	case 200021:
		return bilingual{"sceneDesc 为空或太长：填 1 至 15 字。", "sceneDesc is empty or too long: give 1 to 15 characters."}

	// Web authorization.
	case 40029:
		return bilingual{"code 不对，或属于另一个 AppID：让用户重新授权。", "The code is wrong or belongs to another AppID: send the user to the authorization page again."}
	case 40163:
		return bilingual{"code 只能用一次：防止页面重复提交，并让用户重新授权。", "A code is good once: guard against the page being loaded twice, and have the user authorize again."}
	case 41008:
		return bilingual{"没有带 code：取回跳地址里的 code 参数。", "code is missing: take it from the address to which the user came back."}
	case 42003:
		return bilingual{"code 已过期（5 分钟）：拿到后立即换取，并让用户重新授权。", "The code has expired after 5 minutes: exchange it at once, and have the user authorize again."}
	case 40030:
		return bilingual{"refresh_token 不对，或属于另一个 AppID：核对保存的值，或让用户重新授权。", "The refresh_token is wrong or another AppID's: check what was stored, or have the user authorize again."}
	case 41003:
		return bilingual{"没有带 refresh_token：填换取 code 时得到的值。", "refresh_token is missing: send the one that came with the exchange of the code."}
	case 42002:
		return bilingual{"refresh_token 已过期（30 天）：让用户重新授权。", "The refresh_token has expired after 30 days: have the user authorize again."}
	case 42007:
		return bilingual{"用户改了密码，授权已失效：让用户重新授权。", "The user changed the password, which ends the tokens: have the user authorize again."}

	// QR codes, short keys, the callback's check.
	case 40052:
		return bilingual{"action_name 不对：用 QR_SCENE、QR_STR_SCENE、QR_LIMIT_SCENE 或 QR_LIMIT_STR_SCENE。", "Unknown action_name: use QR_SCENE, QR_STR_SCENE, QR_LIMIT_SCENE or QR_LIMIT_STR_SCENE."}
	case 40053:
		return bilingual{"scene 不对：scene_id 为 1 至 100000（临时码至 4294967295），scene_str 为 1 至 64 字。", "Bad scene: scene_id is 1 to 100000 (temporary: to 4294967295), scene_str has 1 to 64 characters."}
	case 45029:
		return bilingual{"永久二维码已满 10 万个：改用临时二维码。", "The account has 100000 permanent QR codes already: use temporary ones."}
	case 9410010:
		return bilingual{"long_data 太长：至多 4 KB。", "long_data is too long: 4 KB at most."}
	case 9410011:
		return bilingual{"expire_seconds 超出范围：1 至 2592000 秒（30 天）。", "expire_seconds is out of range: 1 to 2592000, which is 30 days."}
	case 9410012:
		return bilingual{"short_key 不存在或已过期：重新生成。", "short_key is unknown or has expired: make a new one."}
	case 40202:
		return bilingual{"action 只能是 dns、ping 或 all。", "action must be dns, ping or all."}
	case 40203:
		return bilingual{"check_operator 只能是 CHINANET、UNICOM、CAP 或 DEFAULT。", "check_operator must be CHINANET, UNICOM, CAP or DEFAULT."}

	// Third-party platforms.
	case 61003:
		return bilingual{"账号没有授权给本第三方平台：核对 authorizer_appid 和 token，或让账号重新授权。", "The account has not authorized this component: see authorizer_appid and the token, or have it authorize again."}
	case 61005:
		return bilingual{"component_verify_ticket 已过期（12 小时）：用最新推送的，或调用 api_start_push_ticket。", "component_verify_ticket is older than 12 hours: use the newest push, or call api_start_push_ticket."}
	case 61006:
		return bilingual{"component_verify_ticket 不对：保存并使用最新推送的一个（每 10 分钟一次）。", "component_verify_ticket is wrong: keep and use the newest; one is pushed every 10 minutes."}
	case 61009:
		return bilingual{"authorization_code 不对：用授权回跳地址里的 auth_code。", "authorization_code is wrong: use auth_code from the address to which the authorization came back."}
	case 61010:
		return bilingual{"authorization_code 已用过或超过 1 小时：让账号重新授权。", "authorization_code was used or is over an hour old: have the account authorize again."}
	case 61012:
		return bilingual{"option_name 只能是 location_report、voice_recognize 或 customer_service。", "option_name must be location_report, voice_recognize or customer_service."}
	case 61013:
		return bilingual{"option_value 不对：location_report 为 0 至 2，其他为 0 或 1，按文本发送。", "Bad option_value: 0 to 2 for location_report, 0 or 1 for the others, sent as text."}
	case 61014:
		return bilingual{"此接口须用 component_access_token，不能用账号的 access_token。", "Call this with the component_access_token, not with an account's access token."}
	case 61023:
		return bilingual{"authorizer_refresh_token 不对：用最近一次保存的，丢失则让账号重新授权。", "authorizer_refresh_token is wrong: use the newest that you stored; if it is lost, have the account authorize again."}
	case 40170:
		return bilingual{"count 须为 1 至 500，offset 从 0 起。", "count must be 1 to 500, and offset 0 or more."}
	case 61058:
		return bilingual{"ticket 为空或不对：填注册授权回跳带来的 ticket。", "ticket is empty or wrong: send the one that came back from the registration's consent page."}
	case 89000:
		return bilingual{"账号已绑定开放平台账号：不必再绑，换绑先解绑。", "The account is bound to an open-platform account already: unbind it first to change that."}
	case 89001:
		return bilingual{"open_appid 不是账号所绑定的，或主体不同：用 open/get 核对。", "open_appid is not the one that the account is bound to, or has another owner: see open/get."}
	case 89002:
		return bilingual{"账号没有绑定开放平台账号：先用 open/create 或 open/bind。", "The account is not bound to an open-platform account: call open/create or open/bind first."}
	case 89003:
		return bilingual{"open_appid 不是通过接口创建的：用 open/create 返回的值。", "open_appid was not made by the API: use one that open/create returned."}
	case 89004:
		return bilingual{"此开放平台账号已绑定 100 个账号：换一个，或先解绑。", "The open-platform account has 100 accounts already: use another, or unbind one."}
	}
	return bilingual{"见微信官方文档的全局返回码。", "Look the code up among the platform's global return codes (全局返回码)."}
}
