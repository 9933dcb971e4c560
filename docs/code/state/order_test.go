package state

import (
	"fmt"
	"log"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Two processes behind one address: each message goes to the other one.
func Example() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	shared := store.NewMemory() // Redis or a database in production
	config := message.Config{Token: p.Config().Token}
	one, err := newBot(config, shared)
	if err != nil {
		log.Fatal(err)
	}
	two, err := newBot(config, shared)
	if err != nil {
		log.Fatal(err)
	}
	p.Bot(one, two)
	for _, said := range []string{"退货", "20261111-7", "尺码不合适"} {
		reply, err := p.User("oLiLei").Text(said)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(reply.Saw())
	}
	// Output:
	// 请输入订单号。
	// 退货原因是什么？
	// 已登记：订单 20261111-7，原因：尺码不合适
}

func TestOneCoupon(t *testing.T) {
	coupons := message.NewState[bool](store.NewMemory(), "coupon", 0)
	m := &message.Text{Header: message.Header{ToUserName: "gh_shop", FromUserName: "oLiLei"}}
	var given atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			got, err := takeCoupon(t.Context(), coupons, m)
			if err == nil && got {
				given.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, given.Load())
}

func TestFromPage(t *testing.T) {
	returns := message.NewState[returning](store.NewMemory(), "returns", time.Minute)
	m := &message.Text{Header: message.Header{ToUserName: "gh_shop", FromUserName: "oLiLei"}}
	require.NoError(t, returns.Set(t.Context(), m, returning{Order: "7"}))
	got, found, err := fromPage(t.Context(), returns, "gh_shop", "oLiLei")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "7", got.Order)
}

func TestCancelAndRedis(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	bot, err := newBot(message.Config{Token: p.Config().Token}, store.NewMemory())
	require.NoError(t, err)
	p.Bot(bot)
	for _, step := range [][2]string{{"退货", "请输入订单号。"}, {"取消", "已取消。"}, {"20261111-7", ""}} {
		reply, err := p.User("oLiLei").Text(step[0])
		require.NoError(t, err)
		require.Equal(t, step[1], reply.Saw())
	}
	s, err := openRedis(t.Context(), "127.0.0.1:1") // it may come up later
	require.NoError(t, err)
	require.NotNil(t, s)
}
