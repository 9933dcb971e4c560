package user

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// The limits of calls.
const (
	maxProfiles = 100 // profiles of one call
	maxChanged  = 100 // openids of one call
	maxRemark   = 29  // bytes of a remark
)

// Profile is what the platform knows about a user (用户基本信息). Package oauth returns nickname
// and avatar, with the user's consent.
type Profile struct {
	// Following reports whether the user follows the account. If not, only OpenID and
	// UnionID are set.
	Following bool   `json:"subscribe"`
	OpenID    string `json:"openid"`
	UnionID   string `json:"unionid,omitempty"` // of accounts bound to the Open Platform (开放平台)

	Followed officialaccount.Timestamp `json:"subscribe_time,omitzero"` // when the user followed last
	Scene    Scene                     `json:"subscribe_scene,omitempty"`
	Language officialaccount.Language  `json:"language,omitempty"`
	Remark   string                    `json:"remark,omitempty"`     // set with [Service.UpdateRemark]
	TagIDs   []int                     `json:"tagid_list,omitempty"` // at most 20
	GroupID  int                       `json:"groupid,omitempty"`    // the first tag; from before there were tags

	QRScene       int64  `json:"qr_scene,omitempty"`     // of the QR code that the user scanned, if it is a number
	QRSceneString string `json:"qr_scene_str,omitempty"` // the same, if it is a text

	// Empty or absent since 2021.
	Nickname  string `json:"nickname,omitempty"`
	AvatarURL string `json:"headimgurl,omitempty"` // URL (头像)
	Sex       int    `json:"sex,omitempty"`        // 1 male, 2 female, 0 unknown
	City      string `json:"city,omitempty"`
	Province  string `json:"province,omitempty"`
	Country   string `json:"country,omitempty"`
}

// Scene tells how a user came to follow the account (关注渠道来源). The platform may add
// values.
type Scene string

// The documented scenes.
const (
	SceneSearch        Scene = "ADD_SCENE_SEARCH"               // 公众号搜索
	SceneMigration     Scene = "ADD_SCENE_ACCOUNT_MIGRATION"    // 公众号迁移
	SceneProfileCard   Scene = "ADD_SCENE_PROFILE_CARD"         // 名片分享
	SceneQRCode        Scene = "ADD_SCENE_QR_CODE"              // 扫描二维码
	SceneProfileLink   Scene = "ADD_SCENE_PROFILE_LINK"         // 图文页内名称点击
	SceneProfileItem   Scene = "ADD_SCENE_PROFILE_ITEM"         // 图文页右上角菜单
	ScenePaid          Scene = "ADD_SCENE_PAID"                 // 支付后关注
	SceneAdvertisement Scene = "ADD_SCENE_WECHAT_ADVERTISEMENT" // 微信广告
	SceneReprint       Scene = "ADD_SCENE_REPRINT"              // 他人转载
	SceneLivestream    Scene = "ADD_SCENE_LIVESTREAM"           // 视频号直播
	SceneChannels      Scene = "ADD_SCENE_CHANNELS"             // 视频号
	SceneMiniProgram   Scene = "ADD_SCENE_WXA"                  // 小程序关注
	SceneOther         Scene = "ADD_SCENE_OTHERS"               // 其他
)

// ProfileQuery selects a profile.
type ProfileQuery struct {
	OpenID   string                   `json:"openid" url:"openid"`
	Language officialaccount.Language `json:"lang,omitempty" url:"lang,omitempty"` // of the answer; officialaccount.SimplifiedChinese if empty
}

// GetProfile returns the profile of a user (获取用户基本信息).
//
// Errors: errcode.InvalidOpenID, UserNotFound, APIUnauthorized.
//
// GET /cgi-bin/user/info (获取用户基本信息)
func (s *Service) GetProfile(ctx context.Context, q ProfileQuery) (*Profile, error) {
	const path = "/cgi-bin/user/info"
	if err := limit.Required(path, "OpenID", q.OpenID); err != nil {
		return nil, err
	}
	var out Profile
	if err := s.oa.Get(ctx, path, q, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// GetProfiles returns the profiles of several users (批量获取用户基本信息). It makes one call for
// every 100. If a call fails, the profiles of the calls before it are returned with the
// error.
//
// Errors: errcode.InvalidOpenID.
//
// POST /cgi-bin/user/info/batchget (批量获取用户基本信息)
func (s *Service) GetProfiles(ctx context.Context, users []ProfileQuery) ([]Profile, error) {
	const path = "/cgi-bin/user/info/batchget"
	if len(users) == 0 {
		return nil, limit.Rule(path, "users (user_list)", "is empty")
	}
	if slices.ContainsFunc(users, func(q ProfileQuery) bool { return q.OpenID == "" }) {
		return nil, limit.Rule(path, "users (user_list)", "has an empty openid")
	}
	profiles := make([]Profile, 0, len(users))
	for batch := range slices.Chunk(users, maxProfiles) {
		in := struct {
			Users []ProfileQuery `json:"user_list"`
		}{batch}
		var out struct {
			Profiles []Profile `json:"user_info_list"`
		}
		if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
			return profiles, err
		}
		profiles = append(profiles, out.Profiles...)
	}
	return profiles, nil
}

// List returns a page of the account's followers (获取用户列表), 10,000 at most: those
// after the cursor next, or the first page if next is empty. [Service.All] returns all
// of them.
//
// Errors: errcode.InvalidOpenID.
//
// GET /cgi-bin/user/get (获取用户列表)
func (s *Service) List(ctx context.Context, next string) (*Page, error) {
	query := struct {
		Next string `url:"next_openid,omitempty"`
	}{next}
	var out answer
	if err := s.oa.Get(ctx, "/cgi-bin/user/get", query, &out); err != nil {
		return nil, err
	}
	return out.page(), nil
}

// All returns the openids of all followers. It requests pages as needed. An error ends
// the iteration.
//
// GET /cgi-bin/user/get (获取用户列表)
func (s *Service) All(ctx context.Context) iter.Seq2[string, error] { return all(ctx, s.List) }

// all returns the openids of all pages of list.
func all(ctx context.Context, list func(context.Context, string) (*Page, error)) iter.Seq2[string, error] {
	return officialaccount.Pages(ctx, "", func(ctx context.Context, next string) ([]string, string, error) {
		p, err := list(ctx, next)
		if err != nil {
			return nil, "", err
		}
		return p.OpenIDs, p.Next, nil
	})
}

// UpdateRemark sets a follower's name that only the account sees (设置用户备注名). A remark
// has at most 29 bytes of UTF-8, which are 9 Chinese characters. An empty one deletes it.
//
// Errors: errcode.InvalidOpenID, APIUnauthorized.
//
// POST /cgi-bin/user/info/updateremark (设置用户备注名)
func (s *Service) UpdateRemark(ctx context.Context, openID, remark string) error {
	const path = "/cgi-bin/user/info/updateremark"
	if err := cmp.Or(limit.Required(path, "openID", openID), limit.Check(path, "remark", "bytes", len(remark), 0, maxRemark)); err != nil {
		return err
	}
	in := struct {
		OpenID string `json:"openid"`
		Remark string `json:"remark"`
	}{openID, remark}
	return s.oa.Post(ctx, path, in, nil, officialaccount.WithRetry())
}

// ChangedOpenID is the result of [Service.ChangeOpenIDs] for one user.
type ChangedOpenID struct {
	Old     string `json:"ori_openid"`
	New     string `json:"new_openid,omitempty"` // empty if the user has none
	Message string `json:"err_msg"`              // "ok", or why there is no New
}

// ChangeOpenIDs returns the new openids of users after their account was migrated into
// this one (转换openid, 公众号迁移). fromAppID is the app id of the old account, openIDs are
// the users' openids there. It makes one call for every 100. If a call fails, the
// results of the calls before it are returned with the error. The endpoint works only
// for a limited time around the migration.
//
// Errors: errcode.InvalidOpenID, InvalidFromAppID if that account was not migrated into
// this one.
//
// POST /cgi-bin/changeopenid (转换openid)
func (s *Service) ChangeOpenIDs(ctx context.Context, fromAppID string, openIDs []string) ([]ChangedOpenID, error) {
	const path = "/cgi-bin/changeopenid"
	if err := cmp.Or(limit.Required(path, "fromAppID", fromAppID), checkOpenIDs(path, openIDs, len(openIDs))); err != nil {
		return nil, err
	}
	changed := make([]ChangedOpenID, 0, len(openIDs))
	for batch := range slices.Chunk(openIDs, maxChanged) {
		in := struct {
			From    string   `json:"from_appid"`
			OpenIDs []string `json:"openid_list"`
		}{fromAppID, batch}
		var out struct {
			Results []ChangedOpenID `json:"result_list"`
		}
		if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
			return changed, err
		}
		changed = append(changed, out.Results...)
	}
	return changed, nil
}
