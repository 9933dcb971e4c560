package vision_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/picture"
	"github.com/seed-f21aa8d8/wechat/vision"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const (
	address = "https://www.example.com/a.jpg"
	query   = "img_url=https%3A%2F%2Fwww.example.com%2Fa.jpg"
)

func TestCalls(t *testing.T) {
	codes := vision.Codes{
		Codes: []vision.Code{{
			Type: vision.QRCode, Data: "http://www.qq.com",
			Position: picture.Quad{LeftTop: picture.Point{X: 585, Y: 378}, RightTop: picture.Point{X: 828, Y: 378}, RightBottom: picture.Point{X: 828, Y: 618}, LeftBottom: picture.Point{X: 585, Y: 618}},
		}},
		ImageSize: picture.Size{Width: 1000, Height: 900},
	}
	apitest.Filled(t, codes)
	crops := vision.Crops{Crops: []vision.Crop{{112, 10, 839, 727}, {1, 205, 965, 615}}, ImageSize: picture.Size{Width: 966, Height: 728}}
	apitest.Filled(t, crops)
	const cropped = `{"errcode": 0, "errmsg": "ok", "results": [{"crop_left": 112, "crop_top": 10, "crop_right": 839, "crop_bottom": 727},
		{"crop_left": "1", "crop_top": 205.0, "crop_right": 965, "crop_bottom": 615, "score": 2}], "img_size": {"w": 966, "h": 728}}`
	scan := func(c ctx, oa client) (any, error) { return vision.New(oa).ScanCodes(c, picture.FromURL(address)) }

	apitest.Run(t, []apitest.Case{
		{
			Do: func(c ctx, oa client) (any, error) {
				return vision.New(oa).ScanCodes(c, picture.FromReader("a.png", strings.NewReader("PNG")))
			},
			Path: "/cv/img/qrcode", File: &apitest.File{Field: "img", Name: "a.png", ContentType: "image/png", Content: "PNG"},
			Answer: `{"errcode": 0, "errmsg": "ok", "code_results": [{"type_name": "QR_CODE", "data": "http://www.qq.com",
				"pos": {"left_top": {"x": 585, "y": 378}, "right_top": {"x": 828, "y": 378}, "right_bottom": {"x": 828, "y": 618}, "left_bottom": {"x": 585, "y": 618}}}],
				"img_size": {"w": 1000, "h": 900}}`,
			Want: &codes,
		},
		{
			Name: "a bar code has no place", Do: scan, Path: "/cv/img/qrcode", Query: query,
			Answer: `{"code_results": {"type_name": "EAN_13", "data": 5906789678957}, "img_size": {"w": 1, "h": 1}}`,
			Want:   &vision.Codes{Codes: []vision.Code{{Type: vision.EAN13, Data: "5906789678957"}}, ImageSize: picture.Size{Width: 1, Height: 1}},
		},
		{Name: "no codes", Do: scan, Path: "/cv/img/qrcode", Query: query, Answer: `{"errcode": 0, "code_results": "", "img_size": ""}`, Want: &vision.Codes{}},
		{
			Name: "nothing found", Do: scan, Path: "/cv/img/qrcode", Query: query,
			Answer: `{"errcode": 101001, "errmsg": "certificate not found"}`, Fails: errcode.OCRCertificateNotFound,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return vision.New(oa).SuggestCrops(c, picture.FromURL(address), 1, 2.35)
			},
			Path: "/cv/img/aicrop", Query: query + "&ratios=1%2C2.35", Answer: cropped, Want: &crops,
		},
		{
			Name: "an upload to crop",
			Do: func(c ctx, oa client) (any, error) {
				return vision.New(oa).SuggestCrops(c, picture.FromReader("a.jpg", strings.NewReader("JPEG")), 1, 2.35)
			},
			Path: "/cv/img/aicrop", Query: "ratios=1%2C2.35", Form: map[string]string{"ratios": "1,2.35"},
			File:   &apitest.File{Field: "img", Name: "a.jpg", ContentType: "image/jpeg", Content: "JPEG"},
			Answer: cropped, Want: &crops,
		},
		{
			Name: "no ratio", Do: func(c ctx, oa client) (any, error) { return vision.New(oa).SuggestCrops(c, picture.FromURL(address)) },
			Path: "/cv/img/aicrop", Query: query, Answer: `{"results": [], "img_size": {}}`, Want: &vision.Crops{Crops: []vision.Crop{}},
		},
	})
}

func TestBadInput(t *testing.T) {
	crop := func(ratios ...float64) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			return vision.New(oa).SuggestCrops(c, picture.FromURL(address), ratios...)
		}
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"ratios has 6 ratios, at most 5":            crop(1, 2, 3, 4, 5, 6),
		"ratios has 0, must be above 0":             crop(0),
		"ratios has -1, must be above 0":            crop(1, -1),
		"ratios has NaN, must be above 0":           crop(math.NaN()),
		"ratios has +Inf, must be above 0":          crop(math.Inf(1)),
		"/cv/img/aicrop: img has no reader":         func(c ctx, oa client) (any, error) { return vision.New(oa).SuggestCrops(c, picture.Picture{}) },
		"/cv/img/qrcode: img has no reader":         func(c ctx, oa client) (any, error) { return vision.New(oa).ScanCodes(c, picture.Picture{}) },
		"URL (img_url) is not an http or https add": func(c ctx, oa client) (any, error) { return vision.New(oa).ScanCodes(c, picture.FromURL("a.jpg")) },
	})
}

func ExampleService_ScanCodes() {
	platform := apitest.Example(apitest.JSON(`{"code_results": [{"type_name": "QR_CODE", "data": "http://www.qq.com", "pos": {"left_top": {"x": 585, "y": 378}}}, {"type_name": "EAN_13", "data": "5906789678957"}], "img_size": {"w": 1000, "h": 900}}`))

	found, err := vision.New(platform.Client()).ScanCodes(context.Background(), picture.FromURL("https://www.example.com/poster.jpg"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, code := range found.Codes {
		fmt.Println(code.Type, code.Data)
	}
	// Output:
	// QR_CODE http://www.qq.com
	// EAN_13 5906789678957
}

func ExampleService_SuggestCrops() {
	platform := apitest.Example(apitest.JSON(`{"results": [{"crop_left": 1, "crop_top": 205, "crop_right": 965, "crop_bottom": 615}], "img_size": {"w": 966, "h": 728}}`))

	crops, err := vision.New(platform.Client()).SuggestCrops(context.Background(), picture.FromURL("https://www.example.com/cover.jpg"), 2.35)
	if err != nil {
		fmt.Println(err)
		return
	}
	cover := crops.Crops[0]
	fmt.Println(cover.Right-cover.Left, "by", cover.Bottom-cover.Top)
	// Output: 964 by 410
}
