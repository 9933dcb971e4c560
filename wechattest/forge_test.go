package wechattest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

var modes = []wechattest.Mode{wechattest.Plain, wechattest.Compat, wechattest.Safe, wechattest.Component}

// A careful bot refuses every forgery and still lets the genuine message in.
func TestForgeriesAreRefused(t *testing.T) {
	for _, mode := range modes {
		for _, f := range wechattest.Forgeries(mode) {
			t.Run(mode.String()+"/"+f.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p, stranger, _ := newStranger(t, wechattest.Config{Mode: mode}, func(m inbound) string { return m.text("in") })
					u := p.User(user)
					d, err := u.Forge(f, wechattest.Text("forged"))
					require.NoError(t, err)
					require.True(t, d.Refused(), "HTTP %d", d.Status)
					if f != wechattest.OversizedBody { // refused before it is all sent, so the answer may not arrive
						require.Equal(t, http.StatusForbidden, d.Status)
					}
					for _, m := range stranger.messages() {
						require.NotEqual(t, "forged", m.Content)
					}
					r, err := u.Text("genuine")
					require.NoError(t, err)
					require.Equal(t, "in", r.Saw())
				})
			})
		}
	}
}

// A bot that checks nothing lets them in, and the helper says so.
func TestForgeriesReachTheBot(t *testing.T) {
	for _, f := range wechattest.Forgeries(wechattest.Plain) {
		p := wechattest.New(t, wechattest.Config{})
		p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, "success")
		}))
		d, err := p.User(user).Forge(f, wechattest.Text("forged"))
		require.NoError(t, err)
		require.False(t, d.Refused(), f)
	}
}

// Each forgery differs from a genuine request in what its name says.
func TestForgeriesAreWhatTheySay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		p.Bot(fixed("success"))
		token := p.Config().Token
		forge := func(f wechattest.Forgery) (d *wechattest.Delivery, signature, msgSignature bool) {
			d, err := p.User(user).Forge(f, wechattest.Text("forged"))
			require.NoError(t, err)
			q := query(t, *d)
			var outer struct{ Encrypt []string }
			_ = decode(d.Request, &outer)
			outer.Encrypt = append(outer.Encrypt, "")
			return d, q.Get("signature") == sha1Hex(token, q.Get("timestamp"), q.Get("nonce")),
				q.Get("msg_signature") == sha1Hex(token, q.Get("timestamp"), q.Get("nonce"), outer.Encrypt[0])
		}
		for f, want := range map[wechattest.Forgery][2]bool{
			wechattest.WrongSignature:      {false, false},
			wechattest.MissingSignature:    {false, false},
			wechattest.WrongMsgSignature:   {true, false},
			wechattest.MissingMsgSignature: {true, false},
			wechattest.WrongToken:          {false, false},
			wechattest.StaleTimestamp:      {true, true},
			wechattest.FutureTimestamp:     {true, true},
			wechattest.ReplayedNonce:       {true, true},
			wechattest.PlaintextBody:       {true, false},
			wechattest.WrongKey:            {true, true},
			wechattest.WrongAppID:          {true, true},
			wechattest.SwappedBody:         {true, false},
			wechattest.TwoEncrypts:         {true, false},
			wechattest.DocumentType:        {true, true},
			wechattest.OversizedBody:       {true, true},
		} {
			_, signature, msgSignature := forge(f)
			require.Equal(t, want, [2]bool{signature, msgSignature}, f)
		}
		d, _, _ := forge(wechattest.OversizedBody)
		require.Greater(t, len(d.Request), 2<<20)
		d, _, _ = forge(wechattest.PlaintextBody)
		require.Contains(t, string(d.Request), "forged")
		require.NotContains(t, d.URL, "encrypt_type")
		all := p.Deliveries()
		_, _, _ = forge(wechattest.ReplayedNonce)
		pair := p.Deliveries()[len(all):]
		require.Len(t, pair, 2)
		require.Equal(t, query(t, pair[0]).Get("nonce"), query(t, pair[1]).Get("nonce"))
		require.NotEqual(t, pair[0].Request, pair[1].Request)
	})
}

// In JSON, too, a foreign Encrypt stands before the genuine one.
func TestTwoEncryptsInJSON(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe, JSON: true})
	p.Bot(fixed("success"))
	d, err := p.User(user).Forge(wechattest.TwoEncrypts, wechattest.Text("x"))
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(d.Request), `"Encrypt":"`))
	require.True(t, json.Valid(d.Request))
}

func TestForgeVerify(t *testing.T) {
	_, _, bot := newStranger(t, wechattest.Config{}, nil)
	for _, f := range []wechattest.Forgery{
		wechattest.WrongSignature, wechattest.MissingSignature, wechattest.WrongToken, wechattest.StaleTimestamp, wechattest.FutureTimestamp,
	} {
		d, err := bot.ForgeVerify(f)
		require.NoError(t, err)
		require.True(t, d.Refused(), f)
	}
	_, err := bot.ForgeVerify(wechattest.TwoEncrypts)
	require.ErrorContains(t, err, "TwoEncrypts")
}

func TestForgeryOfAnotherMode(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	p.Bot(http.HandlerFunc(echo))
	_, err := p.User(user).Forge(wechattest.WrongKey, wechattest.Text("x"))
	require.ErrorContains(t, err, "WrongKey")
	_, err = p.User(user).Forge(wechattest.Forgery(99), wechattest.Text("x"))
	require.ErrorContains(t, err, "Forgery(99)")
	p.Bot(http.NotFoundHandler())
	_, err = p.User(user).Forge(wechattest.ReplayedNonce, wechattest.Text("x"))
	require.ErrorIs(t, err, wechattest.ErrStatus)
}

// JSON callbacks carry the same message, in each mode.
func TestJSONCallbacks(t *testing.T) {
	for _, mode := range modes[:3] {
		t.Run(mode.String(), func(t *testing.T) {
			p := wechattest.New(t, wechattest.Config{Mode: mode, JSON: true})
			p.Bot(fixed("success"))
			cfg := p.Config()
			receive := func(m wechattest.Message) (got map[string]any) {
				r, err := p.User(user).Send(m)
				require.NoError(t, err)
				body := r.Deliveries[0].Request
				if mode != wechattest.Plain {
					var outer struct{ ToUserName, Encrypt string }
					require.NoError(t, json.Unmarshal(body, &outer))
					require.Equal(t, cfg.OriginalID, outer.ToUserName)
					q := query(t, r.Deliveries[0])
					require.Equal(t, sha1Hex(cfg.Token, q.Get("timestamp"), q.Get("nonce"), outer.Encrypt), q.Get("msg_signature"))
					receiver := cfg.AppID
					if mode == wechattest.Component {
						receiver = cfg.ComponentAppID
					}
					inner, err := unseal(cfg.EncodingAESKey, receiver, outer.Encrypt)
					require.NoError(t, err)
					if mode == wechattest.Compat {
						require.Contains(t, string(body), string(inner[1:len(inner)-1]))
					}
					body = inner
				}
				dec := json.NewDecoder(bytesReader(body))
				dec.UseNumber()
				require.NoError(t, dec.Decode(&got))
				return got
			}
			text := receive(wechattest.Text(`"<&> 你好`))
			require.Equal(t, `"<&> 你好`, text["Content"])
			require.Equal(t, user, text["FromUserName"])
			require.IsType(t, json.Number(""), text["MsgId"])

			one := receive(wechattest.SubscribeMsgPopup(wechattest.Consent{TemplateID: "T1", Status: "accept", Scene: 2}))
			require.Equal(t, map[string]any{"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": json.Number("2")}, one["List"])
			two := receive(wechattest.SubscribeMsgPopup(wechattest.Consent{TemplateID: "T1"}, wechattest.Consent{TemplateID: "T2"}))
			require.Len(t, two["List"], 2)
		})
	}
}
