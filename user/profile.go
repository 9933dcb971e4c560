package user

import (
	"context"
	"iter"
	"slices"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxProfiles is how many profiles the platform gives at once.
const maxProfiles = 100

// Language is the language of place names in a profile.
type Language string

// The languages of profiles.
const (
	SimplifiedChinese  Language = "zh_CN"
	TraditionalChinese Language = "zh_TW"
	English            Language = "en"
)

// Profile is what the platform tells of a user (用户基本信息).
type Profile struct {
	// Following tells whether the user follows the account; if not, the platform
	// gives OpenID, and UnionID at most.
	Following bool   `json:"subscribe"`
	OpenID    string `json:"openid"`
	UnionID   string `json:"unionid,omitempty"` // of accounts bound to the Open Platform (开放平台)

	Followed officialaccount.Timestamp `json:"subscribe_time,omitzero"` // last time that the user began to follow
	Scene    Scene                     `json:"subscribe_scene,omitempty"`
	Language Language                  `json:"language,omitempty"`
	Remark   string                    `json:"remark,omitempty"`     // the account's own name for the user
	TagIDs   []int                     `json:"tagid_list,omitempty"` // at most 20
	GroupID  int                       `json:"groupid,omitempty"`    // the first tag, from the time of groups

	QRScene       int64  `json:"qr_scene,omitempty"`     // of the QR code that the user came by, if it was a number
	QRSceneString string `json:"qr_scene_str,omitempty"` // the same, if it was a text

	// What the platform no longer tells, since 2021: empty, or absent.
	Nickname string `json:"nickname,omitempty"`
	Portrait string `json:"headimgurl,omitempty"` // URL (头像)
	Sex      int    `json:"sex,omitempty"`        // 1 male, 2 female, 0 unknown
	City     string `json:"city,omitempty"`
	Province string `json:"province,omitempty"`
	Country  string `json:"country,omitempty"`
}

// Scene is how a user came to follow the account (关注渠道来源). The platform may add
// others.
type Scene string

// The scenes that the platform names.
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

// Profile returns what the platform tells of a user (获取用户基本信息). language is that
// of the place names; empty is Chinese.
//
// Errors: errcode.InvalidOpenID, UserNotFound, APIUnauthorized.
//
// GET /cgi-bin/user/info (获取用户基本信息)
func (s *Service) Profile(ctx context.Context, openID string, language Language) (Profile, error) {
	const path = "/cgi-bin/user/info"
	if err := checkOpenID(path, openID); err != nil {
		return Profile{}, err
	}
	query := struct {
		OpenID   string   `url:"openid"`
		Language Language `url:"lang,omitempty"`
	}{openID, language}
	var out Profile
	err := s.oa.Get(ctx, path, query, &out)
	return out, err
}

// Profiles returns what the platform tells of many users (批量获取用户基本信息), in as many
// calls as it takes: it answers 100 at once. When a call fails, the profiles
// of those before it come with the error.
//
// Errors: errcode.InvalidOpenID.
//
// POST /cgi-bin/user/info/batchget (批量获取用户基本信息)
func (s *Service) Profiles(ctx context.Context, openIDs []string, language Language) ([]Profile, error) {
	const path = "/cgi-bin/user/info/batchget"
	if err := checkOpenIDs(path, openIDs, len(openIDs)); err != nil {
		return nil, err
	}
	profiles := make([]Profile, 0, len(openIDs))
	for batch := range slices.Chunk(openIDs, maxProfiles) {
		got, err := s.batch(ctx, path, batch, language)
		if err != nil {
			return profiles, err
		}
		profiles = append(profiles, got...)
	}
	return profiles, nil
}

func (s *Service) batch(ctx context.Context, path string, openIDs []string, language Language) ([]Profile, error) {
	type who struct {
		OpenID   string   `json:"openid"`
		Language Language `json:"lang,omitempty"`
	}
	var in struct {
		Users []who `json:"user_list"`
	}
	for _, id := range openIDs {
		in.Users = append(in.Users, who{id, language})
	}
	var out struct {
		Profiles []Profile `json:"user_info_list"`
	}
	err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry())
	return out.Profiles, err
}

// Followers returns a page of the account's followers (获取用户列表), 10 000 at most: the
// one that begins after the user next, or the first if that is empty.
//
// Errors: errcode.InvalidOpenID.
//
// GET /cgi-bin/user/get (获取用户列表)
func (s *Service) Followers(ctx context.Context, next string) (OpenIDs, error) {
	query := struct {
		Next string `url:"next_openid,omitempty"`
	}{next}
	var out page
	err := s.oa.Get(ctx, "/cgi-bin/user/get", query, &out)
	return out.openIDs(), err
}

// All returns the openids of all followers, however many there are. It asks for a
// page when it gets there, and yields an error last.
//
// GET /cgi-bin/user/get (获取用户列表)
func (s *Service) All(ctx context.Context) iter.Seq2[string, error] {
	return all(ctx, s.Followers)
}

// all goes through the pages of list.
func all(ctx context.Context, list func(context.Context, string) (OpenIDs, error)) iter.Seq2[string, error] {
	return officialaccount.Pages(ctx, "", func(ctx context.Context, next string) ([]string, string, error) {
		p, err := list(ctx, next)
		return p.OpenIDs, p.Next, err
	})
}

// SetRemark gives a follower a name that only the account sees (设置用户备注名). An empty
// remark takes it away. The documents want it under 30 characters; a longer one is
// sent all the same, with a warning in the log.
//
// Errors: errcode.InvalidOpenID, APIUnauthorized.
//
// POST /cgi-bin/user/info/updateremark (设置用户备注名)
func (s *Service) SetRemark(ctx context.Context, openID, remark string) error {
	const path = "/cgi-bin/user/info/updateremark"
	if err := checkOpenID(path, openID); err != nil {
		return err
	}
	opts := []officialaccount.CallOption{officialaccount.WithRetry()}
	if n := utf8.RuneCountInString(remark); n >= 30 {
		opts = append(opts, officialaccount.WithWarning("remark may be too long: the documents want fewer than 30 characters", "characters", n))
	}
	return s.oa.Post(ctx, path, struct {
		OpenID string `json:"openid"`
		Remark string `json:"remark"`
	}{openID, remark}, nil, opts...)
}

// Migrated is what became of an openid when its account moved.
type Migrated struct {
	Old     string `json:"ori_openid"`
	New     string `json:"new_openid,omitempty"` // empty when there is none
	Message string `json:"err_msg"`              // "ok", or why there is none
}

// Migrate returns the new openids of users who came along when an account moved
// into this one (转换 openid, 公众号迁移): fromAppID is the app id of the old account, openIDs
// are theirs there. More than the documented 100 are sent in as many calls as it
// takes. An openid that cannot be changed has no New, and a Message that says why.
// The platform answers for a limited time around the move only.
//
// Errors: errcode.InvalidOpenID, and 63178 for an app id that did not move here.
//
// POST /cgi-bin/changeopenid (转换openid)
func (s *Service) Migrate(ctx context.Context, fromAppID string, openIDs []string) ([]Migrated, error) {
	const path, most = "/cgi-bin/changeopenid", 100
	if fromAppID == "" {
		return nil, limit.Rule(path, "from_appid", "is empty")
	}
	if err := checkOpenIDs(path, openIDs, len(openIDs)); err != nil {
		return nil, err
	}
	migrated := make([]Migrated, 0, len(openIDs))
	for batch := range slices.Chunk(openIDs, most) {
		in := struct {
			From    string   `json:"from_appid"`
			OpenIDs []string `json:"openid_list"`
		}{fromAppID, batch}
		var out struct {
			Results []Migrated `json:"result_list"`
		}
		if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
			return migrated, err
		}
		migrated = append(migrated, out.Results...)
	}
	return migrated, nil
}
