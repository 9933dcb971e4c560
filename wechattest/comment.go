package wechattest

import (
	"fmt"
	"net/http"
	"time"
)

// comments is what readers have written under the account's articles (留言), by
// article.
type comments struct{ articles map[articleKey]*commented }

// articleKey names an article: the message it went out with, and its place there
// from 0 on.
type articleKey struct {
	msgDataID int64
	index     int
}

// commented is an article and its comments.
type commented struct {
	open bool
	list []*comment
	last int64
}

type comment struct {
	id        int64
	openid    string
	content   string
	at        time.Time
	elected   bool
	withdrawn bool // deleted by the user
	reply     string
	repliedAt time.Time
}

const (
	maxCommentsPage = 49  // 50 is refused
	maxElected      = 100 // featured comments of an article
)

func commentEndpoints() []endpoint {
	on := func(path string, handle func(*commentCall) (any, error)) endpoint {
		return endpoint{method: http.MethodPost, path: path, body: jsonBody, handle: func(c *call) (any, error) {
			return aboutArticle(c, handle)
		}}
	}
	return []endpoint{
		on("/cgi-bin/comment/open", func(c *commentCall) (any, error) { c.article.open = true; return nil, nil }),
		on("/cgi-bin/comment/close", func(c *commentCall) (any, error) { c.article.open = false; return nil, nil }),
		on("/cgi-bin/comment/list", listComments),
		on("/cgi-bin/comment/markelect", onComment(electComment)),
		on("/cgi-bin/comment/unmarkelect", onComment(func(_ *commentCall, m *comment) error { m.elected = false; return nil })),
		on("/cgi-bin/comment/delete", onComment(deleteComment)),
		on("/cgi-bin/comment/reply/add", onComment(replyToComment)),
		on("/cgi-bin/comment/reply/delete", onComment(deleteCommentReply)),
	}
}

// commentCall is a call about an article.
type commentCall struct {
	*call
	article *commented
	in      struct {
		MsgDataID number `json:"msg_data_id"`
		Index     number `json:"index"`
		Begin     number `json:"begin"`
		Count     number `json:"count"`
		Type      number `json:"type"`
		ID        number `json:"user_comment_id"`
		Content   string `json:"content"`
	}
}

func aboutArticle(c *call, handle func(*commentCall) (any, error)) (any, error) {
	cc := &commentCall{call: c}
	if err := c.bind(&cc.in); err != nil {
		return nil, err
	}
	cc.article = c.areas.comments.articles[articleKey{int64(cc.in.MsgDataID), int(cc.in.Index)}]
	if cc.article == nil {
		return nil, failf(88001, "msg_data is not exists")
	}
	return handle(cc)
}

// onComment is a handler about one comment.
func onComment(handle func(*commentCall, *comment) error) func(*commentCall) (any, error) {
	return func(c *commentCall) (any, error) {
		m := c.article.find(int64(c.in.ID))
		if m == nil {
			return nil, failf(88008, "comment is not exists")
		}
		return nil, handle(c, m)
	}
}

func (a *commented) find(id int64) *comment {
	for _, m := range a.list {
		if m.id == id {
			return m
		}
	}
	return nil
}

// listComments is POST /cgi-bin/comment/list: newest first.
func listComments(c *commentCall) (any, error) {
	in := c.in
	switch {
	case in.Count < 1 || in.Count > maxCommentsPage:
		return nil, failf(88010, "count range error. count <= 0 or count > 50")
	case in.Begin < 0 || in.Type < 0 || in.Type > 2:
		return nil, fail(40097)
	}
	var rows []object
	total := 0
	for i := len(c.article.list) - 1; i >= 0; i-- {
		m := c.article.list[i]
		if m.withdrawn || in.Type == 1 && m.elected || in.Type == 2 && !m.elected {
			continue
		}
		if total >= int(in.Begin) && len(rows) < int(in.Count) {
			rows = append(rows, m.row())
		}
		total++
	}
	answer := object{"errcode": 0, "errmsg": "ok", "total": total}
	if rows != nil {
		answer["comment"] = rows
	}
	return answer, nil
}

func (m *comment) row() object {
	row := object{
		"user_comment_id": m.id, "openid": m.openid, "create_time": m.at.Unix(), "content": m.content, "comment_type": 0,
	}
	if m.elected {
		row["comment_type"] = 1
	}
	if m.reply != "" {
		row["reply"] = object{"content": m.reply, "create_time": m.repliedAt.Unix()}
	}
	return row
}

// electComment is POST /cgi-bin/comment/markelect.
func electComment(c *commentCall, m *comment) error {
	elected := 0
	for _, other := range c.article.list {
		if other.elected {
			elected++
		}
	}
	switch {
	case m.withdrawn:
		return failf(88004, "comment has been deleted by user")
	case !m.elected && elected == maxElected:
		return failf(88003, "elected comment upper limit")
	}
	m.elected = true
	return nil
}

// deleteComment is POST /cgi-bin/comment/delete.
func deleteComment(c *commentCall, m *comment) error {
	c.article.list = without(c.article.list, m)
	return nil
}

// replyToComment is POST /cgi-bin/comment/reply/add.
func replyToComment(c *commentCall, m *comment) error {
	switch {
	case m.withdrawn:
		return failf(88004, "comment has been deleted by user")
	case m.reply != "":
		return failf(88005, "already reply")
	case c.in.Content == "":
		return failf(88007, "reply content beyond max len or content len is zero")
	}
	m.reply, m.repliedAt = c.in.Content, c.now()
	return nil
}

// deleteCommentReply is POST /cgi-bin/comment/reply/delete.
func deleteCommentReply(_ *commentCall, m *comment) error {
	if m.reply == "" {
		return failf(88009, "reply is not exists")
	}
	m.reply = ""
	return nil
}

// PublishArticles has the account publish so many articles in one message, as by
// the console, and returns the message's msg_data_id, under which the articles take
// comments. Comments are closed at first.
func (p *Platform) PublishArticles(articles int) (msgDataID int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := p.nextID()
	p.areas.comments.publish(id, articles)
	return id
}

// publish makes the articles of a message known, for comments under them.
func (s *comments) publish(msgDataID int64, articles int) {
	if s.articles == nil {
		s.articles = map[articleKey]*commented{}
	}
	for i := range articles {
		s.articles[articleKey{msgDataID, i}] = &commented{}
	}
}

// Comment has the user write under an article, by the message's msg_data_id and the
// article's place in it from 0 on, and returns the comment's id. It is an error
// while comments are closed there.
func (u *User) Comment(msgDataID int64, index int, content string) (id int64, err error) {
	p := u.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.areas.comments.articles[articleKey{msgDataID, index}]
	if a == nil || !a.open {
		return 0, fmt.Errorf("wechattest: article %d of message %d takes no comments", index, msgDataID)
	}
	a.last++
	a.list = append(a.list, &comment{id: a.last, openid: u.openID, content: content, at: p.now()})
	return a.last, nil
}

// WithdrawComment has the user delete a comment again; unknown ones are ignored.
func (u *User) WithdrawComment(msgDataID int64, index int, id int64) {
	p := u.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.areas.comments.articles[articleKey{msgDataID, index}]; a != nil {
		if m := a.find(id); m != nil && m.openid == u.openID {
			m.withdrawn = true
		}
	}
}
