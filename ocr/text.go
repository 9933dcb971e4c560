package ocr

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/picture"
)

// Text is the printed text in a picture.
type Text struct {
	Lines     []Line       `json:"items"`
	ImageSize picture.Size `json:"img_size"`
}

// Line is a line of printed text.
type Line struct {
	Text     string       `json:"text"`
	Position picture.Quad `json:"pos"`
}

// RecognizeText reads printed text (通用印刷体). The quota is 100
// calls a day; the service market (微信服务市场) sells more. Errors: see the package.
//
// POST /cv/ocr/comm (通用印刷体OCR识别)
func (s *Service) RecognizeText(ctx context.Context, p picture.Picture) (*Text, error) {
	return recognize[Text](ctx, s.oa, "/cv/ocr/comm", p)
}

// Dish is a line of a restaurant's menu.
type Dish struct {
	Name  string  `json:"name"`
	Price float64 `json:"price"` // in yuan
}

// RecognizeMenu reads the dishes of a restaurant's menu (菜单). The documents name no quota,
// and more calls cannot be bought. Errors: see the package.
//
// POST /cv/ocr/menu (菜单OCR识别)
func (s *Service) RecognizeMenu(ctx context.Context, p picture.Picture) ([]Dish, error) {
	out, err := recognize[struct {
		Content struct {
			Dishes []Dish `json:"menu_items"`
		} `json:"content"` // an object, or a string that holds one
	}](ctx, s.oa, "/cv/ocr/menu", p)
	if err != nil {
		return nil, err
	}
	return out.Content.Dishes, nil
}
