package datacube

import "context"

// UserSummary is how many users followed and left by one way on one day.
type UserSummary struct {
	Row
	Source   UserSource `json:"user_source"`
	New      int        `json:"new_user"`    // users who followed
	Canceled int        `json:"cancel_user"` // users who unfollowed
}

// UserSource is the way by which users found the account. The platform adds values without
// notice.
type UserSource int

// The ways to an account.
const (
	FromOther       UserSource = 0   // 其他: a source of its own, not the total
	FromSearch      UserSource = 1   // 公众号搜索
	FromCard        UserSource = 17  // 名片分享: an account card that was shared
	FromQRCode      UserSource = 30  // 扫描二维码
	FromMenu        UserSource = 43  // 图文页右上角菜单
	FromPayment     UserSource = 51  // 支付后关注
	FromArticleName UserSource = 57  // 图文页内公众号名称
	FromArticleAd   UserSource = 75  // 公众号文章广告
	FromMomentsAd   UserSource = 78  // 朋友圈广告
	FromAd          UserSource = 100 // 广告
	FromMiniProgram UserSource = 149 // 小程序关注
	FromReprint     UserSource = 161 // 他人转载
	FromChannels    UserSource = 200 // 视频号
	FromLive        UserSource = 201 // 直播
)

// GetUserSummary returns how many users followed and left, by day and [UserSource], for a
// span of at most 7 days. A source without users has no row.
//
// POST /datacube/getusersummary (获取用户增减数据)
func (s *Service) GetUserSummary(ctx context.Context, span Span) (*Report[UserSummary], error) {
	return get[UserSummary](ctx, s.oa, rule{path: "/datacube/getusersummary", days: 7}, span)
}

// UserCumulate is how many followers the account had at the end of a day.
type UserCumulate struct {
	Row
	Total  int        `json:"cumulate_user"`
	Source UserSource `json:"user_source"` // always 0; newer answers do not have it
}

// GetUserCumulate returns the number of followers at the end of each day, for a span of at
// most 7 days.
//
// POST /datacube/getusercumulate (获取累计用户数据)
func (s *Service) GetUserCumulate(ctx context.Context, span Span) (*Report[UserCumulate], error) {
	return get[UserCumulate](ctx, s.oa, rule{path: "/datacube/getusercumulate", days: 7}, span)
}
