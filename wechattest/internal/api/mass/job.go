package mass

import (
	"slices"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// massJob is one mass send.
type massJob struct {
	owner      server.Owner
	id, dataID int64
	clientID   string
	at         time.Time
	status     string // SENDING, SEND_SUCCESS, SEND_FAIL, DELETE
	content    massContent
	raw        []byte
	news       server.Publication
	articles   []string // addresses of its articles
	deleted    map[int]bool
}

func (a *Area) byClientID(id string, now time.Time) *massJob {
	return server.Find(a.list, func(j *massJob) bool { return id != "" && j.clientID == id && now.Sub(j.at) < massDedup })
}

// startMonth resets the counts in a new month.
func (a *Area) startMonth(now time.Time) {
	if m := server.Month(now); a.month != m {
		a.month, a.toAll, a.got = m, 0, map[string]int{}
	}
}

// massQueue creates the job, which is executed a little later.
func (a *Area) massQueue(c *server.Call, in massRequest, receivers []*server.User, total int) server.Object {
	a.last++
	job := &massJob{
		owner: c.Owner, id: a.last, clientID: in.ClientID, at: c.Now(), status: "SENDING",
		content: in.massContent, raw: c.Body, deleted: map[int]bool{},
	}
	answer := server.Object{"errcode": 0, "errmsg": "send job submission success", "msg_id": job.id}
	if in.Type == "mpnews" {
		job.dataID = c.NextID()
		answer["msg_data_id"] = job.dataID
		job.news = server.Publication{DataID: job.dataID, Titles: a.newsTitles(c, in.MPNews.MediaID), Notified: true}
		for i := range job.news.Titles {
			job.articles = append(job.articles, job.news.URL(i))
		}
	}
	a.list = append(a.list, job)
	refusal := ""
	if len(a.next) > 0 {
		refusal, a.next = a.next[0], a.next[1:]
	}
	c.Later(massSendTakes, func() {
		if refusal != "" {
			a.massRefuse(job, refusal, total)
		} else {
			a.massDeliver(job, receivers, total)
		}
	})
	return answer
}

// massRefuse ends a job without receivers and sends the event with its status.
func (a *Area) massRefuse(job *massJob, status string, total int) {
	a.s.Lock()
	job.status = "SEND_FAIL"
	a.s.Unlock()
	a.s.Tell(job.owner, callback.MassSendJobFinish(strconv.FormatInt(job.id, 10), status, total, 0, 0, 0))
}

// Refuse makes the next mass send fail, and sets the status of its event.
func (a *Area) Refuse(status string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.next = append(a.next, status)
}

// massDeliver executes a job and sends the event.
func (a *Area) massDeliver(job *massJob, receivers []*server.User, total int) {
	a.s.Lock()
	sent := 0
	a.startMonth(a.s.Now())
	for _, u := range receivers {
		if !u.Following || a.got[u.OpenID] >= monthlyMass {
			continue
		}
		a.got[u.OpenID]++
		sent++
		a.s.Receive(job.owner, u, job.content.shown(), ViaMass, job.raw)
	}
	job.status = "SEND_SUCCESS"
	if job.content.Type == "mpnews" {
		a.drafts.Consume(job.content.MPNews.MediaID)
		a.s.Publish(job.news)
	}
	a.s.Unlock()
	event := callback.MassSendJobFinish(strconv.FormatInt(job.id, 10), "send success", total, len(receivers), sent, len(receivers)-sent)
	if len(job.articles) > 0 {
		event.Elements = append(event.Elements, articleURLs(job.articles))
	}
	a.s.Tell(job.owner, event)
}

// articleURLs returns the element with the addresses of the articles of a send.
func articleURLs(urls []string) callback.Element {
	var items []callback.Element
	for i, url := range urls {
		items = append(items, callback.Group("item", callback.Number("ArticleIdx", int64(i+1)), callback.CDATA("ArticleUrl", url)))
	}
	return callback.Group("ArticleUrlResult", callback.Number("Count", int64(len(urls))), callback.Group("ResultList", items...))
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
	return server.Find(a.list, func(j *massJob) bool { return j.id == id })
}

// byURL returns the article with an address, and its position from 1.
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
