package wechattest

// PublishStatus is where a publication stands (发布状态).
type PublishStatus int

// The states of a publication.
const (
	Published          PublishStatus = 0 // 成功
	Publishing         PublishStatus = 1 // 发布中
	OriginalityFailed  PublishStatus = 2 // 原创失败
	PublishFailed      PublishStatus = 3 // 常规失败
	PublishRefused     PublishStatus = 4 // 平台审核不通过
	PublishedDeleted   PublishStatus = 5 // 成功后用户删除所有文章
	PublishedForbidden PublishStatus = 6 // 成功后系统封禁所有文章
)

// EndPublication decides how the next publication that is submitted ends: refused by
// the review, for instance, with the places of the articles in question from 1 on.
// Called again, it decides about the one after. Publications that nobody has decided
// about succeed.
func (p *Platform) EndPublication(status PublishStatus, failed ...int) {
	p.publications.End(int(status), failed...)
}

// AddProduct makes goods known that can be put into articles (商品卡片).
func (p *Platform) AddProduct(id string) { p.drafts.AddProduct(id) }

// PublishArticles has the account publish so many articles in one message, as by
// the console, and returns the message's msg_data_id, under which the articles take
// comments. Comments are closed at first.
func (p *Platform) PublishArticles(articles int) (msgDataID int64) {
	return p.comments.PublishArticles(articles)
}

// Comment has the user write under an article, by the message's msg_data_id and the
// article's place in it from 0 on, and returns the comment's id. It is an error
// while comments are closed there.
func (u *User) Comment(msgDataID int64, index int, content string) (id int64, err error) {
	return u.platform.comments.Write(u.user, msgDataID, index, content)
}

// WithdrawComment has the user delete a comment again; unknown ones are ignored.
func (u *User) WithdrawComment(msgDataID int64, index int, id int64) {
	u.platform.comments.Withdraw(u.user, msgDataID, index, id)
}
