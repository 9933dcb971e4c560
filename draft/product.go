package draft

import (
	"context"
	"fmt"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// CardStyle is the look of a product card.
type CardStyle int

// The styles of product cards. News accepts the first three, picture posts the last
// three.
const (
	LargeCard CardStyle = 0 // 大卡
	SmallCard CardStyle = 1 // 小卡
	TextLink  CardStyle = 2 // 文字链接
	BarCard   CardStyle = 3 // 条卡
)

// ProductCard is a card for a product of a WeChat shop (商品卡片). Type and style decide
// which of the two fields is set.
type ProductCard struct {
	Key string `json:"product_key,omitempty"` // for article.Article.ProductFooter
	DOM string `json:"DOM,omitempty"`         // HTML for article.Article.Content
}

// GetProductCard returns the card of a product, which can be put into an article.
// A third-party platform cannot call it.
//
// Errors: errcode.ProductIDInvalid, errcode.ProductArticleTypeInvalid,
// errcode.ProductCardTypeInvalid.
//
// POST /channels/ec/service/product/getcardinfo (获取商品卡片信息)
func (s *Service) GetProductCard(ctx context.Context, productID string, t article.Type, style CardStyle) (*ProductCard, error) {
	const path = "/channels/ec/service/product/getcardinfo"
	if err := limit.Required(path, "productID", productID); err != nil {
		return nil, err
	}
	lowest := LargeCard
	switch t {
	case article.News:
	case article.Pictures:
		lowest = SmallCard
	default:
		return nil, limit.Rule(path, "t (article_type)", fmt.Sprintf("is %q, must be news or newspic", string(t)))
	}
	if style < lowest || style > lowest+2 {
		return nil, limit.Rule(path, "style (card_type)", fmt.Sprintf("is %d, %s accepts %d to %d", style, t, lowest, lowest+2))
	}
	in := struct {
		ProductID string       `json:"product_id"`
		Type      article.Type `json:"article_type"`
		Style     CardStyle    `json:"card_type"`
	}{productID, t, style}
	var card ProductCard
	if err := s.oa.Post(ctx, path, in, &card, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &card, nil
}
