package customerservice

import (
	"net/http"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// replyWindows holds how long and how often the account may send customer-service
// messages to a user.
type replyWindows struct {
	message window    // after a message: 5 within 48 hours
	click   window    // after a menu click, an item of a msgmenu, a follow or a scan: 3 within a minute
	spoke   time.Time // last exchange, for the typing state
	typing  time.Time // end of the typing state
}

type window struct {
	until time.Time
	left  int
}

// open opens the reply window of an interaction.
func (k *Area) open(u *server.User, m callback.Message) { k.windowsOf(u).open(m, k.s.Now()) }

func (k *Area) windowsOf(u *server.User) *replyWindows {
	w := k.windows[u.OpenID]
	if w == nil {
		w = &replyWindows{}
		k.windows[u.OpenID] = w
	}
	return w
}

func (w *replyWindows) open(m callback.Message, now time.Time) {
	switch {
	case m.Is("unsubscribe"):
		*w = replyWindows{}
		return
	case m.PicksMenuItem():
		w.click = window{now.Add(time.Minute), 3}
	case !m.IsEvent():
		w.message = window{now.Add(48 * time.Hour), 5}
	case m.Is("CLICK"), m.Is("scancode_push"), m.Is("scancode_waitmsg"), m.Is("subscribe"), m.Is("SCAN"):
		w.click = window{now.Add(time.Minute), 3}
	default:
		return
	}
	w.spoke = now
}

// use counts one message in the window that closes first.
func (w *replyWindows) use(now time.Time) error {
	if w.click.use(now) || w.message.use(now) {
		return nil
	}
	if now.Before(w.click.until) || now.Before(w.message.until) {
		return server.Fail(45047)
	}
	return server.Fail(45015)
}

func (w *window) use(now time.Time) bool {
	if w.left == 0 || !now.Before(w.until) {
		return false
	}
	w.left--
	return true
}

func (k *Area) messageEndpoints() []server.Endpoint {
	return []server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/message/custom/send", Daily: 500_000, Handle: server.JSON(k.sendCustomMessage)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/custom/typing", Handle: server.JSON(k.setTyping)},
	}
}

// customMessage is the body of POST /cgi-bin/message/custom/send.
type customMessage struct {
	ToUser string `json:"touser"`
	Type   string `json:"msgtype"`
	Text   struct {
		Content string `json:"content"`
	} `json:"text"`
	Image media.Ref `json:"image"`
	Voice media.Ref `json:"voice"`
	Video media.Ref `json:"video"`
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
	MPNews        media.Ref `json:"mpnews"`
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

// menuMessage is a question with answers to tap.
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

// sendCustomMessage is POST /cgi-bin/message/custom/send.
func (k *Area) sendCustomMessage(c *server.Call, in customMessage) (any, error) {
	u, err := c.Receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	shown, err := in.shown()
	if err != nil {
		return nil, err
	}
	if err := k.windowsOf(u).use(c.Now()); err != nil {
		return nil, err
	}
	k.windowsOf(u).typing = time.Time{}
	k.s.Receive(c.Owner, u, shown, Via, c.Body)
	return nil, nil
}

// shown returns the message as its receiver sees it, or an error if a required field is
// missing.
func (m *customMessage) shown() (callback.Shown, error) {
	s := callback.Shown{Type: callback.ReplyType(m.Type)}
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
		return s, server.Present(40007, s.ThumbMediaID)
	case "news":
		for _, a := range m.News.Articles {
			s.Articles = append(s.Articles, callback.Article{Title: a.Title, Description: a.Description, PicURL: a.PicURL, URL: a.URL})
		}
		if len(s.Articles) != 1 {
			return s, server.Fail(45008)
		}
		return s, nil
	case "mpnews":
		s.MediaID = m.MPNews.MediaID
	case "mpnewsarticle":
		s.Content = m.MPNewsArticle.ArticleID
		return s, server.Present(40097, s.Content)
	case "msgmenu":
		s.Content = m.Menu.text()
		if len(m.Menu.List) == 0 {
			return s, server.Fail(40097)
		}
		return s, sized(40097, s.Content)
	case "wxcard":
		s.Content = m.Card.CardID
		return s, server.Present(40097, s.Content)
	case "miniprogrampage":
		s.Title, s.ThumbMediaID = m.MiniProgram.Title, m.MiniProgram.ThumbMediaID
		s.Content = m.MiniProgram.AppID + "/" + m.MiniProgram.PagePath
		return s, server.Present(40007, s.ThumbMediaID)
	default:
		return s, server.Fail(40008)
	}
	return s, server.Present(40007, s.MediaID)
}

// sized returns an error for a text that is empty or too long.
func sized(empty int, text string) error {
	if len(text) > callback.MaxText {
		return server.Fail(45002)
	}
	return server.Present(empty, text)
}

// setTyping is POST /cgi-bin/message/custom/typing.
func (k *Area) setTyping(c *server.Call, in struct {
	ToUser  string `json:"touser"`
	Command string `json:"command"`
}) (any, error) {
	u, err := c.Receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	w, now := k.windowsOf(u), c.Now()
	switch {
	case in.Command == "CancelTyping":
		w.typing = time.Time{}
	case in.Command != "Typing":
		return nil, server.Fail(45072)
	case now.Sub(w.spoke) > 30*time.Second:
		return nil, server.Fail(45080)
	case now.Before(w.typing):
		return nil, server.Fail(45081)
	default:
		w.typing = now.Add(15 * time.Second)
	}
	return nil, nil
}

// Via is the value for customer-service messages and messages of agents.
const Via server.Via = "customer_service"

// Typing reports whether a user sees the account typing.
func (k *Area) Typing(u *server.User) bool {
	k.s.Lock()
	defer k.s.Unlock()
	return k.s.Now().Before(k.windowsOf(u).typing)
}
