package draft

import (
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// goodsTag begins the part of a content that shows a product.
const goodsTag = "<mp-common-product"

// footerCard is the kind of card that is referenced by its key; the others are parts of
// an article's content.
const footerCard = 3

// getProductCard is POST /channels/ec/service/product/getcardinfo.
func (a *Area) getProductCard(c *server.Call, in struct {
	ProductID string        `json:"product_id"`
	Type      string        `json:"article_type"`
	Card      server.Number `json:"card_type"`
}) (any, error) {
	cards := map[string][]server.Number{"news": {0, 1, 2}, "newspic": {1, 2, 3}}
	switch {
	case !a.products[in.ProductID]:
		return nil, server.Failf(10170001, "invalid product_id")
	case cards[in.Type] == nil:
		return nil, server.Failf(10170002, "invalid article_type")
	case !slices.Contains(cards[in.Type], in.Card):
		return nil, server.Failf(10170003, "invalid card_type")
	case in.Card == footerCard:
		key := rand.Text()
		a.keys[key] = in.ProductID
		return server.OK{"product_key": key}, nil
	}
	dom := fmt.Sprintf(goodsTag+` data-pid="%s" data-type="%d"></mp-common-product>`, in.ProductID, in.Card)
	return server.OK{"DOM": dom}, nil
}

// AddProduct adds a product that articles can contain (商品卡片).
func (a *Area) AddProduct(id string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.products[id] = true
}
