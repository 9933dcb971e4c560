package ocr

import (
	"cmp"
	"context"

	"github.com/seed-f21aa8d8/wechat/picture"
)

// Side is a side of an identity card.
type Side string

// The sides of an identity card.
const (
	Front Side = "Front" // the side with the name (人像面)
	Back  Side = "Back"  // the side with the emblem (国徽面)
)

// IDCard holds the text of one side of an identity card. The front has all fields
// except ValidDate, the back has only ValidDate.
type IDCard struct {
	Side        Side   `json:"type"`
	Name        string `json:"name,omitempty"`
	Number      string `json:"id,omitempty"` // 18 characters; the last may be X
	Address     string `json:"addr,omitempty"`
	Sex         string `json:"gender,omitempty"` // 男 or 女
	Nationality string `json:"nationality,omitempty"`
	ValidDate   string `json:"valid_date,omitempty"` // such as 20171025-20271025
}

// RecognizeIDCard reads one side of an identity card (身份证). The quota is 100 calls a
// day; the service market (微信服务市场) sells more. Errors: see the package.
//
// POST /cv/ocr/idcard (身份证OCR识别)
func (s *Service) RecognizeIDCard(ctx context.Context, p picture.Picture) (*IDCard, error) {
	return recognize[IDCard](ctx, s.oa, "/cv/ocr/idcard", p)
}

// RecognizeBankCard reads the number of a bank card (银行卡). The quota is 100
// calls a day; the service market (微信服务市场) sells more. Errors: see the package.
//
// POST /cv/ocr/bankcard (银行卡OCR识别)
func (s *Service) RecognizeBankCard(ctx context.Context, p picture.Picture) (number string, err error) {
	out, err := recognize[struct {
		Number string `json:"number"`
		ID     string `json:"id"` // in the samples of the documents
	}](ctx, s.oa, "/cv/ocr/bankcard", p)
	if err != nil {
		return "", err
	}
	return cmp.Or(out.Number, out.ID), nil
}
