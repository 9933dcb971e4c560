package oauth

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/template"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

func (a *Area) browserEndpoints() []server.Endpoint {
	return []server.Endpoint{
		{Method: http.MethodGet, Path: "/mp/subscribemsg", Credential: server.NoCredential, Page: true, Handle: a.askOnce},
		{Method: http.MethodPost, Path: host.ConfirmPath, Credential: server.NoCredential, Page: true, Body: server.AnyBody, Handle: a.confirm},
	}
}

// question is a page with a question for the user.
type question struct {
	Title, App, Asks string
	Page             string // address of the page itself, given back by the form
	Users            []string
	Visitor          string
	Snapshot         bool // whether the visitor may open a snapshot instead
}

// page returns the page that asks.
func (q question) page() *server.Attachment {
	var b strings.Builder
	fmt.Fprintf(&b, `<p>%s: %s</p>
<form method="post" action="/connect/confirm">
<input type="hidden" name="page" value="%s">
<p><label>User (openid) <input name="openid" list="users" value="%s"></label>
<datalist id="users">`, html.EscapeString(q.App), html.EscapeString(q.Asks), html.EscapeString(q.Page), html.EscapeString(q.Visitor))
	for _, openID := range q.Users {
		fmt.Fprintf(&b, `<option value="%s">`, html.EscapeString(openID))
	}
	b.WriteString(`</datalist></p>
<p><button name="answer" value="allow">允许 Allow</button>
<button name="answer" value="deny">拒绝 Deny</button>`)
	if q.Snapshot {
		b.WriteString(`
<button name="answer" value="snapshot">快照页 Snapshot</button>`)
	}
	b.WriteString(`</p>
</form>`)
	return webPage(q.Title, b.String())
}

// webPage returns a page for a browser. Its body is HTML, its title is text.
//
// It is not built with html/template: that package calls methods by their names, for
// which the linker keeps every exported method in every test that links this one.
func webPage(title, body string) *server.Attachment {
	title = html.EscapeString(title)
	return &server.Attachment{ContentType: "text/html; charset=utf-8", Content: []byte(`<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>` + title + `</title></head>
<body><h1>` + title + `</h1>
` + body + `</body></html>
`)}
}

// oops returns the page for an invalid address. It shows the code if it is not zero.
func oops(code int, text string) *server.Attachment {
	body := "<p>" + html.EscapeString(text) + "</p>"
	if code != 0 {
		body += fmt.Sprintf("\n<p>错误码 Error code: %d</p>", code)
	}
	return webPage("Oops! Something went wrong", body)
}

// redirect redirects the browser.
func redirect(to *url.URL) *server.Attachment {
	return &server.Attachment{Status: http.StatusFound, ContentType: "text/html", Location: to.String()}
}

// ask sets the common fields of a question.
func (a *Area) ask(c *server.Call, q question) *server.Attachment {
	q.Page, q.App = c.Request.URL.RequestURI(), c.Account.AppID
	q.Visitor = c.Visiting().OpenID
	q.Users = c.OpenIDs(func(*server.User) bool { return true })
	return q.page()
}

// askOnce is GET https://mp.weixin.qq.com/mp/subscribemsg, the page that asks for
// consent to one message of a one-time subscription (一次性订阅消息).
func (a *Area) askOnce(c *server.Call) (any, error) {
	if _, err := template.ConsentQuery(c.Query, c.Account.AppID); err != nil {
		return oops(0, err.Error()), nil
	}
	return a.ask(c, question{Title: "一次性订阅消息", Asks: "发送一次消息给你 may send you one message"}), nil
}

// confirm handles the answer of the browser's user on a page.
func (a *Area) confirm(c *server.Call) (any, error) {
	form, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return oops(0, err.Error()), nil
	}
	address, err := url.Parse(form.Get("page"))
	if err != nil {
		return oops(0, err.Error()), nil
	}
	if openid := form.Get("openid"); openid != "" {
		c.Visitor = openid
	}
	u, answer := c.Visiting(), form.Get("answer")
	if address.Path == "/mp/subscribemsg" {
		q := address.Query()
		back, err := template.ConsentQuery(q, c.Account.AppID)
		if err != nil {
			return oops(0, err.Error()), nil
		}
		return redirect(a.templates.AnswerOnce(u, q, back, answer == "allow")), nil
	}
	r, fault := a.readAuthorize(c, address.Path, address.Query())
	switch {
	case fault != nil:
		return fault.page(), nil
	case answer == "allow" || answer == "snapshot":
		r.snapshot = r.snapshot || answer == "snapshot"
		return redirect(a.grant(c, u, r)), nil
	}
	return webPage("已拒绝 Refused", "<p>The browser closes here; the website receives nothing.</p>"), nil
}
