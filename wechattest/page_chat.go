package wechattest

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"
)

// chatLine is one line of a user's chat on the page.
type chatLine struct {
	At    time.Time         `json:"at"`
	User  string            `json:"user"`
	From  string            `json:"from"` // user, account, or system for what nobody wrote
	Type  string            `json:"type"`
	Event string            `json:"event,omitempty"`
	Via   Via               `json:"via,omitempty"`
	Shown map[string]string `json:"shown,omitempty"` // elements of a user's message, fields of a reply
	List  []chatArticle     `json:"list,omitempty"`  // articles
	Raw   json.RawMessage   `json:"raw,omitempty"`   // body of the call that sent it
	Why   *bilingual        `json:"why,omitempty"`   // of a fault
}

type chatArticle struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Picture     string `json:"picture"`
	URL         string `json:"url"`
}

// said notes a message of a user, as it goes out. The platform's lock is held.
func (g *Page) said(u *User, m Message) {
	if g == nil || m.From == systemSender || m.tellsOfJob() {
		return
	}
	line := chatLine{At: g.platform.now(), User: m.From, From: "user", Type: m.Type, Event: m.Event, Shown: map[string]string{}}
	elements := m.Elements
	if m.Raw != nil {
		if root, err := parseXML(m.Raw); err == nil {
			elements = root.Children
		}
	}
	for _, e := range elements {
		if len(e.Children) == 0 {
			line.Shown[e.Name] = e.Value
		}
		for _, inner := range e.Children {
			line.Shown[inner.Name] = inner.Value
		}
	}
	if m.isEvent() {
		line.From = "system"
	}
	g.chat.add(line, 1024)
}

// tellsOfJob reports whether the message tells the bot how a send went: the user does
// not see that.
func (m Message) tellsOfJob() bool {
	name := strings.ToUpper(m.Event)
	return strings.HasSuffix(name, "JOBFINISH") || name == "SUBSCRIBE_MSG_SENT_EVENT"
}

// received notes what reaches a user. The platform's lock is held.
func (g *Page) received(u *User, r Received) {
	if g == nil {
		return
	}
	line := chatLine{
		At: r.At, User: u.OpenID, From: "account", Type: string(r.Type), Via: r.Via, List: g.articles(r.Shown),
		Shown: map[string]string{
			"Content": r.Content, "MediaId": r.MediaID, "Title": r.Title, "Description": r.Description,
			"MusicUrl": r.MusicURL, "HQMusicUrl": r.HQMusicURL, "ThumbMediaId": r.ThumbMediaID,
		},
	}
	if m := g.platform.media.find(r.MediaID, g.platform.now()); m != nil {
		line.Shown["FileName"] = m.name
		if r.Type == "mpvideo" && m.kind == "video" {
			line.Type = "video"
		}
	}
	if json.Valid(r.Raw) {
		line.Raw = r.Raw
	}
	g.chat.add(line, 1024+len(r.Raw))
}

// articles are those of a message, looked up where it only names them.
func (g *Page) articles(s Shown) []chatArticle {
	var list []chatArticle
	for _, a := range s.Articles {
		list = append(list, chatArticle{a.Title, a.Description, a.PicURL, a.URL})
	}
	p := g.platform
	if m := p.media.find(s.MediaID, p.now()); m != nil {
		for _, a := range m.articles {
			list = append(list, chatArticle{a.Title, a.Digest, mediaURL(a.ThumbMediaID), a.URL})
		}
	}
	for _, d := range p.areas.drafts.list {
		if d.id == s.MediaID && s.MediaID != "" {
			for _, a := range d.articles {
				list = append(list, chatArticle{a.Title, a.Digest, mediaURL(a.ThumbMediaID), a.ContentSourceURL})
			}
		}
	}
	return list
}

// mediaURL is where the page finds a file.
func mediaURL(id string) string {
	if id == "" {
		return ""
	}
	return "/page/media?id=" + url.QueryEscape(id)
}

// judgement is what the platform made of the bot's answer to one message.
type judgement struct {
	Exchange  int64     `json:"exchange"`
	OK        bool      `json:"ok"`
	Saw       string    `json:"saw"`
	XML       string    `json:"xml,omitempty"` // the reply in clear
	Encrypted bool      `json:"encrypted,omitempty"`
	Cut       int       `json:"cut,omitempty"`
	Error     string    `json:"error,omitempty"`
	Why       bilingual `json:"why"`
	More      bilingual `json:"more"` // what a closer look found
}

// judged notes how a message ended, and has a closer look at a bot that refused it.
func (g *Page) judged(u *User, m Message, r *Reply, err error) {
	if g == nil || len(r.Deliveries) == 0 || errors.Is(err, errClosed) {
		return
	}
	cfg, last := g.platform.Config(), r.Deliveries[len(r.Deliveries)-1]
	v := judgement{
		Exchange: last.exchange, OK: err == nil, Saw: r.Saw(), XML: clipText(r.XML), Encrypted: r.Encrypted, Cut: r.Cut,
		Why: explain(err, last, cfg), More: slowAnswer(last.Took, cfg.Timeout),
	}
	if err != nil {
		v.Error = err.Error()
	}
	if refusedAsForged(last) {
		v.More = g.closerLook()
	}
	g.verdicts.add(v, 1024+len(r.XML))
	if r.Fault || errors.Is(err, ErrTransfer) || r.Type == ReplyTransfer {
		g.chat.add(faultLine(m, r, v.Why), 1024)
	}
}

func faultLine(m Message, r *Reply, why bilingual) chatLine {
	line := chatLine{At: time.Now(), User: m.From, From: "system", Type: "fault", Why: &why, Shown: map[string]string{"Content": FaultNotice}}
	if r.Type == ReplyTransfer {
		line.Type, line.Why, line.Shown["Content"] = "transfer", nil, r.KfAccount
	}
	return line
}

// refusedAsForged reports whether a bot turned a genuine message away as it would a
// forged one.
func refusedAsForged(d Delivery) bool { return d.Status == 400 || d.Status == 401 || d.Status == 403 }

// closerLook verifies the callback URL to tell a wrong token from a wrong key.
func (g *Page) closerLook() bilingual {
	p := g.platform
	p.mu.Lock()
	bot := p.bot
	p.mu.Unlock()
	if bot == nil || !p.Config().Mode.encrypted() {
		return bilingual{}
	}
	return narrow(bot.Verify())
}

// maxShownBody is how much of a body the page shows.
const maxShownBody = 64 << 10

func clipText(body []byte) string {
	if len(body) > maxShownBody {
		return strings.ToValidUTF8(string(body[:maxShownBody]), "") + " …"
	}
	return strings.ToValidUTF8(string(body), "�")
}
