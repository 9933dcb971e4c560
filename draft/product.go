package draft

import (
	"context"
	"fmt"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// CardStyle is how a product card looks.
type CardStyle int

// The styles of product cards. News takes the first three, picture posts the last
// three.
const (
	LargeCard CardStyle = 0 // 大卡
	SmallCard CardStyle = 1 // 小卡
	TextLink  CardStyle = 2 // 文字链接
	BarCard   CardStyle = 3 // 条卡
)

// ProductCard is a card for a product of a WeChat shop (商品卡片). Which of the two there
// is depends on kind and style.
type ProductCard struct {
	Key string `json:"product_key,omitempty"` // for Article.ProductFooter
	DOM string `json:"DOM,omitempty"`         // HTML for Article.Content
}

// ProductCard returns the card of a product, to be put into an article (获取商品卡片信息).
// A third-party platform may not call it.
//
// Errors: 10170001 for the product, 10170002 for the kind of article, 10170003 for
// the style.
//
// POST /channels/ec/service/product/getcardinfo (获取商品卡片信息)
func (s *Service) ProductCard(ctx context.Context, productID string, kind Type, style CardStyle) (ProductCard, error) {
	const path = "/channels/ec/service/product/getcardinfo"
	if productID == "" {
		return ProductCard{}, limit.Rule(path, "product_id", "is empty")
	}
	lowest := LargeCard
	switch kind {
	case News:
	case Pictures:
		lowest = SmallCard
	default:
		return ProductCard{}, limit.Rule(path, "article_type", fmt.Sprintf("is %q, neither news nor newspic", string(kind)))
	}
	if style < lowest || style > lowest+2 {
		return ProductCard{}, limit.Rule(path, "card_type", fmt.Sprintf("is %d, %s takes %d to %d", style, kind, lowest, lowest+2))
	}
	in := struct {
		ProductID string    `json:"product_id"`
		Type      Type      `json:"article_type"`
		Style     CardStyle `json:"card_type"`
	}{productID, kind, style}
	var out ProductCard
	err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry())
	return out, err
}
