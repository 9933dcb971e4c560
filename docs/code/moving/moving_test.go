package moving

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	oldmenu "github.com/silenceper/wechat/v2/officialaccount/menu"
	"github.com/silenceper/wechat/v2/util"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/menu"
	newoa "github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// useForSilenceper sends the requests of silenceper/wechat, whose client is one for the
// process, to a local platform.
func useForSilenceper(t *testing.T, client *http.Client) {
	before := util.DefaultHTTPClient
	util.DefaultHTTPClient = client
	t.Cleanup(func() { util.DefaultHTTPClient = before })
}

func TestClients(t *testing.T) {
	_, err := newClient(appID, secret)
	require.NoError(t, err)
	db := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", ContextTimeoutEnabled: true})
	defer db.Close()
	_, err = newSharingClient(db, appID)
	require.NoError(t, err)
}

// A recorded message shows what the new handler answers.
func TestReplay(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe, OriginalID: "gh_0123456789ab"})
	bot, err := newBot(p.Config())
	require.NoError(t, err)
	files, err := filepath.Glob("testdata/recorded/*.xml")
	require.NoError(t, err)
	require.Len(t, files, 2)
	var recorded [][]byte
	for _, name := range files {
		body, err := os.ReadFile(name)
		require.NoError(t, err)
		recorded = append(recorded, body)
	}
	answers, err := replay(p, bot, recorded)
	require.NoError(t, err)
	require.Equal(t, []string{"欢迎关注", "收到：你好"}, answers)
}

// A menu that silenceper/wechat created is the one in the file.
func TestCompareMenu(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	useForSilenceper(t, p.Client())
	account := p.Config()
	old := wechat.NewWechat().GetOfficialAccount(&config.Config{AppID: account.AppID, AppSecret: account.Secret, Cache: cache.NewMemory()})
	require.NoError(t, old.GetMenu().SetMenu([]*oldmenu.Button{oldmenu.NewClickButton("今日歌曲", "SONG")}))

	oa, err := newoa.New(newoa.Config{AppID: account.AppID, Secret: account.Secret, HTTPClient: p.Client(), BaseURL: p.URL()})
	require.NoError(t, err)
	file := []byte(`{"menu": {"button": [{"type": "click", "name": "今日歌曲", "key": "SONG"}]}}`)
	plan, err := compareMenu(t.Context(), oa, file)
	require.NoError(t, err)
	require.Empty(t, plan.Steps, plan)

	require.NoError(t, menu.New(oa).Create(t.Context(), menu.ClickButton("今日歌曲", "OTHER")))
	plan, err = compareMenu(t.Context(), oa, file)
	require.NoError(t, err)
	require.NotEmpty(t, plan.Steps)
	_, err = compareMenu(t.Context(), oa, []byte("{"))
	require.Error(t, err)
}
