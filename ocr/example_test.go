package ocr_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-f21aa8d8/wechat/ocr"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/picture"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// The local platform reads what a test has set for a picture.
func Example() {
	wechat, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer wechat.Close()
	account := wechat.Config()
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret, HTTPClient: wechat.Client(), BaseURL: wechat.URL()})
	if err != nil {
		panic(err)
	}
	reader, ctx := ocr.New(oa), context.Background()
	wechat.SetRecognition("/cv/ocr/driving", []byte("a picture"), ocr.VehicleLicense{PlateNumber: "粤A12345"})

	vehicle, err := reader.RecognizeVehicleLicense(ctx, picture.FromReader("car.jpg", strings.NewReader("a picture")))
	fmt.Println(vehicle.PlateNumber, err)

	// Other pictures have valid content, too.
	other := picture.FromURL("https://www.example.com/other.jpg")
	number, err := reader.RecognizeBankCard(ctx, other)
	fmt.Println(number, err)
	driver, err := reader.RecognizeDriverLicense(ctx, other)
	fmt.Println(driver.Name, driver.Class, err)
	business, err := reader.RecognizeBusinessLicense(ctx, other)
	fmt.Println(business.Name, err)
	dishes, err := reader.RecognizeMenu(ctx, other)
	fmt.Println(dishes, err)
	// Output:
	// 粤A12345 <nil>
	// 6225880137000000 <nil>
	// 李雷 C1 <nil>
	// 示例有限公司 <nil>
	// [{宫保鸡丁 28}] <nil>
}
