package wechattest

import (
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// tags are the account's tags for users (标签), by id.
type tags struct {
	names  map[int]string
	lastID int
}

const (
	starTag        = 2   // 星标组, which every account has
	firstTagID     = 100 // of the account's own tags
	maxTags        = 100
	maxTagName     = 30 // characters
	maxTagsOfUser  = 20
	maxTagging     = 50      // openids of a call
	maxDeletedFans = 100_000 // a tag with more followers cannot be deleted
)

func tagEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/tags/create", body: jsonBody, handle: createTag},
		{method: http.MethodGet, path: "/cgi-bin/tags/get", handle: listTags},
		{method: http.MethodPost, path: "/cgi-bin/tags/update", body: jsonBody, handle: renameTag},
		{method: http.MethodPost, path: "/cgi-bin/tags/delete", body: jsonBody, handle: deleteTag},
		{method: http.MethodPost, path: "/cgi-bin/user/tag/get", body: jsonBody, handle: listTagged},
		{method: http.MethodPost, path: "/cgi-bin/tags/members/batchtagging", body: jsonBody, handle: tagUsers},
		{method: http.MethodPost, path: "/cgi-bin/tags/members/batchuntagging", body: jsonBody, handle: untagUsers},
		{method: http.MethodPost, path: "/cgi-bin/tags/getidlist", body: jsonBody, handle: listTagsOfUser},
	}
}

// tagBody is the body of the calls about one tag.
type tagBody struct {
	Tag struct {
		ID   number `json:"id"`
		Name string `json:"name"`
	} `json:"tag"`
}

// knows reports whether there is a tag with that id.
func (t *tags) knows(id int) bool { return id == starTag || t.names[id] != "" }

// knowsTag reports whether the account has the tag, named as menus and mass sends do.
func (p *Platform) knowsTag(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && p.areas.tags.knows(n)
}

// hasTag reports whether the user bears the tag, named as menus and mass sends do.
func (u *User) hasTag(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && slices.Contains(u.tags, n)
}

// tagList is the user's tags; never nil, for JSON.
func (u *User) tagList() []int { return append([]int{}, u.tags...) }

// group is the user's first tag, as the former groups numbered it.
func (u *User) group() int {
	if len(u.tags) == 0 {
		return 0
	}
	return u.tags[0]
}

// tagged are the followers that bear a tag.
func (p *Platform) tagged(id int) []string {
	return p.openIDs(func(u *User) bool { return u.following && slices.Contains(u.tags, id) })
}

// checkName refuses a name that a tag cannot have; it may keep its own.
func (t *tags) checkName(name string, own int) error {
	if utf8.RuneCountInString(name) > maxTagName {
		return failf(45158, "tag name is too long")
	}
	if name == "" {
		return failf(45157, "invalid tag name")
	}
	for id, taken := range t.names {
		if taken == name && id != own {
			return failf(45157, "invalid tag name")
		}
	}
	return nil
}

// change checks that a tag may be changed.
func (t *tags) change(id int) error {
	switch {
	case id >= 0 && id <= starTag:
		return failf(45058, "cannot modify system tag")
	case !t.knows(id):
		return failf(45159, "invalid tag id")
	}
	return nil
}

// createTag is POST /cgi-bin/tags/create.
func createTag(c *call) (any, error) {
	var in tagBody
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	t := &c.areas.tags
	if err := t.checkName(in.Tag.Name, 0); err != nil {
		return nil, err
	}
	if len(t.names) >= maxTags {
		return nil, failf(45056, "too many tags")
	}
	if t.names == nil {
		t.names, t.lastID = map[int]string{}, firstTagID-1
	}
	t.lastID++
	t.names[t.lastID] = in.Tag.Name
	return object{"tag": object{"id": t.lastID, "name": in.Tag.Name}}, nil
}

// listTags is GET /cgi-bin/tags/get.
func listTags(c *call) (any, error) {
	names := map[int]string{starTag: "星标组"}
	for id, name := range c.areas.tags.names {
		names[id] = name
	}
	counts := map[int]int{}
	for _, u := range c.users {
		for _, id := range u.tags {
			if u.following {
				counts[id]++
			}
		}
	}
	list := []object{}
	for id := starTag; id <= max(starTag, c.areas.tags.lastID); id++ {
		if name, ok := names[id]; ok {
			list = append(list, object{"id": id, "name": name, "count": counts[id]})
		}
	}
	return object{"tags": list}, nil
}

// renameTag is POST /cgi-bin/tags/update.
func renameTag(c *call) (any, error) {
	var in tagBody
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	t := &c.areas.tags
	if err := t.change(int(in.Tag.ID)); err != nil {
		return nil, err
	}
	if err := t.checkName(in.Tag.Name, int(in.Tag.ID)); err != nil {
		return nil, err
	}
	t.names[int(in.Tag.ID)] = in.Tag.Name
	return nil, nil
}

// deleteTag is POST /cgi-bin/tags/delete; whoever bore the tag does no more.
func deleteTag(c *call) (any, error) {
	var in tagBody
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	t := &c.areas.tags
	if err := t.change(int(in.Tag.ID)); err != nil {
		return nil, err
	}
	if len(c.tagged(int(in.Tag.ID))) > maxDeletedFans {
		return nil, failf(45057, "can't delete the tag that has too many fans")
	}
	delete(t.names, int(in.Tag.ID))
	for _, u := range c.users {
		u.tags = without(u.tags, int(in.Tag.ID))
	}
	return nil, nil
}

// listTagged is POST /cgi-bin/user/tag/get.
func listTagged(c *call) (any, error) {
	var in struct {
		ID    number `json:"tagid"`
		After string `json:"next_openid"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if !c.areas.tags.knows(int(in.ID)) {
		return nil, failf(45159, "invalid tag id")
	}
	return c.openIDPage(c.tagged(int(in.ID)), in.After, maxOpenIDsPage)
}

// tagging reads a call that gives users a tag, or takes it from them.
func (c *call) tagging() (users []*User, tag int, err error) {
	var in struct {
		OpenIDs []string `json:"openid_list"`
		ID      number   `json:"tagid"`
	}
	if err := c.bind(&in); err != nil {
		return nil, 0, err
	}
	users, err = c.members(in.OpenIDs, maxTagging)
	if err == nil && !c.areas.tags.knows(int(in.ID)) {
		err = failf(45159, "invalid tag id")
	}
	return users, int(in.ID), err
}

// members finds the users of a call that changes all of them, or none.
func (c *call) members(openIDs []string, most int) ([]*User, error) {
	if len(openIDs) < 1 || len(openIDs) > most {
		return nil, fail(40032)
	}
	var users []*User
	for _, id := range openIDs {
		u, err := c.receiver(id)
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

// tagUsers is POST /cgi-bin/tags/members/batchtagging.
func tagUsers(c *call) (any, error) {
	users, tag, err := c.tagging()
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		if len(u.tags) >= maxTagsOfUser && !slices.Contains(u.tags, tag) {
			return nil, failf(45059, "can't add more tag on a user")
		}
	}
	for _, u := range users {
		if !slices.Contains(u.tags, tag) {
			u.tags = append(u.tags, tag)
		}
	}
	return nil, nil
}

// untagUsers is POST /cgi-bin/tags/members/batchuntagging.
func untagUsers(c *call) (any, error) {
	users, tag, err := c.tagging()
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		u.tags = without(u.tags, tag)
	}
	return nil, nil
}

// listTagsOfUser is POST /cgi-bin/tags/getidlist.
func listTagsOfUser(c *call) (any, error) {
	var in struct {
		OpenID string `json:"openid"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u, err := c.receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	return object{"tagid_list": u.tagList()}, nil
}
