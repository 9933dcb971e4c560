// Package mass models mass sends (群发).
package mass

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/comment"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/draft"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/user"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// massJob is one mass send.
type massJob struct {
	id, dataID int64
	clientID   string
	at         time.Time
	status     string // SENDING, SEND_SUCCESS, SEND_FAIL, DELETE
	content    massContent
	raw        []byte
	articles   []string // addresses of its articles
	deleted    map[int]bool
}

// The limits of mass sends.
const (
	monthlyMass   = 4  // messages a user gets in a month, sends to everybody
	maxClientID   = 32 // bytes of a clientmsgid
	maxPictures   = 20 // of one send
	massDedup     = 24 * time.Hour
	massSendTakes = 300 * time.Millisecond // real time
)

// The ways by which mass sends reach a user.
const (
	ViaMass    server.Via = "mass"    // message/mass/send and sendall
	ViaPreview server.Via = "preview" // message/mass/preview
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s        *server.Server
	users    *user.Area
	media    *media.Area
	drafts   *draft.Area
	comments *comment.Area
	list     []*massJob
	last     int64 // id of the newest; far below 2^53, as other clients read it as a float
	speed    int
	month    string         // the month that got and toAll count
	got      map[string]int // messages by openid
	toAll    int            // sends to everybody
}

// Register adds the area to the server.
func Register(s *server.Server, users *user.Area, media *media.Area, drafts *draft.Area, comments *comment.Area) *Area {
	a := &Area{s: s, users: users, media: media, drafts: drafts, comments: comments}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/sendall", Body: server.JSONBody, Daily: 100, Minutely: 60, Handle: server.JSON(a.massSendAll)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/send", Body: server.JSONBody, Daily: 100, Minutely: 60, Handle: server.JSON(a.massSend)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/preview", Body: server.JSONBody, Daily: 100, Handle: server.JSON(a.massPreview)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/delete", Body: server.JSONBody, Daily: 10, Handle: server.JSON(a.massDelete)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/get", Body: server.JSONBody, Handle: server.JSON(a.massGet)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/speed/get", Body: server.JSONBody, Handle: a.massSpeedGet},
		{Method: http.MethodPost, Path: "/cgi-bin/message/mass/speed/set", Body: server.JSONBody, Handle: server.JSON(a.massSpeedSet)},
		{Method: http.MethodPost, Path: "/cgi-bin/media/uploadnews", Body: server.JSONBody, Daily: 10, Handle: server.JSON(a.uploadNews)},
		{Method: http.MethodPost, Path: "/cgi-bin/media/uploadvideo", Body: server.JSONBody, Handle: server.JSON(a.uploadVideo)},
	}...)
	return a
}

// massContent is what a mass send carries: one of the objects, as Type names.
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

// massRequest is what all sends have in common.
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
	if err := a.admit(c, in.massRequest, 40008); err != nil {
		return nil, err
	}
	tag := string(in.Filter.TagID)
	if !in.Filter.ToAll && !a.users.Knows(tag) {
		return nil, server.Fail(40152)
	}
	a.turn(c.Now())
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
	if err := a.admit(c, in.massRequest, 45162); err != nil {
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

// admit checks what every send has; badType is the code for a type that cannot
// be sent.
func (a *Area) admit(c *server.Call, in massRequest, badType int) error {
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

// checkMass checks that the content is there.
func (a *Area) checkMass(c *server.Call, m massContent) error {
	switch m.Type {
	case "mpnews":
		if a.newsArticles(c, m.MPNews.MediaID) == 0 {
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

// newsArticles is how many articles stand under a media_id: those of a draft, of
// uploadnews or of a permanent news material; 0 if there are none.
func (a *Area) newsArticles(c *server.Call, mediaID string) int {
	if m := a.media.Find(mediaID, c.Now()); m != nil && m.Kind == "news" {
		return len(m.Articles)
	}
	return len(a.drafts.Articles(mediaID))
}

func (a *Area) byClientID(id string, now time.Time) *massJob {
	for _, job := range a.list {
		if id != "" && job.clientID == id && now.Sub(job.at) < massDedup {
			return job
		}
	}
	return nil
}

// turn begins the counts of a month anew.
func (a *Area) turn(now time.Time) {
	if m := server.Month(now); a.month != m {
		a.month, a.toAll, a.got = m, 0, map[string]int{}
	}
}

// firstMassID is beyond 32 bits.
const firstMassID = 3_147_483_700

func (a *Area) nextID() int64 {
	a.last = max(a.last+1, firstMassID)
	return a.last
}

// massQueue makes the job, which is carried out a little later.
func (a *Area) massQueue(c *server.Call, in massRequest, receivers []*server.User, total int) server.Object {
	job := &massJob{
		id: a.nextID(), clientID: in.ClientID, at: c.Now(), status: "SENDING",
		content: in.massContent, raw: c.Body, deleted: map[int]bool{},
	}
	answer := server.Object{"errcode": 0, "errmsg": "send job submission success", "msg_id": job.id}
	if in.Type == "mpnews" {
		job.dataID = c.NextID()
		answer["msg_data_id"] = job.dataID
		for i := range a.newsArticles(c, in.MPNews.MediaID) {
			job.articles = append(job.articles, fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=local&mid=%d&idx=%d", job.dataID, i+1))
		}
	}
	a.list = append(a.list, job)
	c.Later(massSendTakes, func() { a.massDeliver(job, receivers, total) })
	return answer
}

// massDeliver carries a job out and tells the bot.
func (a *Area) massDeliver(job *massJob, receivers []*server.User, total int) {
	a.s.Lock()
	sent := 0
	a.turn(a.s.Now())
	for _, u := range receivers {
		if !u.Following || a.got[u.OpenID] >= monthlyMass {
			continue
		}
		a.got[u.OpenID]++
		sent++
		a.s.Receive(u, job.content.shown(), ViaMass, job.raw)
	}
	job.status = "SEND_SUCCESS"
	if job.content.Type == "mpnews" {
		a.drafts.Consume(job.content.MPNews.MediaID)
		a.comments.Publish(job.dataID, len(job.articles))
	}
	a.s.Unlock()
	event := callback.MassSendJobFinish(job.id, "send success", total, len(receivers), sent, len(receivers)-sent)
	if len(job.articles) > 0 {
		event.Elements = append(event.Elements, articleURLs(job.articles))
	}
	a.s.Tell(event)
}

// articleURLs is the element that tells where the articles of a send are.
func articleURLs(urls []string) callback.Element {
	var items []callback.Element
	for i, url := range urls {
		items = append(items, callback.Group("item", callback.Number("ArticleIdx", int64(i+1)), callback.CDATA("ArticleUrl", url)))
	}
	return callback.Group("ArticleUrlResult", callback.Number("Count", int64(len(urls))), callback.Group("ResultList", items...))
}

// shown is the content as its receiver sees it.
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

// massPreview is POST /cgi-bin/message/mass/preview. The WeChat id of a user of
// this platform is the openid.
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
	a.s.Receive(u, in.shown(), ViaPreview, c.Body)
	return server.Object{"errcode": 0, "errmsg": "preview success"}, nil
}

// massDelete is POST /cgi-bin/message/mass/delete.
func (a *Area) massDelete(c *server.Call, in struct {
	MsgID server.Number `json:"msg_id"`
	URL   string        `json:"url"`
	Index server.Number `json:"article_idx"`
}) (any, error) {
	job, index := a.job(int64(in.MsgID)), int(in.Index)
	if in.MsgID == 0 && in.URL != "" {
		if job, index = a.byURL(in.URL); job == nil {
			return nil, server.Fail(40066)
		}
	}
	switch {
	case job == nil:
		return nil, server.Fail(40059)
	case job.content.Type != "mpnews" && job.content.Type != "mpvideo", job.status != "SEND_SUCCESS":
		return nil, server.Fail(40065)
	case index < 0 || index > max(1, len(job.articles)):
		return nil, server.Fail(40060)
	case job.deleted[index]:
		return nil, server.Fail(40065)
	}
	job.deleted[index] = true
	if index == 0 || len(job.deleted) >= len(job.articles) {
		job.status = "DELETE"
	}
	return nil, nil
}

func (a *Area) job(id int64) *massJob {
	for _, job := range a.list {
		if job.id == id {
			return job
		}
	}
	return nil
}

// byURL finds an article by its address, and its place from 1.
func (a *Area) byURL(url string) (job *massJob, index int) {
	for _, job := range a.list {
		if i := slices.Index(job.articles, url); i >= 0 {
			return job, i + 1
		}
	}
	return nil, 0
}

// massGet is POST /cgi-bin/message/mass/get; msg_id comes as text or as a number.
func (a *Area) massGet(c *server.Call, in struct {
	MsgID server.Scalar `json:"msg_id"`
}) (any, error) {
	job := a.job(in.MsgID.Int())
	if job == nil {
		return nil, server.Fail(40059)
	}
	return server.Object{"msg_id": job.id, "msg_status": job.status}, nil
}

// massSpeedGet is POST /cgi-bin/message/mass/speed/get.
func (a *Area) massSpeedGet(c *server.Call) (any, error) {
	perMinute := [...]int{80, 60, 45, 30, 10} // ten thousands
	return server.Object{"speed": a.speed, "realspeed": perMinute[a.speed]}, nil
}

// massSpeedSet is POST /cgi-bin/message/mass/speed/set.
func (a *Area) massSpeedSet(c *server.Call, in struct {
	Speed *server.Number `json:"speed"`
}) (any, error) {
	switch {
	case in.Speed == nil:
		return nil, server.Fail(45084)
	case *in.Speed < 0 || *in.Speed > 4:
		return nil, server.Fail(45083)
	}
	a.speed = int(*in.Speed)
	return nil, nil
}

// uploadNews is POST /cgi-bin/media/uploadnews.
func (a *Area) uploadNews(c *server.Call, in struct {
	Articles []media.Article `json:"articles"`
}) (any, error) {
	switch {
	case len(in.Articles) == 0:
		return nil, server.Fail(44003)
	case len(in.Articles) > 8:
		return nil, server.Fail(45008)
	}
	for _, one := range in.Articles {
		if m := a.media.Find(one.ThumbMediaID, c.Now()); m == nil {
			return nil, server.Fail(40007)
		}
		if err := checkArticle(one); err != nil {
			return nil, err
		}
	}
	return a.keep(c, &media.File{Kind: "news", Articles: in.Articles}), nil
}

func checkArticle(a media.Article) error {
	switch {
	case a.Title == "":
		return server.Fail(40101)
	case a.Content == "":
		return server.Fail(44004)
	case utf8.RuneCountInString(a.Content) >= 20_000 || len(a.Content) >= 1<<20:
		return server.Fail(45002)
	}
	return nil
}

// uploadVideo is POST /cgi-bin/media/uploadvideo.
func (a *Area) uploadVideo(c *server.Call, in struct {
	MediaID     string `json:"media_id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}) (any, error) {
	if err := a.checkMedium(c, in.MediaID, "video"); err != nil {
		return nil, err
	}
	video := a.media.Find(in.MediaID, c.Now())
	answer := a.keep(c, &media.File{Kind: "mpvideo", Name: video.Name, Content: video.Content, Title: in.Title, Introduction: in.Description})
	answer["type"] = "video"
	return answer, nil
}

// keep makes a temporary material and the answer that names it.
func (a *Area) keep(c *server.Call, m *media.File) server.Object {
	m.Created = c.Now()
	a.media.Add(m)
	return server.Object{"type": m.Kind, "media_id": m.ID, "created_at": m.Created.Unix()}
}

// hasTag reports whether the user bears the tag, named as the API does.
func hasTag(u *server.User, id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && u.HasTag(n)
}
