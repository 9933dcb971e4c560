// Package vision analyzes pictures (图像处理). It finds QR codes and bar codes, and
// suggests areas to which a picture can be cropped.
//
//	found, err := vision.New(oa).ScanCodes(ctx, picture.FromURL("https://www.example.com/poster.jpg"))
//	if err != nil {
//		return err
//	}
//	for _, code := range found.Codes {
//		fmt.Println(code.Type, code.Data)
//	}
//
// A picture is an upload of at most 2 MiB, or an address that the platform fetches; see
// package picture. The documents name no quota. Calls above the quota of the account fail
// with errcode.OCRMarketQuotaExhausted until the next day; the service market
// (微信服务市场, fuwu.weixin.qq.com) sells more. No call is sent again after a lost
// connection, since each attempt may count.
//
// Both calls return errcode.OCRInvalidImageURL for an address that the platform cannot
// fetch, errcode.OCRInvalidImageData for a picture that it cannot decode, and
// errcode.OCRCertificateNotFound if it finds nothing. An input that breaks a limit is an
// errcode.LimitError.
//
// A third-party platform needs permission set 117 for these calls.
package vision

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/internal/pictures"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/picture"
)

// Service analyzes pictures for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// CodeType is the kind of a code. The platform also returns kinds without a constant.
type CodeType string

// Kinds of codes.
const (
	QRCode     CodeType = "QR_CODE"
	DataMatrix CodeType = "DATA_MATRIX"
	PDF417     CodeType = "PDF_417"
	EAN8       CodeType = "EAN_8"
	EAN13      CodeType = "EAN_13"
	Code39     CodeType = "CODE_39"
	Code128    CodeType = "CODE_128"
)

// Codes are the codes in a picture.
type Codes struct {
	Codes     []Code       `json:"code_results"`
	ImageSize picture.Size `json:"img_size"`
}

// Code is a QR code or bar code.
type Code struct {
	Type     CodeType     `json:"type_name"`
	Data     string       `json:"data"`
	Position picture.Quad `json:"pos,omitzero"` // zero for bar codes and PDF417
}

// ScanCodes finds the QR codes and bar codes in a picture, and reads them. The documents name
// no quota; the service market (微信服务市场) sells calls. Errors: see the package.
//
// POST /cv/img/qrcode (二维码/条码识别)
func (s *Service) ScanCodes(ctx context.Context, p picture.Picture) (*Codes, error) {
	var out Codes
	if err := pictures.Send(ctx, s.oa, "/cv/img/qrcode", p, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// maxRatios is the maximum number of ratios of a call.
const maxRatios = 5

// Crops are areas to which a picture can be cropped.
type Crops struct {
	Crops     []Crop       `json:"results"` // one for each ratio, in the same order
	ImageSize picture.Size `json:"img_size"`
}

// Crop is an area of a picture, in pixels from its left and upper edge.
type Crop struct {
	Left   int `json:"crop_left"`
	Top    int `json:"crop_top"`
	Right  int `json:"crop_right"`
	Bottom int `json:"crop_bottom"`
}

// SuggestCrops returns the best area of a picture for each of at most five ratios of width
// to height, such as 2.35. Without a ratio it returns one area of the platform's choice.
// It does not crop the picture. The documents name no quota; the service market
// (微信服务市场) sells calls. Errors: see the package.
//
// POST /cv/img/aicrop (图片智能裁剪)
func (s *Service) SuggestCrops(ctx context.Context, p picture.Picture, ratios ...float64) (*Crops, error) {
	const path = "/cv/img/aicrop"
	if err := limit.Check(path, "ratios", "ratios", len(ratios), 0, maxRatios); err != nil {
		return nil, err
	}
	var params []officialaccount.FormField
	if len(ratios) > 0 {
		texts := make([]string, len(ratios))
		for i, r := range ratios {
			texts[i] = strconv.FormatFloat(r, 'f', -1, 64)
			if !(r > 0 && r < 1e6) {
				return nil, limit.Rule(path, "ratios", "has "+texts[i]+", must be above 0")
			}
		}
		params = append(params, officialaccount.FormField{Name: "ratios", Value: strings.Join(texts, ",")})
	}
	var out Crops
	if err := pictures.Send(ctx, s.oa, path, p, &out, params...); err != nil {
		return nil, err
	}
	return &out, nil
}
