package ocr_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/ocr"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/picture"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const address = "https://www.example.com/a.jpg?v=1&w=2"

const addressQuery = "img_url=https%3A%2F%2Fwww.example.com%2Fa.jpg%3Fv%3D1%26w%3D2"

// quad is a place as the platform sends it, and corners the same decoded.
const quad = `{"left_top": {"x": 1, "y": 2}, "right_top": {"x": "3", "y": 4.5}, "right_bottom": {"x": 5, "y": 6}, "left_bottom": {"x": 7, "y": 8}}`

var corners = picture.Quad{LeftTop: picture.Point{X: 1, Y: 2}, RightTop: picture.Point{X: 3, Y: 4.5}, RightBottom: picture.Point{X: 5, Y: 6}, LeftBottom: picture.Point{X: 7, Y: 8}}

func TestCalls(t *testing.T) {
	front := ocr.IDCard{Side: ocr.Front, Name: "张三", Number: "110101199001011237", Address: "广东省广州市", Sex: "男", Nationality: "汉"}
	apitest.Filled(t, front, "ValidDate")
	vehicle := ocr.VehicleLicense{
		PlateNumber: "粤A12345", VehicleType: "小型普通客车", Owner: "张三", Address: "广东省", UseCharacter: "非营运", Model: "江淮牌",
		VIN: "LJ166", EngineNumber: "J3233", RegisterDate: "2018-07-06", IssueDate: "2018-07-01", PlateNumberB: "粤A12345", Record: "441",
		Passengers: "7人", TotalWeight: "2700kg", CurbWeight: "1995kg", OverallSize: "4582x1795x1458mm",
		FrontPosition: corners, BackPosition: corners, ImageSize: picture.Size{Width: 3120, Height: 4208},
	}
	apitest.Filled(t, vehicle)
	vehicleAnswer := `{"errcode": 0, "errmsg": "ok", "plate_num": "粤A12345", "vehicle_type": "小型普通客车", "owner": "张三", "addr": "广东省",
		"use_character": "非营运", "model": "江淮牌", "vin": "LJ166", "engine_num": "J3233", "register_date": "2018-07-06",
		"issue_date": "2018-07-01", "plate_num_b": "粤A12345", "record": 441, "passengers_num": "7人", "total_quality": "2700kg",
		"prepare_quality": "1995kg", "overall_size": "4582x1795x1458mm", "card_position_front": {"pos": ` + quad + `},
		"card_position_back": {"pos": ` + quad + `}, "img_size": {"w": "3120", "h": 4208}, "more": null}`
	driver := ocr.DriverLicense{
		Number: "660601", Name: "张三", Sex: "男", Nationality: "中国", Address: "广东省", BirthDate: "1990-12-30", IssueDate: "2011-06-01",
		Class: "C1", ValidFrom: "2011-06-01", ValidTo: "2017-06-01", OfficialSeal: "广东省公安局",
	}
	apitest.Filled(t, driver)
	business := ocr.BusinessLicense{
		RegistrationNumber: "123", Serial: "4", LegalRepresentative: "张三", Name: "腾讯", OrganizationType: "公司", EnterpriseType: "有限责任",
		Address: "广州", BusinessScope: "软件", RegisteredCapital: "500万", PaidInCapital: "100万", ValidPeriod: "1995-01-10至长期",
		RegisteredDate: "1995-01-10", Position: corners, ImageSize: picture.Size{Width: 966, Height: 1275},
	}
	apitest.Filled(t, business)
	businessAnswer := func(position string) string {
		return `{"errcode": 0, "errmsg": "ok", "reg_num": 123, "serial": "4", "legal_representative": "张三", "enterprise_name": "腾讯",
			"type_of_organization": "公司", "type_of_enterprise": "有限责任", "address": "广州", "business_scope": "软件",
			"registered_capital": "500万", "paid_in_capital": "100万", "valid_period": "1995-01-10至长期",
			"registered_date": "1995-01-10", "cert_position": ` + position + `, "img_size": {"w": 966, "h": 1275}}`
	}
	text := ocr.Text{Lines: []ocr.Line{{"腾讯", corners}}, ImageSize: picture.Size{Width: 1280, Height: 720}}
	apitest.Filled(t, text)
	dishes := []ocr.Dish{{"宫保鸡丁", 28.5}}
	menu := func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeMenu(c, picture.FromURL(address)) }
	bank := func(c ctx, oa client) (any, error) {
		return ocr.New(oa).RecognizeBankCard(c, picture.FromURL(address))
	}
	business2 := func(c ctx, oa client) (any, error) {
		return ocr.New(oa).RecognizeBusinessLicense(c, picture.FromURL(address))
	}
	page := func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeText(c, picture.FromURL(address)) }

	apitest.Run(t, []apitest.Case{
		{
			Name: "an upload",
			Do: func(c ctx, oa client) (any, error) {
				return ocr.New(oa).RecognizeIDCard(c, picture.FromReader("身份证.jpg", strings.NewReader("\xff\xd8JPEG")))
			},
			Path: "/cv/ocr/idcard", File: &apitest.File{Field: "img", Name: "身份证.jpg", ContentType: "image/jpeg", Content: "\xff\xd8JPEG"},
			Answer: `{"errcode": 0, "errmsg": "ok", "type": "Front", "name": "张三", "id": 110101199001011237, "addr": "广东省广州市", "gender": "男", "nationality": "汉"}`,
			Want:   &front,
		},
		{
			Name: "the back of a card by its address",
			Do:   func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeIDCard(c, picture.FromURL(address)) },
			Path: "/cv/ocr/idcard", Query: addressQuery,
			Answer: `{"errcode": "0", "errmsg": null, "type": "Back", "valid_date": "20171025-20271025", "name": null}`,
			Want:   &ocr.IDCard{Side: ocr.Back, ValidDate: "20171025-20271025"},
		},
		{Do: bank, Path: "/cv/ocr/bankcard", Query: addressQuery, Answer: `{"errcode": "0", "errmsg": "ok", "number": "6225880137"}`, Want: "6225880137"},
		{Name: "the number as id", Do: bank, Path: "/cv/ocr/bankcard", Query: addressQuery, Answer: `{"errcode": 0, "id": 6225880137}`, Want: "6225880137"},
		{
			Do: func(c ctx, oa client) (any, error) {
				return ocr.New(oa).RecognizeVehicleLicense(c, picture.FromURL(address))
			},
			Path: "/cv/ocr/driving", Query: addressQuery, Answer: vehicleAnswer, Want: &vehicle,
		},
		{
			Name: "a vehicle license of which little was found",
			Do: func(c ctx, oa client) (any, error) {
				return ocr.New(oa).RecognizeVehicleLicense(c, picture.FromURL(address))
			},
			Path: "/cv/ocr/driving", Query: addressQuery, Answer: `{"vin": "LJ166", "card_position_front": "", "card_position_back": null, "img_size": []}`,
			Want: &ocr.VehicleLicense{VIN: "LJ166"},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return ocr.New(oa).RecognizeDriverLicense(c, picture.FromURL(address))
			},
			Path: "/cv/ocr/drivinglicense", Query: addressQuery,
			Answer: `{"errcode": 0, "errmsg": "ok", "id_num": 660601, "name": "张三", "sex": "男", "nationality": "中国", "address": "广东省",
				"birth_date": "1990-12-30", "issue_date": "2011-06-01", "car_class": "C1", "valid_from": "2011-06-01", "valid_to": "2017-06-01",
				"official_seal": "广东省公安局"}`,
			Want: &driver,
		},
		{Do: business2, Path: "/cv/ocr/bizlicense", Query: addressQuery, Answer: businessAnswer(`{"pos": ` + quad + `}`), Want: &business},
		{Name: "a position without pos", Do: business2, Path: "/cv/ocr/bizlicense", Query: addressQuery, Answer: businessAnswer(quad), Want: &business},
		{
			Do: page, Path: "/cv/ocr/comm", Query: addressQuery,
			Answer: `{"errcode": 0, "errmsg": "ok", "items": [{"text": "腾讯", "pos": ` + quad + `}], "img_size": {"w": 1280, "h": 720}}`, Want: &text,
		},
		{
			Name: "one line that is not in a list", Do: page, Path: "/cv/ocr/comm", Query: addressQuery,
			Answer: `{"items": {"text": "腾讯", "pos": ` + quad + `}, "img_size": {"w": 1280, "h": 720}}`, Want: &text,
		},
		{Name: "no lines", Do: page, Path: "/cv/ocr/comm", Query: addressQuery, Answer: `{"errcode": 0, "items": "", "img_size": null}`, Want: &ocr.Text{}},
		{
			Do: menu, Path: "/cv/ocr/menu", Query: addressQuery,
			Answer: `{"errcode": 0, "errmsg": "ok", "content": {"menu_items": [{"name": "宫保鸡丁", "price": "28.5"}]}}`, Want: dishes,
		},
		{
			Name: "a menu in a string", Do: menu, Path: "/cv/ocr/menu", Query: addressQuery,
			Answer: `{"errcode": 0, "content": "{\"menu_items\": [{\"name\": \"宫保鸡丁\", \"price\": 28.5}]}"}`, Want: dishes,
		},
		{Name: "an empty menu", Do: menu, Path: "/cv/ocr/menu", Query: addressQuery, Answer: `{"errcode": 0, "content": ""}`, Want: []ocr.Dish(nil)},
		{
			Name: "no quota", Do: bank, Path: "/cv/ocr/bankcard", Query: addressQuery,
			Answer: `{"errcode": 101003, "errmsg": "not enough market quota"}`, Fails: errcode.OCRMarketQuotaExhausted,
		},
	})
}

// Every call says what it has against a picture, before it sends anything.
func TestBadInput(t *testing.T) {
	card := func(p picture.Picture) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeIDCard(c, p) }
	}
	large := strings.NewReader(strings.Repeat("x", 2<<20+1))
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"/cv/ocr/idcard: img has no reader":                  card(picture.Picture{}),
		"img has 0 bytes":                                    card(picture.FromReader("a.jpg", strings.NewReader(""))),
		"img has 2097153 bytes, at most 2097152":             card(picture.FromReader("a.jpg", large)),
		"at most 2097152 are allowed":                        card(picture.FromReader("a.jpg", io.LimitReader(endless{}, 3<<20))),
		"Name is \"a\", must have an extension such as .jpg": card(picture.FromReader("a", strings.NewReader("x"))),
		"URL (img_url) is not an http or https address":      card(picture.FromURL("ftp://example.com/a.jpg")),
		"img has both a URL and a reader":                    card(picture.Picture{URL: address, Body: strings.NewReader("x")}),
		"/cv/ocr/bankcard: img has no reader":                func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeBankCard(c, picture.Picture{}) },
		"/cv/ocr/driving: img has no reader":                 func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeVehicleLicense(c, picture.Picture{}) },
		"/cv/ocr/drivinglicense: img has no reader":          func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeDriverLicense(c, picture.Picture{}) },
		"/cv/ocr/bizlicense: img has no reader":              func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeBusinessLicense(c, picture.Picture{}) },
		"/cv/ocr/comm: img has no reader":                    func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeText(c, picture.Picture{}) },
		"/cv/ocr/menu: img has no reader":                    func(c ctx, oa client) (any, error) { return ocr.New(oa).RecognizeMenu(c, picture.Picture{}) },
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A body of unknown size is sent whole, with its length.
func TestStream(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"number": "1"}`))
	body := strings.Repeat("picture ", 1<<10)
	number, err := ocr.New(p.Client()).RecognizeBankCard(t.Context(), picture.FromReader("a.png", iotest.HalfReader(strings.NewReader(body))))
	require.NoError(t, err)
	require.Equal(t, "1", number)
	require.Equal(t, body, p.Calls()[0].File.Content)
}

// A refused call says where calls can be bought.
func TestRemedy(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode": 101003, "errmsg": "not enough market quota"}`))
	_, err := ocr.New(p.Client()).RecognizeText(t.Context(), picture.FromURL(address))
	var refusal *errcode.Error
	require.ErrorAs(t, err, &refusal)
	require.ErrorIs(t, err, errcode.ErrOCR)
	require.Contains(t, refusal.Code.Remedy(), "service market")
	require.Contains(t, refusal.Code.RemedyZH(), "服务市场")
}

func ExampleService_RecognizeIDCard() {
	platform := apitest.Example(apitest.JSON(`{"errcode": 0, "errmsg": "ok", "type": "Front", "name": "张三", "id": "110101199001011237", "addr": "广东省广州市", "gender": "男", "nationality": "汉"}`))
	file := strings.NewReader("\xff\xd8 a picture")

	card, err := ocr.New(platform.Client()).RecognizeIDCard(context.Background(), picture.FromReader("card.jpg", file))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(card.Side, card.Name, card.Sex)
	// Output: Front 张三 男
}

func ExampleService_RecognizeText() {
	platform := apitest.Example(apitest.JSON(`{"items": [{"text": "腾讯", "pos": {"left_top": {"x": 575, "y": 519}, "right_top": {"x": 744, "y": 519}, "right_bottom": {"x": 744, "y": 532}, "left_bottom": {"x": 573, "y": 532}}}], "img_size": {"w": 1280, "h": 720}}`))

	text, err := ocr.New(platform.Client()).RecognizeText(context.Background(), picture.FromURL("https://www.example.com/sign.jpg"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range text.Lines {
		fmt.Println(line.Text, "at", line.Position.LeftTop)
	}
	// Output: 腾讯 at {575 519}
}
