package ocr_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/ocr"
	"github.com/seed-f21aa8d8/wechat/picture"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow reads pictures on the local platform: with its defaults, with what the test
// sets, and until the quota of a day is used up.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		ctx := t.Context()
		reader, address := ocr.New(localtest.Client(t, p)), picture.FromURL("https://www.example.com/a.jpg")

		card, err := reader.RecognizeIDCard(ctx, address)
		require.NoError(t, err)
		require.Equal(t, ocr.Front, card.Side)
		number, err := reader.RecognizeBankCard(ctx, address)
		require.NoError(t, err)
		require.NotEmpty(t, number)
		vehicle, err := reader.RecognizeVehicleLicense(ctx, address)
		require.NoError(t, err)
		require.NotEmpty(t, vehicle.VIN)
		driver, err := reader.RecognizeDriverLicense(ctx, address)
		require.NoError(t, err)
		require.Equal(t, "C1", driver.Class)
		business, err := reader.RecognizeBusinessLicense(ctx, address)
		require.NoError(t, err)
		require.NotZero(t, business.Position)
		text, err := reader.RecognizeText(ctx, address)
		require.NoError(t, err)
		require.Len(t, text.Lines, 1)
		dishes, err := reader.RecognizeMenu(ctx, address)
		require.NoError(t, err)
		require.Equal(t, 28.0, dishes[0].Price)

		back := ocr.IDCard{Side: ocr.Back, ValidDate: "20171025-20271025"}
		p.SetRecognition("/cv/ocr/idcard", []byte("back"), back)
		p.SetRecognition("/cv/ocr/idcard", []byte("a cat"), nil)
		card, err = reader.RecognizeIDCard(ctx, picture.FromReader("a.jpg", strings.NewReader("back")))
		require.NoError(t, err)
		require.Equal(t, &back, card)
		_, err = reader.RecognizeIDCard(ctx, picture.FromReader("a.jpg", strings.NewReader("a cat")))
		require.ErrorIs(t, err, errcode.OCRCertificateNotFound)

		for range 97 {
			_, err = reader.RecognizeIDCard(ctx, address)
			require.NoError(t, err)
		}
		_, err = reader.RecognizeIDCard(ctx, address)
		require.ErrorIs(t, err, errcode.OCRMarketQuotaExhausted)
		_, err = reader.RecognizeBankCard(ctx, address)
		require.NoError(t, err, "each call has a quota of its own")
		p.Advance(24 * time.Hour)
		_, err = reader.RecognizeIDCard(ctx, address)
		require.NoError(t, err)
	})
}
