package console

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// bilingual is a text in both languages of the page.
type bilingual struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// explain returns why the platform could not use the bot's answer, and what to check.
func explain(err error, d wechattest.Delivery, cfg wechattest.Config) bilingual {
	switch {
	case err == nil:
		return bilingual{}
	case errors.Is(err, wechattest.ErrTimeout):
		return bilingual{
			fmt.Sprintf("机器人没有在 %v 内应答，平台断开了连接；消息会重复推送，共 %d 次。请先回复 success，再用客服消息发送结果。", cfg.Timeout, cfg.Deliveries),
			fmt.Sprintf("The bot did not answer within %v, so the platform cut the connection; the message is delivered %d times in all. Answer success at once and send the result as a customer-service message.", cfg.Timeout, cfg.Deliveries),
		}
	case errors.Is(err, wechattest.ErrUnreachable):
		return bilingual{
			"连接不上回调地址，或连接被中断：请检查机器人是否已启动、地址和端口是否正确。",
			"The callback URL does not accept the connection or breaks it: check that the bot is running, and its address and port.",
		}
	case errors.Is(err, wechattest.ErrTooLarge):
		return bilingual{"应答超过 1 MiB，平台不再读取。", "The answer is larger than 1 MiB; the platform stops reading."}
	case errors.Is(err, wechattest.ErrStatus):
		return explainStatus(d, cfg)
	case errors.Is(err, crypto.ErrReceiver):
		return bilingual{
			"AppID 不一致：加密的回复里是另一个 AppID，应为 " + receiver(cfg) + "。",
			"Wrong app id: the encrypted reply has another one; it should be " + receiver(cfg) + ".",
		}
	case errors.Is(err, crypto.ErrPadding), errors.Is(err, crypto.ErrLength):
		return bilingual{
			"EncodingAESKey 不一致：回复无法解密。请核对机器人与账号的 EncodingAESKey。",
			"Wrong EncodingAESKey: the reply cannot be decrypted. Compare the bot's key with the account's.",
		}
	case errors.Is(err, wechattest.ErrEnvelope):
		return bilingual{
			"加密的回复有误：" + err.Error() + "。如果是签名错误，请核对 Token；签名覆盖 Token、TimeStamp、Nonce 和 Encrypt。",
			"The encrypted reply is wrong: " + err.Error() + ". If it is the signature, compare the Token; it covers Token, TimeStamp, Nonce and Encrypt.",
		}
	case errors.Is(err, wechattest.ErrNotEncrypted):
		return bilingual{
			"安全模式下的回复是明文：请用 EncodingAESKey 加密后再回复。",
			"Plaintext in safe mode: the reply must be encrypted with the EncodingAESKey.",
		}
	case errors.Is(err, wechattest.ErrEncrypted):
		return bilingual{"明文模式下的回复是密文：请直接回复明文 XML。", "The reply is encrypted, but the account is in plain mode: answer with plain XML."}
	case errors.Is(err, wechattest.ErrNotXML):
		return bilingual{
			"回复格式错误，平台无法解析（应为根节点是 <xml> 的 XML，或 success，或空串）：" + err.Error(),
			"Malformed reply: it must be XML with the root <xml>, or success, or empty. " + err.Error(),
		}
	case errors.Is(err, wechattest.ErrNotJSON):
		return bilingual{
			"推送是 JSON，回复也应是 JSON（或 success，或空串）：" + err.Error(),
			"Malformed reply: the answer to a JSON message must be JSON, or success, or empty. " + err.Error(),
		}
	case errors.Is(err, wechattest.ErrTooLong):
		return bilingual{
			"回复的文本超过 2048 字节：请拆分，或用客服消息发送。",
			"The text of the reply is over 2048 bytes: split it, or send it as customer-service messages.",
		}
	case errors.Is(err, wechattest.ErrAddress):
		return bilingual{
			"回复的收发双方没有互换：ToUserName 应为用户的 openid，FromUserName 应为账号的原始 ID。" + err.Error(),
			"Malformed reply: it must swap the addresses: ToUserName is the user's openid and FromUserName the account's original id. " + err.Error(),
		}
	case errors.Is(err, wechattest.ErrReplyType), errors.Is(err, wechattest.ErrIncomplete):
		return bilingual{"回复缺少必需的内容：" + err.Error(), "Malformed reply: " + err.Error()}
	case errors.Is(err, wechattest.ErrTransfer):
		return bilingual{"事件不能转接客服，只有用户的消息可以。", "An event cannot be transferred to customer service; only a user's message can."}
	case errors.Is(err, wechattest.ErrNoBot):
		return bilingual{"还没有回调地址：请在控制台的“账号”里填写。", "There is no callback URL yet: set it under Account."}
	case errors.Is(err, wechattest.ErrVerification):
		return bilingual{
			"URL 验证失败：机器人应原样返回 echostr，前后不能有其他内容。",
			"Verification failed: the bot must answer exactly echostr.",
		}
	}
	return bilingual{err.Error(), err.Error()}
}

// receiver returns the app id of encrypted messages of the account.
func receiver(cfg wechattest.Config) string {
	if cfg.Mode == wechattest.Component {
		return cfg.ComponentAppID
	}
	return cfg.AppID
}

// explainStatus explains a status other than 200.
func explainStatus(d wechattest.Delivery, cfg wechattest.Config) bilingual {
	switch {
	case d.Status == 404 || d.Status == 405:
		return bilingual{
			fmt.Sprintf("机器人返回 HTTP %d：回调地址的路径不对，或它不接受 %s 请求。", d.Status, d.Method),
			fmt.Sprintf("The bot answered HTTP %d: the path of the callback URL is wrong, or it does not accept %s.", d.Status, d.Method),
		}
	case d.Status >= 500:
		return bilingual{
			fmt.Sprintf("机器人返回 HTTP %d：机器人内部出错，请看它的日志。", d.Status),
			fmt.Sprintf("The bot answered HTTP %d: it has an internal error; see its log.", d.Status),
		}
	case d.Status >= 300 && d.Status < 400:
		return bilingual{"机器人返回了跳转，平台不会跟随。", "The bot answered with a redirect, which the platform does not follow."}
	}
	zh := fmt.Sprintf("机器人拒绝了请求（HTTP %d）。原因一般写在机器人的日志里。", d.Status)
	en := fmt.Sprintf("The bot refused the request (HTTP %d). Its log probably says why.", d.Status)
	if d.Status == 400 {
		return bilingual{
			zh + "400 通常表示无法解析请求体：请求体可能已被中间件读走，或数据格式（XML、JSON）、加解密方式不一致。",
			en + " 400 often means that it could not read the body: a middleware has read the body before, or the bot expects another format (XML, JSON) or another mode.",
		}
	}
	if encrypts(cfg.Mode) {
		return bilingual{
			zh + "请核对 Token（签名）、服务器时间、加解密方式、EncodingAESKey 和 AppID。",
			en + " Compare the Token (signature), the machine's clock, the mode, the EncodingAESKey and the app id.",
		}
	}
	return bilingual{
		zh + "请核对 Token（签名）、服务器时间和加解密方式：账号是" + modeZH(cfg.Mode) + "，机器人不应设置 EncodingAESKey。",
		en + " Compare the Token (signature), the machine's clock and the mode: the account is in " + modeEN(cfg.Mode) + ", so the bot must not have an EncodingAESKey.",
	}
}

// modeZH names a mode as the console does.
func modeZH(m wechattest.Mode) string {
	switch m {
	case wechattest.Plain:
		return "明文模式"
	case wechattest.Compat:
		return "兼容模式"
	case wechattest.CloudHosting:
		return "云托管模式"
	}
	return "安全模式"
}

func modeEN(m wechattest.Mode) string {
	switch m {
	case wechattest.Plain:
		return "plain mode"
	case wechattest.Compat:
		return "compat mode"
	case wechattest.CloudHosting:
		return "cloud hosting mode"
	}
	return "safe mode"
}

// tokenIsWrong is the reason why a bot refuses the verification of its URL, which is
// signed only with the Token.
var tokenIsWrong = bilingual{
	"URL 验证也被拒绝：Token 不一致（或两边的时钟相差超过 5 分钟）。",
	"The verification of the URL, signed only with the Token, is refused too: the Token is wrong (or the clocks differ by minutes).",
}

// tokenIsRight tells what else can be wrong in a bot that refused a genuine message with
// a status, although it accepts the verification of its URL.
func tokenIsRight(status int, cfg wechattest.Config) bilingual {
	zh, en := "URL 验证通过，Token 正确。", "The verification of the URL succeeds, so the Token is right."
	if status == 400 {
		zh += "机器人可能没有读到请求体（已被中间件读走），或数据格式（XML、JSON）不一致。否则："
		en += " A middleware may have read the body before the bot, or the bot expects another format (XML, JSON). Otherwise:"
	}
	if !encrypts(cfg.Mode) {
		return bilingual{
			zh + "很可能是加解密方式不一致：账号是明文模式，而设置了 EncodingAESKey 的机器人只接受密文。请把模拟器改为安全模式（-mode safe），或去掉机器人的 EncodingAESKey。",
			en + " The modes probably differ: the account is in plain mode, and a bot with an EncodingAESKey accepts only encrypted messages. Change the account to safe mode (-mode safe), or remove the EncodingAESKey of the bot.",
		}
	}
	return bilingual{
		zh + "可能是加解密方式不一致（账号是" + modeZH(cfg.Mode) + "，没有 EncodingAESKey 的机器人只接受明文），或 EncodingAESKey、AppID 不一致。机器人的日志会说明是哪一种。",
		en + " Either the modes differ (the account is in " + modeEN(cfg.Mode) + ", and a bot without an EncodingAESKey accepts only plaintext), or the EncodingAESKey or the app id is wrong. The bot's log tells which.",
	}
}

// slowAnswer returns a hint for an answer that came late. An answer at the deadline of
// a handler, 4.5 of 5 seconds, is not too late: only the last twentieth is.
func slowAnswer(r *wechattest.Reply, took, timeout time.Duration) bilingual {
	switch {
	case took >= timeout*19/20:
		return bilingual{
			fmt.Sprintf("应答用了 %.1f 秒，平台最多等待 %v：网络稍慢就会超时。", took.Seconds(), timeout),
			fmt.Sprintf("The answer took %.1fs, and the platform waits for %v: on a slower network it would be too late.", took.Seconds(), timeout),
		}
	case took >= timeout*4/5 && r.Type == wechattest.ReplyNone && !r.Fault && !r.Unseen:
		return bilingual{
			fmt.Sprintf("机器人用了 %.1f 秒，只回复了 success，用户还没有看到任何内容。结果应当随后以客服消息到达；若没有，请看机器人的日志。", took.Seconds()),
			fmt.Sprintf("After %.1fs the bot answered only success: the user has seen nothing yet. The result should follow as a customer-service message; if it does not, the bot's log says why.", took.Seconds()),
		}
	}
	return bilingual{}
}

// faultMeaning explains an injected fault and what a good client does.
func faultMeaning(fault string) bilingual {
	if fault == "" {
		return bilingual{}
	}
	return bilingual{
		"这是注入的故障（" + fault + "），并非账号的问题。客户端应当报告清楚的错误，或按规则重试。",
		"This fault was injected (" + fault + "); the account is all right. A client should report it clearly, or retry according to its rules.",
	}
}
