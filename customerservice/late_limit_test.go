package customerservice_test

import (
	"context"
	"strings"
	"sync"
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

// TestLateRepliesOfOneUser: the platform allows five messages after the last message of
// a user, whichever answers they belong to. OnError receives all that was not sent.
func TestLateRepliesOfOneUser(t *testing.T) {
	page := strings.Repeat("长", 680) // 2,040 bytes
	long := func(pages int) string { return strings.Repeat(page+"\n", pages-1) + page }
	stream := func(pages int) message.StreamReply {
		return func(yield func(string, error) bool) {
			for range pages {
				if !yield(page+"\n", nil) {
					return
				}
			}
		}
	}
	for name, c := range map[string]struct {
		answers []message.Reply // to questions that come a second apart
		left    []int           // pages of each answer that are not sent, pictures too
		seen    int             // pages that the user reads
	}{
		"enough for all":     {[]message.Reply{message.LongTextReply(long(3)), message.TextReply("2")}, []int{0, 0}, 3},
		"not for the second": {[]message.Reply{message.LongTextReply(long(4)), message.LongTextReply(long(3))}, []int{0, 2}, 5},
		"not for the third":  {[]message.Reply{message.LongTextReply(long(4)), message.TextReply(page), message.TextReply(page)}, []int{0, 0, 1}, 5},
		"for none after the first": {
			[]message.Reply{message.LongTextReply(long(5)), message.LongTextReply(long(2)), message.TextReply(page), message.ImageReply{MediaID: "M"}},
			[]int{0, 2, 1, 1}, 5,
		},
		"streams": {[]message.Reply{stream(3), stream(4)}, []int{0, 2}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, wechattest.Config{})
				account := p.Config()
				oa := localtest.Client(t, p)
				var mu sync.Mutex
				lost := map[string]*message.HandlingError{}
				h, err := message.NewHandler(message.Config{
					Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey,
					LateReply: customerservice.New(oa),
					OnError: func(_ context.Context, e *message.HandlingError) {
						mu.Lock()
						defer mu.Unlock()
						lost[e.Message.(*message.Text).Content] = e
					},
				})
				require.NoError(t, err)
				answers := map[string]message.Reply{}
				for i, answer := range c.answers {
					answers[string(rune('a'+i))] = answer
				}
				message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
					time.Sleep(20 * time.Second)
					return answers[m.Content], nil
				})
				p.Bot(h)
				user := p.User("oLiLei")
				for i := range c.answers {
					go user.Text(string(rune('a' + i)))
					time.Sleep(time.Second)
				}
				time.Sleep(5 * time.Minute)
				synctest.Wait()

				pages := 0
				for _, m := range p.Messages(user.OpenID()) {
					pages += strings.Count(m.Content, page)
				}
				for i, left := range c.left {
					e := lost[string(rune('a'+i))]
					if left == 0 {
						require.Nil(t, e)
						continue
					}
					require.NotNil(t, e)
					require.ErrorIs(t, e, errcode.TooManyReplies)
					var refused *errcode.Error
					require.ErrorAs(t, e, &refused)
					require.Contains(t, refused.Error(), "45047")
					switch r := e.Reply.(type) {
					case message.LongTextReply:
						require.Equal(t, left, strings.Count(string(r), page))
					default:
						require.Equal(t, c.answers[i], r)
					}
				}
				require.Equal(t, c.seen, pages)
			})
		})
	}
}
