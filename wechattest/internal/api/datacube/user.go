package datacube

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// standing tells whether the last event of a user was a follow or an unfollow.
type standing int

const (
	unknown standing = iota
	joined
	left
)

// change is a follower gained or lost.
type change struct {
	at     time.Time
	source int
	gained bool
}

// noteChange counts a user who begins to follow or leaves. An event that repeats the user's
// last one does not count.
func (a *Area) noteChange(u *server.User, m callback.Message) {
	now := unknown
	switch {
	case m.Is("subscribe"):
		now = joined
	case m.Is("unsubscribe"):
		now = left
	}
	if now == unknown || now == a.standing[u.OpenID] {
		return
	}
	a.standing[u.OpenID] = now
	a.changes = keep(a.changes, change{a.s.Now(), sourceOf(u.Scene), now == joined})
}

// sourceOf returns the user_source of the reports for an ADD_SCENE_… of a user.
func sourceOf(scene string) int {
	switch scene {
	case "ADD_SCENE_SEARCH":
		return 1
	case "ADD_SCENE_QR_CODE":
		return 30
	}
	return 0
}

// userSummary is POST /datacube/getusersummary.
func (a *Area) userSummary(p period) (rows []server.Object) {
	sources, changes := group(within(a.changes, p, func(c change) time.Time { return c.at }), func(c change) int { return c.source })
	for _, source := range sources {
		gained := 0
		for _, c := range changes[source] {
			if c.gained {
				gained++
			}
		}
		rows = append(rows, server.Object{"ref_date": p.date(), "user_source": source, "new_user": gained, "cancel_user": len(changes[source]) - gained})
	}
	return rows
}

// userCumulate is POST /datacube/getusercumulate.
func (a *Area) userCumulate(p period) []server.Object {
	return []server.Object{{"ref_date": p.date(), "cumulate_user": a.followers(p.end)}}
}

// followers is how many users followed at a time: those of now, less what was gained
// since. So users whom a test made without an event have always followed.
func (a *Area) followers(at time.Time) int {
	total := len(a.s.OpenIDs(func(u *server.User) bool { return u.Following }))
	for _, c := range a.changes {
		switch {
		case c.at.Before(at):
		case c.gained:
			total--
		default:
			total++
		}
	}
	return total
}
