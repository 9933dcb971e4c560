package testing

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// shop is a shop for tests, which takes its time.
type shop struct {
	takes time.Duration
	asked int
}

func (s *shop) Status(ctx context.Context, number string) (string, error) {
	s.asked++
	time.Sleep(s.takes)
	return "已发货", nil
}

// start returns a platform with one account, its bot, and a client of its API.
func start(t *testing.T, s *shop) (*wechattest.Platform, *message.Handler, *officialaccount.Client) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	account := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret,
		BaseURL: p.URL(), HTTPClient: p.Client(), // the platform in memory
	})
	require.NoError(t, err)
	bot, err := newBot(message.Config{
		Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey,
	}, oa, s)
	require.NoError(t, err)
	t.Cleanup(func() { _ = bot.Shutdown(context.Background()) }) // also after a failed assertion
	p.Bot(bot)
	return p, bot, oa
}

func TestStatus(t *testing.T) {
	p, _, _ := start(t, &shop{})
	reply, err := p.User("oLiLei").Text("1042")
	require.NoError(t, err) // the platform can use the answer
	require.Equal(t, "1042：已发货", reply.Content)
}

func TestForgeries(t *testing.T) {
	p, _, _ := start(t, &shop{})
	require.NoError(t, p.Verify()) // the URL, as the console does it
	for _, forgery := range wechattest.Forgeries(wechattest.Safe) {
		d, err := p.User("oLiLei").Forge(forgery, wechattest.Text("1042"))
		require.NoError(t, err)
		require.True(t, d.Refused(), "%v", forgery)
	}
}

// The shop takes twenty seconds. In the bubble they pass at once.
func TestSlowShop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, bot, _ := start(t, &shop{takes: 20 * time.Second})
		reply, err := p.User("oLiLei").Text("1042")
		require.NoError(t, err)
		require.Empty(t, reply.Content, "success in time")

		require.NoError(t, bot.Shutdown(t.Context())) // waits for the late reply
		got := p.Messages("oLiLei")
		require.Len(t, got, 1)
		require.Equal(t, wechattest.ViaCustomerService, got[0].Via)
		require.Equal(t, "1042：已发货", got[0].Content)
	})
}

// The answer is lost on its way, and the platform delivers the message to another instance.
func TestRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, oa := start(t, &shop{})
		account, s, shared := p.Config(), &shop{}, store.NewMemory()
		config := message.Config{
			Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey, Store: shared,
		}
		one, err := newBot(config, oa, s)
		require.NoError(t, err)
		two, err := newBot(config, oa, s)
		require.NoError(t, err)
		bot := p.Bot(one, two)
		bot.FailNext(wechattest.DeliveryFault{LoseAnswer: true})
		reply, err := p.User("oLiLei").Text("1042")
		require.NoError(t, err)
		require.Equal(t, "1042：已发货", reply.Content)
		require.Len(t, reply.Deliveries, 2)
		require.Equal(t, 1, s.asked, "the message ran once")
	})
}

// Somebody else has revoked the token: the client fetches another one.
func TestRevokedToken(t *testing.T) {
	p, _, oa := start(t, &shop{})
	ask := func() error { return oa.Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil) }
	require.NoError(t, ask())
	p.RevokeTokens()
	require.NoError(t, ask())
	require.Equal(t, 3, p.Count("/cgi-bin/getcallbackip"), "the call was repeated")
}

// The platform refuses the late reply. OnError receives it.
func TestLostReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, oa := start(t, &shop{})
		account, lost := p.Config(), make(chan *message.HandlingError, 1)
		bot, err := newBot(message.Config{
			Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey,
			OnError: func(_ context.Context, e *message.HandlingError) { lost <- e },
		}, oa, &shop{takes: 20 * time.Second})
		require.NoError(t, err)
		p.Bot(bot)
		p.Inject(wechattest.Rule{Path: "/cgi-bin/message/custom/send", Times: 1, Fault: wechattest.Errcode(45015)})
		_, err = p.User("oLiLei").Text("1042")
		require.NoError(t, err)
		e := <-lost
		require.ErrorIs(t, e, errcode.ReplyWindowClosed)
		require.Equal(t, message.TextReply("1042：已发货"), e.Reply)
	})
}

// The token expires after two hours.
func TestTomorrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, oa := start(t, &shop{})
		ask := func() error { return oa.Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil) }
		require.NoError(t, ask())
		time.Sleep(24 * time.Hour)
		require.NoError(t, ask())
		require.Equal(t, 2, p.TokenRequests())
	})
}
