package wechattest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// profile is what the platform knows of a user towards the account.
type profile struct {
	followed time.Time // when the user last began to follow
	scene    string    // the way by which the user came: ADD_SCENE_…
	qrScene  string    // of the parametric QR code that the user came by
	remark   string
	tags     []int     // in the order in which they were given
	blocked  time.Time // since when on the blacklist; zero is never
	unionID  string
}

// follow notes how a user came to follow, by the event that tells the bot.
func (f *profile) follow(m Message, now time.Time) {
	f.followed, f.scene, f.qrScene = now, "ADD_SCENE_SEARCH", ""
	for _, e := range m.Elements {
		if scene, ok := strings.CutPrefix(e.Value, "qrscene_"); ok && e.Name == "EventKey" {
			f.scene, f.qrScene = "ADD_SCENE_QR_CODE", scene
		}
	}
}

// migrations are accounts that have moved to this one (帐号迁移), by app id: their
// openids and those here.
type migrations map[string]map[string]string

// The limits of the users' endpoints.
const (
	maxProfiles     = 100    // of batchget
	maxOpenIDsPage  = 10_000 // of followers, and of those with a tag
	maxMigratedIDs  = 100    // of changeopenid
	maxRemark       = 30     // bytes; a remark has fewer
	defaultLanguage = "zh_CN"
)

func profileEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodGet, path: "/cgi-bin/user/info", daily: 5_000_000, handle: getProfile},
		{method: http.MethodPost, path: "/cgi-bin/user/info/batchget", body: jsonBody, handle: getProfiles},
		{method: http.MethodPost, path: "/cgi-bin/user/info/updateremark", body: jsonBody, daily: 10_000, handle: setRemark},
		{method: http.MethodGet, path: "/cgi-bin/user/get", daily: 500, handle: listFollowers},
		{method: http.MethodPost, path: "/cgi-bin/changeopenid", body: jsonBody, handle: changeOpenIDs},
	}
}

// getProfile is GET /cgi-bin/user/info.
func getProfile(c *call) (any, error) {
	u, err := c.receiver(c.query.Get("openid"))
	if err != nil {
		return nil, err
	}
	return u.info(), nil
}

// info is the user as the platform tells of them: next to nothing of one who does
// not follow.
func (u *User) info() object {
	o := object{"subscribe": 0, "openid": u.openID}
	if u.unionID != "" {
		o["unionid"] = u.unionID
	}
	if !u.following {
		return o
	}
	maps.Copy(o, object{
		"subscribe": 1, "nickname": "", "headimgurl": "", "sex": 0, "city": "", "province": "", "country": "",
		"language": defaultLanguage, "subscribe_time": u.followed.Unix(), "remark": u.remark,
		"groupid": u.group(), "tagid_list": u.tagList(), "subscribe_scene": u.scene,
		"qr_scene": 0, "qr_scene_str": "",
	})
	if n, err := strconv.ParseInt(u.qrScene, 10, 64); err == nil {
		o["qr_scene"] = n
	} else {
		o["qr_scene_str"] = u.qrScene
	}
	return o
}

// getProfiles is POST /cgi-bin/user/info/batchget.
func getProfiles(c *call) (any, error) {
	var in struct {
		Users []struct {
			OpenID string `json:"openid"`
		} `json:"user_list"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if len(in.Users) < 1 || len(in.Users) > maxProfiles {
		return nil, fail(40032)
	}
	list := make([]object, 0, len(in.Users))
	for _, one := range in.Users {
		u, err := c.receiver(one.OpenID)
		if err != nil {
			return nil, err
		}
		list = append(list, u.info())
	}
	return object{"user_info_list": list}, nil
}

// setRemark is POST /cgi-bin/user/info/updateremark.
func setRemark(c *call) (any, error) {
	var in struct {
		OpenID string `json:"openid"`
		Remark string `json:"remark"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u, err := c.receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	if len(in.Remark) >= maxRemark {
		return nil, failf(40092, "invalid remark name")
	}
	u.remark = in.Remark
	return nil, nil
}

// listFollowers is GET /cgi-bin/user/get.
func listFollowers(c *call) (any, error) {
	all := c.openIDs(func(u *User) bool { return u.following })
	page, err := c.openIDPage(all, c.query.Get("next_openid"), maxOpenIDsPage)
	if err != nil {
		return nil, err
	}
	page["total"] = len(all)
	return page, nil
}

// openIDs are the users that have something, in the order in which the platform
// lists them.
func (p *Platform) openIDs(has func(*User) bool) []string {
	var ids []string
	for _, u := range p.users {
		if u.openID != systemSender && has(u) {
			ids = append(ids, u.openID)
		}
	}
	slices.Sort(ids)
	return ids
}

// openIDPage is the page that begins behind a user, who need not be in the list any
// more. It has no data when it is empty.
func (c *call) openIDPage(ids []string, after string, size int) (object, error) {
	if after != "" && c.users[after] == nil {
		return nil, fail(40003)
	}
	i, found := slices.BinarySearch(ids, after)
	if found {
		i++
	}
	ids = ids[i:min(i+size, len(ids))]
	page := object{"count": len(ids), "next_openid": ""}
	if len(ids) > 0 {
		page["data"], page["next_openid"] = object{"openid": ids}, ids[len(ids)-1]
	}
	return page, nil
}

// changeOpenIDs is POST /cgi-bin/changeopenid.
func changeOpenIDs(c *call) (any, error) {
	var in struct {
		From    string   `json:"from_appid"`
		OpenIDs []string `json:"openid_list"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	moved, known := c.areas.migrations[in.From]
	switch {
	case !known:
		return nil, failf(63178, "invalid from_appid")
	case len(in.OpenIDs) < 1 || len(in.OpenIDs) > maxMigratedIDs:
		return nil, fail(40032)
	}
	var list []object
	for _, id := range in.OpenIDs {
		row := object{"ori_openid": id, "err_msg": "ori_openid error"}
		if now, ok := moved[id]; ok {
			row["new_openid"], row["err_msg"] = now, "ok"
		}
		list = append(list, row)
	}
	return object{"errcode": 0, "errmsg": "ok", "result_list": list}, nil
}

// Migrate has another account moved to this one (帐号迁移): openIDs names its
// followers by the openid they had there, and tells the one they have here.
// /cgi-bin/changeopenid answers by it from now on.
func (p *Platform) Migrate(fromAppID string, openIDs map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.areas.migrations == nil {
		p.areas.migrations = migrations{}
	}
	p.areas.migrations[fromAppID] = maps.Clone(openIDs)
}

// SetUnionID gives the user a unionid, as users of an account have that is bound to
// the Open Platform (微信开放平台).
func (u *User) SetUnionID(id string) {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	u.unionID = id
}
