// Package comment models readers' comments (留言).
package comment

import (
	"fmt"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// articleKey identifies an article: its message, and its position there from 0.
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

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s        *server.Server
	articles map[articleKey]*commented
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s, articles: map[articleKey]*commented{}}
	s.Hooks.Published = append(s.Hooks.Published, a.publish)
	on := func(path string, handle func(*commentCall) (any, error)) server.Endpoint {
		return server.Endpoint{Method: http.MethodPost, Path: path, Handle: func(c *server.Call) (any, error) {
			return a.about(c, handle)
		}}
	}
	s.Handle([]server.Endpoint{
		on("/cgi-bin/comment/open", func(c *commentCall) (any, error) { c.article.open = true; return nil, nil }),
		on("/cgi-bin/comment/close", func(c *commentCall) (any, error) { c.article.open = false; return nil, nil }),
		on("/cgi-bin/comment/list", listComments),
		on("/cgi-bin/comment/markelect", onComment(electComment)),
		on("/cgi-bin/comment/unmarkelect", onComment(func(_ *commentCall, m *comment) error { m.elected = false; return nil })),
		on("/cgi-bin/comment/delete", onComment(deleteComment)),
		on("/cgi-bin/comment/reply/add", onComment(replyToComment)),
		on("/cgi-bin/comment/reply/delete", onComment(deleteCommentReply)),
	}...)
	return a
}

// commentCall is a call about an article.
type commentCall struct {
	*server.Call
	article *commented
	in      struct {
		MsgDataID server.Number `json:"msg_data_id"`
		Index     server.Number `json:"index"`
		Begin     server.Number `json:"begin"`
		Count     server.Number `json:"count"`
		Type      server.Number `json:"type"`
		ID        server.Number `json:"user_comment_id"`
		Content   string        `json:"content"`
	}
}

func (a *Area) about(c *server.Call, handle func(*commentCall) (any, error)) (any, error) {
	cc := &commentCall{Call: c}
	if err := c.Bind(&cc.in); err != nil {
		return nil, err
	}
	cc.article = a.articles[articleKey{int64(cc.in.MsgDataID), int(cc.in.Index)}]
	if cc.article == nil {
		return nil, server.Failf(88001, "msg_data is not exists")
	}
	return handle(cc)
}

// onComment is a handler about one comment.
func onComment(handle func(*commentCall, *comment) error) func(*commentCall) (any, error) {
	return func(c *commentCall) (any, error) {
		m := c.article.find(int64(c.in.ID))
		if m == nil {
			return nil, server.Failf(88008, "comment is not exists")
		}
		return nil, handle(c, m)
	}
}

func (a *commented) find(id int64) *comment {
	return server.Find(a.list, func(m *comment) bool { return m.id == id })
}

// listComments is POST /cgi-bin/comment/list: newest first.
func listComments(c *commentCall) (any, error) {
	in := c.in
	switch {
	case in.Count < 1 || in.Count > maxCommentsPage:
		return nil, server.Failf(88010, "count range error. count <= 0 or count > 50")
	case in.Begin < 0 || in.Type < 0 || in.Type > 2:
		return nil, server.Fail(40097)
	}
	var rows []server.Object
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
	answer := server.OK{"total": total}
	if rows != nil {
		answer["comment"] = rows
	}
	return answer, nil
}

func (m *comment) row() server.Object {
	row := server.Object{
		"user_comment_id": m.id, "openid": m.openid, "create_time": m.at.Unix(), "content": m.content, "comment_type": 0,
	}
	if m.elected {
		row["comment_type"] = 1
	}
	if m.reply != "" {
		row["reply"] = server.Object{"content": m.reply, "create_time": m.repliedAt.Unix()}
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
		return server.Failf(88004, "comment has been deleted by user")
	case !m.elected && elected == maxElected:
		return server.Failf(88003, "elected comment upper limit")
	}
	m.elected = true
	return nil
}

// deleteComment is POST /cgi-bin/comment/delete.
func deleteComment(c *commentCall, m *comment) error {
	c.article.list = server.Without(c.article.list, m)
	return nil
}

// replyToComment is POST /cgi-bin/comment/reply/add.
func replyToComment(c *commentCall, m *comment) error {
	switch {
	case m.withdrawn:
		return server.Failf(88004, "comment has been deleted by user")
	case m.reply != "":
		return server.Failf(88005, "already reply")
	case c.in.Content == "":
		return server.Failf(88007, "reply content beyond max len or content len is zero")
	}
	m.reply, m.repliedAt = c.in.Content, c.Now()
	return nil
}

// deleteCommentReply is POST /cgi-bin/comment/reply/delete.
func deleteCommentReply(_ *commentCall, m *comment) error {
	if m.reply == "" {
		return server.Failf(88009, "reply is not exists")
	}
	m.reply = ""
	return nil
}

// publish adds the articles of a message. Their comments are closed at first.
func (a *Area) publish(p server.Publication) {
	for i := range p.Titles {
		a.articles[articleKey{p.DataID, i}] = &commented{}
	}
}

// Count returns the number of comments on an article between two times, without
// withdrawn and deleted ones. The lock is held.
func (a *Area) Count(msgDataID int64, index int, from, to time.Time) int {
	n := 0
	if article := a.articles[articleKey{msgDataID, index}]; article != nil {
		for _, m := range article.list {
			if !m.withdrawn && !m.at.Before(from) && m.at.Before(to) {
				n++
			}
		}
	}
	return n
}

// Open opens the comments on a published article. The lock is held.
func (a *Area) Open(msgDataID int64, index int) { a.articles[articleKey{msgDataID, index}].open = true }

// Write adds a user's comment to an article, and returns its id. It returns an error if
// comments are closed.
func (a *Area) Write(u *server.User, msgDataID int64, index int, content string) (id int64, err error) {
	a.s.Lock()
	defer a.s.Unlock()
	article := a.articles[articleKey{msgDataID, index}]
	if article == nil || !article.open {
		return 0, fmt.Errorf("wechattest: the comments on article %d of message %d are closed", index, msgDataID)
	}
	article.last++
	article.list = append(article.list, &comment{id: article.last, openid: u.OpenID, content: content, at: a.s.Now()})
	return article.last, nil
}

// Withdraw deletes a user's comment. It returns an error if the user has no such comment
// on the article.
func (a *Area) Withdraw(u *server.User, msgDataID int64, index int, id int64) error {
	a.s.Lock()
	defer a.s.Unlock()
	if article := a.articles[articleKey{msgDataID, index}]; article != nil {
		if m := article.find(id); m != nil && m.openid == u.OpenID && !m.withdrawn {
			m.withdrawn = true
			return nil
		}
	}
	return fmt.Errorf("wechattest: %s has no comment %d on article %d of message %d", u.OpenID, id, index, msgDataID)
}
