package qrcode_test

import (
	"bytes"
	"context"
	"image/jpeg"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/qrcode"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow creates a QR code on the local platform. A user who does not follow scans it:
// the bot receives a follow with the scene, and the profile has the scene too. A second
// scan is a scan event. The code then expires.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		ctx := t.Context()
		bot := localtest.Bot(t, p)
		message.On(bot, func(_ context.Context, m *message.SubscribeEvent) (message.Reply, error) {
			return message.TextReply("welcome from " + m.Scene + " with " + m.Ticket), nil
		})
		message.On(bot, func(_ context.Context, m *message.ScanEvent) (message.Reply, error) {
			return message.TextReply("back at " + m.Scene), nil
		})
		oa := localtest.Client(t, p)
		codes, users := qrcode.New(oa), user.New(oa)

		code, err := codes.CreateTemporary(ctx, qrcode.Text("门店-7"), time.Hour)
		require.NoError(t, err)
		require.Equal(t, time.Hour, code.Life)
		file, err := codes.DownloadImage(ctx, code.Ticket)
		require.NoError(t, err)
		picture, err := io.ReadAll(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		_, err = jpeg.Decode(bytes.NewReader(picture))
		require.NoError(t, err)

		li := p.User("oLiLei")
		_, err = li.Unfollow()
		require.NoError(t, err)
		reply, err := li.ScanQRCode(code.URL)
		require.NoError(t, err)
		require.Equal(t, "welcome from 门店-7 with "+code.Ticket, reply.Content)
		profile, err := users.GetProfile(ctx, user.ProfileQuery{OpenID: "oLiLei"})
		require.NoError(t, err)
		require.True(t, profile.Following)
		require.Equal(t, user.SceneQRCode, profile.Scene)
		require.Equal(t, "门店-7", profile.QRSceneString)
		require.WithinDuration(t, time.Now(), profile.Followed.Time, time.Second)

		reply, err = li.ScanQRCode(code.Ticket)
		require.NoError(t, err)
		require.Equal(t, "back at 门店-7", reply.Content)
		p.Advance(time.Hour)
		_, err = li.ScanQRCode(code.Ticket)
		require.ErrorIs(t, err, wechattest.ErrQRCode)

		number, err := codes.CreatePermanent(ctx, qrcode.Number(42))
		require.NoError(t, err)
		reply, err = p.User("oHanMeimei").ScanQRCode(number.Ticket)
		require.NoError(t, err)
		require.Equal(t, "back at 42", reply.Content)

		key, err := codes.GenShortKey(ctx, "loooong data", time.Minute)
		require.NoError(t, err)
		data, err := codes.FetchShortKey(ctx, key)
		require.NoError(t, err)
		require.Equal(t, "loooong data", data.Data)
		p.Advance(time.Minute)
		_, err = codes.FetchShortKey(ctx, key)
		require.ErrorIs(t, err, errcode.ShortKeyNotFound)
	})
}
