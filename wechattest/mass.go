package wechattest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// massJobs is the account's mass sends (群发).
type massJobs struct {
	list  []*massJob
	last  int64 // id of the newest; far below 2^53, as other clients read it as a float
	speed int
	month string         // the month that got and toAll count
	got   map[string]int // messages by openid
	toAll int            // sends to everybody
}

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
	ViaMass    Via = "mass"    // message/mass/send and sendall
	ViaPreview Via = "preview" // message/mass/preview
)

func massEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/message/mass/sendall", body: jsonBody, daily: 100, minutely: 60, handle: massSendAll},
		{method: http.MethodPost, path: "/cgi-bin/message/mass/send", body: jsonBody, daily: 100, minutely: 60, handle: massSend},
		{method: http.MethodPost, path: "/cgi-bin/message/mass/preview", body: jsonBody, daily: 100, handle: massPreview},
		{method: http.MethodPost, path: "/cgi-bin/message/mass/delete", body: jsonBody, daily: 10, handle: massDelete},
		{method: http.MethodPost, path: "/cgi-bin/message/mass/get", body: jsonBody, handle: massGet},
		{method: http.MethodPost, path: "/cgi-bin/message/mass/speed/get", body: jsonBody, handle: massSpeedGet},
		{method: http.MethodPost, path: "/cgi-bin/message/mass/speed/set", body: jsonBody, handle: massSpeedSet},
		{method: http.MethodPost, path: "/cgi-bin/media/uploadnews", body: jsonBody, daily: 10, handle: uploadNews},
		{method: http.MethodPost, path: "/cgi-bin/media/uploadvideo", body: jsonBody, handle: uploadVideo},
	}
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
	Voice  mediaContent `json:"voice"`
	Image  mediaContent `json:"image"` // of a preview
	Music  mediaContent `json:"music"` // of a preview
	Images struct {
		MediaIDs []string `json:"media_ids"`
	} `json:"images"`
	MPVideo mediaContent `json:"mpvideo"`
}

// massRequest is what all sends have in common.
type massRequest struct {
	massContent
	ClientID string `json:"clientmsgid"`
}

// massSendAll is POST /cgi-bin/message/mass/sendall.
func massSendAll(c *call) (any, error) {
	var in struct {
		massRequest
		Filter struct {
			ToAll bool   `json:"is_to_all"`
			TagID scalar `json:"tag_id"`
		} `json:"filter"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if err := c.massAdmit(in.massRequest, 40008); err != nil {
		return nil, err
	}
	tag := string(in.Filter.TagID)
	if !in.Filter.ToAll && !c.knowsTag(tag) {
		return nil, fail(40152)
	}
	jobs := &c.areas.mass
	jobs.turn(c.now())
	if in.Filter.ToAll {
		if jobs.toAll >= monthlyMass {
			return nil, fail(45028)
		}
		jobs.toAll++
	}
	var receivers []*User
	for _, u := range c.users {
		if u.following && u.openID != systemSender && (in.Filter.ToAll || u.hasTag(tag)) {
			receivers = append(receivers, u)
		}
	}
	return c.massQueue(in.massRequest, receivers, len(receivers)), nil
}

// massSend is POST /cgi-bin/message/mass/send.
func massSend(c *call) (any, error) {
	var in struct {
		massRequest
		ToUser []string `json:"touser"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	switch {
	case len(in.ToUser) > 10_000:
		return nil, fail(40032)
	case len(in.ToUser) < 2:
		return nil, fail(40130)
	case slices.Contains(in.ToUser, ""):
		return nil, fail(40031)
	}
	if err := c.massAdmit(in.massRequest, 45162); err != nil {
		return nil, err
	}
	var receivers []*User
	for _, openid := range in.ToUser {
		if u := c.users[openid]; u != nil && u.following && !slices.Contains(receivers, u) {
			receivers = append(receivers, u)
		}
	}
	return c.massQueue(in.massRequest, receivers, len(in.ToUser)), nil
}

// massAdmit checks what every send has; badType is the code for a type that cannot
// be sent.
func (c *call) massAdmit(in massRequest, badType int) error {
	if len(in.ClientID) > maxClientID {
		return fail(45067)
	}
	if job := c.areas.mass.byClientID(in.ClientID, c.now()); job != nil {
		return &refusal{fail(45065), object{"msg_id": job.id}}
	}
	if !slices.Contains([]string{"mpnews", "text", "voice", "image", "mpvideo", "wxcard"}, in.Type) {
		return fail(badType)
	}
	return c.checkMass(in.massContent)
}

// checkMass checks that the content is there.
func (c *call) checkMass(m massContent) error {
	switch m.Type {
	case "mpnews":
		if c.newsArticles(m.MPNews.MediaID) == 0 {
			return fail(40007)
		}
	case "text":
		return present(44004, m.Text.Content)
	case "voice":
		return c.checkMedium(m.Voice.MediaID, "voice")
	case "image":
		if m.Image.MediaID != "" {
			return c.checkMedium(m.Image.MediaID, "image")
		}
		if len(m.Images.MediaIDs) == 0 {
			return fail(40007)
		}
		for _, id := range m.Images.MediaIDs {
			if err := c.checkMedium(id, "image"); err != nil {
				return err
			}
		}
	case "mpvideo":
		return c.checkMedium(m.MPVideo.MediaID, "video", "mpvideo")
	case "music":
		return present(40007, m.Music.MediaID)
	case "wxcard":
		return fail(45113)
	default:
		return fail(40008)
	}
	return nil
}

func (c *call) checkMedium(id string, kinds ...string) error {
	if m := c.media.find(id, c.now()); m == nil || !slices.Contains(kinds, m.kind) {
		return fail(40007)
	}
	return nil
}

// newsArticles is how many articles stand under a media_id: those of a draft, of
// uploadnews or of a permanent news material; 0 if there are none.
func (c *call) newsArticles(mediaID string) int {
	if m := c.media.find(mediaID, c.now()); m != nil && m.kind == "news" {
		return len(m.articles)
	}
	return c.draftArticles(mediaID)
}

func (j *massJobs) byClientID(id string, now time.Time) *massJob {
	for _, job := range j.list {
		if id != "" && job.clientID == id && now.Sub(job.at) < massDedup {
			return job
		}
	}
	return nil
}

// turn begins the counts of a month anew.
func (j *massJobs) turn(now time.Time) {
	if m := month(now); j.month != m {
		j.month, j.toAll, j.got = m, 0, map[string]int{}
	}
}

// firstMassID is beyond 32 bits.
const firstMassID = 3_147_483_700

func (j *massJobs) nextID() int64 {
	j.last = max(j.last+1, firstMassID)
	return j.last
}

// massQueue makes the job, which is carried out a little later.
func (c *call) massQueue(in massRequest, receivers []*User, total int) object {
	jobs := &c.areas.mass
	job := &massJob{
		id: jobs.nextID(), clientID: in.ClientID, at: c.now(), status: "SENDING",
		content: in.massContent, raw: c.body, deleted: map[int]bool{},
	}
	answer := object{"errcode": 0, "errmsg": "send job submission success", "msg_id": job.id}
	if in.Type == "mpnews" {
		job.dataID = c.nextID()
		answer["msg_data_id"] = job.dataID
		for i := range c.newsArticles(in.MPNews.MediaID) {
			job.articles = append(job.articles, fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=local&mid=%d&idx=%d", job.dataID, i+1))
		}
	}
	jobs.list = append(jobs.list, job)
	p := c.Platform
	p.later(massSendTakes, func() { p.massDeliver(job, receivers, total) })
	return answer
}

// massDeliver carries a job out and tells the bot.
func (p *Platform) massDeliver(job *massJob, receivers []*User, total int) {
	p.mu.Lock()
	jobs, sent := &p.areas.mass, 0
	jobs.turn(p.now())
	for _, u := range receivers {
		if !u.following || jobs.got[u.openID] >= monthlyMass {
			continue
		}
		jobs.got[u.openID]++
		sent++
		u.receive(Received{Shown: job.content.shown(), At: p.now(), Via: ViaMass, Raw: job.raw})
	}
	job.status = "SEND_SUCCESS"
	if job.content.Type == "mpnews" {
		p.consumeDraft(job.content.MPNews.MediaID)
		p.areas.comments.publish(job.dataID, len(job.articles))
	}
	bot := p.bot
	p.mu.Unlock()
	if bot == nil {
		return
	}
	event := MassSendJobFinish(job.id, "send success", total, len(receivers), sent, len(receivers)-sent)
	if len(job.articles) > 0 {
		event = event.With(articleURLs(job.articles))
	}
	if _, err := p.Send(event); err != nil {
		p.log().Error("the bot did not take the result of a mass send", "msg_id", job.id, "error", err)
	}
}

// articleURLs is the element that tells where the articles of a send are.
func articleURLs(urls []string) Element {
	var items []Element
	for i, url := range urls {
		items = append(items, Group("item", Number("ArticleIdx", int64(i+1)), CDATA("ArticleUrl", url)))
	}
	return Group("ArticleUrlResult", Number("Count", int64(len(urls))), Group("ResultList", items...))
}

// shown is the content as its receiver sees it.
func (m massContent) shown() Shown {
	s := Shown{Type: ReplyType(m.Type)}
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
func massPreview(c *call) (any, error) {
	var in struct {
		massContent
		ToUser   string `json:"touser"`
		ToWeChat string `json:"towxname"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u := c.users[in.ToUser]
	if in.ToWeChat != "" {
		if u = c.users[in.ToWeChat]; u == nil {
			return nil, fail(40132)
		}
	}
	switch {
	case u == nil:
		return nil, fail(40003)
	case !u.following:
		return nil, fail(43004)
	}
	if err := c.checkMass(in.massContent); err != nil {
		return nil, err
	}
	u.receive(Received{Shown: in.shown(), At: c.now(), Via: ViaPreview, Raw: c.body})
	return object{"errcode": 0, "errmsg": "preview success"}, nil
}

// massDelete is POST /cgi-bin/message/mass/delete.
func massDelete(c *call) (any, error) {
	var in struct {
		MsgID number `json:"msg_id"`
		URL   string `json:"url"`
		Index number `json:"article_idx"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	job, index := c.areas.mass.job(int64(in.MsgID)), int(in.Index)
	if in.MsgID == 0 && in.URL != "" {
		if job, index = c.areas.mass.byURL(in.URL); job == nil {
			return nil, fail(40066)
		}
	}
	switch {
	case job == nil:
		return nil, fail(40059)
	case job.content.Type != "mpnews" && job.content.Type != "mpvideo", job.status != "SEND_SUCCESS":
		return nil, fail(40065)
	case index < 0 || index > max(1, len(job.articles)):
		return nil, fail(40060)
	case job.deleted[index]:
		return nil, fail(40065)
	}
	job.deleted[index] = true
	if index == 0 || len(job.deleted) >= len(job.articles) {
		job.status = "DELETE"
	}
	return nil, nil
}

func (j *massJobs) job(id int64) *massJob {
	for _, job := range j.list {
		if job.id == id {
			return job
		}
	}
	return nil
}

// byURL finds an article by its address, and its place from 1.
func (j *massJobs) byURL(url string) (job *massJob, index int) {
	for _, job := range j.list {
		if i := slices.Index(job.articles, url); i >= 0 {
			return job, i + 1
		}
	}
	return nil, 0
}

// massGet is POST /cgi-bin/message/mass/get; msg_id comes as text or as a number.
func massGet(c *call) (any, error) {
	var in struct {
		MsgID scalar `json:"msg_id"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	job := c.areas.mass.job(in.MsgID.int())
	if job == nil {
		return nil, fail(40059)
	}
	return object{"msg_id": job.id, "msg_status": job.status}, nil
}

// massSpeedGet is POST /cgi-bin/message/mass/speed/get.
func massSpeedGet(c *call) (any, error) {
	perMinute := [...]int{80, 60, 45, 30, 10} // ten thousands
	return object{"speed": c.areas.mass.speed, "realspeed": perMinute[c.areas.mass.speed]}, nil
}

// massSpeedSet is POST /cgi-bin/message/mass/speed/set.
func massSpeedSet(c *call) (any, error) {
	var in struct {
		Speed *number `json:"speed"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	switch {
	case in.Speed == nil:
		return nil, fail(45084)
	case *in.Speed < 0 || *in.Speed > 4:
		return nil, fail(45083)
	}
	c.areas.mass.speed = int(*in.Speed)
	return nil, nil
}

// uploadNews is POST /cgi-bin/media/uploadnews.
func uploadNews(c *call) (any, error) {
	var in struct {
		Articles []NewsArticle `json:"articles"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	switch {
	case len(in.Articles) == 0:
		return nil, fail(44003)
	case len(in.Articles) > 8:
		return nil, fail(45008)
	}
	for _, a := range in.Articles {
		if m := c.media.find(a.ThumbMediaID, c.now()); m == nil {
			return nil, fail(40007)
		}
		if err := checkArticle(a); err != nil {
			return nil, err
		}
	}
	return c.keep(&medium{kind: "news", articles: in.Articles}), nil
}

func checkArticle(a NewsArticle) error {
	switch {
	case a.Title == "":
		return fail(40101)
	case a.Content == "":
		return fail(44004)
	case utf8.RuneCountInString(a.Content) >= 20_000 || len(a.Content) >= 1<<20:
		return fail(45002)
	}
	return nil
}

// uploadVideo is POST /cgi-bin/media/uploadvideo.
func uploadVideo(c *call) (any, error) {
	var in struct {
		MediaID     string `json:"media_id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if err := c.checkMedium(in.MediaID, "video"); err != nil {
		return nil, err
	}
	video := c.media.find(in.MediaID, c.now())
	answer := c.keep(&medium{kind: "mpvideo", name: video.name, content: video.content, title: in.Title, introduction: in.Description})
	answer["type"] = "video"
	return answer, nil
}

// keep makes a temporary material and the answer that names it.
func (c *call) keep(m *medium) object {
	m.created = c.now()
	c.media.add(m)
	return object{"type": m.kind, "media_id": m.id, "created_at": m.created.Unix()}
}
