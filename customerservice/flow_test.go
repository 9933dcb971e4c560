package customerservice_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func connect(t *testing.T, p *wechattest.Platform) *customerservice.Service {
	t.Helper()
	return customerservice.New(localtest.Client(t, p))
}

// slowBot answers after a time, and sends late what comes too late.
func slowBot(t *testing.T, p *wechattest.Platform, late message.LateReplier, takes time.Duration, reply message.Reply) (failed *[]*message.HandlingError) {
	t.Helper()
	failed = new([]*message.HandlingError)
	account := p.Config()
	h, err := message.NewHandler(message.Config{
		Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey, LateReply: late,
		OnError: func(_ context.Context, e *message.HandlingError) { *failed = append(*failed, e) },
	})
	require.NoError(t, err)
	message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
		time.Sleep(takes)
		return reply, nil
	})
	p.Bot(h)
	t.Cleanup(func() { require.NoError(t, h.Shutdown(context.Background())) })
	return failed
}

// A reply that is ready too late reaches the user, once.
func TestLateReplyReachesTheUser(t *testing.T) {
	for name, one := range map[string]struct {
		takes time.Duration
		via   wechattest.Via
	}{
		"in time":        {4 * time.Second, wechattest.ViaReply},
		"late":           {5 * time.Second, wechattest.ViaCustomerService},
		"after repeats":  {20 * time.Second, wechattest.ViaCustomerService},
		"almost too old": {59 * time.Second, wechattest.ViaCustomerService},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
				failed := slowBot(t, p, connect(t, p), one.takes, message.TextReply("here & <now>"))
				r, err := p.User("oLiLei").Text("?")
				require.NoError(t, err)
				require.False(t, r.Fault)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				received := p.Messages("oLiLei")
				require.Len(t, received, 1)
				require.Equal(t, "here & <now>", received[0].Content)
				require.Equal(t, one.via, received[0].Via)
				require.Empty(t, *failed)
			})
		})
	}
}

// A late reply reaches the user although the first requests for a token fail.
func TestLateReplyWaitsForAToken(t *testing.T) {
	for _, fault := range []wechattest.Fault{wechattest.HTTPStatus(502), wechattest.CutAfter(), wechattest.Errcode(-1)} {
		t.Run(fault.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
				p.Inject(wechattest.Rule{Path: "/cgi-bin/stable_token", Times: 2, Fault: fault})
				failed := slowBot(t, p, connect(t, p), 10*time.Second, message.TextReply("late"))
				_, err := p.User("oLiLei").Text("?")
				require.NoError(t, err)
				time.Sleep(time.Minute)
				synctest.Wait()
				require.Empty(t, *failed)
				require.Len(t, p.Messages("oLiLei"), 1)
			})
		})
	}
}

func TestEveryLateReply(t *testing.T) {
	for name, one := range map[string]struct {
		reply message.Reply
		shown wechattest.Shown
	}{
		"image": {message.ImageReply{MediaID: "M"}, wechattest.Shown{Type: "image", MediaID: "M"}},
		"voice": {message.VoiceReply{MediaID: "M"}, wechattest.Shown{Type: "voice", MediaID: "M"}},
		"video": {message.VideoReply{MediaID: "M", Title: "t"}, wechattest.Shown{Type: "video", MediaID: "M", Title: "t"}},
		"music": {
			message.MusicReply{Title: "t", URL: "http://m", ThumbMediaID: "T"},
			wechattest.Shown{Type: "music", Title: "t", MusicURL: "http://m", ThumbMediaID: "T"},
		},
		"news": {
			message.NewsReply{{Title: "t", URL: "http://u"}},
			wechattest.Shown{Type: "news", Articles: []wechattest.Article{{Title: "t", URL: "http://u"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
				failed := slowBot(t, p, connect(t, p), 10*time.Second, one.reply)
				_, err := p.User("oLiLei").Text("?")
				require.NoError(t, err)
				time.Sleep(time.Minute)
				synctest.Wait()
				require.Empty(t, *failed)
				received := p.Messages("oLiLei")
				require.Len(t, received, 1)
				require.Equal(t, one.shown, received[0].Shown)
			})
		})
	}
}

// A reply that cannot be sent is reported with its message.
func TestLateReplyFails(t *testing.T) {
	for name, one := range map[string]struct {
		reply message.Reply
		code  error
	}{
		"no address": {message.MusicReply{ThumbMediaID: "T"}, customerservice.ErrNotConvertible},
		"refused":    {message.TransferReply{KfAccount: "nobody@kftest"}, errcode.KFAccountInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
				failed := slowBot(t, p, connect(t, p), 10*time.Second, one.reply)
				_, err := p.User("oLiLei").Text("?")
				require.NoError(t, err)
				time.Sleep(time.Minute)
				synctest.Wait()
				require.Len(t, *failed, 1)
				require.ErrorIs(t, (*failed)[0].Err, one.code)
				require.Empty(t, p.Messages("oLiLei"))
			})
		})
	}
}

func TestReplyWindow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	kf, ctx := connect(t, p), t.Context()
	u := p.User("oLiLei")
	require.ErrorIs(t, kf.Send(ctx, "oLiLei", customerservice.Text("x")), errcode.ReplyWindowClosed)
	require.ErrorIs(t, kf.Send(ctx, "oNobody", customerservice.Text("x")), errcode.InvalidOpenID)
	_, err := u.Text("hello")
	require.ErrorIs(t, err, wechattest.ErrNoBot)

	p.Bot(new(message.Handler))
	_, _ = u.Text("hello")
	require.NoError(t, kf.Typing(ctx, "oLiLei"))
	require.ErrorIs(t, kf.Typing(ctx, "oLiLei"), errcode.AlreadyTyping)
	require.NoError(t, kf.CancelTyping(ctx, "oLiLei"))
	for range 5 {
		require.NoError(t, kf.Send(ctx, "oLiLei", customerservice.Text("x")))
	}
	require.ErrorIs(t, kf.Send(ctx, "oLiLei", customerservice.Text("x")), errcode.TooManyReplies)
	p.Advance(48 * time.Hour)
	require.ErrorIs(t, kf.Send(ctx, "oLiLei", customerservice.Text("x")), errcode.ReplyWindowClosed)
}

func TestEveryKindOnThePlatform(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	kf := connect(t, p)
	slowBot(t, p, nil, 0, nil)
	for _, m := range messages {
		_, err := p.User("oLiLei").Text("hello") // five more may follow
		require.NoError(t, err)
		err = kf.Send(t.Context(), "oLiLei", m.message)
		if m.name == "link" {
			require.ErrorIs(t, err, errcode.InvalidMessageType, "known to be refused")
			continue
		}
		require.NoError(t, err, m.name)
	}
	require.Len(t, p.Messages("oLiLei"), len(messages)-1)
}

// An agent is made, invited, named and seen online, serves a user, and what was said
// can be read.
func TestAgents(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	kf, ctx := connect(t, p), t.Context()
	slowBot(t, p, nil, 0, message.TransferReply{})
	const agent = "test1@kftest"

	require.NoError(t, kf.AddAccount(ctx, agent, "客服一"))
	require.ErrorIs(t, kf.AddAccount(ctx, agent, "客服一"), errcode.KFAccountAlreadyExists)
	require.NoError(t, kf.UpdateAccount(ctx, agent, "小李"))
	require.NoError(t, kf.UploadAvatar(ctx, agent, "avatar.jpg", bytes.NewReader([]byte("\xff\xd8\xff JPEG"))))
	require.NoError(t, kf.Invite(ctx, agent, "kfwx1"))
	accounts, err := kf.ListAccounts(ctx)
	require.NoError(t, err)
	require.Len(t, accounts, 1)
	require.Equal(t, "小李", accounts[0].Nickname)
	require.Equal(t, customerservice.InviteWaiting, accounts[0].InviteStatus)
	require.False(t, accounts[0].InviteExpiry.IsZero())
	require.NoError(t, p.AnswerInvitation(agent, true))
	require.ErrorIs(t, kf.CreateSession(ctx, agent, "oLiLei"), errcode.InvalidOpenID)
	u := p.User("oLiLei")
	require.ErrorIs(t, kf.CreateSession(ctx, agent, "oLiLei"), errcode.KFWorkerOffline)
	require.NoError(t, p.SetAgentOnline(agent, true))
	online, err := kf.ListOnlineAccounts(ctx)
	require.NoError(t, err)
	require.Equal(t, customerservice.OnlineWeb, online[0].Status)

	session, err := kf.GetSession(ctx, "oLiLei")
	require.NoError(t, err)
	require.Empty(t, session.Account)
	_, err = u.Text("is anybody there?")
	require.NoError(t, err)
	waiting, err := kf.ListWaiting(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, waiting.Total)
	require.Equal(t, "oLiLei", waiting.Users[0].OpenID)
	require.False(t, waiting.Users[0].LastMessage.IsZero())

	require.NoError(t, kf.CreateSession(ctx, agent, "oLiLei"))
	session, err = kf.GetSession(ctx, "oLiLei")
	require.NoError(t, err)
	require.Equal(t, agent, session.Account)
	sessions, err := kf.ListSessions(ctx, agent)
	require.NoError(t, err)
	require.Equal(t, "oLiLei", sessions[0].OpenID)
	require.NoError(t, p.AgentSend(agent, "oLiLei", "yes"))
	require.NoError(t, kf.CloseSession(ctx, agent, "oLiLei"))
	require.ErrorIs(t, kf.CloseSession(ctx, agent, "oLiLei"), errcode.KFNoSession)

	var said []string
	for r, err := range kf.AllRecords(ctx, p.Now().Add(-3*24*time.Hour), p.Now().Add(time.Second)) {
		require.NoError(t, err)
		if r.Operation == customerservice.AgentSent {
			said = append(said, fmt.Sprint(r.Account, " ", r.Text))
		}
	}
	require.Equal(t, []string{agent + " yes"}, said)
	require.NoError(t, kf.DeleteAccount(ctx, agent))
	accounts, err = kf.ListAccounts(ctx)
	require.NoError(t, err)
	require.Empty(t, accounts)
}
