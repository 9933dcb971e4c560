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
		{Method: http.MethodPost, Path: "/cgi-bin/tags/members/getblacklist", Body: server.JSONBody, Handle: server.JSON(a.listBlacklist)},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/members/batchblacklist", Body: server.JSONBody, Handle: a.blacklistUsers},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/members/batchunblacklist", Body: server.JSONBody, Handle: a.unblacklistUsers},
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

// blacklistUsers is POST /cgi-bin/tags/members/batchblacklist.
func (a *Area) blacklistUsers(c *server.Call) (any, error) { return nil, a.block(c, c.Now()) }

// unblacklistUsers is POST /cgi-bin/tags/members/batchunblacklist.
func (a *Area) unblacklistUsers(c *server.Call) (any, error) { return nil, a.block(c, time.Time{}) }

// block sets or clears the time of blacklisting of the users of a call.
func (a *Area) block(c *server.Call, since time.Time) error {
	var in struct {
		OpenIDs []string `json:"openid_list"`
	}
	if err := c.Bind(&in); err != nil {
		return err
	}
	users, err := a.members(c, in.OpenIDs, maxBlacklisting)
	for _, u := range users {
		u.Blocked = since
	}
	return err
}

// Blacklist returns the openids on the account's blacklist (黑名单). Their messages are
// still delivered.
func (a *Area) Blacklist() []string {
	a.s.Lock()
	defer a.s.Unlock()
	return a.s.OpenIDs(func(u *server.User) bool { return !u.Blocked.IsZero() })
}
