// Package user models users, their tags (标签) and the blacklist (黑名单).
package user

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// The limits of the users' endpoints.
const (
	maxProfiles     = 100    // of batchget
	maxOpenIDsPage  = 10_000 // of followers, and of those with a tag
	maxMigratedIDs  = 100    // of changeopenid
	maxRemark       = 30     // bytes; a remark has fewer
	defaultLanguage = "zh_CN"
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s        *server.Server
	names    map[int]string // of tags (标签), by id
	lastID   int
	migrated map[string]map[string]string // accounts that have migrated to this one (帐号迁移), by app id: openids there and here
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s, names: map[int]string{}, lastID: firstTagID - 1, migrated: map[string]map[string]string{}}
	s.Handle([]server.Endpoint{
		{Method: http.MethodGet, Path: "/cgi-bin/user/info", Daily: 5_000_000, Handle: a.getProfile},
		{Method: http.MethodPost, Path: "/cgi-bin/user/info/batchget", Handle: server.JSON(a.getProfiles)},
		{Method: http.MethodPost, Path: "/cgi-bin/user/info/updateremark", Daily: 10_000, Handle: server.JSON(a.setRemark)},
		{Method: http.MethodGet, Path: "/cgi-bin/user/get", Daily: 500, Handle: a.listFollowers},
		{Method: http.MethodPost, Path: "/cgi-bin/changeopenid", Handle: server.JSON(a.changeOpenIDs)},
	}...)
	s.Handle(a.tagEndpoints()...)
	s.Handle(a.blacklistEndpoints()...)
	return a
}

// getProfile is GET /cgi-bin/user/info.
func (a *Area) getProfile(c *server.Call) (any, error) {
	u, err := c.Receiver(c.Query.Get("openid"))
	if err != nil {
		return nil, err
	}
	return info(u), nil
}

// info returns the user's profile in the API's form, with few fields for a user who
// does not follow.
func info(u *server.User) server.Object {
	o := server.Object{"subscribe": 0, "openid": u.OpenID}
	if u.UnionID != "" {
		o["unionid"] = u.UnionID
	}
	if !u.Following {
		return o
	}
	maps.Copy(o, server.Object{
		"subscribe": 1, "nickname": "", "headimgurl": "", "sex": 0, "city": "", "province": "", "country": "",
		"language": defaultLanguage, "subscribe_time": u.Followed.Unix(), "remark": u.Remark,
		"groupid": group(u), "tagid_list": tagList(u), "subscribe_scene": u.Scene,
		"qr_scene": 0, "qr_scene_str": "",
	})
	if n, err := strconv.ParseInt(u.QRScene, 10, 64); err == nil {
		o["qr_scene"] = n
	} else {
		o["qr_scene_str"] = u.QRScene
	}
	return o
}

// getProfiles is POST /cgi-bin/user/info/batchget.
func (a *Area) getProfiles(c *server.Call, in struct {
	Users []struct {
		OpenID string `json:"openid"`
	} `json:"user_list"`
}) (any, error) {
	if len(in.Users) < 1 || len(in.Users) > maxProfiles {
		return nil, server.Fail(40032)
	}
	list := make([]server.Object, 0, len(in.Users))
	for _, one := range in.Users {
		u, err := c.Receiver(one.OpenID)
		if err != nil {
			return nil, err
		}
		list = append(list, info(u))
	}
	return server.Object{"user_info_list": list}, nil
}

// setRemark is POST /cgi-bin/user/info/updateremark.
func (a *Area) setRemark(c *server.Call, in struct {
	OpenID string `json:"openid"`
	Remark string `json:"remark"`
}) (any, error) {
	u, err := c.Receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	switch {
	case !u.Following:
		return nil, server.Fail(43004)
	case len(in.Remark) >= maxRemark:
		return nil, server.Failf(40092, "invalid remark name")
	}
	u.Remark = in.Remark
	return nil, nil
}

// listFollowers is GET /cgi-bin/user/get.
func (a *Area) listFollowers(c *server.Call) (any, error) {
	all := c.OpenIDs(func(u *server.User) bool { return u.Following })
	page, err := a.openIDPage(c, all, c.Query.Get("next_openid"), maxOpenIDsPage)
	if err != nil {
		return nil, err
	}
	page["total"] = len(all)
	return page, nil
}

// openIDPage returns the page after a user, who need not be in the list any more. An
// empty page has no data.
func (a *Area) openIDPage(c *server.Call, ids []string, after string, size int) (server.Object, error) {
	if after != "" && c.Users[after] == nil {
		return nil, server.Fail(40003)
	}
	i, found := slices.BinarySearch(ids, after)
	if found {
		i++
	}
	ids = ids[i:min(i+size, len(ids))]
	page := server.Object{"count": len(ids), "next_openid": ""}
	if len(ids) > 0 {
		page["data"], page["next_openid"] = server.Object{"openid": ids}, ids[len(ids)-1]
	}
	return page, nil
}

// changeOpenIDs is POST /cgi-bin/changeopenid.
func (a *Area) changeOpenIDs(c *server.Call, in struct {
	From    string   `json:"from_appid"`
	OpenIDs []string `json:"openid_list"`
}) (any, error) {
	moved, known := a.migrated[in.From]
	switch {
	case !known:
		return nil, server.Failf(63178, "invalid from_appid")
	case len(in.OpenIDs) < 1 || len(in.OpenIDs) > maxMigratedIDs:
		return nil, server.Fail(40032)
	}
	var list []server.Object
	for _, id := range in.OpenIDs {
		row := server.Object{"ori_openid": id, "err_msg": "ori_openid error"}
		if now, ok := moved[id]; ok {
			row["new_openid"], row["err_msg"] = now, "ok"
		}
		list = append(list, row)
	}
	return server.OK{"result_list": list}, nil
}

// Migrate implements Platform.Migrate.
func (a *Area) Migrate(fromAppID string, openIDs map[string]string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.migrated[fromAppID] = maps.Clone(openIDs)
}
