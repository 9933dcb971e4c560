package wechattest

import (
	"net/http"
	"strings"
	"time"
)

// replyWindows is until when, and how often, the account may write to a user by
// customer service.
type replyWindows struct {
	message window    // after a message: 5 within 48 hours
	click   window    // after a menu click, an item of a msgmenu, a follow or a scan: 3 within a minute
	spoke   time.Time // last exchange, for the typing state
	typing  time.Time // until when the typing state shows
}

type window struct {
	until time.Time
	left  int
}

// open opens the window that an interaction gives, anew.
func (w *replyWindows) open(m Message, now time.Time) {
	switch {
	case m.is("unsubscribe"):
		*w = replyWindows{}
		return
	case m.picksMenuItem():
		w.click = window{now.Add(time.Minute), 3}
	case !m.isEvent():
		w.message = window{now.Add(48 * time.Hour), 5}
	case m.is("CLICK"), m.is("scancode_push"), m.is("scancode_waitmsg"), m.is("subscribe"), m.is("SCAN"):
		w.click = window{now.Add(time.Minute), 3}
	default:
		return
	}
	w.spoke = now
}

// use takes one message out of the window that closes first.
func (w *replyWindows) use(now time.Time) error {
	if w.click.use(now) || w.message.use(now) {
		return nil
	}
	if now.Before(w.click.until) || now.Before(w.message.until) {
		return fail(45047)
	}
	return fail(45015)
}

func (w *window) use(now time.Time) bool {
	if w.left == 0 || !now.Before(w.until) {
		return false
	}
	w.left--
	return true
}

func customMessageEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/message/custom/send", body: jsonBody, daily: 500_000, handle: sendCustomMessage},
		{method: http.MethodPost, path: "/cgi-bin/message/custom/typing", body: jsonBody, handle: setTyping},
	}
}

// customMessage is the body of POST /cgi-bin/message/custom/send.
type customMessage struct {
	ToUser string `json:"touser"`
	Type   string `json:"msgtype"`
	Text   struct {
		Content string `json:"content"`
	} `json:"text"`
	Image mediaContent `json:"image"`
	Voice mediaContent `json:"voice"`
	Video mediaContent `json:"video"`
	Music struct {
		Title        string `json:"title"`
		Description  string `json:"description"`
		URL          string `json:"musicurl"`
		HQURL        string `json:"hqmusicurl"`
		ThumbMediaID string `json:"thumb_media_id"`
	} `json:"music"`
	News struct {
		Articles []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
			PicURL      string `json:"picurl"`
		} `json:"articles"`
	} `json:"news"`
	MPNews        mediaContent `json:"mpnews"`
	MPNewsArticle struct {
		ArticleID string `json:"article_id"`
	} `json:"mpnewsarticle"`
	Menu menuMessage `json:"msgmenu"`
	Card struct {
		CardID string `json:"card_id"`
	} `json:"wxcard"`
	MiniProgram struct {
		Title        string `json:"title"`
		AppID        string `json:"appid"`
		PagePath     string `json:"pagepath"`
		ThumbMediaID string `json:"thumb_media_id"`
	} `json:"miniprogrampage"`
	CustomService struct {
		Account string `json:"kf_account"`
	} `json:"customservice"`
}

// menuMessage is a question with answers to tap; see [MenuReply].
type menuMessage struct {
	Head string `json:"head_content"`
	List []struct {
		ID      any    `json:"id"` // number or text
		Content string `json:"content"`
	} `json:"list"`
	Tail string `json:"tail_content"`
}

func (m menuMessage) text() string {
	lines := []string{m.Head}
	for _, item := range m.List {
		lines = append(lines, item.Content)
	}
	return strings.Trim(strings.Join(append(lines, m.Tail), "\n"), "\n")
}

type mediaContent struct {
	MediaID      string `json:"media_id"`
	ThumbMediaID string `json:"thumb_media_id"`
	Title        string `json:"title"`
	Description  string `json:"description"`
}

// sendCustomMessage is POST /cgi-bin/message/custom/send.
func sendCustomMessage(c *call) (any, error) {
	var in customMessage
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u, err := c.receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	shown, err := in.shown()
	if err != nil {
		return nil, err
	}
	if err := u.windows.use(c.now()); err != nil {
		return nil, err
	}
	u.windows.typing = time.Time{}
	u.receive(Received{Shown: shown, At: c.now(), Via: ViaCustomerService, Raw: c.body})
	return nil, nil
}

// receiver finds the user behind an openid of a call.
func (c *call) receiver(openid string) (*User, error) {
	if u := c.users[openid]; u != nil {
		return u, nil
	}
	return nil, fail(40003)
}

// shown is the message as its receiver sees it, if it has what its type requires.
func (m *customMessage) shown() (Shown, error) {
	s := Shown{Type: ReplyType(m.Type)}
	switch m.Type {
	case "text":
		s.Content = m.Text.Content
		return s, sized(44004, s.Content)
	case "image":
		s.MediaID = m.Image.MediaID
	case "voice":
		s.MediaID = m.Voice.MediaID
	case "video":
		s.MediaID, s.ThumbMediaID = m.Video.MediaID, m.Video.ThumbMediaID
		s.Title, s.Description = m.Video.Title, m.Video.Description
	case "music":
		s.Title, s.Description, s.ThumbMediaID = m.Music.Title, m.Music.Description, m.Music.ThumbMediaID
		s.MusicURL, s.HQMusicURL = m.Music.URL, m.Music.HQURL
		return s, present(40007, s.ThumbMediaID)
	case "news":
		for _, a := range m.News.Articles {
			s.Articles = append(s.Articles, Article{a.Title, a.Description, a.PicURL, a.URL})
		}
		if len(s.Articles) != 1 {
			return s, fail(45008)
		}
		return s, nil
	case "mpnews":
		s.MediaID = m.MPNews.MediaID
	case "mpnewsarticle":
		s.Content = m.MPNewsArticle.ArticleID
		return s, present(40097, s.Content)
	case "msgmenu":
		s.Content = m.Menu.text()
		if len(m.Menu.List) == 0 {
			return s, fail(40097)
		}
		return s, sized(40097, s.Content)
	case "wxcard":
		s.Content = m.Card.CardID
		return s, present(40097, s.Content)
	case "miniprogrampage":
		s.Title, s.ThumbMediaID = m.MiniProgram.Title, m.MiniProgram.ThumbMediaID
		s.Content = m.MiniProgram.AppID + "/" + m.MiniProgram.PagePath
		return s, present(40007, s.ThumbMediaID)
	default:
		return s, fail(40008)
	}
	return s, present(40007, s.MediaID)
}

// maxText is how many bytes a text message holds, a passive reply and a menu
// message included.
const maxText = 2048

// sized refuses a text that is empty or too long.
func sized(empty int, text string) error {
	if len(text) > maxText {
		return fail(45002)
	}
	return present(empty, text)
}

func present(code int, value string) error {
	if value == "" {
		return fail(code)
	}
	return nil
}

// setTyping is POST /cgi-bin/message/custom/typing.
func setTyping(c *call) (any, error) {
	var in struct {
		ToUser  string `json:"touser"`
		Command string `json:"command"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u, err := c.receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	w, now := &u.windows, c.now()
	switch {
	case in.Command == "CancelTyping":
		w.typing = time.Time{}
	case in.Command != "Typing":
		return nil, fail(45072)
	case now.Sub(w.spoke) > 30*time.Second:
		return nil, fail(45080)
	case now.Before(w.typing):
		return nil, fail(45081)
	default:
		w.typing = now.Add(15 * time.Second)
	}
	return nil, nil
}
