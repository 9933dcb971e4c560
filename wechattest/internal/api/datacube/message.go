package datacube

import (
	"maps"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// message is a message of a user.
type message struct {
	at     time.Time
	openID string
	kind   int
}

func (m message) time() time.Time { return m.at }
func (m message) user() string    { return m.openID }

// kinds are the numbers of the kinds of messages that the platform counts, by MsgType.
func kinds() map[string]int {
	return map[string]int{"text": 1, "image": 2, "voice": 3, "video": 4, "shortvideo": 4, "link": 6}
}

func (a *Area) noteMessage(u *server.User, m callback.Message) {
	if kind := kinds()[m.Type]; kind != 0 {
		a.messages = keep(a.messages, message{a.s.Now(), u.OpenID, kind})
	}
}

// messagesByKind is POST /datacube/getupstreammsg, getupstreammsgweek and
// getupstreammsgmonth.
func (a *Area) messagesByKind(p period) (rows []server.Object) {
	return byKind(within(a.messages, p, message.time), server.Object{"ref_date": p.date()})
}

// messagesByHour is POST /datacube/getupstreammsghour.
func (a *Area) messagesByHour(p period) (rows []server.Object) {
	hours, messages := group(within(a.messages, p, message.time), func(m message) int { return refHour(m.at) })
	for _, hour := range hours {
		rows = append(rows, byKind(messages[hour], server.Object{"ref_date": p.date(), "ref_hour": hour})...)
	}
	return rows
}

func byKind(messages []message, head server.Object) (rows []server.Object) {
	kinds, groups := group(messages, func(m message) int { return m.kind })
	for _, kind := range kinds {
		row := server.Object{"msg_type": kind, "msg_user": distinct(groups[kind], message.user), "msg_count": len(groups[kind])}
		maps.Copy(row, head)
		rows = append(rows, row)
	}
	return rows
}

// messageDistribution is POST /datacube/getupstreammsgdist, getupstreammsgdistweek and
// getupstreammsgdistmonth: how many users sent 1 to 5, 6 to 10, and more messages.
func (a *Area) messageDistribution(p period) (rows []server.Object) {
	users, messages := group(within(a.messages, p, message.time), message.user)
	intervals, groups := group(users, func(openID string) int { return min((len(messages[openID])+4)/5, 3) })
	for _, interval := range intervals {
		rows = append(rows, server.Object{"ref_date": p.date(), "count_interval": interval, "msg_user": len(groups[interval])})
	}
	return rows
}

// delivery is one request to the bot.
type delivery struct {
	at     time.Time
	took   time.Duration
	failed bool
}

func (d delivery) time() time.Time { return d.at }

func (a *Area) noteDeliveries(_ *server.User, _ callback.Message, r *callback.Reply, _ error) {
	for _, d := range r.Deliveries {
		a.deliveries = keep(a.deliveries, delivery{a.s.Now(), d.Duration, d.Failure() != nil})
	}
}

// interfaceSummary is POST /datacube/getinterfacesummary.
func (a *Area) interfaceSummary(p period) []server.Object {
	deliveries := within(a.deliveries, p, delivery.time)
	if len(deliveries) == 0 {
		return nil
	}
	return []server.Object{summary(deliveries, server.Object{"ref_date": p.date()})}
}

// interfaceSummaryByHour is POST /datacube/getinterfacesummaryhour.
func (a *Area) interfaceSummaryByHour(p period) (rows []server.Object) {
	hours, deliveries := group(within(a.deliveries, p, delivery.time), func(d delivery) int { return refHour(d.at) })
	for _, hour := range hours {
		rows = append(rows, summary(deliveries[hour], server.Object{"ref_date": p.date(), "ref_hour": hour}))
	}
	return rows
}

// summary adds the counters of deliveries to a row.
func summary(deliveries []delivery, row server.Object) server.Object {
	failed, total, longest := 0, time.Duration(0), time.Duration(0)
	for _, d := range deliveries {
		if d.failed {
			failed++
		}
		total += d.took
		longest = max(longest, d.took)
	}
	row["callback_count"], row["fail_count"] = len(deliveries), failed
	row["total_time_cost"], row["max_time_cost"] = total.Milliseconds(), longest.Milliseconds()
	return row
}
