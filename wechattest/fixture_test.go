package wechattest_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

type fixture struct {
	File    string
	Class   string
	Result  string
	Compare string
	Expect  map[string]string
	Crypto  struct {
		Mode, Token, EncodingAESKey, AppID, UsedKey, PreviousEncodingAESKey string
		Query                                                               map[string]string
		Plaintext                                                           string
	}
}

func (f fixture) body(t *testing.T) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "message", "testdata", "callback", f.File))
	require.NoError(t, err)
	return body
}

func fixtures(t *testing.T) map[string]fixture {
	t.Helper()
	data, err := os.ReadFile("../message/testdata/callback/manifest.json")
	require.NoError(t, err)
	var manifest struct {
		Count int
		Files []fixture
	}
	require.NoError(t, json.Unmarshal(data, &manifest))
	require.Len(t, manifest.Files, manifest.Count)
	all := map[string]fixture{}
	for _, f := range manifest.Files {
		all[f.File] = f
	}
	return all
}

// The test's own bot is the judge of what the platform sends, so it is held
// against the published vectors first.
func TestStrangerKnowsTheVectors(t *testing.T) {
	data, err := os.ReadFile("../crypto/testdata/vectors.json")
	require.NoError(t, err)
	var all struct {
		Vectors []struct {
			Name, Token, EncodingAESKey, AppID, Timestamp, Nonce, Random16 string
			Plaintext, Encrypt                                             *string
			MsgSignature                                                   string `json:"msg_signature"`
			Expect, Group                                                  string
		}
	}
	require.NoError(t, json.Unmarshal(data, &all))
	opened := 0
	for _, v := range all.Vectors {
		if v.Expect != "ok" || v.Plaintext == nil || v.Encrypt == nil || v.AppID == "" || v.Group == "rotation" || v.Group == "receiver" {
			continue
		}
		require.Equal(t, v.MsgSignature, sha1Hex(v.Token, v.Timestamp, v.Nonce, *v.Encrypt), v.Name)
		message, err := unseal(v.EncodingAESKey, v.AppID, *v.Encrypt)
		require.NoError(t, err, v.Name)
		require.Equal(t, *v.Plaintext, string(message), v.Name)
		opened++
	}
	require.Greater(t, opened, 80)
}

// Every fixture reaches a bot byte for byte, in each mode.
func TestFixturesByteForByte(t *testing.T) {
	for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Compat, wechattest.Safe, wechattest.Component} {
		t.Run(mode.String(), func(t *testing.T) {
			p, bot, _ := newStranger(t, wechattest.Config{Mode: mode, OriginalID: "gh_712c1e3d601f"}, nil)
			sent := 0
			for name, f := range fixtures(t) {
				if f.Class == "envelope" || f.Class == "component" || f.Result == "reject" || name == "nasty_no_msgtype.xml" || f.Expect["FromUserName"] == "" {
					continue
				}
				_, err := p.Send(wechattest.Raw(f.body(t)))
				require.NoError(t, err, name)
				got := bot.messages()
				require.Equal(t, string(f.body(t)), string(got[len(got)-1].XML), name)
				sent++
			}
			require.Greater(t, sent, 95)
		})
	}
}

// The recorded envelopes go out as they stand, with the query they came with.
func TestFixtureEnvelopes(t *testing.T) {
	for name, f := range fixtures(t) {
		if f.Class != "envelope" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			p := wechattest.New(t, wechattest.Config{})
			var query url.Values
			var body []byte
			bot := p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				query = r.URL.Query()
				body, _ = io.ReadAll(r.Body)
			}))
			want := url.Values{}
			for k, v := range f.Crypto.Query {
				want.Set(k, v)
			}
			d := bot.Post(want, f.body(t))
			require.NoError(t, d.Err)
			require.Equal(t, want, query)
			require.Equal(t, f.body(t), body)
		})
	}
}

// What the builders make has the elements, names and values of the fixtures.
func TestBuildersMatchFixtures(t *testing.T) {
	all := fixtures(t)
	e := func(file, path string) string { return all[file].Expect[path] }
	i := func(file, path string) int {
		n, err := strconv.Atoi(e(file, path))
		require.NoError(t, err, "%s %s", file, path)
		return n
	}
	f := func(file, path string) float64 {
		n, err := strconv.ParseFloat(e(file, path), 64)
		require.NoError(t, err, "%s %s", file, path)
		return n
	}
	id := func(file, path string) int64 { return int64(i(file, path)) }
	consents := func(file, root string) (list []wechattest.Consent) {
		for n := 0; e(file, fmt.Sprintf("%s.List[%d].TemplateId", root, n)) != ""; n++ {
			at := fmt.Sprintf("%s.List[%d].", root, n)
			scene, _ := strconv.Atoi(e(file, at+"PopupScene"))
			list = append(list, wechattest.Consent{TemplateID: e(file, at+"TemplateId"), Status: e(file, at+"SubscribeStatusString"), Scene: scene})
		}
		return list
	}
	build := map[string]func(x string) wechattest.Message{
		"msg_text.xml":            func(x string) wechattest.Message { return wechattest.Text(e(x, "Content")) },
		"msg_text_menu_reply.xml": func(x string) wechattest.Message { return wechattest.MenuReply(e(x, "Content"), e(x, "bizmsgmenuid")) },
		"msg_text_from_article.xml": func(x string) wechattest.Message {
			return wechattest.Text(e(x, "Content")).With(wechattest.Number("MsgDataId", id(x, "MsgDataId")), wechattest.Number("Idx", id(x, "Idx")))
		},
		"msg_image.xml": func(x string) wechattest.Message { return wechattest.Image(e(x, "PicUrl"), e(x, "MediaId")) },
		"msg_voice.xml": func(x string) wechattest.Message { return wechattest.Voice(e(x, "MediaId"), e(x, "Format")) },
		"msg_voice_recognition.xml": func(x string) wechattest.Message {
			return wechattest.VoiceRecognized(e(x, "MediaId"), e(x, "Format"), e(x, "Recognition")).With(wechattest.CDATA("MediaId16K", e(x, "MediaId16K")))
		},
		"msg_video.xml":      func(x string) wechattest.Message { return wechattest.Video(e(x, "MediaId"), e(x, "ThumbMediaId")) },
		"msg_shortvideo.xml": func(x string) wechattest.Message { return wechattest.ShortVideo(e(x, "MediaId"), e(x, "ThumbMediaId")) },
		"msg_location.xml": func(x string) wechattest.Message {
			return wechattest.Location(f(x, "Location_X"), f(x, "Location_Y"), i(x, "Scale"), e(x, "Label"))
		},
		"msg_link.xml": func(x string) wechattest.Message {
			return wechattest.Link(e(x, "Title"), e(x, "Description"), e(x, "Url"))
		},
		"msg_file.xml": func(x string) wechattest.Message {
			return wechattest.File(e(x, "Title"), e(x, "Description"), e(x, "FileKey"), e(x, "FileMd5"), id(x, "FileTotalLen"))
		},
		"msg_miniprogrampage.xml": func(x string) wechattest.Message {
			return wechattest.MiniProgramPage(e(x, "Title"), e(x, "AppId"), e(x, "PagePath"), e(x, "ThumbUrl"), e(x, "ThumbMediaId"))
		},
		"evt_subscribe.xml": func(string) wechattest.Message { return wechattest.Subscribe() },
		"evt_subscribe_qrscene.xml": func(x string) wechattest.Message {
			return wechattest.SubscribeByScan(strings.TrimPrefix(e(x, "EventKey"), "qrscene_"), e(x, "Ticket"))
		},
		"evt_unsubscribe.xml": func(string) wechattest.Message { return wechattest.Unsubscribe() },
		"evt_scan.xml":        func(x string) wechattest.Message { return wechattest.Scan(e(x, "EventKey"), e(x, "Ticket")) },
		"evt_location.xml": func(x string) wechattest.Message {
			return wechattest.LocationReport(f(x, "Latitude"), f(x, "Longitude"), f(x, "Precision"))
		},
		"evt_click.xml": func(x string) wechattest.Message { return wechattest.Click(e(x, "EventKey")) },
		"evt_view.xml": func(x string) wechattest.Message {
			m := wechattest.View(e(x, "EventKey"))
			if e(x, "MenuId") != "" {
				m = m.With(wechattest.Number("MenuId", id(x, "MenuId")))
			}
			return m
		},
		"evt_view_miniprogram.xml": func(x string) wechattest.Message {
			return wechattest.ViewMiniProgram(e(x, "EventKey")).With(wechattest.Number("MenuId", id(x, "MenuId")))
		},
		"evt_scancode_push.xml": func(x string) wechattest.Message {
			return wechattest.ScanCodePush(e(x, "EventKey"), e(x, "ScanCodeInfo.ScanType"), e(x, "ScanCodeInfo.ScanResult"))
		},
		"evt_scancode_waitmsg.xml": func(x string) wechattest.Message {
			return wechattest.ScanCodeWait(e(x, "EventKey"), e(x, "ScanCodeInfo.ScanType"), e(x, "ScanCodeInfo.ScanResult"))
		},
		"evt_pic_sysphoto.xml": func(x string) wechattest.Message {
			return wechattest.PicSysPhoto(e(x, "EventKey"), e(x, "SendPicsInfo.PicList[0].item[0].PicMd5Sum"))
		},
		"evt_pic_weixin_repeated_piclist.xml": func(x string) wechattest.Message {
			var sums []string
			for n := range 3 {
				sums = append(sums, e(x, fmt.Sprintf("SendPicsInfo.PicList[%d].item[0].PicMd5Sum", n)))
			}
			return wechattest.PicWeixin(e(x, "EventKey"), sums...)
		},
		"evt_masssendjobfinish.xml": func(x string) wechattest.Message {
			article := func(n int) wechattest.Element {
				at := fmt.Sprintf("ArticleUrlResult.ResultList.item[%d].", n)
				return wechattest.Group("item", wechattest.Number("ArticleIdx", id(x, at+"ArticleIdx")), wechattest.CDATA("ArticleUrl", e(x, at+"ArticleUrl")))
			}
			return wechattest.MassSendJobFinish(e(x, "MsgID"), e(x, "Status"), i(x, "TotalCount"), i(x, "FilterCount"), i(x, "SentCount"), i(x, "ErrorCount")).With(
				wechattest.Group("CopyrightCheckResult", wechattest.Number("Count", 0), wechattest.Number("CheckState", 1)),
				wechattest.Group("ArticleUrlResult", wechattest.Number("Count", 2), wechattest.Group("ResultList", article(0), article(1))))
		},
		"evt_pic_weixin_empty.xml": func(x string) wechattest.Message { return wechattest.PicWeixin(e(x, "EventKey")) },
		"evt_location_select.xml": func(x string) wechattest.Message {
			return wechattest.LocationSelect(e(x, "EventKey"), f(x, "SendLocationInfo.Location_X"), f(x, "SendLocationInfo.Location_Y"),
				i(x, "SendLocationInfo.Scale"), e(x, "SendLocationInfo.Label"), e(x, "SendLocationInfo.Poiname"))
		},
		"evt_templatesendjobfinish.xml": func(x string) wechattest.Message {
			return wechattest.TemplateSendJobFinish(e(x, "MsgID"), e(x, "Status"))
		},
		"evt_publishjobfinish.xml": func(x string) wechattest.Message {
			var urls []string
			for n := range i(x, "PublishEventInfo.article_detail.count") {
				urls = append(urls, e(x, fmt.Sprintf("PublishEventInfo.article_detail.item[%d].article_url", n)))
			}
			return wechattest.PublishJobFinish(e(x, "PublishEventInfo.publish_id"), i(x, "PublishEventInfo.publish_status"), e(x, "PublishEventInfo.article_id"), urls)
		},
		"evt_publishjobfinish_fail.xml": func(x string) wechattest.Message {
			var failed []int
			for n := 0; e(x, fmt.Sprintf("PublishEventInfo.fail_idx[%d]", n)) != ""; n++ {
				failed = append(failed, i(x, fmt.Sprintf("PublishEventInfo.fail_idx[%d]", n)))
			}
			return wechattest.PublishJobFinish(e(x, "PublishEventInfo.publish_id"), i(x, "PublishEventInfo.publish_status"), "", nil, failed...)
		},
		"evt_subscribe_msg_popup.xml": func(x string) wechattest.Message {
			return wechattest.SubscribeMsgPopup(consents(x, "SubscribeMsgPopupEvent")...)
		},
		"evt_subscribe_msg_change.xml": func(x string) wechattest.Message {
			return wechattest.SubscribeMsgChange(consents(x, "SubscribeMsgChangeEvent")...)
		},
		"evt_subscribe_msg_sent.xml": func(x string) wechattest.Message {
			at := "SubscribeMsgSentEvent.List[0]."
			return wechattest.SubscribeMsgSent(e(x, at+"TemplateId"), e(x, at+"MsgID"), i(x, at+"ErrorCode"), e(x, at+"ErrorStatus"))
		},
		"evt_kf_create_session.xml": func(x string) wechattest.Message { return wechattest.KfCreateSession(e(x, "KfAccount")) },
		"evt_kf_close_session.xml":  func(x string) wechattest.Message { return wechattest.KfCloseSession(e(x, "KfAccount")) },
		"evt_kf_switch_session.xml": func(x string) wechattest.Message {
			return wechattest.KfSwitchSession(e(x, "FromKfAccount"), e(x, "ToKfAccount"))
		},
		"evt_user_view_card.xml": func(x string) wechattest.Message {
			fields := map[string]string{}
			for name, value := range all[x].Expect {
				switch name {
				case "ToUserName", "FromUserName", "CreateTime", "MsgType", "Event":
				default:
					fields[name] = value
				}
			}
			return wechattest.Event("user_view_card", wechattest.Fields(fields)...)
		},
	}
	for name, make := range build {
		t.Run(name, func(t *testing.T) {
			fixture := all[name]
			require.NotEmpty(t, fixture.File)
			p, bot, _ := newStranger(t, wechattest.Config{OriginalID: fixture.Expect["ToUserName"]}, nil)
			m := make(name)
			m.From, m.CreateTime = fixture.Expect["FromUserName"], time.Unix(id(name, "CreateTime"), 0)
			if fixture.Expect["MsgId"] != "" {
				m.ID = e(name, "MsgId")
			}
			_, err := p.Send(m)
			require.NoError(t, err)
			require.Equal(t, fixture.Expect, flatten(t, bot.messages()[0].XML))
		})
	}
}

// Over the wire each picture has a list of its own, which the documents' sample has not.
func TestPicturesComeInListsOfTheirOwn(t *testing.T) {
	p, bot, _ := newStranger(t, wechattest.Config{}, nil)
	_, err := p.User(user).Send(wechattest.PicPhotoOrAlbum("pic_2", "a", "b"))
	require.NoError(t, err)
	got := flatten(t, bot.messages()[0].XML)
	require.Equal(t, "a", got["SendPicsInfo.PicList[0].item[0].PicMd5Sum"])
	require.Equal(t, "b", got["SendPicsInfo.PicList[1].item[0].PicMd5Sum"])
	require.Equal(t, "2", got["SendPicsInfo.Count"])
	require.Equal(t, "pic_photo_or_album", got["Event"])
}

func TestNoticesMatchFixtures(t *testing.T) {
	all := fixtures(t)
	e := func(file, path string) string { return all[file].Expect[path] }
	code := func(x string) (string, string, time.Time, string) {
		seconds, err := strconv.ParseInt(e(x, "AuthorizationCodeExpiredTime"), 10, 64)
		require.NoError(t, err)
		return e(x, "AuthorizerAppid"), e(x, "AuthorizationCode"), time.Unix(seconds, 0), e(x, "PreAuthCode")
	}
	for name, n := range map[string]wechattest.Notice{
		"cmp_component_verify_ticket.xml": wechattest.ComponentVerifyTicket(e("cmp_component_verify_ticket.xml", "ComponentVerifyTicket")),
		"cmp_authorized.xml":              wechattest.Authorized(code("cmp_authorized.xml")),
		"cmp_updateauthorized.xml":        wechattest.UpdateAuthorized(code("cmp_updateauthorized.xml")),
		"cmp_unauthorized.xml":            wechattest.Unauthorized(e("cmp_unauthorized.xml", "AuthorizerAppid")),
	} {
		t.Run(name, func(t *testing.T) {
			p, stranger, bot := newStranger(t, wechattest.Config{Mode: wechattest.Component, ComponentAppID: e(name, "AppId")}, nil)
			seconds, err := strconv.ParseInt(e(name, "CreateTime"), 10, 64)
			require.NoError(t, err)
			n.CreateTime = time.Unix(seconds, 0)
			require.NoError(t, bot.Notify(n))
			require.Equal(t, all[name].Expect, flatten(t, stranger.messages()[0].XML))
			require.NotContains(t, p.Deliveries()[0].URL, "openid=")

			require.NoError(t, bot.Notify(wechattest.Notice{Raw: all[name].body(t)}))
			require.Equal(t, string(all[name].body(t)), string(stranger.messages()[1].XML))
		})
	}
}

// flatten reads XML into the manifest's form: names joined by dots, with an
// index on the names that repeat by design.
func flatten(t *testing.T, body []byte) map[string]string {
	t.Helper()
	type node struct {
		path  string
		text  strings.Builder
		leaf  bool
		count map[string]int
	}
	out := map[string]string{}
	dec := xml.NewDecoder(bytes.NewReader(body))
	var stack []*node
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{leaf: true, count: map[string]int{}}
			if len(stack) > 0 {
				parent := stack[len(stack)-1]
				parent.leaf = false
				name := token.Name.Local
				switch name {
				case "AroundBeacon", "List", "PicList", "fail_idx", "item":
					name = fmt.Sprintf("%s[%d]", name, parent.count[token.Name.Local])
					parent.count[token.Name.Local]++
				}
				n.path = strings.TrimPrefix(parent.path+"."+name, ".")
			}
			stack = append(stack, n)
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text.Write(token)
			}
		case xml.EndElement:
			n := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if n.leaf && n.path != "" && !(n.text.Len() == 0 && strings.HasSuffix(n.path, "PicList[0]")) { // an empty list
				out[n.path] = n.text.String()
			}
		}
	}
}
