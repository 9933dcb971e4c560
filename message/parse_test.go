package message_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

// parsed is the message in an XML body of these elements.
func parsed(t testing.TB, elements string) message.Message {
	t.Helper()
	m, err := message.Parse([]byte("<xml>" + elements + "</xml>"))
	require.NoError(t, err)
	return m
}

// Every name that the platform's documentation or practice knows has its type.
func TestEveryNameHasItsType(t *testing.T) {
	for name, want := range map[string]message.Message{
		"text": &message.Text{}, "image": &message.Image{}, "voice": &message.Voice{}, "video": &message.Video{},
		"shortvideo": &message.ShortVideo{}, "location": &message.Location{}, "link": &message.Link{}, "file": &message.File{},
		"miniprogrampage": &message.MiniProgramPage{}, "device_text": &message.DeviceText{}, "device_event": &message.DeviceEvent{},
		"hardware": &message.Hardware{}, "hologram": &message.Unknown{},
	} {
		m := parsed(t, "<MsgType>"+name+"</MsgType>")
		require.IsType(t, want, m, name)
		require.Equal(t, name, message.HeaderOf(m).MsgType)
	}
	for name, want := range map[string]message.Message{
		"subscribe": &message.SubscribeEvent{}, "unsubscribe": &message.UnsubscribeEvent{}, "SCAN": &message.ScanEvent{},
		"LOCATION": &message.LocationEvent{}, "CLICK": &message.ClickEvent{}, "VIEW": &message.ViewEvent{},
		"view_miniprogram": &message.ViewMiniProgramEvent{}, "scancode_push": &message.ScanCodePushEvent{},
		"scancode_waitmsg": &message.ScanCodeWaitEvent{}, "pic_sysphoto": &message.PicSysPhotoEvent{},
		"pic_photo_or_album": &message.PicPhotoOrAlbumEvent{}, "pic_weixin": &message.PicWeixinEvent{},
		"location_select": &message.LocationSelectEvent{}, "ENTER": &message.EnterEvent{},
		"MASSSENDJOBFINISH": &message.MassSendJobFinishEvent{}, "TEMPLATESENDJOBFINISH": &message.TemplateSendJobFinishEvent{},
		"PUBLISHJOBFINISH": &message.PublishJobFinishEvent{}, "subscribe_msg_popup_event": &message.SubscribeMsgPopupEvent{},
		"subscribe_msg_change_event": &message.SubscribeMsgChangeEvent{}, "subscribe_msg_sent_event": &message.SubscribeMsgSentEvent{},
		"kf_create_session": &message.KfCreateSessionEvent{}, "kf_close_session": &message.KfCloseSessionEvent{},
		"kf_switch_session": &message.KfSwitchSessionEvent{}, "qualification_verify_success": &message.QualificationVerifySuccessEvent{},
		"naming_verify_success": &message.NamingVerifySuccessEvent{}, "annual_renew": &message.AnnualRenewEvent{},
		"verify_expired": &message.VerifyExpiredEvent{}, "qualification_verify_fail": &message.QualificationVerifyFailEvent{},
		"naming_verify_fail": &message.NamingVerifyFailEvent{}, "user_info_modified": &message.UserInfoModifiedEvent{},
		"user_authorization_revoke": &message.UserAuthorizationRevokeEvent{}, "user_authorization_cancellation": &message.UserAuthorizationCancellationEvent{},
		"card_pass_check": &message.CardPassCheckEvent{}, "card_not_pass_check": &message.CardNotPassCheckEvent{},
		"user_get_card": &message.UserGetCardEvent{}, "user_gifting_card": &message.UserGiftingCardEvent{},
		"user_del_card": &message.UserDelCardEvent{}, "user_consume_card": &message.UserConsumeCardEvent{},
		"user_pay_from_pay_cell": &message.UserPayFromPayCellEvent{}, "user_view_card": &message.UserViewCardEvent{},
		"user_enter_session_from_card": &message.UserEnterSessionFromCardEvent{}, "update_member_card": &message.UpdateMemberCardEvent{},
		"card_sku_remind": &message.CardSKURemindEvent{}, "card_pay_order": &message.CardPayOrderEvent{},
		"submit_membercard_user_info": &message.SubmitMemberCardUserInfoEvent{}, "card_merchant_check_result": &message.CardMerchantCheckResultEvent{},
		"giftcard_pay_done": &message.GiftCardPayDoneEvent{}, "giftcard_send_to_friend": &message.GiftCardSendToFriendEvent{},
		"giftcard_user_accept": &message.GiftCardUserAcceptEvent{}, "user_authorize_invoice": &message.UserAuthorizeInvoiceEvent{},
		"update_invoice_status": &message.UpdateInvoiceStatusEvent{}, "submit_invoice_title": &message.SubmitInvoiceTitleEvent{},
		"cloud_invoice_invoiceresult_event": &message.CloudInvoiceResultEvent{}, "poi_check_notify": &message.PoiCheckNotifyEvent{},
		"apply_merchant_audit_info": &message.ApplyMerchantAuditInfoEvent{}, "modify_store_audit_info": &message.ModifyStoreAuditInfoEvent{},
		"add_store_audit_info": &message.AddStoreAuditInfoEvent{}, "create_map_poi_audit_info": &message.CreateMapPoiAuditInfoEvent{},
		"guide_invite_result_event": &message.GuideInviteResultEvent{}, "guide_qrcode_scan_event": &message.GuideQRCodeScanEvent{},
		"merchant_order": &message.MerchantOrderEvent{}, "ShakearoundUserShake": &message.ShakeAroundUserShakeEvent{},
		"WifiConnected": &message.WifiConnectedEvent{}, "user_scan_product": &message.UserScanProductEvent{},
		"user_scan_product_enter_session": &message.UserScanProductEnterSessionEvent{}, "user_scan_product_async": &message.UserScanProductAsyncEvent{},
		"user_scan_product_verify_action": &message.UserScanProductVerifyActionEvent{},

		"wx_verify_pay_succ": &message.Unknown{}, "wx_verify_dispatch": &message.Unknown{}, "wx_verify_refill": &message.Unknown{},
		"wx_verify_fail": &message.Unknown{}, "add_guide_buyer_relation_event": &message.Unknown{}, "": &message.Unknown{},
	} {
		for _, name := range []string{name, strings.ToUpper(name), strings.ToLower(name), " " + name + " "} {
			m := parsed(t, "<MsgType>event</MsgType><Event>"+name+"</Event><EventKey>k</EventKey>")
			require.IsType(t, want, m, name)
			require.Equal(t, "event", message.HeaderOf(m).MsgType)
		}
	}
	for name, want := range map[string]message.Message{
		"component_verify_ticket": &message.ComponentVerifyTicketNotice{}, "authorized": &message.AuthorizedNotice{},
		"updateauthorized": &message.UpdateAuthorizedNotice{}, "unauthorized": &message.UnauthorizedNotice{},
		"notify_third_fasteregister": &message.FastRegisterNotice{}, "notify_third_fastregisterbetaapp": &message.FastRegisterBetaAppNotice{},
		"notify_third_fastverifybetaapp": &message.FastVerifyBetaAppNotice{}, "notify_icpfiling_verify_result": &message.ICPFilingVerifyResultNotice{},
		"notify_apply_icpfiling_result": &message.ApplyICPFilingResultNotice{}, "notify_3rd_wxa_auth": &message.MiniProgramAuthNotice{},
		"notify_3rd_wxa_wxverify": &message.MiniProgramVerifyNotice{}, "notify_3rd_wxa_auth_and_icp": &message.MiniProgramAuthAndICPNotice{},
		"brand_new": &message.Unknown{}, "": &message.Unknown{},
	} {
		require.IsType(t, want, parsed(t, "<AppId>wx1</AppId><InfoType>"+name+"</InfoType>"), name)
	}
}

// What the fixtures do not show.
func TestDecoding(t *testing.T) {
	at := time.Unix(1735707398, 0)
	header := func(m message.Message) message.Header {
		return message.Header{Raw: message.HeaderOf(m).Raw, MsgType: message.HeaderOf(m).MsgType}
	}
	event := func(m message.Message, name string) message.EventHeader {
		return message.EventHeader{Header: header(m), Event: name}
	}
	notice := func(m message.Message, infoType string) message.NoticeHeader {
		return message.NoticeHeader{Header: header(m), AppID: "wx1", InfoType: infoType}
	}
	const isEvent = "<MsgType>event</MsgType>"

	m := parsed(t, "<MsgType>text</MsgType><Content>x</Content><BusinessId>77</BusinessId>")
	require.Equal(t, "77", message.HeaderOf(m).BusinessID)

	m = parsed(t, "<MsgType>hardware</MsgType><HardWare><MessageView>v</MessageView><MessageAction>a</MessageAction></HardWare>")
	require.Equal(t, &message.Hardware{Header: header(m), MessageView: "v", MessageAction: "a"}, m)

	m = parsed(t, "<MsgType>device_event</MsgType><Event>subscribe_status</Event><OpType>2</OpType><DeviceID>d</DeviceID><OpenID>o</OpenID>")
	require.Equal(t, &message.DeviceEvent{Header: header(m), Event: message.DeviceSubscribeStatus, OpType: message.DeviceOpSubscribe, DeviceID: "d", OpenID: "o"}, m)

	m = parsed(t, isEvent+"<Event>user_authorization_revoke</Event><openid>o</openid><appid>wx2</appid><UnionID>u</UnionID><RevokeInfo>301</RevokeInfo>")
	require.Equal(t, &message.UserAuthorizationRevokeEvent{EventHeader: event(m, "user_authorization_revoke"),
		Authorization: message.Authorization{OpenID: "o", AppID: "wx2", UnionID: "u", RevokeInfo: message.RevokeAll}}, m)

	m = parsed(t, isEvent+"<Event>poi_check_notify</Event><Result>fail</Result><msg>no</msg>")
	require.Equal(t, &message.PoiCheckNotifyEvent{EventHeader: event(m, "poi_check_notify"), Result: message.PoiFailed, Msg: "no"}, m)

	m = parsed(t, isEvent+"<Event>user_scan_product_enter_session</Event><KeyStandard>ean13</KeyStandard><KeyStr>690</KeyStr><ExtInfo>e</ExtInfo>")
	require.Equal(t, &message.UserScanProductEnterSessionEvent{EventHeader: event(m, "user_scan_product_enter_session"),
		Product: message.Product{Standard: "ean13", Code: "690"}, ExtInfo: "e"}, m)

	m = parsed(t, isEvent+"<Event>user_consume_card</Event><VerifyCode>1234</VerifyCode><RemarkAmount>9.5</RemarkAmount><OuterId>7</OuterId>")
	require.Equal(t, &message.UserConsumeCardEvent{EventHeader: event(m, "user_consume_card"), VerifyCode: "1234", RemarkAmount: "9.5", OuterID: "7"}, m)

	m = parsed(t, isEvent+"<Event>update_member_card</Event><ModifyBonus>-30</ModifyBonus><ModifyBalance>-9223372036854775808</ModifyBalance>")
	require.Equal(t, &message.UpdateMemberCardEvent{EventHeader: event(m, "update_member_card"), ModifyBonus: -30, ModifyBalance: -9223372036854775808}, m)

	m = parsed(t, isEvent+"<Event>MASSSENDJOBFINISH</Event><Status>sendsuccess</Status>")
	require.True(t, m.(*message.MassSendJobFinishEvent).Status.OK())
	m = parsed(t, isEvent+"<Event>MASSSENDJOBFINISH</Event><Status>err(20013)</Status>")
	require.Equal(t, message.MassCopyright, m.(*message.MassSendJobFinishEvent).Status)
	require.False(t, m.(*message.MassSendJobFinishEvent).Status.OK())

	for _, status := range []string{"failed:user block", "failed: user block"} {
		m = parsed(t, isEvent+"<Event>TEMPLATESENDJOBFINISH</Event><Status>"+status+"</Status>")
		require.Equal(t, message.TemplateUserBlocked, m.(*message.TemplateSendJobFinishEvent).Status)
	}

	const app = "<AppId>wx1</AppId>"
	m = parsed(t, app+"<InfoType>notify_third_fastregisterbetaapp</InfoType><appid>wx2</appid><status>0</status><msg>OK</msg><info><unique_id>u</unique_id><name>n</name></info>")
	require.Equal(t, &message.FastRegisterBetaAppNotice{NoticeHeader: notice(m, "notify_third_fastregisterbetaapp"), MiniProgramAppID: "wx2", Msg: "OK", UniqueID: "u", Name: "n"}, m)

	m = parsed(t, app+"<InfoType>notify_third_fasteregister</InfoType><info><idname>i</idname><wxuser>w</wxuser></info>")
	require.Equal(t, &message.FastRegisterNotice{NoticeHeader: notice(m, "notify_third_fasteregister"), Company: message.Company{IDName: "i", WXUser: "w"}}, m)

	m = parsed(t, app+"<InfoType>notify_icpfiling_verify_result</InfoType><result>2</result><along_with_auth_result>1</along_with_auth_result>")
	require.Equal(t, &message.ICPFilingVerifyResultNotice{NoticeHeader: notice(m, "notify_icpfiling_verify_result"), Result: message.ICPVerifyFailed, AlongWithAuthResult: 1}, m)

	m = parsed(t, app+"<InfoType>notify_3rd_wxa_auth_and_icp</InfoType><authorizer_appid>wx3</authorizer_appid><procedure_id>p</procedure_id><procedure_status>4</procedure_status>")
	require.Equal(t, &message.MiniProgramAuthAndICPNotice{NoticeHeader: notice(m, "notify_3rd_wxa_auth_and_icp"), AuthorizerAppID: "wx3", ProcedureID: "p", ProcedureStatus: 4}, m)

	m = parsed(t, app+"<CreateTime>1735707398</CreateTime><InfoType>brand_new</InfoType><x>1</x>")
	require.Equal(t, &message.Unknown{EventHeader: message.EventHeader{Header: message.Header{CreateTime: at, Raw: message.HeaderOf(m).Raw}}, AppID: "wx1", InfoType: "brand_new"}, m)
	x, found := message.HeaderOf(m).Lookup("x")
	require.True(t, found)
	require.Equal(t, "1", x)
	_, found = message.HeaderOf(m).Lookup("x", "y")
	require.False(t, found)
	_, found = new(message.Header).Lookup("x")
	require.False(t, found, "a header made by hand has no raw body")
}

// The id of a job is found in both spellings.
func TestJobMsgID(t *testing.T) {
	for _, name := range []string{"MsgID", "MsgId"} {
		for _, format := range []string{"<xml><FromUserName>o</FromUserName><MsgType>event</MsgType><Event>%s</Event><%s>18446744073709551615</%[2]s></xml>",
			`{"FromUserName":"o","MsgType":"event","Event":%q,%q:18446744073709551615}`, `{"FromUserName":"o","MsgType":"event","Event":%q,%q:"18446744073709551615"}`} {
			m, err := message.Parse(fmt.Appendf(nil, format, "MASSSENDJOBFINISH", name))
			require.NoError(t, err)
			require.Equal(t, "18446744073709551615", m.(*message.MassSendJobFinishEvent).JobMsgID)
			m, err = message.Parse(fmt.Appendf(nil, format, "TEMPLATESENDJOBFINISH", name))
			require.NoError(t, err)
			require.Equal(t, "18446744073709551615", m.(*message.TemplateSendJobFinishEvent).JobMsgID)
		}
	}
	require.Equal(t, "7", message.HeaderOf(parsed(t, "<MsgType>text</MsgType><MsgID>7</MsgID>")).MsgID)
	require.Empty(t, message.HeaderOf(parsed(t, "<MsgType>event</MsgType><MsgID>7</MsgID>")).MsgID, "an event has no id of its own")
}

// Times are understood in each form that a JSON library may write them in.
func TestCreateTime(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	for _, written := range []string{`1700000000`, `1.7e9`, `1700000000.0`, `1700000000000`, `1.7E12`, `"1700000000"`, `"1.7e9"`, `" 1700000000 "`, `"1700000000000"`} {
		m, err := message.Parse([]byte(`{"FromUserName":"o","MsgType":"event","Event":"WifiConnected","CreateTime":` + written + `,"ConnectTime":` + written + `}`))
		require.NoError(t, err)
		require.Equal(t, at, message.HeaderOf(m).CreateTime, written)
		require.Equal(t, at, m.(*message.WifiConnectedEvent).ConnectTime, written)
		m = parsed(t, "<MsgType>text</MsgType><CreateTime>"+strings.Trim(written, `"`)+"</CreateTime>")
		require.Equal(t, at, message.HeaderOf(m).CreateTime, written)
	}
	m, err := message.Parse([]byte(`{"FromUserName":"o","MsgType":"text","MsgId":3147483702.0}`))
	require.NoError(t, err)
	require.Equal(t, "3147483702", message.HeaderOf(m).MsgID)
}

func TestScene(t *testing.T) {
	for _, c := range []struct{ key, follow, scan string }{
		{"qrscene_7", "7", "qrscene_7"},
		{"qrscene_qrscene_", "qrscene_", "qrscene_qrscene_"},
		{"7", "", "7"},
		{"QRSCENE_7", "", "QRSCENE_7"},
		{"last_trade_no_7", "", "last_trade_no_7"},
		{"qrscene", "", "qrscene"},
		{"scanbarcode|qrscene_|x", "", "scanbarcode|qrscene_|x"},
		{"", "", ""},
	} {
		event := func(name string) message.Message {
			return parsed(t, "<MsgType>event</MsgType><Event>"+name+"</Event><EventKey>"+c.key+"</EventKey>")
		}
		require.Equal(t, c.follow, event("subscribe").(*message.SubscribeEvent).Scene, c.key)
		require.Equal(t, c.scan, event("SCAN").(*message.ScanEvent).Scene, c.key)
	}
}

func TestBarcode(t *testing.T) {
	standard, code, ok := message.ScanResult{Type: message.ScanBarcode, Result: "CODE_128,SF1,2"}.Barcode()
	require.True(t, ok)
	require.Equal(t, "CODE_128", standard)
	require.Equal(t, "SF1,2", code)
	_, _, ok = message.ScanResult{Type: message.ScanQRCode, Result: "a,b"}.Barcode()
	require.False(t, ok)
}

// A JSON body and an XML body decode to the same message.
func TestParseJSON(t *testing.T) {
	const head = `"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1735707398,"MsgType":"event",`
	for _, tc := range []struct{ name, json, xml string }{
		{"numbers", `"Event":"LOCATION","Latitude":"30.27","Longitude":120.15,"Precision":65`,
			`<Event>LOCATION</Event><Latitude>30.27</Latitude><Longitude>120.15</Longitude><Precision>65</Precision>`},
		{"list of one at top level", `"Event":"subscribe_msg_popup_event","List":{"TemplateId":"t","SubscribeStatusString":"accept","PopupScene":"1"}`,
			`<Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent><List><TemplateId>t</TemplateId><SubscribeStatusString>accept</SubscribeStatusString><PopupScene>1</PopupScene></List></SubscribeMsgPopupEvent>`},
		{"list of two at top level", `"Event":"subscribe_msg_sent_event","List":[{"TemplateId":"t","MsgID":18446744073709551615,"ErrorCode":0,"ErrorStatus":"success"},{"TemplateId":"u","ErrorCode":"20"}]`,
			`<Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List><TemplateId>t</TemplateId><MsgID>18446744073709551615</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List><List><TemplateId>u</TemplateId><ErrorCode>20</ErrorCode></List></SubscribeMsgSentEvent>`},
		{"list within", `"Event":"subscribe_msg_change_event","SubscribeMsgChangeEvent":{"List":[{"TemplateId":"t","SubscribeStatusString":"reject"}]}`,
			`<Event>subscribe_msg_change_event</Event><SubscribeMsgChangeEvent><List><TemplateId>t</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgChangeEvent>`},
		{"pictures", `"Event":"pic_weixin","EventKey":"k","SendPicsInfo":{"Count":2,"PicList":[{"PicMd5Sum":"a"},{"PicMd5Sum":"b"}]}`,
			`<Event>pic_weixin</Event><EventKey>k</EventKey><SendPicsInfo><PicList><item><PicMd5Sum>a</PicMd5Sum></item><item><PicMd5Sum>b</PicMd5Sum></item></PicList><Count>2</Count></SendPicsInfo>`},
		{"numbers in an array", `"Event":"PUBLISHJOBFINISH","PublishEventInfo":{"publish_id":"1","publish_status":2,"fail_idx":[1,3]}`,
			`<Event>PUBLISHJOBFINISH</Event><PublishEventInfo><publish_id>1</publish_id><publish_status>2</publish_status><fail_idx>1</fail_idx><fail_idx>3</fail_idx></PublishEventInfo>`},
		{"booleans", `"Event":"giftcard_send_to_friend","IsChatRoom":true,"IsReturnBack":false,"PageId":null`,
			`<Event>giftcard_send_to_friend</Event><IsChatRoom>true</IsChatRoom><IsReturnBack>false</IsReturnBack>`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := message.Parse([]byte("\n{" + head + tc.json + "}"))
			require.NoError(t, err)
			want := parsed(t, "<ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1735707398</CreateTime><MsgType>event</MsgType>"+tc.xml)
			require.NotEqual(t, message.HeaderOf(want).Raw, message.HeaderOf(got).Raw)
			require.Equal(t, message.JSON, message.HeaderOf(got).Format)
			message.HeaderOf(want).Raw, message.HeaderOf(want).Format = message.HeaderOf(got).Raw, message.JSON
			require.Equal(t, want, got)
		})
	}
	for _, body := range []string{`{}`, `{"FromUserName":"o1"}`, `{"MsgType":"text"}`, `{"errcode":0}`, `{"FromUserName":"o1","MsgType":"text"`, `{"a":1}`} {
		_, err := message.Parse([]byte(body))
		require.ErrorIs(t, err, message.ErrNotMessage, body)
	}
}

// Users can type characters that XML does not allow, and nest XML in their texts.
func TestParseKeepsUsersTexts(t *testing.T) {
	for raw, want := range map[string]string{
		"<![CDATA[a\x02b\x1dc]]>":            "abc",
		"<![CDATA[<xml><a>&lt;</a></xml>]]>": "<xml><a>&lt;</a></xml>",
		"<![CDATA[ x \n\ty ]]>":              " x \n\ty ",
		"\n <![CDATA[hi]]> \n":               "hi",
		"<![CDATA[\xff\xfex]]>":              "x",
		"a<b>c</b>d":                         "a",
	} {
		m := parsed(t, "<MsgType>text</MsgType><Content>"+raw+"</Content><MsgId>1</MsgId>").(*message.Text)
		require.Equal(t, want, m.Content)
		require.Equal(t, "1", m.MsgID)
		require.Contains(t, m.Raw, raw, "Raw is what was received")
	}
}

func FuzzParse(f *testing.F) {
	for _, fixture := range fixtures(f) {
		f.Add(fixture.opened(f))
	}
	f.Add([]byte(`{"FromUserName":"o","MsgType":"event","Event":"pic_weixin","SendPicsInfo":{"PicList":[{"item":[1]}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := message.Parse(body)
		if err != nil {
			require.ErrorIs(t, err, message.ErrNotMessage)
			require.Nil(t, m)
			return
		}
		require.Equal(t, string(body), message.HeaderOf(m).Raw)
		again, err := message.Parse(body)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%+v", m), fmt.Sprintf("%+v", again))
		msgType, found := message.HeaderOf(m).Lookup("MsgType")
		require.Equal(t, strings.TrimSpace(msgType), message.HeaderOf(m).MsgType)
		require.True(t, found || msgType == "")
	})
}
