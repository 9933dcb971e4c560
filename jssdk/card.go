package jssdk

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Card is a card to give to a user (批量添加卡券).
type Card struct {
	ID     string // card_id
	Code   string // only for a card with codes of the account's own (自定义code)
	OpenID string // only for a card for one user

	FixedBegin time.Time // start of validity, for a card with a fixed term; zero keeps the card's own
	Outer      string    // outer_str, the source of the card; events repeat it
}

// SignedCard is an element of cardList, the argument of wx.addCard in a page.
type SignedCard struct {
	CardID  string `json:"cardId"`
	CardExt string `json:"cardExt"` // JSON in a string, signed
}

// cardExt is the JSON of CardExt.
type cardExt struct {
	Code       string                    `json:"code"`
	OpenID     string                    `json:"openid"`
	Timestamp  string                    `json:"timestamp"`
	NonceStr   string                    `json:"nonce_str"`
	FixedBegin officialaccount.Timestamp `json:"fixed_begintimestamp,omitzero"`
	Outer      string                    `json:"outer_str,omitempty"`
	Signature  string                    `json:"signature"`
}

// SignCards signs cards for wx.addCard (卡券签名 cardExt).
//
// Errors: those of [Service.GetCardTicket].
//
// GET /cgi-bin/ticket/getticket (获取卡券 api_ticket)
func (s *Service) SignCards(ctx context.Context, cards ...Card) ([]SignedCard, error) {
	const op = "wx.addCard"
	if len(cards) == 0 {
		return nil, limit.Rule(op, "cards (cardList)", "is empty")
	}
	ticket, err := s.GetCardTicket(ctx)
	if err != nil {
		return nil, err
	}
	signed := make([]SignedCard, len(cards))
	for i, card := range cards {
		if err := limit.Required(op, "cards["+strconv.Itoa(i)+"].ID (cardId)", card.ID); err != nil {
			return nil, err
		}
		ext := cardExt{
			Code: card.Code, OpenID: card.OpenID, Timestamp: seconds(time.Now().Unix()), NonceStr: nonce(),
			FixedBegin: officialaccount.NewTimestamp(card.FixedBegin), Outer: card.Outer,
		}
		ext.Signature = CardSignature(ticket.Value(), ext.Timestamp, card.ID, card.Code, card.OpenID, ext.NonceStr)
		text, err := json.Marshal(ext)
		if err != nil {
			return nil, err
		}
		signed[i] = SignedCard{card.ID, string(text)}
	}
	return signed, nil
}

// CardType is the kind of a card (卡券类型).
type CardType string

// The kinds of cards.
const (
	GrouponCard   CardType = "GROUPON"        // 团购券
	CashCard      CardType = "CASH"           // 代金券
	DiscountCard  CardType = "DISCOUNT"       // 折扣券
	GiftCard      CardType = "GIFT"           // 兑换券
	GeneralCoupon CardType = "GENERAL_COUPON" // 优惠券
	GeneralCard   CardType = "GENERAL_CARD"   // 通用卡
	MemberCard    CardType = "MEMBER_CARD"    // 会员卡
	MeetingTicket CardType = "MEETING_TICKET" // 会议门票
	ScenicTicket  CardType = "SCENIC_TICKET"  // 景区门票
	MovieTicket   CardType = "MOVIE_TICKET"   // 电影票
	BoardingPass  CardType = "BOARDING_PASS"  // 飞机票
)

// Choice limits which of the user's cards may be chosen. An empty field allows all.
type Choice struct {
	ShopID   string // location_id of a shop (门店)
	CardType CardType
	CardID   string
}

// SignedChoice is the argument of wx.chooseCard in a page.
type SignedChoice struct {
	ShopID    string   `json:"shopId"`
	CardType  CardType `json:"cardType"`
	CardID    string   `json:"cardId"`
	Timestamp int64    `json:"timestamp"` // seconds since 1970
	NonceStr  string   `json:"nonceStr"`
	SignType  string   `json:"signType"` // SHA1
	Signature string   `json:"cardSign"`
}

// SignChoice signs a choice for wx.chooseCard (拉取适用卡券列表).
//
// Errors: those of [Service.GetCardTicket].
//
// GET /cgi-bin/ticket/getticket (获取卡券 api_ticket)
func (s *Service) SignChoice(ctx context.Context, c Choice) (*SignedChoice, error) {
	ticket, err := s.GetCardTicket(ctx)
	if err != nil {
		return nil, err
	}
	at, nonceStr := time.Now().Unix(), nonce()
	return &SignedChoice{
		ShopID: c.ShopID, CardType: c.CardType, CardID: c.CardID,
		Timestamp: at, NonceStr: nonceStr, SignType: "SHA1",
		Signature: CardSignature(ticket.Value(), s.appID, c.ShopID, seconds(at), nonceStr, c.CardID, string(c.CardType)),
	}, nil
}

// CardSignature returns the signature of cards (卡券签名算法): the SHA-1 of all values,
// including the ticket, sorted and joined. Pass "" for a value that the card does not have.
func CardSignature(values ...string) string {
	sorted := slices.Sorted(slices.Values(values))
	return digest(strings.Join(sorted, ""))
}

func seconds(at int64) string { return strconv.FormatInt(at, 10) }
