package user

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

const (
	starTag        = 2   // 星标组, which every account has
	firstTagID     = 100 // of the account's own tags
	maxTags        = 100
	maxTagName     = 30 // characters
	maxTagsOfUser  = 20
	maxTagging     = 50      // openids of a call
	maxDeletedFans = 100_000 // a tag with more followers cannot be deleted
)

func (a *Area) tagEndpoints() []server.Endpoint {
	return []server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/tags/create", Handle: server.JSON(a.createTag)},
		{Method: http.MethodGet, Path: "/cgi-bin/tags/get", Handle: a.listTags},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/update", Handle: server.JSON(a.renameTag)},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/delete", Handle: server.JSON(a.deleteTag)},
		{Method: http.MethodPost, Path: "/cgi-bin/user/tag/get", Handle: server.JSON(a.listTagged)},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/members/batchtagging", Handle: a.tagging(tagUsers)},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/members/batchuntagging", Handle: a.tagging(untagUsers)},
		{Method: http.MethodPost, Path: "/cgi-bin/tags/getidlist", Handle: server.JSON(a.listTagsOfUser)},
	}
}

// tagBody is the body of the calls about one tag.
type tagBody struct {
	Tag struct {
		ID   server.Number `json:"id"`
		Name string        `json:"name"`
	} `json:"tag"`
}

// knows reports whether the tag exists.
func (a *Area) knows(id int) bool { return id == starTag || a.names[id] != "" }

// Knows reports whether the account has the tag, in the form of menus and mass sends.
func (a *Area) Knows(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && a.knows(n)
}

// tagList returns the user's tags; never nil, for JSON.
func tagList(u *server.User) []int { return append([]int{}, u.Tags...) }

// group returns the user's first tag, or the number of the former default group.
func group(u *server.User) int {
	if len(u.Tags) == 0 {
		return 0
	}
	return u.Tags[0]
}

// tagged returns the followers with a tag.
func (a *Area) tagged(id int) []string {
	return a.s.OpenIDs(func(u *server.User) bool { return u.Following && slices.Contains(u.Tags, id) })
}

// checkName returns an error for an invalid or used name; a tag may keep its own.
func (a *Area) checkName(name string, own int) error {
	if utf8.RuneCountInString(name) > maxTagName {
		return server.Failf(45158, "tag name is too long")
	}
	if name == "" {
		return server.Failf(45157, "invalid tag name")
	}
	for id, taken := range a.names {
		if taken == name && id != own {
			return server.Failf(45157, "invalid tag name")
		}
	}
	return nil
}

// change returns an error if a tag may not be changed.
func (a *Area) change(id int) error {
	switch {
	case id >= 0 && id <= starTag:
		return server.Failf(45058, "cannot modify system tag")
	case !a.knows(id):
		return server.Failf(45159, "invalid tag id")
	}
	return nil
}

// createTag is POST /cgi-bin/tags/create.
func (a *Area) createTag(c *server.Call, in tagBody) (any, error) {
	if err := a.checkName(in.Tag.Name, 0); err != nil {
		return nil, err
	}
	if len(a.names) >= maxTags {
		return nil, server.Failf(45056, "too many tags")
	}
	a.lastID++
	a.names[a.lastID] = in.Tag.Name
	return server.Object{"tag": server.Object{"id": a.lastID, "name": in.Tag.Name}}, nil
}

// listTags is GET /cgi-bin/tags/get.
func (a *Area) listTags(c *server.Call) (any, error) {
	names := maps.Clone(a.names)
	names[starTag] = "星标组"
	counts := map[int]int{}
	for _, u := range c.Users {
		for _, id := range u.Tags {
			if u.Following {
				counts[id]++
			}
		}
	}
	list := []server.Object{}
	for id := starTag; id <= max(starTag, a.lastID); id++ {
		if name, ok := names[id]; ok {
			list = append(list, server.Object{"id": id, "name": name, "count": counts[id]})
		}
	}
	return server.Object{"tags": list}, nil
}

// renameTag is POST /cgi-bin/tags/update.
func (a *Area) renameTag(c *server.Call, in tagBody) (any, error) {
	if err := a.change(int(in.Tag.ID)); err != nil {
		return nil, err
	}
	if err := a.checkName(in.Tag.Name, int(in.Tag.ID)); err != nil {
		return nil, err
	}
	a.names[int(in.Tag.ID)] = in.Tag.Name
	return nil, nil
}

// deleteTag is POST /cgi-bin/tags/delete. It also removes the tag from its users.
func (a *Area) deleteTag(c *server.Call, in tagBody) (any, error) {
	if err := a.change(int(in.Tag.ID)); err != nil {
		return nil, err
	}
	if len(a.tagged(int(in.Tag.ID))) > maxDeletedFans {
		return nil, server.Failf(45057, "can't delete the tag that has too many fans")
	}
	delete(a.names, int(in.Tag.ID))
	for _, u := range c.Users {
		u.Tags = server.Without(u.Tags, int(in.Tag.ID))
	}
	return nil, nil
}

// listTagged is POST /cgi-bin/user/tag/get.
func (a *Area) listTagged(c *server.Call, in struct {
	ID    server.Number `json:"tagid"`
	After string        `json:"next_openid"`
}) (any, error) {
	if !a.knows(int(in.ID)) {
		return nil, server.Failf(45159, "invalid tag id")
	}
	return a.openIDPage(c, a.tagged(int(in.ID)), in.After, maxOpenIDsPage)
}

// tagging returns a handler for a call that adds a tag to users or removes it.
func (a *Area) tagging(handle func(users []*server.User, tag int) error) server.Handler {
	return server.JSON(func(c *server.Call, in struct {
		OpenIDs []string      `json:"openid_list"`
		ID      server.Number `json:"tagid"`
	}) (any, error) {
		users, err := a.members(c, in.OpenIDs, maxTagging)
		if err == nil && !a.knows(int(in.ID)) {
			err = server.Failf(45159, "invalid tag id")
		}
		if err != nil {
			return nil, err
		}
		return nil, handle(users, int(in.ID))
	})
}

// members returns the users of a call, or an error if one does not exist.
func (a *Area) members(c *server.Call, openIDs []string, most int) ([]*server.User, error) {
	if len(openIDs) < 1 || len(openIDs) > most {
		return nil, server.Fail(40032)
	}
	var users []*server.User
	for _, id := range openIDs {
		u, err := c.Receiver(id)
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

// tagUsers is POST /cgi-bin/tags/members/batchtagging.
func tagUsers(users []*server.User, tag int) error {
	for _, u := range users {
		if len(u.Tags) >= maxTagsOfUser && !slices.Contains(u.Tags, tag) {
			return server.Failf(45059, "can't add more tag on a user")
		}
	}
	for _, u := range users {
		if !slices.Contains(u.Tags, tag) {
			u.Tags = append(u.Tags, tag)
		}
	}
	return nil
}

// untagUsers is POST /cgi-bin/tags/members/batchuntagging.
func untagUsers(users []*server.User, tag int) error {
	for _, u := range users {
		u.Tags = server.Without(u.Tags, tag)
	}
	return nil
}

// listTagsOfUser is POST /cgi-bin/tags/getidlist.
func (a *Area) listTagsOfUser(c *server.Call, in struct {
	OpenID string `json:"openid"`
}) (any, error) {
	u, err := c.Receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	return server.Object{"tagid_list": tagList(u)}, nil
}
