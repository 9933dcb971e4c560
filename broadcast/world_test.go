package broadcast_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const sendPath = "/cgi-bin/message/template/send"

// world is a platform with followers, a template, and a store that outlives processes.
type world struct {
	t         *testing.T
	p         *wechattest.Platform
	disk      store.Store
	receivers []string
	template  string
	repeat    bool // messages have a ClientMsgID, so that they may be sent again
}

func newWorld(t *testing.T, followers int) *world {
	t.Helper()
	x := &world{t: t, p: wechattest.New(t, wechattest.Config{}), disk: store.NewMemory()}
	for i := range followers {
		id := fmt.Sprintf("oUser%05d", i)
		x.p.User(id)
		x.receivers = append(x.receivers, id)
	}
	id, err := template.New(x.client()).Add(t.Context(), "2023", "商品名称", "签收时间")
	require.NoError(t, err)
	x.template = id
	return x
}

func (x *world) client(change ...func(*officialaccount.Config)) *officialaccount.Client {
	x.t.Helper()
	account := x.p.Config()
	own := officialaccount.Config{AppID: account.AppID, Secret: account.Secret, BaseURL: x.p.URL(), HTTPClient: x.p.Client()}
	for _, c := range change {
		c(&own)
	}
	oa, err := officialaccount.New(own)
	require.NoError(x.t, err)
	return oa
}

// sender sends the template message.
func (x *world) sender(oa *officialaccount.Client) func(context.Context, string) (string, error) {
	templates := template.New(oa)
	return func(ctx context.Context, openID string) (string, error) {
		m := template.Message{
			To: openID, TemplateID: x.template,
			Data: notice.Data{"thing1": {Value: "自行车"}, "thing2": {Value: "今天"}},
		}
		if x.repeat {
			m.ClientMsgID = "broadcast-" + openID
		}
		return templates.Send(ctx, m)
	}
}

// received is how many messages a user has got.
func (x *world) received(openID string) int { return len(x.p.Messages(openID)) }

// results collects the results of runs.
type results struct {
	mu  sync.Mutex
	all map[string][]broadcast.Result
}

func (r *results) add(result broadcast.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string][]broadcast.Result{}
	}
	r.all[result.Receiver] = append(r.all[result.Receiver], result)
}

// one returns the only result of a receiver.
func (r *results) one(t *testing.T, receiver string) broadcast.Result {
	t.Helper()
	require.Len(t, r.all[receiver], 1, receiver)
	return r.all[receiver][0]
}

// attempts counts the sends to each receiver.
type attempts struct {
	mu    sync.Mutex
	count map[string]int
}

// next counts a send and returns its number.
func (a *attempts) next(receiver string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == nil {
		a.count = map[string]int{}
	}
	a.count[receiver]++
	return a.count[receiver]
}

// ids returns n keys.
func ids(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("o%05d", i)
	}
	return list
}

func refusal(code errcode.Code) error {
	return &errcode.Error{Code: code, Message: "made up", Op: sendPath, Status: 200}
}
