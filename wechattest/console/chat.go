package console

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// chatLine is one line of a user's chat on the page.
type chatLine struct {
	At    time.Time         `json:"at"`
	User  string            `json:"user"`
	From  string            `json:"from"` // user, account, or system
	Type  string            `json:"type"`
	Event string            `json:"event,omitempty"`
	Via   wechattest.Via    `json:"via,omitempty"`
	Shown map[string]string `json:"shown,omitempty"` // elements of a user's message, fields of a reply
	List  []chatArticle     `json:"list,omitempty"`  // articles
	Raw   json.RawMessage   `json:"raw,omitempty"`   // body of the call that sent it
	Why   *bilingual        `json:"why,omitempty"`   // of a fault

	returned *bool // the command receive has returned it; nil if it is not for the command
}

type chatArticle struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Picture     string `json:"picture"`
	URL         string `json:"url"`
}

// system is the account that job events come from.
const system = "mphelper"

// said records a message of a user when it is sent.
func (g *Page) said(m wechattest.Message) {
	if m.From == system || tellsOfJob(m) {
		return
	}
	line := chatLine{At: g.platform.Now(), User: m.From, From: "user", Type: m.Type, Event: m.Event, Shown: map[string]string{}}
	for _, e := range m.Elements {
		if len(e.Children) == 0 {
			line.Shown[e.Name] = e.Value
		}
		for _, inner := range e.Children {
			line.Shown[inner.Name] = inner.Value
		}
	}
	if m.Type == "event" {
		line.From = "system"
	}
	g.chat.Add(line, 1024)
	g.wake()
}

// tellsOfJob reports whether the message is the event of a finished send, which the
// user does not see.
func tellsOfJob(m wechattest.Message) bool {
	name := strings.ToUpper(m.Event)
	return strings.HasSuffix(name, "JOBFINISH") || name == "SUBSCRIBE_MSG_SENT_EVENT"
}

// received records a message to a user.
func (g *Page) received(openid string, r wechattest.Received) {
	line := chatLine{
		At: r.Time, User: openid, From: "account", Type: string(r.Type), Via: r.Via,
		Shown: map[string]string{
			"Content": r.Content, "MediaId": r.MediaID, "Title": r.Title, "Description": r.Description,
			"MusicUrl": r.MusicURL, "HQMusicUrl": r.HQMusicURL, "ThumbMediaId": r.ThumbMediaID, "FileName": r.File,
		},
	}
	for _, a := range r.Articles {
		line.List = append(line.List, chatArticle{a.Title, a.Description, a.PicURL, a.URL})
	}
	if json.Valid(r.Raw) {
		line.Raw = r.Raw
	}
	if r.Via != wechattest.ViaReply {
		line.returned = new(bool)
	}
	g.chat.Add(line, 1024+len(r.Raw))
	g.wake()
}

// judgment is the platform's result for the bot's answer to a message.
type judgment struct {
	Exchange  int64     `json:"exchange"`
	OK        bool      `json:"ok"`
	Saw       string    `json:"saw"`
	Tries     int       `json:"tries"`         // deliveries
	XML       string    `json:"xml,omitempty"` // the decrypted reply
	Encrypted bool      `json:"encrypted,omitempty"`
	Cut       int       `json:"cut,omitempty"`
	Error     string    `json:"error,omitempty"`
	Why       bilingual `json:"why"`
	More      bilingual `json:"more"` // the result of closerLook
}

// judged records the result of a message, and examines a bot that refused it.
func (g *Page) judged(m wechattest.Message, r *wechattest.Reply, err error) {
	if len(r.Deliveries) == 0 || errors.Is(err, wechattest.ErrClosed) {
		return
	}
	cfg, last := g.platform.Config(), r.Deliveries[len(r.Deliveries)-1]
	v := judgment{
		Exchange: last.Exchange, OK: err == nil, Saw: r.Saw(), Tries: len(r.Deliveries), XML: clipText(r.XML), Encrypted: r.Encrypted, Cut: r.Cut,
		Why: explain(err, last, cfg), More: slowAnswer(r, last.Duration, cfg.Timeout),
	}
	if err != nil {
		v.Error = err.Error()
	}
	if refusedAsForged(last) {
		v.More = g.closerLook(last.Status)
	}
	g.verdicts.Add(v, 1024+len(r.XML))
	if r.Fault || errors.Is(err, wechattest.ErrTransfer) || r.Type == wechattest.ReplyTransfer {
		g.chat.Add(faultLine(m, r, v.Why), 1024)
	}
	g.wake()
}

func faultLine(m wechattest.Message, r *wechattest.Reply, why bilingual) chatLine {
	line := chatLine{At: time.Now(), User: m.From, From: "system", Type: "fault", Why: &why, Shown: map[string]string{"Content": wechattest.FaultNotice}}
	if r.Type == wechattest.ReplyTransfer {
		line.Type, line.Why, line.Shown["Content"] = "transfer", nil, r.KfAccount
	}
	return line
}

// refusedAsForged reports whether a bot refused a genuine message as it should refuse a
// forged one.
func refusedAsForged(d wechattest.Delivery) bool {
	return d.Status == 400 || d.Status == 401 || d.Status == 403
}

// closerLook verifies the callback URL to distinguish a wrong token from other reasons
// why the bot refused a genuine message with a status.
func (g *Page) closerLook(status int) bilingual {
	cfg := g.platform.Config()
	if cfg.Mode == wechattest.CloudHosting {
		return bilingual{} // its verification is not signed
	}
	err := g.platform.Verify()
	switch {
	case err == nil:
		return tokenIsRight(status, cfg)
	case errors.Is(err, wechattest.ErrStatus):
		return refusedVerification(g.platform.Deliveries())
	}
	return bilingual{}
}

// encrypts reports whether messages of a mode contain Encrypt.
func encrypts(m wechattest.Mode) bool {
	return m == wechattest.Compat || m == wechattest.Safe || m == wechattest.Component
}

// maxShownBody is the number of bytes of a body that the page shows.
const maxShownBody = 64 << 10

func clipText(body []byte) string {
	if len(body) > maxShownBody {
		return strings.ToValidUTF8(string(body[:maxShownBody]), "") + " …"
	}
	return strings.ToValidUTF8(string(body), "�")
}
