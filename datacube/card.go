package datacube

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// CardSource is where cards were made.
type CardSource int

// The places where cards are made.
const (
	CardsOfConsole CardSource = 0 // 公众平台
	CardsOfAPI     CardSource = 1
)

// CardCounters is what users did with cards.
type CardCounters struct {
	CardUse
	GivenCount   int `json:"given_cnt"` // given to friends
	GivenUsers   int `json:"given_user"`
	ExpiredCount int `json:"expire_cnt"`
	ExpiredUsers int `json:"expire_user"`
}

// CardUse is what users did with cards of any kind.
type CardUse struct {
	ViewCount     int `json:"view_cnt"`
	ViewUsers     int `json:"view_user"`
	ReceivedCount int `json:"receive_cnt"`
	ReceivedUsers int `json:"receive_user"`
	VerifiedCount int `json:"verify_cnt"` // used up (核销)
	VerifiedUsers int `json:"verify_user"`
}

// MemberCounters count the holders of member cards.
type MemberCounters struct {
	ActiveCount   int `json:"active_cnt"` // cards activated
	ActiveUsers   int `json:"active_user"`
	TotalUsers    int `json:"total_user"`         // members who are valid
	TotalReceived int `json:"total_receive_user"` // users who ever received one
}

// CardBizInfo is what users did with the cards of the account on one day.
type CardBizInfo struct {
	Row
	CardCounters
}

// cardDays is the most days of a report about cards.
const cardDays = 62

type cardDates struct {
	dates
	Source CardSource `json:"cond_source"`
	CardID string     `json:"card_id,omitempty"`
}

// GetCardBizInfo returns what users did with the cards of the account, by day, for a span of
// at most 62 days.
//
// Deprecated: the platform no longer maintains the reports about cards (卡券).
//
// POST /datacube/getcardbizuininfo (拉取卡券概况数据)
func (s *Service) GetCardBizInfo(ctx context.Context, span Span, source CardSource) (*Report[CardBizInfo], error) {
	return ask[CardBizInfo](ctx, s.oa, rule{path: "/datacube/getcardbizuininfo", days: cardDays}, span, func(d dates) any {
		return cardDates{dates: d, Source: source}
	})
}

// CardInfo is what users did with a free coupon on one day.
type CardInfo struct {
	Row
	CardID   string   `json:"card_id"`
	CardType CardType `json:"card_type"`
	Paid     int      `json:"is_pay"` // only in some answers; the documents do not describe it
	CardCounters
}

// CardType is a kind of coupon. The platform adds values without notice.
type CardType int

// The kinds of coupons.
const (
	Discount CardType = 0 // 折扣券
	Gift     CardType = 1 // 礼品券
	Groupon  CardType = 2 // 团购券
	Cash     CardType = 3 // 代金券
	General  CardType = 4 // 优惠券
)

// GetCardInfo returns what users did with free coupons, by day and card, for a span of at
// most 62 days. An empty cardID means all coupons.
//
// Deprecated: the platform no longer maintains the reports about cards (卡券).
//
// POST /datacube/getcardcardinfo (获取免费券数据)
func (s *Service) GetCardInfo(ctx context.Context, span Span, source CardSource, cardID string) (*Report[CardInfo], error) {
	return ask[CardInfo](ctx, s.oa, rule{path: "/datacube/getcardcardinfo", days: cardDays}, span, func(d dates) any {
		return cardDates{d, source, cardID}
	})
}

// MemberCardInfo is what users did with the member cards of the account on one day.
type MemberCardInfo struct {
	Row
	CardUse
	MemberCounters
}

// GetMemberCardInfo returns what users did with the member cards of the account, by day, for
// a span of at most 62 days.
//
// Deprecated: the platform no longer maintains the reports about cards (卡券).
//
// POST /datacube/getcardmembercardinfo (拉取会员卡概况数据)
func (s *Service) GetMemberCardInfo(ctx context.Context, span Span, source CardSource) (*Report[MemberCardInfo], error) {
	return ask[MemberCardInfo](ctx, s.oa, rule{path: "/datacube/getcardmembercardinfo", days: cardDays}, span, func(d dates) any {
		return cardDates{dates: d, Source: source}
	})
}

// MemberCardDetail is what users did with one member card on one day.
type MemberCardDetail struct {
	Row
	CardID        string `json:"cardid"`
	MerchantType  int    `json:"merchanttype"` // the documents do not describe its values
	SubMerchantID string `json:"submerchantid"`
	NewUsers      int    `json:"new_user"`
	OriginalFee   int64  `json:"payOriginalFee"` // the price before reductions, in fen: 100 are one yuan
	Fee           int64  `json:"fee"`            // in fen
	CardUse
	MemberCounters
}

// GetMemberCardDetail returns what users did with one member card, by day, for a span of at
// most 62 days.
//
// Deprecated: the platform no longer maintains the reports about cards (卡券).
//
// POST /datacube/getcardmembercarddetail (拉取单张会员卡数据)
func (s *Service) GetMemberCardDetail(ctx context.Context, span Span, cardID string) (*Report[MemberCardDetail], error) {
	const path = "/datacube/getcardmembercarddetail"
	if err := limit.Required(path, "cardID", cardID); err != nil {
		return nil, err
	}
	return ask[MemberCardDetail](ctx, s.oa, rule{path: path, days: cardDays}, span, func(d dates) any {
		return struct {
			dates
			CardID string `json:"card_id"`
		}{d, cardID}
	})
}
