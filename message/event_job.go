package message

import (
	"strings"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Results of jobs: mass sends, template messages, publishing.

// MassSendJobFinishEvent reports the result of a mass send (事件推送群发结果, Event
// MASSSENDJOBFINISH).
type MassSendJobFinishEvent struct {
	EventHeader
	JobMsgID    string // msg_id returned by the mass send (MsgID)
	Status      MassStatus
	TotalCount  int // followers with the tag, or number of openids
	FilterCount int // of these, the users who may receive it; about SentCount + ErrorCount
	SentCount   int
	ErrorCount  int
	Copyright   CopyrightCheck
	ArticleURLs []ArticleURL // of the articles sent
}

func (m *MassSendJobFinishEvent) decode(e tree.Element) {
	m.JobMsgID = e.FirstID("MsgID", "MsgId")
	m.Status = MassStatus(e.ID("Status"))
	m.TotalCount = int(e.Int("TotalCount"))
	m.FilterCount = int(e.Int("FilterCount"))
	m.SentCount = int(e.Int("SentCount"))
	m.ErrorCount = int(e.Int("ErrorCount"))
	m.Copyright = decodeCopyright(e.Child("CopyrightCheckResult"))
	for item := range e.Child("ArticleUrlResult").List("ResultList", "item") {
		m.ArticleURLs = append(m.ArticleURLs, ArticleURL{
			Idx: int(item.Int("ArticleIdx")),
			URL: item.ID("ArticleUrl"),
		})
	}
}

// MassStatus is the result of a mass send: send success, send fail, or err(n) where
// n is the reason for the refusal.
type MassStatus string

// The results of a mass send.
const (
	MassSent            MassStatus = "send success"
	MassFailed          MassStatus = "send fail"
	MassAds             MassStatus = "err(10001)" // 涉嫌广告
	MassPolitics        MassStatus = "err(20001)" // 涉嫌政治
	MassPornography     MassStatus = "err(20002)" // 涉嫌色情
	MassSociety         MassStatus = "err(20004)" // 涉嫌社会
	MassCrime           MassStatus = "err(20006)" // 涉嫌违法犯罪
	MassFraud           MassStatus = "err(20008)" // 涉嫌欺诈
	MassCopyright       MassStatus = "err(20013)" // 涉嫌版权
	MassOther           MassStatus = "err(21000)" // 涉嫌其他
	MassMutualPromotion MassStatus = "err(22000)" // 涉嫌互推
	MassCheckError      MassStatus = "err(30001)" // error in the copyright check, and the job was set to stop on it
	MassCheckRefused    MassStatus = "err(30002)" // the copyright check refused it
	MassReprint         MassStatus = "err(30003)" // found to be a reprint, and the job was set to stop on it
	MassAdminRefused    MassStatus = "err(40001)" // 管理员拒绝
	MassAdminTimeout    MassStatus = "err(40002)" // the administrator did not confirm within 30 minutes
)

// OK reports whether the messages were sent. It also accepts the old spelling
// sendsuccess.
func (s MassStatus) OK() bool {
	return s == MassSent || s == "sendsuccess"
}

// CopyrightCheck is the result of the copyright check (CopyrightCheckResult).
type CopyrightCheck struct {
	State    CheckState
	Articles []CopyrightArticle // the articles that were checked
}

// CheckState is the result of a copyright check.
type CheckState int

// The results of a copyright check.
const (
	CheckNotReprint     CheckState = 1 // 未被判为转载，可以群发
	CheckReprintAllowed CheckState = 2 // 被判为转载，可以群发
	CheckReprintRefused CheckState = 3 // 被判为转载，不能群发
)

// CopyrightArticle is the result of the copyright check for one article.
type CopyrightArticle struct {
	Idx                   int    // position of the article, from 1
	UserDeclareState      int    // declaration of the author
	AuditState            int    // result of the check
	OriginalArticleURL    string // of the similar original article
	OriginalArticleType   int
	CanReprint            bool // 是否能转载
	NeedReplaceContent    bool // 是否需要替换成原文内容
	NeedShowReprintSource bool // 是否需要注明转载来源
}

func decodeCopyright(e tree.Element) CopyrightCheck {
	check := CopyrightCheck{State: CheckState(e.Int("CheckState"))}
	for item := range e.List("ResultList", "item") {
		check.Articles = append(check.Articles, CopyrightArticle{
			Idx:                   int(item.Int("ArticleIdx")),
			UserDeclareState:      int(item.Int("UserDeclareState")),
			AuditState:            int(item.Int("AuditState")),
			OriginalArticleURL:    item.ID("OriginalArticleUrl"),
			OriginalArticleType:   int(item.Int("OriginalArticleType")),
			CanReprint:            item.Bool("CanReprint"),
			NeedReplaceContent:    item.Bool("NeedReplaceContent"),
			NeedShowReprintSource: item.Bool("NeedShowReprintSource"),
		})
	}
	return check
}

// ArticleURL is the address of one article of a post.
type ArticleURL struct {
	Idx int // position of the article, from 1
	URL string
}

// TemplateSendJobFinishEvent reports whether a template message arrived
// (模板消息发送结果, Event TEMPLATESENDJOBFINISH). FromUserName is its receiver.
type TemplateSendJobFinishEvent struct {
	EventHeader
	JobMsgID string // msgid returned by the send (MsgID)
	Status   TemplateStatus
}

func (m *TemplateSendJobFinishEvent) decode(e tree.Element) {
	m.JobMsgID = e.FirstID("MsgID", "MsgId")
	m.Status = TemplateStatus(strings.ReplaceAll(e.ID("Status"), "failed: ", "failed:"))
}

// TemplateStatus is the result of a template message. The platform sometimes writes
// a blank after the colon; this package removes it.
type TemplateStatus string

// The results of a template message.
const (
	TemplateSent         TemplateStatus = "success"
	TemplateUserBlocked  TemplateStatus = "failed:user block"    // the user has blocked the account
	TemplateSystemFailed TemplateStatus = "failed:system failed" // any other reason
)

// PublishJobFinishEvent reports the result of publishing a draft (发布结果, Event
// PUBLISHJOBFINISH).
type PublishJobFinishEvent struct {
	EventHeader
	PublishID   string // of the job, as returned by freepublish/submit
	Status      PublishStatus
	ArticleID   string       // of the published post; empty on failure
	ArticleURLs []ArticleURL // of its articles; empty on failure
	FailedIdx   []int        // positions of the articles that failed, from 1; may be empty
}

func (m *PublishJobFinishEvent) decode(e tree.Element) {
	info := e.Child("PublishEventInfo")
	m.PublishID = info.ID("publish_id")
	m.Status = PublishStatus(info.Int("publish_status"))
	m.ArticleID = info.ID("article_id")
	for item := range info.List("article_detail", "item") {
		m.ArticleURLs = append(m.ArticleURLs, ArticleURL{
			Idx: int(item.Int("idx")),
			URL: item.ID("article_url"),
		})
	}
	m.FailedIdx = info.Ints("fail_idx")
}

// PublishStatus is the state of publishing a draft.
type PublishStatus int

// The states of publishing a draft.
const (
	PublishDone            PublishStatus = 0 // 成功
	PublishRunning         PublishStatus = 1 // 发布中
	PublishOriginalFailed  PublishStatus = 2 // the claim of originality failed (原创失败)
	PublishFailed          PublishStatus = 3 // 常规失败
	PublishPlatformRefused PublishStatus = 4 // the platform's review refused the post (平台审核不通过)
	PublishDeleted         PublishStatus = 5 // published, then the account deleted all articles (成功后用户删除所有文章)
	PublishBanned          PublishStatus = 6 // published, then the platform banned all articles (成功后系统封禁所有文章)
)
