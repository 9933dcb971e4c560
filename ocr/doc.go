// Package ocr reads the text in pictures (OCR识别): identity cards, bank cards, licenses,
// menus and printed text.
//
//	card, err := ocr.New(oa).RecognizeIDCard(ctx, picture.FromReader("card.jpg", file))
//	if err != nil {
//		return err
//	}
//	fmt.Println(card.Name, card.Number)
//
// A picture is an upload of at most 2 MiB, or an address that the platform fetches; see
// package picture. The fields of a result hold the text as it is printed, so dates are
// text, too. A field that the platform did not find is empty. The results are personal
// data: store and log them with care.
//
// # Quota
//
// A verified account may make 100 calls a day of each method except RecognizeMenu.
// Beyond that the error is errcode.OCRMarketQuotaExhausted until the next day. The
// service market (微信服务市场, fuwu.weixin.qq.com) sells more calls. The documents name no
// number for [Service.RecognizeMenu], and the market does not sell its calls.
//
// No call is sent again after a lost connection, since each attempt may count.
//
// # Errors
//
// All calls return errcode.OCRInvalidImageURL for an address that the platform cannot
// fetch, errcode.OCRInvalidImageData for a picture that it cannot decode,
// errcode.OCRCertificateNotFound if it finds nothing to read, and
// errcode.OCRMarketQuotaExhausted. An input that breaks a limit is an errcode.LimitError.
//
// A third-party platform needs permission set 117 for these calls.
package ocr

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/pictures"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/picture"
)

// Service reads pictures for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// recognize sends a picture and returns what the platform read.
func recognize[T any](ctx context.Context, oa *officialaccount.Client, path string, p picture.Picture) (*T, error) {
	out := new(T)
	if err := pictures.Send(ctx, oa, path, p, out); err != nil {
		return nil, err
	}
	return out, nil
}
