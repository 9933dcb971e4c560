package vision_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/picture"
	"github.com/seed-f21aa8d8/wechat/vision"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow looks at pictures on the local platform.
func TestFlow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	ctx := t.Context()
	looker := vision.New(localtest.Client(t, p))

	found, err := looker.ScanCodes(ctx, picture.FromReader("a.jpg", strings.NewReader("anything")))
	require.NoError(t, err)
	require.Equal(t, vision.QRCode, found.Codes[0].Type)
	set := vision.Codes{Codes: []vision.Code{{Type: vision.EAN13, Data: "5906789678957"}}, ImageSize: picture.Size{Width: 4, Height: 3}}
	p.SetRecognitionOfURL("/cv/img/qrcode", "https://www.example.com/box.jpg", set)
	found, err = looker.ScanCodes(ctx, picture.FromURL("https://www.example.com/box.jpg"))
	require.NoError(t, err)
	require.Equal(t, &set, found)
	p.SetRecognitionOfURL("/cv/img/qrcode", "https://www.example.com/cat.jpg", nil)
	_, err = looker.ScanCodes(ctx, picture.FromURL("https://www.example.com/cat.jpg"))
	require.ErrorIs(t, err, errcode.OCRCertificateNotFound)

	for _, at := range []picture.Picture{picture.FromURL("https://www.example.com/a.jpg"), picture.FromReader("a.jpg", strings.NewReader("x"))} {
		crops, err := looker.SuggestCrops(ctx, at, 1, 2)
		require.NoError(t, err)
		require.Equal(t, []vision.Crop{{100, 0, 700, 600}, {0, 100, 800, 500}}, crops.Crops)
		require.Equal(t, picture.Size{Width: 800, Height: 600}, crops.ImageSize)
	}
}
