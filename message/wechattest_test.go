package message_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// account is a platform in one of its modes, and the configuration of a handler
// for it.
type account struct {
	name     string
	platform wechattest.Config
	keyless  bool
}

var accounts = []account{
	{name: "plain", platform: wechattest.Config{Mode: wechattest.Plain}, keyless: true},
	{name: "compatible, by the plain half", platform: wechattest.Config{Mode: wechattest.Compat}, keyless: true},
	{name: "compatible, by the sealed half", platform: wechattest.Config{Mode: wechattest.Compat}},
	{name: "safe", platform: wechattest.Config{Mode: wechattest.Safe}},
	{name: "component", platform: wechattest.Config{Mode: wechattest.Component}},
	{name: "plain JSON", platform: wechattest.Config{Mode: wechattest.Plain, JSON: true}, keyless: true},
	{name: "safe JSON", platform: wechattest.Config{Mode: wechattest.Safe, JSON: true}},
}

func (a account) config() message.Config {
	c := message.Config{Token: wechattest.DefaultToken}
	if !a.keyless {
		c.AppID, c.EncodingAESKey = wechattest.DefaultAppID, wechattest.DefaultEncodingAESKey
	}
	if a.platform.Mode == wechattest.Component {
		c.AppID = wechattest.DefaultComponentAppID
	}
	return c
}

// names answers everything with the name of its type.
func names(t *testing.T, c message.Config) *message.Handler {
	h := newHandler(t, c)
	h.HandleDefault(func(_ context.Context, m message.Message) (message.Reply, error) {
		if message.HeaderOf(m).FromUserName == "" {
			return nil, nil
		}
		return message.TextReply(reflect.TypeOf(m).Elem().Name()), nil
	})
	return h
}

// The platform in memory is written from the platform's documentation, not from
// this package: what it sends in each mode arrives, and it can use every answer.
func TestAgainstThePlatform(t *testing.T) {
	messages := map[string]wechattest.Message{
		"Text":                         wechattest.Text("hello ]]> 你好"),
		"Image":                        wechattest.Image("http://example.com/p.jpg", "m1"),
		"Voice":                        wechattest.VoiceRecognized("m2", "amr", "你好"),
		"Video":                        wechattest.Video("m3", "m4"),
		"ShortVideo":                   wechattest.ShortVideo("m5", "m6"),
		"Location":                     wechattest.Location(31.23, 121.47, 16, "上海"),
		"Link":                         wechattest.Link("t", "d", "http://example.com/?a=1&b=2"),
		"File":                         wechattest.File("f.pdf", "", "key", "md5", 1024),
		"MiniProgramPage":              wechattest.MiniProgramPage("t", "wx1", "pages/index", "http://example.com/t.jpg", "m7"),
		"SubscribeEvent":               wechattest.SubscribeByScan("shop-7", "ticket"),
		"ScanEvent":                    wechattest.Scan("shop-7", "ticket"),
		"LocationEvent":                wechattest.LocationReport(-31.2, -121.4, 65),
		"ClickEvent":                   wechattest.Click("ORDER"),
		"ViewEvent":                    wechattest.View("http://example.com/"),
		"ViewMiniProgramEvent":         wechattest.ViewMiniProgram("pages/index"),
		"ScanCodePushEvent":            wechattest.ScanCodePush("k", "qrcode", "r"),
		"ScanCodeWaitEvent":            wechattest.ScanCodeWait("k", "barcode", "CODE_128,7"),
		"PicSysPhotoEvent":             wechattest.PicSysPhoto("k", "a"),
		"PicPhotoOrAlbumEvent":         wechattest.PicPhotoOrAlbum("k", "a", "b"),
		"PicWeixinEvent":               wechattest.PicWeixin("k"),
		"LocationSelectEvent":          wechattest.LocationSelect("k", 1, 2, 15, "l", "p"),
		"SubscribeMsgPopupEvent":       wechattest.SubscribeMsgPopup(wechattest.Consent{}),
		"SubscribeMsgChangeEvent":      wechattest.SubscribeMsgChange(wechattest.Consent{}),
		"SubscribeMsgSentEvent":        wechattest.SubscribeMsgSent("t", "7", 0, "success"),
		"KfCreateSessionEvent":         wechattest.KfCreateSession("a@b"),
		"KfCloseSessionEvent":          wechattest.KfCloseSession("a@b"),
		"KfSwitchSessionEvent":         wechattest.KfSwitchSession("a@b", "c@d"),
		"MassSendJobFinishEvent":       wechattest.MassSendJobFinish("7", "send success", 4, 3, 2, 1),
		"TemplateSendJobFinishEvent":   wechattest.TemplateSendJobFinish("7", "success"),
		"PublishJobFinishEvent":        wechattest.PublishJobFinish("7", 0, "a", []string{"http://example.com/1"}),
		"Unknown":                      wechattest.Typed("hologram"),
		"GuideQRCodeScanEvent":         wechattest.Event("guide_qrcode_scan_event"),
		"UserAuthorizationRevokeEvent": wechattest.Event("user_authorization_revoke"),
	}
	for _, a := range accounts {
		t.Run(a.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, a.platform)
				bot := p.Bot(names(t, a.config()))
				require.NoError(t, bot.Verify())
				for want, m := range messages {
					reply, err := p.User("oLiLei").Send(m)
					require.NoError(t, err, want)
					require.False(t, reply.Fault, want)
					require.Equal(t, want, reply.Content)
					require.Len(t, reply.Deliveries, 1)
					require.Equal(t, a.platform.Mode != wechattest.Plain && !a.keyless, reply.Encrypted)
				}
				if a.platform.Mode == wechattest.Component {
					require.NoError(t, bot.Notify(wechattest.ComponentVerifyTicket("ticket@@@1")))
					require.NoError(t, bot.Notify(wechattest.Authorized("wx1", "code", time.Now().Add(time.Hour), "pre")))
					require.NoError(t, bot.Notify(wechattest.Unauthorized("wx1")))
				}
			})
		})
	}
}

// Nothing forged is let in, in no mode, and the platform's own message after it is.
func TestForgeriesAreRefused(t *testing.T) {
	for _, a := range accounts {
		t.Run(a.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, a.platform)
				log, _ := record()
				c := a.config()
				c.Logger = log
				bot := p.Bot(names(t, c))
				user := p.User("oLiLei")
				mode := a.platform.Mode
				if a.keyless {
					mode = wechattest.Plain // forging the half that is not read has no effect
				}
				for _, forgery := range wechattest.Forgeries(mode) {
					if a.platform.JSON && forgery == wechattest.DocumentType {
						continue // JSON has none
					}
					d, err := user.Forge(forgery, wechattest.Text("forged"))
					require.NoError(t, err, "%v", forgery)
					require.True(t, d.Refused(), "%v: %d %s", forgery, d.Status, d.Answer)
					require.Empty(t, d.Answer, "%v", forgery)
				}
				for _, forgery := range []wechattest.Forgery{wechattest.WrongSignature, wechattest.MissingSignature, wechattest.WrongToken, wechattest.StaleTimestamp, wechattest.FutureTimestamp} {
					d, err := bot.ForgeVerify(forgery)
					require.NoError(t, err, "%v", forgery)
					require.True(t, d.Refused(), fmt.Sprint(forgery))
				}
				reply, err := user.Text("genuine")
				require.NoError(t, err)
				require.Equal(t, "Text", reply.Content)
			})
		})
	}
}

// The platform agrees with every reply of ours.
func TestRepliesAgainstThePlatform(t *testing.T) {
	replies := map[string]message.Reply{
		"text":     message.TextReply("你好 ]]> &<\n😀"),
		"image":    message.ImageReply{MediaID: "m"},
		"voice":    message.VoiceReply{MediaID: "m"},
		"video":    message.VideoReply{MediaID: "m", Title: "t"},
		"music":    message.MusicReply{ThumbMediaID: "m", URL: "http://example.com/m.mp3"},
		"news":     message.NewsReply{{Title: "a", Description: "d", PicURL: "http://example.com/p", URL: "http://example.com"}, {Title: "b", Description: "d", PicURL: "p", URL: "u"}},
		"transfer": message.TransferReply{KfAccount: "a@b"},
	}
	for _, a := range accounts {
		t.Run(a.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, a.platform)
				h := newHandler(t, a.config())
				message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) { return replies[m.Content], nil })
				p.Bot(h)
				for name, want := range replies {
					reply, err := p.User("oLiLei").Text(name)
					require.NoError(t, err, name)
					require.False(t, reply.Fault, name)
					require.Zero(t, reply.Cut, "it was cut before")
					if text, ok := want.(message.TextReply); ok {
						require.Equal(t, string(text), reply.Content)
					}
				}
				reply, err := p.User("oLiLei").Text("no answer")
				require.NoError(t, err)
				require.Empty(t, reply.Content)
				require.False(t, reply.Fault)
			})
		})
	}
}
