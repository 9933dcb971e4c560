package datacube

import (
	"cmp"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Reading is a wechattest.Reading, which documents its fields.
type Reading struct {
	Scene                                                                   string
	Time                                                                    time.Duration
	Finished, Followed, Shared, Recommended, Liked, Collected, OpenedSource bool
	PraiseMoney                                                             int64
}

// reading is a Reading with its reader, its article and its time.
type reading struct {
	Reading
	at     time.Time
	openID string
	key    string // msgid: msg_data_id, _, and the place of the article from 1
}

func (r reading) time() time.Time { return r.at }
func (r reading) user() string    { return r.openID }
func (r reading) article() string { return r.key }

func msgID(dataID int64, index int) string { return fmt.Sprintf("%d_%d", dataID, index+1) }

// Read has a user read an article, by its place from 0 on.
func (a *Area) Read(u *server.User, dataID int64, index int, r Reading) error {
	a.s.Lock()
	defer a.s.Unlock()
	for _, p := range a.publications {
		if p.DataID == dataID && index >= 0 && index < len(p.Titles) {
			r.Scene = cmp.Or(r.Scene, sceneMessage)
			a.readings = keep(a.readings, reading{r, a.s.Now(), u.OpenID, msgID(dataID, index)})
			return nil
		}
	}
	return fmt.Errorf("wechattest: article %d of message %d was not published", index, dataID)
}

const (
	sceneMessage = "公众号消息"
	sceneAll     = "全部"
)

// articleRead is POST /datacube/getarticleread.
func (a *Area) articleRead(p period) (rows []server.Object) {
	articles, readings := group(within(a.readings, p, reading.time), reading.article)
	for _, one := range articles {
		rows = append(rows, server.Object{"ref_date": p.date(), "msgid": one, "detail": server.Object{
			"read_user": distinct(readings[one], reading.user), "read_user_source": scenes(readings[one]),
		}})
	}
	return rows
}

// scenes are the readers by where they came from.
func scenes(readings []reading) []server.Object {
	names, groups := group(readings, func(r reading) string { return r.Scene })
	rows := []server.Object{{"scene_desc": sceneAll, "user_count": distinct(readings, reading.user)}}
	for _, name := range names {
		rows = append(rows, server.Object{"scene_desc": name, "user_count": distinct(groups[name], reading.user)})
	}
	return rows
}

// articleShare is POST /datacube/getarticleshare.
func (a *Area) articleShare(p period) (rows []server.Object) {
	articles, readings := group(within(a.readings, p, reading.time), reading.article)
	for _, one := range articles {
		if n := countUsers(readings[one], func(r reading) bool { return r.Shared }); n > 0 {
			rows = append(rows, server.Object{"ref_date": p.date(), "msgid": one, "detail": server.Object{"share_user": n}})
		}
	}
	return rows
}

// countUsers returns the number of users who did something.
func countUsers(readings []reading, did func(reading) bool) int {
	users := map[string]bool{}
	for _, r := range readings {
		if did(r) {
			users[r.openID] = true
		}
	}
	return len(users)
}

// counters returns the counters that getbizsummary and getarticletotaldetail share.
func counters(readings []reading) server.Object {
	return server.Object{
		"read_user": distinct(readings, reading.user), "read_user_source": scenes(readings),
		"share_user":      countUsers(readings, func(r reading) bool { return r.Shared }),
		"zaikan_user":     countUsers(readings, func(r reading) bool { return r.Recommended }),
		"like_user":       countUsers(readings, func(r reading) bool { return r.Liked }),
		"collection_user": countUsers(readings, func(r reading) bool { return r.Collected }),
	}
}

// bizSummary is POST /datacube/getbizsummary.
func (a *Area) bizSummary(p period) []server.Object {
	readings := within(a.readings, p, reading.time)
	detail := counters(readings)
	comments, published := 0, 0
	for _, pub := range a.publications {
		for i := range pub.Titles {
			comments += a.comments.Count(pub.DataID, i, p.start, p.end)
		}
		if p.has(pub.At) {
			published += len(pub.Titles)
		}
	}
	detail["comment_count"], detail["send_page_count"] = comments, published
	detail["redirect_ori_page_user"] = countUsers(readings, func(r reading) bool { return r.OpenedSource })
	return []server.Object{{"ref_date": p.date(), "detail": detail}}
}

// countedDays is how long the platform counts an article.
const countedDays = 30

// articleTotalDetail is POST /datacube/getarticletotaldetail.
func (a *Area) articleTotalDetail(p period) (rows []server.Object) {
	for _, pub := range within(a.publications, p, func(pub server.Publication) time.Time { return pub.At }) {
		kind := 1
		if pub.Notified {
			kind = 0
		}
		for i, title := range pub.Titles {
			rows = append(rows, server.Object{
				"ref_date": p.date(), "msgid": msgID(pub.DataID, i), "title": title, "content_url": pub.URL(i),
				"publish_type": kind, "detail_list": a.totals(pub, i, p),
			})
		}
	}
	return rows
}

// totals are the running totals of an article from the day of its publication on.
func (a *Area) totals(pub server.Publication, index int, day period) []server.Object {
	rows := []server.Object{}
	for n := range countedDays {
		until := period{day.start, day.end.AddDate(0, 0, n)}
		if a.s.Now().Before(until.end.Add(countedAt)) {
			break
		}
		var readings []reading
		for _, r := range within(a.readings, until, reading.time) {
			if r.key == msgID(pub.DataID, index) {
				readings = append(readings, r)
			}
		}
		row := counters(readings)
		row["stat_date"] = until.end.AddDate(0, 0, -1).Format(time.DateOnly)
		row["comment_count"] = a.comments.Count(pub.DataID, index, until.start, until.end)
		row["read_subscribe_user"] = countUsers(readings, func(r reading) bool { return r.Followed })
		row["read_jump_position"] = []server.Object{}
		a.rates(row, pub, readings)
		rows = append(rows, row)
	}
	return rows
}

// rates adds what the platform computes of its counters.
func (a *Area) rates(row server.Object, pub server.Publication, readings []reading) {
	var praise int64
	var spent time.Duration
	for _, r := range readings {
		praise += r.PraiseMoney
		spent += r.Time
	}
	row["praise_money"] = praise
	readers := distinct(readings, reading.user)
	row["read_finish_rate"] = rate(countUsers(readings, func(r reading) bool { return r.Finished }), readers)
	row["read_avg_activetime"] = 0.0
	if len(readings) > 0 {
		row["read_avg_activetime"] = spent.Minutes() / float64(len(readings))
	}
	row["read_delivery_rate"] = 0.0
	if pub.Notified {
		fromChat := countUsers(readings, func(r reading) bool { return r.Scene == sceneMessage })
		row["read_delivery_rate"] = rate(fromChat, a.followers(pub.At))
	}
}

func rate(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
