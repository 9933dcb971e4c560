// Package mass models mass sends (群发).
package mass

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/draft"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/user"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// The limits of mass sends.
const (
	monthlyMass   = 4  // messages to a user in a month, sends to all followers
	maxClientID   = 32 // bytes of a clientmsgid
	massDedup     = 24 * time.Hour
	massSendTakes = 300 * time.Millisecond // real time
)

// The values of Via for mass sends.
const (
	ViaMass    server.Via = "mass"    // message/mass/send and sendall
	ViaPreview server.Via = "preview" // message/mass/preview
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s      *server.Server
	users  *user.Area
	media  *media.Area
	drafts *draft.Area
	list   []*massJob
	last   int64 // id of the newest, which needs more than 31 bits; far below 2^53, as other clients read it as a float
	speed  int
	month  string         // the month that got and toAll count
	got    map[string]int // messages by openid
	toAll  int            // sends to everybody
	next   []string       // how the sends to come will be refused
}

// Register adds the area to the server.
func Register(s *server.Server, users *user.Area, media *media.Area, drafts *draft.Area) *Area {
	a := &Area{s: s, users: users, media: media, drafts: drafts, last: 3_147_483_699}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/sendall", Daily: 100, Minutely: 60, Handle: server.JSON(a.massSendAll)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/send", Daily: 100, Minutely: 60, Handle: server.JSON(a.massSend)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/preview", Daily: 100, Handle: server.JSON(a.massPreview)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/delete", Daily: 10, Handle: server.JSON(a.massDelete)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/get", Handle: server.JSON(a.massGet)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/speed/get", Handle: a.massSpeedGet},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/speed/set", Handle: server.JSON(a.massSpeedSet)},
		{Method: http.MethodPost, Path: "/cgi-bin/media/uploadnews", Daily: 10, Handle: server.JSON(a.uploadNews)},
		{Method: http.MethodPost, Path: "/cgi-bin/media/uploadvideo", Handle: server.JSON(a.uploadVideo)},
	}...)
	return a
}

// massContent is the content of a mass send: the object named by Type.
type massContent struct {
	Type   string `json:"msgtype"`
	MPNews struct {
		MediaID string `json:"media_id"`
	} `json:"mpnews"`
	Text struct {
		Content string `json:"content"`
	} `json:"text"`
	Voice  media.Ref `json:"voice"`
	Image  media.Ref `json:"image"` // of a preview
	Music  media.Ref `json:"music"` // of a preview
	Images struct {
		MediaIDs []string `json:"media_ids"`
	} `json:"images"`
	MPVideo media.Ref `json:"mpvideo"`
}

// massRequest holds the common fields of all sends.
type massRequest struct {
	massContent
	ClientID string `json:"clientmsgid"`
}

// massSendAll is POST /cgi-bin/message/mass/sendall.
func (a *Area) massSendAll(c *server.Call, in struct {
	massRequest
	Filter struct {
		ToAll bool          `json:"is_to_all"`
		TagID server.Scalar `json:"tag_id"`
	} `json:"filter"`
}) (any, error) {
	if err := a.check(c, in.massRequest, 40008); err != nil {
		return nil, err
	}
	tag := string(in.Filter.TagID)
	if !in.Filter.ToAll && !a.users.Knows(tag) {
		return nil, server.Fail(40152)
	}
	a.startMonth(c.Now())
	if in.Filter.ToAll {
		if a.toAll >= monthlyMass {
			return nil, server.Fail(45028)
		}
		a.toAll++
	}
	var receivers []*server.User
	for _, u := range c.Users {
		if u.Following && u.OpenID != callback.SystemSender && (in.Filter.ToAll || hasTag(u, tag)) {
			receivers = append(receivers, u)
		}
	}
	return a.massQueue(c, in.massRequest, receivers, len(receivers)), nil
}

// massSend is POST /cgi-bin/message/mass/send.
func (a *Area) massSend(c *server.Call, in struct {
	massRequest
	ToUser []string `json:"touser"`
}) (any, error) {
	switch {
	case len(in.ToUser) > 10_000:
		return nil, server.Fail(40032)
	case len(in.ToUser) < 2:
		return nil, server.Fail(40130)
	case slices.Contains(in.ToUser, ""):
		return nil, server.Fail(40031)
	}
	if err := a.check(c, in.massRequest, 45162); err != nil {
		return nil, err
	}
	var receivers []*server.User
	for _, openid := range in.ToUser {
		if u := c.Users[openid]; u != nil && u.Following && !slices.Contains(receivers, u) {
			receivers = append(receivers, u)
		}
	}
	return a.massQueue(c, in.massRequest, receivers, len(in.ToUser)), nil
}

// check checks the common fields of a send; badType is the code for a type that cannot
// be sent.
func (a *Area) check(c *server.Call, in massRequest, badType int) error {
	if len(in.ClientID) > maxClientID {
		return server.Fail(45067)
	}
	if job := a.byClientID(in.ClientID, c.Now()); job != nil {
		return server.With(server.Fail(45065), server.Object{"msg_id": job.id})
	}
	if !slices.Contains([]string{"mpnews", "text", "voice", "image", "mpvideo", "wxcard"}, in.Type) {
		return server.Fail(badType)
	}
	return a.checkMass(c, in.massContent)
}

// checkMass checks the content.
func (a *Area) checkMass(c *server.Call, m massContent) error {
	switch m.Type {
	case "mpnews":
		if len(a.newsTitles(c, m.MPNews.MediaID)) == 0 {
			return server.Fail(40007)
		}
	case "text":
		return server.Present(44004, m.Text.Content)
	case "voice":
		return a.checkMedium(c, m.Voice.MediaID, "voice")
	case "image":
		if m.Image.MediaID != "" {
			return a.checkMedium(c, m.Image.MediaID, "image")
		}
		if len(m.Images.MediaIDs) == 0 {
			return server.Fail(40007)
		}
		for _, id := range m.Images.MediaIDs {
			if err := a.checkMedium(c, id, "image"); err != nil {
				return err
			}
		}
	case "mpvideo":
		return a.checkMedium(c, m.MPVideo.MediaID, "video", "mpvideo")
	case "music":
		return server.Present(40007, m.Music.MediaID)
	case "wxcard":
		return server.Fail(45113)
	default:
		return server.Fail(40008)
	}
	return nil
}

func (a *Area) checkMedium(c *server.Call, id string, kinds ...string) error {
	if m := a.media.Find(id, c.Now()); m == nil || !slices.Contains(kinds, m.Kind) {
		return server.Fail(40007)
	}
	return nil
}

// newsTitles returns the titles of the articles with a media_id: of a draft, of
// uploadnews or of a permanent news material.
func (a *Area) newsTitles(c *server.Call, mediaID string) (titles []string) {
	if m := a.media.Find(mediaID, c.Now()); m != nil && m.Kind == "news" {
		for _, one := range m.Articles {
			titles = append(titles, one.Title)
		}
		return titles
	}
	for _, one := range a.drafts.Articles(mediaID) {
		titles = append(titles, one.Title)
	}
	return titles
}

// shown returns the content as its receiver sees it.
func (m massContent) shown() callback.Shown {
	s := callback.Shown{Type: callback.ReplyType(m.Type)}
	switch m.Type {
	case "text":
		s.Content = m.Text.Content
	case "voice":
		s.MediaID = m.Voice.MediaID
	case "image":
		s.MediaID = strings.Join(append(m.Images.MediaIDs, m.Image.MediaID), " ")
		s.MediaID = strings.TrimSpace(s.MediaID)
	case "mpvideo":
		s.MediaID, s.Title, s.Description = m.MPVideo.MediaID, m.MPVideo.Title, m.MPVideo.Description
	case "music":
		s.MediaID = m.Music.MediaID
	case "mpnews":
		s.MediaID = m.MPNews.MediaID
	}
	return s
}

// massPreview is POST /cgi-bin/message/mass/preview. On this platform the WeChat id of
// a user is the openid.
func (a *Area) massPreview(c *server.Call, in struct {
	massContent
	ToUser   string `json:"touser"`
	ToWeChat string `json:"towxname"`
}) (any, error) {
	u := c.Users[in.ToUser]
	if in.ToWeChat != "" {
		if u = c.Users[in.ToWeChat]; u == nil {
			return nil, server.Fail(40132)
		}
	}
	switch {
	case u == nil:
		return nil, server.Fail(40003)
	case !u.Following:
		return nil, server.Fail(43004)
	}
	if err := a.checkMass(c, in.massContent); err != nil {
		return nil, err
	}
	a.s.Receive(c.Owner, u, in.shown(), ViaPreview, c.Body)
	return server.Object{"errcode": 0, "errmsg": "preview success"}, nil
}

// hasTag reports whether the user has the tag, in the API's form.
func hasTag(u *server.User, id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && u.HasTag(n)
}
