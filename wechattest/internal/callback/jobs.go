package callback

// Event returns an event of any name.
func Event(name string, elements ...Element) Message {
	return Message{Type: "event", Event: name, Elements: elements}
}

// MassSendJobFinish implements wechattest.MassSendJobFinish.
func MassSendJobFinish(msgID string, status string, total, filtered, sent, failed int) Message {
	m := Event("MASSSENDJOBFINISH", ID("MsgID", msgID), CDATA("Status", status),
		Number("TotalCount", int64(total)), Number("FilterCount", int64(filtered)),
		Number("SentCount", int64(sent)), Number("ErrorCount", int64(failed)))
	m.From = SystemSender
	return m
}

// TemplateSendJobFinish implements wechattest.TemplateSendJobFinish.
func TemplateSendJobFinish(msgID string, status string) Message {
	return Event("TEMPLATESENDJOBFINISH", ID("MsgID", msgID), CDATA("Status", status))
}

// PublishJobFinish implements wechattest.PublishJobFinish.
func PublishJobFinish(publishID string, status int, articleID string, urls []string, failed ...int) Message {
	info := []Element{ID("publish_id", publishID), Number("publish_status", int64(status))}
	if articleID != "" {
		info = append(info, CDATA("article_id", articleID))
	}
	if len(urls) > 0 {
		detail := []Element{Number("count", int64(len(urls)))}
		for i, url := range urls {
			detail = append(detail, Group("item", Number("idx", int64(i+1)), CDATA("article_url", url)))
		}
		info = append(info, Group("article_detail", detail...))
	}
	for _, position := range failed {
		info = append(info, Number("fail_idx", int64(position)))
	}
	m := Event("PUBLISHJOBFINISH", Group("PublishEventInfo", info...))
	m.From = SystemSender
	return m
}

// SubscribeMsgSent is the result of a subscription message (发送订阅通知).
func SubscribeMsgSent(templateID, msgID string, errorCode int, status string) Message {
	return Event("subscribe_msg_sent_event", Group("SubscribeMsgSentEvent", Group("List",
		CDATA("TemplateId", templateID), ID("MsgID", msgID),
		Number("ErrorCode", int64(errorCode)), CDATA("ErrorStatus", status))))
}

// KfCreateSession is the start of a customer-service session (客服接入会话).
func KfCreateSession(account string) Message {
	return Event("kf_create_session", CDATA("KfAccount", account))
}

// KfCloseSession is the end of a customer-service session (客服关闭会话).
func KfCloseSession(account string) Message {
	return Event("kf_close_session", CDATA("KfAccount", account))
}
