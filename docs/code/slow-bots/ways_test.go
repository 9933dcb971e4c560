package slowbots

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// inBubble runs a test with a clock of its own, so that seconds pass at once.
func inBubble(t *testing.T, test func(t *testing.T, p *wechattest.Platform, c message.Config, oa *officialaccount.Client)) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		account := p.Config()
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
		})
		require.NoError(t, err)
		test(t, p, message.Config{Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey}, oa)
		synctest.Wait() // for calls that run when the test has seen enough
	})
}

// takes answers after a time.
func takes(d time.Duration) func(context.Context, string) (string, error) {
	return func(ctx context.Context, order string) (string, error) {
		select {
		case <-time.After(d):
			return order + " 已发货", nil
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// contents waits for the bot and returns what the user received.
func contents(t *testing.T, p *wechattest.Platform, bot *message.Handler) (texts []string) {
	require.NoError(t, bot.Shutdown(t.Context()))
	for _, r := range p.Messages("oLiLei") {
		texts = append(texts, string(r.Via)+": "+r.Content)
	}
	return texts
}

func TestLate(t *testing.T) {
	inBubble(t, func(t *testing.T, p *wechattest.Platform, c message.Config, oa *officialaccount.Client) {
		bot, err := withService(c, oa)
		require.NoError(t, err)
		registerSlow(bot, takes(20*time.Second))
		p.Bot(bot)
		reply, err := p.User("oLiLei").Text("1042")
		require.NoError(t, err)
		require.Empty(t, reply.Content, "success after 4.5 s")
		require.True(t, p.User("oLiLei").Typing())
		require.Equal(t, []string{"customer_service: 1042 已发货"}, contents(t, p, bot))
	})
}

func TestInterim(t *testing.T) {
	inBubble(t, func(t *testing.T, p *wechattest.Platform, c message.Config, oa *officialaccount.Client) {
		bot, err := withInterim(c, oa)
		require.NoError(t, err)
		registerSlow(bot, takes(20*time.Second))
		p.Bot(bot)
		_, err = p.User("oLiLei").Text("1042")
		require.NoError(t, err)
		_, err = p.User("oLiLei").Click("SALE")
		require.NoError(t, err)
		require.Equal(t, []string{"reply: 正在查询，请稍候…", "customer_service: 1042 已发货"}, contents(t, p, bot))
	})
}

func TestHolding(t *testing.T) {
	inBubble(t, func(t *testing.T, p *wechattest.Platform, c message.Config, _ *officialaccount.Client) {
		bot, err := holding(c)
		require.NoError(t, err)
		registerSlow(bot, takes(13*time.Second))
		p.Bot(bot)
		reply, err := p.User("oLiLei").Text("1042")
		require.NoError(t, err)
		require.Equal(t, "1042 已发货", reply.Content)
		require.Len(t, reply.Deliveries, 3)
	})
}

func TestKeeping(t *testing.T) {
	inBubble(t, func(t *testing.T, p *wechattest.Platform, c message.Config, _ *officialaccount.Client) {
		bot, err := keeping(c, store.NewMemory())
		require.NoError(t, err)
		registerSlow(bot, takes(20*time.Second))
		p.Bot(bot)
		said := func(text string) string {
			reply, err := p.User("oLiLei").Text(text)
			require.NoError(t, err)
			return reply.Content
		}
		require.Equal(t, "正在思考，请稍后回复“继续”。", said("1042"))
		time.Sleep(time.Minute)
		require.Equal(t, "1042 已发货", said("继续"))
		require.Equal(t, "没有更多了。", said("继续"))
	})
}

func TestLong(t *testing.T) {
	inBubble(t, func(t *testing.T, p *wechattest.Platform, c message.Config, oa *officialaccount.Client) {
		bot, err := withService(c, oa)
		require.NoError(t, err)
		registerLong(bot, func() string { return strings.Repeat("七天无理由退货。", 200) })
		p.Bot(bot)
		_, err = p.User("oLiLei").Text("售后政策")
		require.NoError(t, err)
		got := contents(t, p, bot)
		require.Len(t, got, 3)
		require.Equal(t, "reply", got[0][:5])
	})
}

func TestModel(t *testing.T) {
	inBubble(t, func(t *testing.T, p *wechattest.Platform, c message.Config, oa *officialaccount.Client) {
		bot, err := withService(c, oa)
		require.NoError(t, err)
		registerModel(bot, func(_ context.Context, question string) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				for _, token := range []string{"您问的是", question, "。", "我想了很久", "，答案是 42。"} {
					if !yield(token, nil) {
						return
					}
					time.Sleep(2 * time.Second)
				}
			}
		})
		p.Bot(bot)
		_, err = p.User("oLiLei").Text("意义")
		require.NoError(t, err)
		require.Equal(t, []string{"reply: 您问的是意义。", "customer_service: 我想了很久，答案是 42。"}, contents(t, p, bot))
	})
}
