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
			fmt.Sprintf("机器人没有在 %v 内应答，平台断开了连接；消息会重复投递，共 %d 次。请先回复 success，再用客服消息发送结果。", cfg.Timeout, cfg.Deliveries),
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
			"AppID 不符：加密的回复里是另一个 AppID，应为 " + receiver(cfg) + "。",
			"Wrong app id: the encrypted reply has another one; it should be " + receiver(cfg) + ".",
		}
	case errors.Is(err, crypto.ErrPadding), errors.Is(err, crypto.ErrLength):
		return bilingual{
			"EncodingAESKey 不符：回复解不开。请核对机器人与平台的 EncodingAESKey。",
			"Wrong EncodingAESKey: the reply cannot be decrypted. Compare the bot's key with the account's.",
		}
	case errors.Is(err, wechattest.ErrEnvelope):
		return bilingual{
			"加密的回复不对：" + err.Error() + "。若是签名，请核对 Token；签名覆盖 Token、TimeStamp、Nonce 和 Encrypt。",
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
			"回复格式错误，平台读不懂（须为 <xml> 根节点的 XML，或 success，或空串）：" + err.Error(),
			"Malformed reply: it must be XML with the root <xml>, or success, or empty. " + err.Error(),
		}
	case errors.Is(err, wechattest.ErrNotJSON):
		return bilingual{
			"推送是 JSON，回复也须是 JSON（或 success，或空串）：" + err.Error(),
			"Malformed reply: the answer to a JSON message must be JSON, or success, or empty. " + err.Error(),
		}
	case errors.Is(err, wechattest.ErrTooLong):
		return bilingual{
			"回复的文本超过 2048 字节：请拆分，或用客服消息发送。",
			"The text of the reply is over 2048 bytes: split it, or send it as customer-service messages.",
		}
	case errors.Is(err, wechattest.ErrAddress):
		return bilingual{
			"回复的收发双方没有对调：ToUserName 应为用户的 openid，FromUserName 应为账号的原始 ID。" + err.Error(),
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
			"URL 验证失败：机器人须原样返回 echostr，前后不能有任何内容。",
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
			fmt.Sprintf("机器人应答 HTTP %d：回调地址的路径或方法不对。", d.Status),
			fmt.Sprintf("The bot answered HTTP %d: the path of the callback URL is wrong, or it does not accept %s.", d.Status, d.Method),
		}
	case d.Status >= 500:
		return bilingual{
			fmt.Sprintf("机器人应答 HTTP %d：机器人自身出错，请看它的日志。", d.Status),
			fmt.Sprintf("The bot answered HTTP %d: it has an internal error; see its log.", d.Status),
		}
	case d.Status >= 300 && d.Status < 400:
		return bilingual{"机器人要求跳转，平台不会跟随。", "The bot answered with a redirect, which the platform does not follow."}
	}
	zh, en := "请核对 Token（签名）、服务器时间", "compare the Token (signature) and the machine's clock"
	if encrypts(cfg.Mode) {
		zh += "、EncodingAESKey、AppID 和加解密方式"
		en += ", the EncodingAESKey, the app id and the mode"
	}
	return bilingual{
		fmt.Sprintf("机器人拒绝了请求（HTTP %d）：%s。点“验证 URL”可分辨是否为 Token。", d.Status, zh),
		fmt.Sprintf("The bot refused the request (HTTP %d): %s. “Verify URL” tells whether it is the Token.", d.Status, en),
	}
}

// narrow tells which part of the configuration is wrong in a bot that refused a genuine
// message: the verification of its URL is signed only with the Token.
func narrow(verification error) bilingual {
	switch {
	case errors.Is(verification, wechattest.ErrStatus):
		return bilingual{
			"URL 验证也被拒绝：Token 不符（或机器时间相差超过 5 分钟）。",
			"The verification of the URL, signed only with the Token, is refused too: the Token is wrong (or the clocks differ by minutes).",
		}
	case verification == nil:
		return bilingual{
			"URL 验证通过，Token 正确：EncodingAESKey 或 AppID 不符，或者机器人与账号的加解密方式不同。",
			"The verification of the URL succeeds, so the Token is right: the EncodingAESKey or the app id is wrong, or bot and account are in different modes.",
		}
	}
	return bilingual{}
}

// slowAnswer returns a warning for an answer that was nearly too late.
func slowAnswer(took, timeout time.Duration) bilingual {
	if took < timeout*4/5 {
		return bilingual{}
	}
	return bilingual{"应答很慢，接近平台的时限。", "The answer was slow, close to the platform's limit."}
}

// faultMeaning explains an injected fault and what a good client does.
func faultMeaning(fault string) bilingual {
	if fault == "" {
		return bilingual{}
	}
	return bilingual{
		"这是注入的故障（" + fault + "），并非账号的问题。客户端应当报出清楚的错误，或按规则重试。",
		"This fault was injected (" + fault + "); the account is all right. A client should report it clearly, or retry according to its rules.",
	}
}
