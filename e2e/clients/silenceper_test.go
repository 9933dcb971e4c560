package clients_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"net/http"
	"testing"

	"github.com/silenceper/wechat/v2"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount"
	"github.com/silenceper/wechat/v2/officialaccount/basic"
	"github.com/silenceper/wechat/v2/officialaccount/broadcast"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	"github.com/silenceper/wechat/v2/officialaccount/draft"
	"github.com/silenceper/wechat/v2/officialaccount/material"
	"github.com/silenceper/wechat/v2/officialaccount/menu"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/officialaccount/user"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestSilenceper uses github.com/silenceper/wechat against the local platform.
func TestSilenceper(t *testing.T) {
	platform := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	cfg := platform.Config()
	c := newSilenceper(t, platform, platform.Client(), cfg.Secret)
	run(t, c.steps(), map[string]string{
		"mass/delete": "40065", // only articles and videos can be deleted, and this client cannot send a draft that is published
	})
	c.callbacks(t)
}

type silenceper struct {
	platform *wechattest.Platform
	http     *http.Client
	oa       *officialaccount.OfficialAccount
}

// newSilenceper makes a client whose requests go through transport.
func newSilenceper(t *testing.T, platform *wechattest.Platform, client *http.Client, secret string) *silenceper {
	t.Helper()
	logrus.SetLevel(logrus.PanicLevel)
	cfg := platform.Config()
	w := wechat.NewWechat()
	w.SetHTTPClient(client)
	t.Cleanup(func() { w.SetHTTPClient(http.DefaultClient) })
	return &silenceper{platform, client, w.GetOfficialAccount(&config.Config{
		AppID: cfg.AppID, AppSecret: secret, Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey,
		Cache: cache.NewMemory(),
	})}
}

func picture() *bytes.Reader {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 64, 64)))
	return bytes.NewReader(b.Bytes())
}

func (c *silenceper) steps() []step {
	const liLei, hanMeimei, account = "oLiLei", "oHanMeimei", "local"
	c.platform.Bot(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, id := range []string{liLei, hanMeimei} {
		_, _ = c.platform.User(id).Follow() // opens the 48 hours
	}

	var (
		mediaID, thumbID, draftID, articleID, templateID string
		tag, publishID, massID                           int64
	)
	oa := c.oa
	return []step{
		{"basic", "token", func() error { return second(oa.GetAccessToken()) }},
		{"basic", "callback ip", func() error { return second(oa.GetBasic().GetCallbackIP()) }},
		{"basic", "api domain ip", func() error { return second(oa.GetBasic().GetAPIDomainIP()) }},
		{"qrcode", "permanent", func() error {
			ticket, err := oa.GetBasic().GetQRTicket(basic.NewLimitQrRequest("shop"))
			if err != nil {
				return err
			}
			resp, err := c.http.Get(basic.ShowQRCode(ticket))
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			return expect(resp.StatusCode == 200, "showqrcode: %s", resp.Status)
		}},

		{"menu", "create", func() error {
			return oa.GetMenu().SetMenu([]*menu.Button{
				menu.NewClickButton("今日歌曲", "SONG"),
				menu.NewSubButton("更多", []*menu.Button{menu.NewViewButton("搜索", "https://example.com/"), menu.NewScanCodeWaitMsgButton("扫码", "SCAN")}),
			})
		}},
		{"menu", "get", func() error {
			got, err := oa.GetMenu().GetMenu()
			if err != nil {
				return err
			}
			return expect(len(got.Menu.Button) == 2, "%d buttons", len(got.Menu.Button))
		}},
		{"menu", "current self menu", func() error { return second(oa.GetMenu().GetCurrentSelfMenuInfo()) }},
		{"menu", "conditional", func() error {
			return oa.GetMenu().AddConditional([]*menu.Button{menu.NewClickButton("安卓", "ANDROID")}, &menu.MatchRule{ClientPlatformType: "2"})
		}},
		{"menu", "try match", func() error { return second(oa.GetMenu().MenuTryMatch(liLei)) }},
		{"menu", "delete", func() error { return oa.GetMenu().DeleteMenu() }},

		{"media", "temporary", func() error {
			m, err := oa.GetMaterial().MediaUploadFromReader(material.MediaTypeImage, "a.png", picture())
			mediaID = m.MediaID
			return errors.Join(err, expect(mediaID != "", "no media id"))
		}},
		{"media", "download", func() error {
			address, err := oa.GetMaterial().GetMediaURL(mediaID)
			if err != nil {
				return err
			}
			resp, err := c.http.Get(address)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			return expect(resp.Header.Get("Content-Type") == "image/png", "content type %s", resp.Header.Get("Content-Type"))
		}},
		{"material", "add image", func() error {
			id, address, err := oa.GetMaterial().AddMaterialFromReader(material.MediaTypeImage, "cover.png", picture())
			thumbID = id
			return errors.Join(err, expect(id != "" && address != "", "id %q, url %q", id, address))
		}},
		{"material", "count", func() error {
			n, err := oa.GetMaterial().GetMaterialCount()
			return errors.Join(err, expect(n.ImageCount == 1, "%d pictures", n.ImageCount))
		}},
		{"material", "list", func() error {
			list, err := oa.GetMaterial().BatchGetMaterial(material.PermanentMaterialTypeImage, 0, 20)
			return errors.Join(err, expect(len(list.Item) == 1, "%d items", len(list.Item)))
		}},

		{"user", "list", func() error {
			all, err := oa.GetUser().ListAllUserOpenIDs()
			return errors.Join(err, expect(len(all) == 2, "%d followers", len(all)))
		}},
		{"user", "info", func() error {
			info, err := oa.GetUser().GetUserInfo(liLei)
			if err != nil {
				return err
			}
			return expect(info.Subscribe == 1 && info.OpenID == liLei, "%+v", info)
		}},
		{"user", "batch info", func() error {
			list, err := oa.GetUser().BatchGetUserInfo(user.BatchGetUserInfoParams{UserList: []user.BatchGetUserListItem{{OpenID: liLei}, {OpenID: hanMeimei, Lang: "en"}}})
			if err != nil {
				return err
			}
			return expect(len(list.UserInfoList) == 2, "%d profiles", len(list.UserInfoList))
		}},
		{"user", "remark", func() error { return oa.GetUser().UpdateRemark(liLei, "老朋友") }},
		{"user", "blacklist", func() error {
			return errors.Join(oa.GetUser().BatchBlackList(hanMeimei), second(oa.GetUser().GetAllBlackList()), oa.GetUser().BatchUnBlackList(hanMeimei))
		}},
		{"tag", "create", func() error {
			info, err := oa.GetUser().CreateTag("广东")
			if err != nil {
				return err
			}
			tag = int64(info.ID)
			return nil
		}},
		{"tag", "rename and list", func() error {
			return errors.Join(oa.GetUser().UpdateTag(int32(tag), "深圳"), second(oa.GetUser().GetTag()))
		}},
		{"tag", "members", func() error {
			if err := oa.GetUser().BatchTag([]string{liLei, hanMeimei}, int32(tag)); err != nil {
				return err
			}
			list, err := oa.GetUser().OpenIDListByTag(int32(tag))
			if err != nil {
				return err
			}
			ids, err := oa.GetUser().UserTidList(liLei)
			return errors.Join(err, expect(list.Count == 2 && len(ids) == 1, "%d members, tags %v", list.Count, ids))
		}},

		{"template", "add, list", func() error {
			id, err := oa.GetTemplate().Add("TM00015", nil)
			if err != nil {
				return err
			}
			templateID = id
			list, err := oa.GetTemplate().List()
			return errors.Join(err, expect(len(list) == 1, "%d templates", len(list)))
		}},
		{"template", "send", func() error {
			id, err := oa.GetTemplate().Send(&message.TemplateMessage{ToUser: liLei, TemplateID: templateID, URL: "https://example.com/?a=1&b=2",
				Data: map[string]*message.TemplateDataItem{"first": {Value: "您好"}, "keyword1": {Value: "<1>"}, "keyword2": {Value: "2"}, "remark": {Value: "谢谢"}}})
			return errors.Join(err, expect(id > 0, "msgid %d", id))
		}},
		{"template", "delete", func() error { return oa.GetTemplate().Delete(templateID) }},
		{"subscribe", "library", func() error {
			category, err := oa.GetSubscribe().GetCategory()
			return errors.Join(err, expect(len(category) > 0, "no category"))
		}},
		{"subscribe", "list", func() error { return second(oa.GetSubscribe().List()) }},

		{"customerservice", "text", func() error {
			return oa.GetCustomerMessageManager().Send(message.NewCustomerTextMessage(liLei, "你好 <&>"))
		}},
		{"customerservice", "image", func() error {
			return oa.GetCustomerMessageManager().Send(message.NewCustomerImgMessage(liLei, mediaID))
		}},
		{"customerservice", "typing", func() error { return oa.GetCustomerServiceManager().SendTypingStatus(liLei, "Typing") }},
		{"customerservice", "accounts", func() error {
			m := oa.GetCustomerServiceManager()
			if err := m.Add("test1@"+account, "客服1"); err != nil {
				return err
			}
			list, err := m.List()
			if err != nil {
				return err
			}
			return errors.Join(expect(len(list) == 1, "%d accounts", len(list)),
				m.Update("test1@"+account, "客服2"), second(m.OnlineList()), m.Delete("test1@"+account))
		}},

		{"draft", "add", func() (err error) {
			draftID, err = oa.GetDraft().AddDraft([]*draft.Article{{Title: "标题", Content: "<p>正文</p>", ThumbMediaID: thumbID, NeedOpenComment: 1}})
			return err
		}},
		{"draft", "get, count, list", func() error {
			articles, err := oa.GetDraft().GetDraft(draftID)
			if err != nil {
				return err
			}
			n, err := oa.GetDraft().CountDraft()
			if err != nil {
				return err
			}
			list, err := oa.GetDraft().PaginateDraft(0, 20, true)
			return errors.Join(err, expect(len(articles) == 1 && n == 1 && len(list.Item) == 1, "%d articles, %d drafts", len(articles), n))
		}},
		{"draft", "update", func() error {
			return oa.GetDraft().UpdateDraft(&draft.Article{Title: "新标题", Content: "<p>正文</p>", ThumbMediaID: thumbID}, draftID, 0)
		}},
		{"freepublish", "publish", func() (err error) {
			publishID, err = oa.GetFreePublish().Publish(draftID)
			return err
		}},
		{"freepublish", "status", func() error {
			list, err := oa.GetFreePublish().SelectStatus(publishID)
			articleID = list.ArticleID
			return errors.Join(err, expect(list.PublishID == publishID, "publish id %d of %d", list.PublishID, publishID))
		}},
		{"freepublish", "get, list", func() error {
			if articleID != "" {
				if _, err := oa.GetFreePublish().First(articleID); err != nil {
					return err
				}
			}
			return second(oa.GetFreePublish().Paginate(0, 20, true))
		}},

		{"mass", "text to a tag", func() error {
			r, err := oa.GetBroadcast().SendText(&broadcast.User{TagID: tag}, "大家好")
			if err != nil {
				return err
			}
			massID = r.MsgID
			return expect(massID > 0 && massID < 1<<53, "msg_id %d", massID)
		}},
		{"mass", "image to users", func() error {
			return second(oa.GetBroadcast().SendImage(&broadcast.User{OpenID: []string{liLei, hanMeimei}}, &broadcast.Image{MediaIDs: []string{thumbID}}))
		}},
		{"mass", "preview", func() error {
			return second(oa.GetBroadcast().Preview().SendText(&broadcast.User{OpenID: []string{liLei}}, "预览"))
		}},
		{"mass", "speed", func() error {
			return errors.Join(second(oa.GetBroadcast().GetSpeed()), second(oa.GetBroadcast().SetSpeed(1)))
		}},
		{"mass", "delete", func() error { return oa.GetBroadcast().Delete(massID, 0) }},

		{"jssdk", "config", func() error {
			cfg, err := oa.GetJs().GetConfig("https://example.com/page?a=1")
			return errors.Join(err, expect(cfg != nil && cfg.Signature != "", "no signature"))
		}},
		{"oauth", "login", func() error { return c.login(liLei) }},
		{"basic", "clear quota", func() error { return oa.GetBasic().ClearQuota() }},
		{"tag", "delete", func() error { return oa.GetUser().DeleteTag(int32(tag)) }},
		{"material", "delete", func() error { return oa.GetMaterial().DeleteMaterial(thumbID) }},
	}
}

// login goes through web authorization as a browser of the user does.
func (c *silenceper) login(openID string) error {
	oauth := c.oa.GetOauth()
	page, err := oauth.GetRedirectURL("https://example.com/back?shop=7", "snsapi_userinfo", "s-1_=")
	if err != nil {
		return err
	}
	u, err := c.platform.User(openID).Authorize(page)
	if err != nil {
		return err
	}
	if u.Query().Get("state") != "s-1_=" {
		return errors.New("the state is lost: " + u.String())
	}
	ctx := context.Background()
	tok, err := oauth.GetUserAccessTokenContext(ctx, u.Query().Get("code"))
	if err != nil {
		return err
	}
	ok, err := oauth.CheckAccessTokenContext(ctx, tok.AccessToken, tok.OpenID)
	if err != nil || !ok {
		return errors.Join(err, expect(ok, "the token is refused"))
	}
	info, err := oauth.GetUserInfoContext(ctx, tok.AccessToken, tok.OpenID, "zh_CN")
	if err != nil {
		return err
	}
	refreshed, err := oauth.RefreshAccessTokenContext(ctx, tok.RefreshToken)
	return errors.Join(err, expect(info.OpenID == openID && refreshed.AccessToken != "", "%+v", info))
}

// callbacks has a bot on this client answer the platform in every mode.
func (c *silenceper) callbacks(t *testing.T) {
	bot := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		srv := c.oa.GetServer(r, w)
		srv.SetMessageHandler(func(m *message.MixMessage) *message.Reply {
			return &message.Reply{MsgType: message.MsgTypeText, MsgData: message.NewText("echo " + m.Content)}
		})
		if srv.Serve() == nil {
			_ = srv.Send()
		}
	})
	for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Compat, wechattest.Safe} {
		require.NoError(t, c.platform.Reconfigure(func(cfg *wechattest.Config) { cfg.Mode = mode }))
		b := c.platform.Bot(bot)
		require.NoError(t, b.Verify(), mode)
		reply, err := c.platform.User("oLiLei").Text("你好 & <tag>")
		require.NoError(t, err, mode)
		require.Equal(t, "echo 你好 & <tag>", reply.Content, mode)
	}
}
