'use strict';
// The page's texts, Chinese and English. Explanations of error codes come from the server, in both languages.
const words = {
  title: ['公众号模拟器', 'WeChat emulator'], chat: ['聊天', 'Chat'], console: ['控制台', 'Console'], other: ['English', '中文'],
  connected: ['已连接', 'connected'], lost: ['连接已断开，正在重连…', 'connection lost, trying again…'],
  newUser: ['新用户', 'New user'], follow: ['关注', 'Follow'], unfollow: ['取消关注', 'Unfollow'], send: ['发送', 'Send'], typeHere: ['输入消息', 'Write a message'],
  noUser: ['还没有用户', 'no user yet'], openidOf: ['新用户的 openid（字母、数字、_ 和 -）', 'openid of the new user (letters, digits, _ and -)'],
  notFollowing: ['（未关注）', ' (does not follow)'], typing: ['对方正在输入…', 'typing…'], emoji: ['表情', 'Emoji'], more: ['更多', 'More'], keyboard: ['键盘', 'Keyboard'],
  picture: ['图片', 'Picture'], samplePicture: ['示例图片', 'Sample picture'], voice: ['语音', 'Voice'], sampleVoice: ['示例语音', 'Sample voice'], video: ['视频', 'Video'], sampleVideo: ['示例视频', 'Sample video'],
  location: ['位置', 'Location'], link: ['链接', 'Link'], scan: ['扫一扫', 'Scan'], webpage: ['打开网页', 'Web page'], popup: ['订阅通知', 'Subscribe'], raw: ['原始 XML', 'Raw XML'],
  cancel: ['取消', 'Cancel'], ok: ['确定', 'OK'], accept: ['允许', 'Allow'], reject: ['拒绝', 'Refuse'], latitude: ['纬度', 'Latitude'], longitude: ['经度', 'Longitude'], label: ['地点名称', 'Name of the place'],
  place: ['人民广场', "People's Square"], linkTitle: ['标题', 'Title'], description: ['描述', 'Description'], address: ['网址', 'Address'], scene: ['场景值（没有二维码时）', 'Scene (if no code is chosen)'],
  code: ['二维码（账号已创建的）', 'QR code (made by the account)'], none: ['（无）', '(none)'], scanResult: ['扫码结果', 'Content of the code'], template: ['订阅模板', 'Template'],
  noTemplates: ['账号还没有订阅通知模板（接口 /wxaapi/newtmpl/addtemplate）。', 'The account has no subscription template yet. Add one with /wxaapi/newtmpl/addtemplate.'],
  webHint: ['以当前用户的身份打开；网页授权地址（open.weixin.qq.com/connect/…）会转到本机的授权页。', 'The page opens as this user. Authorization addresses (open.weixin.qq.com/connect/…) open the consent page of this emulator.'],
  rawHint: ['消息或事件的完整 XML，按原样推送。', 'The complete XML of a message or event. It is delivered unchanged.'],
  transfer: ['已转接人工客服', 'transferred to customer service'], event: ['事件', 'event'], noFile: ['没有这个素材', 'no such file'],
  viacustomer_service: ['客服消息', 'customer service'], viatemplate: ['模板消息', 'template message'], viaone_time_subscription: ['一次性订阅', 'one-time subscription'], viasubscribe: ['订阅通知', 'subscription notice'],
  viamass: ['群发', 'mass send'], viapreview: ['群发预览', 'mass preview'], viamenu: ['菜单', 'menu'], viareply: ['', ''],
  details: ['查看详情', 'Details'], miniprogram: ['小程序', 'Mini program'], card: ['卡券', 'Card'],
  callbacks: ['回调', 'Callbacks'], calls: ['接口调用', 'API calls'], tokens: ['access_token', 'Token'], quotas: ['额度', 'Quotas'], faults: ['故障', 'Faults'], account: ['账号', 'Account'],
  noCallbacks: ['还没有回调。在左边关注账号或发一条消息试试。', 'No callback yet. Follow the account on the left, or send a message.'], noCalls: ['还没有接口调用。把 SDK 的接口地址改为本机即可。', 'No API call yet. Point your SDK at this address.'],
  filter: ['按路径筛选，如 /cgi-bin/message/*', 'filter by path, such as /cgi-bin/message/*'], record: ['下载流量（JSON Lines）', 'Download traffic (JSON lines)'], replay: ['重放流量…', 'Replay traffic…'],
  verification: ['URL 验证', 'URL verification'], verify: ['验证 URL', 'Verify URL'], verified: ['URL 验证通过', 'The callback URL is verified'], request: ['请求', 'Request'], signature: ['签名与参数', 'Signature and parameters'], decrypted: ['消息明文', 'Decrypted message'],
  response: ['应答', 'Response'], replyClear: ['回复明文', 'Decrypted reply'], tryNo: ['第 # 次', 'try #'], answered: ['已回复', 'answered'], failed: ['失败', 'failed'], waiting: ['等待中', 'waiting'], repeats: ['推送 # 次', '# deliveries'], shows: ['用户看到', 'the user sees'],
  noAnswer: ['没有应答', 'no answer'], remedy: ['处理办法', 'What to do'], injected: ['注入的故障', 'Injected fault'], query: ['参数', 'Query'], answer: ['应答', 'Answer'], cutNews: ['图文超出条数，# 条未显示', '# articles over the limit are not shown'],
  kind: ['来源', 'From'], life: ['剩余', 'Life left'], value: ['值', 'Value'], stateWord: ['状态', 'State'], valid: ['有效', 'valid'], expired: ['已过期', 'expired'], revoked: ['已作废', 'revoked'], overlap: ['已更换，剩余', 'replaced, ends in'],
  expire: ['立即过期 (42001)', 'Expire now (42001)'], revoke: ['立即作废 (40001)', 'Revoke now (40001)'], noTokens: ['还没有签发过 access_token。', 'No access token has been issued yet.'],
  tokenHint: ['access_token 有效 2 小时；用过期的调用得到 42001，用作废的得到 40001；客户端应当重新获取并重试。', 'An access token is valid for 2 hours. Calls with an expired token get 42001, with a revoked token 40001. A good client fetches a new token and repeats the call.'],
  tokenRequests: ['获取 token 的请求：# 次', '# token requests so far'], stable: ['stable_token', 'stable_token'], classic: ['token', 'token'], otherToken: ['较早', 'earlier'],
  path: ['路径', 'Path'], used: ['今日已用', 'Used today'], daily: ['每日上限', 'Daily'], minutely: ['每分钟上限', 'Per minute'], setQuota: ['设置额度', 'Set quota'], noQuota: ['今天还没有计数的调用。', 'No call has been counted today.'], quotaHint: ['0 表示不限；超出每日上限得到 45009，超出每分钟上限得到 45011。', '0 means no limit. Calls over the daily limit get 45009, over the limit per minute 45011.'],
  faultHint: ['打开一种故障，观察机器人如何处理。可以只对部分路径或按比例生效。', 'Switch on a fault and watch how the bot reacts. It can be limited to some paths or to a share of the calls.'], inForce: ['生效中', 'Active'], switchOn: ['打开', 'Switch on'], switchOff: ['关闭', 'Switch off'], noFaults: ['没有生效的故障。', 'No fault is active.'],
  lostReply: ['机器人的回复丢失', "The bot's answer is lost"], lostReplyHint: ['机器人已处理下一条消息，但回复在途中丢失，平台会重新推送。', 'The bot handles the next message, but its answer is lost on the way, and the platform delivers the message again.'], once: ['一次', 'Once'],
  share: ['比例 (0–1)', 'Share (0–1)'], times: ['次数', 'Times'], all: ['全部', 'all'], everyPath: ['所有路径', 'every path'],
  clock: ['平台时钟', 'Platform clock'], clockHint: ['只影响 access_token、额度与回复时限；回调始终使用真实时间。', 'The clock changes tokens, quotas and reply windows only. Callbacks always use the real time.'], ahead: ['快了', 'ahead by'],
  minutes10: ['+10 分钟', '+10 min'], hour1: ['+1 小时', '+1 hour'], hours2: ['+2 小时', '+2 hours'], day1: ['+1 天', '+1 day'], hours48: ['+48 小时', '+48 hours'],
  callbackURL: ['回调地址', 'Callback URL'], save: ['保存', 'Save'], mode: ['加解密方式', 'Mode'], Plain: ['明文模式', 'plain'], Compat: ['兼容模式', 'compat'], Safe: ['安全模式', 'safe'], Component: ['第三方平台', 'component'], CloudHosting: ['云托管', 'cloud hosting'],
  accountHint: ['用以下参数配置机器人；SDK 的接口域名改为下面的“接口地址”。', 'Configure the bot with these values, and the SDK with the API address.'], base: ['接口地址', 'API address'], originalID: ['原始 ID', 'Original id'], unusedKey: ['（本模式不使用）', '(not used in this mode)'], hiddenValue: ['（启动时设置，此处不显示）', '(set at the start; not shown)'], sent: ['已发出', 'sent'],
};

// The faults that can be switched on: rule, name and explanation.
const faultKinds = [
  ['slow=3s', ['延迟 3 秒', '3 s slow'], ['应答正确，但延迟 3 秒。客户端应设置超时。', 'The answer is correct but 3 seconds late. A client should have its own timeout.']],
  ['-1', ['系统繁忙 -1', 'Busy, -1'], ['平台繁忙。查询可以重试；发送类的调用要先确认是否成功。', 'The platform is busy. Queries can be repeated. Repeat a send only if you know that it failed.']],
  ['502', ['网关 502', 'Gateway 502'], ['返回网关的 HTML 页面，而不是 JSON。', "The answer is a gateway's HTML page instead of JSON."]],
  ['40001', ['access_token 无效 40001', 'Bad token, 40001'], ['access_token 无效或被别处刷新。客户端应重新获取并重试一次。', 'The token is invalid or was refreshed elsewhere. A client should fetch a new token and repeat the call once.']],
  ['45009', ['额度用尽 45009', 'Quota, 45009'], ['当日调用次数用完，重试无用。', "The calls of the day are used up. Retrying does not help."]],
  ['40164', ['IP 不在白名单 40164', 'Address refused, 40164'], ['调用方 IP 不在白名单，errmsg 里有该地址。', 'The address of the caller is not on the IP allow-list. errmsg contains the address.']],
  ['cut', ['连接中断', 'Connection cut'], ['收到请求后中断，请求没有执行。', 'The connection is cut after the request was read. The call is not executed.']],
  ['cut-after', ['执行后中断', 'Cut after the call'], ['请求已执行，但应答丢失：盲目重试会重复发送。', 'The call is executed, but the answer is lost. A blind retry would send twice.']],
  ['truncated', ['JSON 不完整', 'Truncated JSON'], ['只收到一半应答。', 'Only half of the answer arrives.']],
  ['hang', ['一直不应答', 'No answer'], ['连接保持，但始终没有应答。', 'The connection stays open, and no answer ever arrives.']],
];

let language = localStorage.getItem('language') || (navigator.language.startsWith('zh') ? 'zh' : 'en');
const pick = (pair) => pair[language === 'zh' ? 0 : 1];
const w = (name, n) => (words[name] ? pick(words[name]) : name).replace('#', n);
const said = (text) => (text ? text[language] || '' : '');
