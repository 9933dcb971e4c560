package wechattest

import (
	"net/http"
	"slices"
	"time"
)

const (
	maxBlacklisting  = 20   // openids of a call
	maxBlacklistPage = 1000 // 10 000 in older documents: a caller goes by next_openid
)

func blacklistEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/tags/members/getblacklist", body: jsonBody, handle: listBlacklist},
		{method: http.MethodPost, path: "/cgi-bin/tags/members/batchblacklist", body: jsonBody, handle: blacklistUsers},
		{method: http.MethodPost, path: "/cgi-bin/tags/members/batchunblacklist", body: jsonBody, handle: unblacklistUsers},
	}
}

// listBlacklist is POST /cgi-bin/tags/members/getblacklist.
func listBlacklist(c *call) (any, error) {
	var in struct {
		After string `json:"begin_openid"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	all := c.openIDs(func(u *User) bool { return !u.blocked.IsZero() })
	page, err := c.openIDPage(all, in.After, maxBlacklistPage)
	if err != nil {
		return nil, err
	}
	page["total"] = len(all)
	return page, nil
}

// blacklistUsers is POST /cgi-bin/tags/members/batchblacklist.
func blacklistUsers(c *call) (any, error) { return nil, c.block(c.now()) }

// unblacklistUsers is POST /cgi-bin/tags/members/batchunblacklist.
func unblacklistUsers(c *call) (any, error) { return nil, c.block(time.Time{}) }

// block writes since when the users of a call are blocked.
func (c *call) block(since time.Time) error {
	var in struct {
		OpenIDs []string `json:"openid_list"`
	}
	if err := c.bind(&in); err != nil {
		return err
	}
	users, err := c.members(in.OpenIDs, maxBlacklisting)
	for _, u := range users {
		u.blocked = since
	}
	return err
}

// Blacklist is the openids on the account's blacklist (黑名单). What the platform
// delivers does not depend on it here.
func (p *Platform) Blacklist() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.openIDs(func(u *User) bool { return !u.blocked.IsZero() }))
}
