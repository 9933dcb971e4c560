package message

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// ErrNotMessage is wrapped by every error of [Parse]: the body is not a message of
// the platform.
var ErrNotMessage = errors.New("not a message of the platform")

// Parse reads a message, in XML or JSON, from a body that was verified and decrypted
// elsewhere, such as by a gateway or before it was put into a queue. It does not
// check a signature. Requests from the network belong to a [Handler]. [Encode]
// encodes the reply.
//
// Parse is lenient. Characters that XML forbids are removed, in both formats. The
// first of duplicate elements is used. A number that cannot be read is zero. A type
// that this package does not know becomes [*Unknown].
//
// The error wraps [ErrNotMessage].
func Parse(body []byte) (Message, error) {
	var t tree.Tree
	if err := read(&t, body); err != nil {
		return nil, err
	}
	return decode(&t), nil
}

// read reads body, in whichever format it is.
func read(t *tree.Tree, body []byte) error {
	if tree.FormatOf(body) == tree.JSON {
		return readJSON(t, body)
	}
	if err := t.ReadXML(body); err != nil {
		return fmt.Errorf("%w: %w", ErrNotMessage, err)
	}
	if root := t.Root().Name(); root != "xml" {
		return fmt.Errorf("%w: the root element is %.40q instead of xml", ErrNotMessage, root)
	}
	return nil
}

// readJSON also checks that the object is a message, a notice or an envelope. XML
// needs no such check, since its root element must be xml.
func readJSON(t *tree.Tree, body []byte) error {
	if err := t.ReadJSON(body); err != nil {
		return fmt.Errorf("%w: %w", ErrNotMessage, err)
	}
	has := func(name string) bool { return t.Root().Child(name).Found() }
	if !has("Encrypt") && !has("InfoType") && !(has("FromUserName") && has("MsgType")) {
		return fmt.Errorf("%w: a JSON object without FromUserName and MsgType", ErrNotMessage)
	}
	return nil
}

// decode returns the message that t has read.
func decode(t *tree.Tree) Message {
	raw, root := t.Source(), t.Root()
	head := decodeHeader(root, raw, t.Format())
	m := newMessage(root, head.MsgType)
	*m.header() = head
	m.decodeHead(root)
	m.decode(root)
	return m
}

// newMessage returns an empty message of the type that root names.
func newMessage(root tree.Element, msgType string) Message {
	var m Message
	switch msgType {
	case "event":
		m = newEvent(root.ID("Event"))
	case "":
		m = newNotice(root.ID("InfoType"))
	default:
		m = newUserMessage(msgType)
	}
	if m == nil {
		return new(Unknown)
	}
	return m
}

func newUserMessage(msgType string) Message {
	switch msgType {
	case "text":
		return new(Text)
	case "image":
		return new(Image)
	case "voice":
		return new(Voice)
	case "video":
		return new(Video)
	case "shortvideo":
		return new(ShortVideo)
	case "location":
		return new(Location)
	case "link":
		return new(Link)
	case "file":
		return new(File)
	case "miniprogrampage":
		return new(MiniProgramPage)
	case "device_text":
		return new(DeviceText)
	case "device_event":
		return new(DeviceEvent)
	case "hardware":
		return new(Hardware)
	}
	return nil
}

// newEvent ignores the letter case of name, since the platform varies it.
func newEvent(name string) Message {
	switch strings.ToLower(name) {
	case "subscribe":
		return new(SubscribeEvent)
	case "unsubscribe":
		return new(UnsubscribeEvent)
	case "scan":
		return new(ScanEvent)
	case "location":
		return new(LocationEvent)
	case "enter":
		return new(EnterEvent)

	case "click":
		return new(ClickEvent)
	case "view":
		return new(ViewEvent)
	case "view_miniprogram":
		return new(ViewMiniProgramEvent)
	case "scancode_push":
		return new(ScanCodePushEvent)
	case "scancode_waitmsg":
		return new(ScanCodeWaitEvent)
	case "pic_sysphoto":
		return new(PicSysPhotoEvent)
	case "pic_photo_or_album":
		return new(PicPhotoOrAlbumEvent)
	case "pic_weixin":
		return new(PicWeixinEvent)
	case "location_select":
		return new(LocationSelectEvent)

	case "masssendjobfinish":
		return new(MassSendJobFinishEvent)
	case "templatesendjobfinish":
		return new(TemplateSendJobFinishEvent)
	case "publishjobfinish":
		return new(PublishJobFinishEvent)

	case "subscribe_msg_popup_event":
		return new(SubscribeMsgPopupEvent)
	case "subscribe_msg_change_event":
		return new(SubscribeMsgChangeEvent)
	case "subscribe_msg_sent_event":
		return new(SubscribeMsgSentEvent)

	case "kf_create_session":
		return new(KfCreateSessionEvent)
	case "kf_close_session":
		return new(KfCloseSessionEvent)
	case "kf_switch_session":
		return new(KfSwitchSessionEvent)

	case "qualification_verify_success":
		return new(QualificationVerifySuccessEvent)
	case "qualification_verify_fail":
		return new(QualificationVerifyFailEvent)
	case "naming_verify_success":
		return new(NamingVerifySuccessEvent)
	case "naming_verify_fail":
		return new(NamingVerifyFailEvent)
	case "annual_renew":
		return new(AnnualRenewEvent)
	case "verify_expired":
		return new(VerifyExpiredEvent)
	case "user_info_modified":
		return new(UserInfoModifiedEvent)
	case "user_authorization_revoke":
		return new(UserAuthorizationRevokeEvent)
	case "user_authorization_cancellation":
		return new(UserAuthorizationCancellationEvent)

	case "card_pass_check":
		return new(CardPassCheckEvent)
	case "card_not_pass_check":
		return new(CardNotPassCheckEvent)
	case "user_get_card":
		return new(UserGetCardEvent)
	case "user_gifting_card":
		return new(UserGiftingCardEvent)
	case "user_del_card":
		return new(UserDelCardEvent)
	case "user_consume_card":
		return new(UserConsumeCardEvent)
	case "user_pay_from_pay_cell":
		return new(UserPayFromPayCellEvent)
	case "user_view_card":
		return new(UserViewCardEvent)
	case "user_enter_session_from_card":
		return new(UserEnterSessionFromCardEvent)
	case "update_member_card":
		return new(UpdateMemberCardEvent)
	case "card_sku_remind":
		return new(CardSKURemindEvent)
	case "card_pay_order":
		return new(CardPayOrderEvent)
	case "submit_membercard_user_info":
		return new(SubmitMemberCardUserInfoEvent)
	case "card_merchant_check_result":
		return new(CardMerchantCheckResultEvent)
	case "giftcard_pay_done":
		return new(GiftCardPayDoneEvent)
	case "giftcard_send_to_friend":
		return new(GiftCardSendToFriendEvent)
	case "giftcard_user_accept":
		return new(GiftCardUserAcceptEvent)

	case "user_authorize_invoice":
		return new(UserAuthorizeInvoiceEvent)
	case "update_invoice_status":
		return new(UpdateInvoiceStatusEvent)
	case "submit_invoice_title":
		return new(SubmitInvoiceTitleEvent)
	case "cloud_invoice_invoiceresult_event":
		return new(CloudInvoiceResultEvent)

	case "poi_check_notify":
		return new(PoiCheckNotifyEvent)
	case "apply_merchant_audit_info":
		return new(ApplyMerchantAuditInfoEvent)
	case "create_map_poi_audit_info":
		return new(CreateMapPoiAuditInfoEvent)
	case "add_store_audit_info":
		return new(AddStoreAuditInfoEvent)
	case "modify_store_audit_info":
		return new(ModifyStoreAuditInfoEvent)
	case "guide_invite_result_event":
		return new(GuideInviteResultEvent)
	case "guide_qrcode_scan_event":
		return new(GuideQRCodeScanEvent)

	case "merchant_order":
		return new(MerchantOrderEvent)
	case "shakearoundusershake":
		return new(ShakeAroundUserShakeEvent)
	case "wificonnected":
		return new(WifiConnectedEvent)
	case "user_scan_product":
		return new(UserScanProductEvent)
	case "user_scan_product_enter_session":
		return new(UserScanProductEnterSessionEvent)
	case "user_scan_product_async":
		return new(UserScanProductAsyncEvent)
	case "user_scan_product_verify_action":
		return new(UserScanProductVerifyActionEvent)
	}
	return nil
}

func newNotice(infoType string) Message {
	switch infoType {
	case "component_verify_ticket":
		return new(ComponentVerifyTicketNotice)
	case "authorized":
		return new(AuthorizedNotice)
	case "updateauthorized":
		return new(UpdateAuthorizedNotice)
	case "unauthorized":
		return new(UnauthorizedNotice)
	case "notify_third_fasteregister":
		return new(FastRegisterNotice)
	case "notify_third_fastregisterbetaapp":
		return new(FastRegisterBetaAppNotice)
	case "notify_third_fastverifybetaapp":
		return new(FastVerifyBetaAppNotice)
	case "notify_icpfiling_verify_result":
		return new(ICPFilingVerifyResultNotice)
	case "notify_apply_icpfiling_result":
		return new(ApplyICPFilingResultNotice)
	case "notify_3rd_wxa_auth":
		return new(MiniProgramAuthNotice)
	case "notify_3rd_wxa_wxverify":
		return new(MiniProgramVerifyNotice)
	case "notify_3rd_wxa_auth_and_icp":
		return new(MiniProgramAuthAndICPNotice)
	}
	return nil
}
