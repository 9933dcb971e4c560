package wechattest

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// PublishStatus is the state of a publication (发布状态).
type PublishStatus int

// The states of a publication.
const (
	PublishDone            PublishStatus = 0 // 成功
	PublishRunning         PublishStatus = 1 // 发布中
	PublishOriginalFailed  PublishStatus = 2 // 原创失败
	PublishFailed          PublishStatus = 3 // 常规失败
	PublishPlatformRefused PublishStatus = 4 // 平台审核不通过
	PublishDeleted         PublishStatus = 5 // 成功后用户删除所有文章
	PublishBanned          PublishStatus = 6 // 成功后系统封禁所有文章
)

// EndPublication sets the result of the next submitted publication; failed are the
// positions, from 1, of the articles that failed. Each further call sets the result of
// the following publication. By default publications succeed.
func (p *Platform) EndPublication(status PublishStatus, failed ...int) {
	p.publications.End(int(status), failed...)
}

// RefuseMassSend makes the next mass send fail for all receivers; status is the Status
// of its event, such as "send fail" or "err(20008)". Each further call is for the
// following mass send.
func (p *Platform) RefuseMassSend(status string) { p.massSends.Refuse(status) }

// AddProduct adds a product that articles can contain (商品卡片).
func (p *Platform) AddProduct(id string) { p.drafts.AddProduct(id) }

// PublishArticles publishes articles with these titles in one message, as the console
// does, and returns its msg_data_id, for comments and readers. Comments are closed at
// first.
func (p *Platform) PublishArticles(titles ...string) (msgDataID string) {
	p.locked(func(s *server.Server) {
		article := server.Publication{DataID: s.NextID(), Titles: slices.Clone(titles), Notified: true}
		msgDataID = strconv.FormatInt(article.DataID, 10)
		s.Publish(article)
	})
	return msgDataID
}

// Comment adds a comment of the user to an article and returns its id. index is the
// position of the article in the message, from 0. It returns an error if comments are
// closed.
func (u *User) Comment(msgDataID string, index int, content string) (id string, err error) {
	data, err := parseID("msg_data_id", msgDataID)
	if err != nil {
		return "", err
	}
	number, err := u.platform.comments.Write(u.user, data, index, content)
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(number, 10), nil
}

// WithdrawComment deletes a comment of the user. It returns an error if the user has no
// such comment on the article.
func (u *User) WithdrawComment(msgDataID string, index int, id string) error {
	data, err := parseID("msg_data_id", msgDataID)
	if err != nil {
		return err
	}
	number, err := parseID("user_comment_id", id)
	if err != nil {
		return err
	}
	return u.platform.comments.Withdraw(u.user, data, index, number)
}

// parseID reads an id that the platform counts.
func parseID(name, id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("wechattest: %s %q is not a number", name, id)
	}
	return n, nil
}
