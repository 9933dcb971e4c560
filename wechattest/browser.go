package wechattest

import (
	"bytes"
	"cmp"
	htmltemplate "html/template"
	"net/http"
	"net/url"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
)

// browser is the one in which the platform's pages are opened.
type browser struct{ openid string }

// DefaultVisitor is the user whose browser opens the platform's pages until
// [User.Browse] names another: somebody who does not follow the account.
const DefaultVisitor = "oVisitor"

// Browse puts the user in front of the browser: the platform's pages, such as
// that of a web authorization (网页授权), take whoever opens them for this user.
// Pages that ask something offer the choice of another user, who then stays.
func (u *User) Browse() {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	u.platform.areas.browser.openid = u.openID
}

// visitor is the user in front of the browser. One whom the platform meets there
// does not follow the account.
func (c *call) visitor() *User {
	return c.strange(cmp.Or(c.areas.browser.openid, DefaultVisitor))
}

func browserEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodGet, path: "/mp/subscribemsg", credential: noCredential, page: true, handle: askOnce},
		{method: http.MethodPost, path: host.ConfirmPath, credential: noCredential, page: true, body: anyBody, handle: confirm},
	}
}

// question is a page that asks the user something.
type question struct {
	Title, App, Asks string
	Page             string // address of the page itself, given back by the form
	Users            []string
	Visitor          string
	Snapshot         bool // whether the visitor may look at a snapshot instead
}

// remark is a page that only says something.
type remark struct {
	Title, Text string
	Code        int // shown where it is not zero
}

var pages = htmltemplate.Must(htmltemplate.New("pages").Parse(`
{{- define "head"}}<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title></head>
<body><h1>{{.Title}}</h1>
{{end -}}
{{- define "question"}}{{template "head" .}}<p>{{.App}}: {{.Asks}}</p>
<form method="post" action="/connect/confirm">
<input type="hidden" name="page" value="{{.Page}}">
<p><label>User (openid) <input name="openid" list="users" value="{{.Visitor}}"></label>
<datalist id="users">{{range .Users}}<option value="{{.}}">{{end}}</datalist></p>
<p><button name="answer" value="allow">允许 Allow</button>
<button name="answer" value="deny">拒绝 Deny</button>
{{- if .Snapshot}}
<button name="answer" value="snapshot">快照页 Snapshot</button>{{end}}</p>
</form></body></html>
{{end -}}
{{- define "remark"}}{{template "head" .}}<p>{{.Text}}</p>
{{- if .Code}}
<p>错误码 Error code: {{.Code}}</p>{{end}}
</body></html>
{{end -}}
`))

// webPage is an answer for a browser.
func webPage(name string, data any) *attachment {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, name, data); err != nil {
		panic("wechattest: page " + name + ": " + err.Error()) // the templates are constant
	}
	return &attachment{status: http.StatusOK, contentType: "text/html; charset=utf-8", content: out.Bytes()}
}

// oops is the page that says what is wrong with an address.
func oops(code int, text string) *attachment {
	return webPage("remark", remark{Title: "Oops! Something went wrong", Text: text, Code: code})
}

// redirect sends the browser on.
func redirect(to *url.URL) *attachment {
	return &attachment{status: http.StatusFound, contentType: "text/html", location: to.String()}
}

// ask fills in what every question shows.
func (c *call) ask(q question) *attachment {
	q.Page, q.App = c.request.URL.RequestURI(), c.set.AppID
	q.Visitor = c.visitor().openID
	q.Users = c.openIDs(func(*User) bool { return true })
	return webPage("question", q)
}

// askOnce is GET https://mp.weixin.qq.com/mp/subscribemsg, the page that asks for
// consent to one message of a one-time subscription (一次性订阅消息).
func askOnce(c *call) (any, error) {
	if _, err := consentQuery(c.query, c.set.AppID); err != nil {
		return oops(0, err.Error()), nil
	}
	return c.ask(question{Title: "一次性订阅消息", Asks: "发送一次消息给你 may send you one message"}), nil
}

// confirm is what the pages send: what the user in front of the browser pressed.
func confirm(c *call) (any, error) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return oops(0, err.Error()), nil
	}
	address, err := url.Parse(form.Get("page"))
	if err != nil {
		return oops(0, err.Error()), nil
	}
	if openid := form.Get("openid"); openid != "" {
		c.areas.browser.openid = openid
	}
	u, answer := c.visitor(), form.Get("answer")
	if address.Path == "/mp/subscribemsg" {
		q := address.Query()
		back, err := consentQuery(q, c.set.AppID)
		if err != nil {
			return oops(0, err.Error()), nil
		}
		return redirect(u.answerOnce(q, back, answer == "allow")), nil
	}
	r, fault := c.readAuthorize(address.Path, address.Query())
	switch {
	case fault != nil:
		return fault.page(), nil
	case answer == "allow" || answer == "snapshot":
		r.snapshot = r.snapshot || answer == "snapshot"
		return redirect(c.grant(u, r)), nil
	}
	return webPage("remark", remark{Title: "已拒绝 Refused", Text: "The browser closes here; the website hears nothing."}), nil
}
