package user

import (
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

const (
	maxBlacklisting  = 20   // openids of a call
	maxBlacklistPage = 1000 // 10,000 in older documents; callers use next_openid
)

func (a *Area) blacklistEndpoints() []server.Endpoint {
	return []server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/tags/members/getblacklist", Handle: server.JSON(a.listBlacklist)},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/members/batchblacklist", Handle: a.block(true)},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/members/batchunblacklist", Handle: a.block(false)},
	}
}

// listBlacklist is POST /cgi-bin/tags/members/getblacklist.
func (a *Area) listBlacklist(c *server.Call, in struct {
	After string `json:"begin_openid"`
}) (any, error) {
	all := c.OpenIDs(func(u *server.User) bool { return !u.Blocked.IsZero() })
	page, err := a.openIDPage(c, all, in.After, maxBlacklistPage)
	if err != nil {
		return nil, err
	}
	page["total"] = len(all)
	return page, nil
}

// block is POST /cgi-bin/tags/members/batchblacklist or batchunblacklist: it sets or
// clears the time of blacklisting.
func (a *Area) block(blocked bool) server.Handler {
	return server.JSON(func(c *server.Call, in struct {
		OpenIDs []string `json:"openid_list"`
	}) (any, error) {
		users, err := a.members(c, in.OpenIDs, maxBlacklisting)
		for _, u := range users {
			if u.Blocked = (time.Time{}); blocked {
				u.Blocked = c.Now()
			}
		}
		return nil, err
	})
}

// Blacklist implements Platform.Blacklist.
func (a *Area) Blacklist() []string {
	a.s.Lock()
	defer a.s.Unlock()
	return a.s.OpenIDs(func(u *server.User) bool { return !u.Blocked.IsZero() })
}
