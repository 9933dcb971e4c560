package wechattest

import (
	"strconv"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Event returns an event (事件推送) of any name. The functions below return the documented
// ones that a bot usually handles.
func Event(name string, elements ...Element) Message {
	return Message{Type: "event", Event: name, Elements: elements}
}

// Subscribe is a user's follow (关注事件).
func Subscribe() Message { return Event("subscribe", CDATA("EventKey", "")) }

// SubscribeByScan is the follow of a user who scanned a parametric QR code
// (扫描带参数二维码事件): the event key is qrscene_ and the scene.
func SubscribeByScan(scene, ticket string) Message {
	return Event("subscribe", CDATA("EventKey", "qrscene_"+scene), CDATA("Ticket", ticket))
}

// Unsubscribe is a user's unfollow (取消关注事件).
func Unsubscribe() Message { return Event("unsubscribe", CDATA("EventKey", "")) }

// Scan is a follower's scan of a parametric QR code.
func Scan(scene, ticket string) Message {
	return Event("SCAN", CDATA("EventKey", scene), CDATA("Ticket", ticket))
}

// LocationReport is the position that a client reports by itself (上报地理位置事件).
func LocationReport(latitude, longitude, precision float64) Message {
	return Event("LOCATION", Decimal("Latitude", latitude), Decimal("Longitude", longitude), Decimal("Precision", precision))
}

// Click is a click on a menu button of type click (点击菜单拉取消息).
func Click(key string) Message { return Event("CLICK", CDATA("EventKey", key)) }

// View is a click on a menu button that opens a page (点击菜单跳转链接).
func View(url string) Message { return Event("VIEW", CDATA("EventKey", url)) }

// ViewMiniProgram is a click on a menu button that opens a mini program.
func ViewMiniProgram(pagePath string) Message {
	return Event("view_miniprogram", CDATA("EventKey", pagePath))
}

// ScanCodePush is a scan started from a menu button (扫码推事件). scanType is
// qrcode, or barcode whose result is "standard,code".
func ScanCodePush(key, scanType, result string) Message {
	return scanCode("scancode_push", key, scanType, result)
}

// ScanCodeWait is a scan started from a menu button that waits for the bot's answer
// (扫码推事件且弹出“消息接收中”提示框).
func ScanCodeWait(key, scanType, result string) Message {
	return scanCode("scancode_waitmsg", key, scanType, result)
}

func scanCode(event, key, scanType, result string) Message {
	return Event(event, CDATA("EventKey", key),
		Group("ScanCodeInfo", CDATA("ScanType", scanType), CDATA("ScanResult", result)))
}

// PicSysPhoto is the event of pictures from the camera, taken from a menu button
// (弹出系统拍照发图), with their MD5 sums. The pictures follow as image messages.
func PicSysPhoto(key string, md5Sums ...string) Message {
	return pictures("pic_sysphoto", key, md5Sums)
}

// PicPhotoOrAlbum is [PicSysPhoto] for camera or album (弹出拍照或者相册发图).
func PicPhotoOrAlbum(key string, md5Sums ...string) Message {
	return pictures("pic_photo_or_album", key, md5Sums)
}

// PicWeixin is [PicSysPhoto] for WeChat's own album (弹出微信相册发图器).
func PicWeixin(key string, md5Sums ...string) Message { return pictures("pic_weixin", key, md5Sums) }

// pictures writes one PicList per picture and Count last, as the platform does.
func pictures(event, key string, md5Sums []string) Message {
	var lists []Element
	for _, sum := range md5Sums {
		lists = append(lists, Group("PicList", Group("item", CDATA("PicMd5Sum", sum))))
	}
	if lists == nil {
		lists = []Element{CDATA("PicList", "")}
	}
	return Event(event, CDATA("EventKey", key),
		Group("SendPicsInfo", append(lists, Number("Count", int64(len(md5Sums))))...))
}

// LocationSelect is a place chosen from a menu button (弹出地理位置选择器); the location message
// follows. Its numbers are sent as text.
func LocationSelect(key string, latitude, longitude float64, scale int, label, poi string) Message {
	return Event("location_select", CDATA("EventKey", key), Group("SendLocationInfo",
		CDATA("Location_X", Decimal("", latitude).Value), CDATA("Location_Y", Decimal("", longitude).Value),
		CDATA("Scale", strconv.Itoa(scale)), CDATA("Label", label), CDATA("Poiname", poi)))
}

// MassSendJobFinish is the result of a mass send (事件推送群发结果). status is "send success",
// "send fail" or "err(num)".
func MassSendJobFinish(msgID string, status string, total, filtered, sent, failed int) Message {
	return publicMessage(callback.MassSendJobFinish(msgID, status, total, filtered, sent, failed))
}

// TemplateSendJobFinish is the result of a template message (模版消息发送任务完成), sent from its
// receiver. status is success, "failed:user block" or "failed: system failed".
func TemplateSendJobFinish(msgID string, status string) Message {
	return publicMessage(callback.TemplateSendJobFinish(msgID, status))
}

// PublishJobFinish is the result of a publication (发布结果): articleID and the articles'
// addresses on success (status 0), otherwise the positions, from 1, of the articles
// that failed.
func PublishJobFinish(publishID string, status int, articleID string, urls []string, failed ...int) Message {
	return publicMessage(callback.PublishJobFinish(publishID, status, articleID, urls, failed...))
}

// Consent is a user's answer to one subscription template.
type Consent struct {
	TemplateID string
	Status     string // accept or reject
	Scene      int    // PopupScene of a popup: 1 a page, 2 an article
}

// SubscribeMsgPopup is a user's choice in the subscription popup (用户操作订阅通知弹窗).
func SubscribeMsgPopup(consents ...Consent) Message {
	var lists []Element
	for _, c := range consents {
		lists = append(lists, Group("List", CDATA("TemplateId", c.TemplateID),
			CDATA("SubscribeStatusString", c.Status), Number("PopupScene", int64(c.Scene))))
	}
	return Event("subscribe_msg_popup_event", Group("SubscribeMsgPopupEvent", lists...))
}

// SubscribeMsgChange is a user's change in the settings (用户管理订阅通知).
func SubscribeMsgChange(consents ...Consent) Message {
	var lists []Element
	for _, c := range consents {
		lists = append(lists, Group("List", CDATA("TemplateId", c.TemplateID), CDATA("SubscribeStatusString", c.Status)))
	}
	return Event("subscribe_msg_change_event", Group("SubscribeMsgChangeEvent", lists...))
}

// SubscribeMsgSent is the result of a subscription message (发送订阅通知).
func SubscribeMsgSent(templateID, msgID string, errorCode int, status string) Message {
	return publicMessage(callback.SubscribeMsgSent(templateID, msgID, errorCode, status))
}

// KfCreateSession is the start of a customer-service session (客服接入会话).
func KfCreateSession(account string) Message {
	return publicMessage(callback.KfCreateSession(account))
}

// KfCloseSession is the end of a customer-service session (客服关闭会话).
func KfCloseSession(account string) Message {
	return publicMessage(callback.KfCloseSession(account))
}

// KfSwitchSession is the transfer of a session to another agent (客服转接会话).
func KfSwitchSession(from, to string) Message {
	return Event("kf_switch_session", CDATA("FromKfAccount", from), CDATA("ToKfAccount", to))
}
