package wxopen_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wxopen"
)

func newFlow(t *testing.T) (*wechattest.Platform, *wxopen.Service) {
	p := wechattest.New(t, wechattest.Config{})
	return p, wxopen.New(localtest.Client(t, p))
}

// TestLinkFlow links a mini program on the local platform, whose administrator first refuses
// and then agrees.
func TestLinkFlow(t *testing.T) {
	p, open := newFlow(t)
	ctx := t.Context()
	status := func() wxopen.LinkStatus {
		linked, err := open.ListLinked(ctx)
		require.NoError(t, err)
		require.Len(t, linked, 1)
		require.True(t, linked[0].OnProfile)
		require.Equal(t, mini, linked[0].AppID)
		return linked[0].Status
	}
	request := wxopen.LinkRequest{AppID: mini, ShowProfile: true}
	require.Error(t, p.AnswerLink(mini, true), "nobody asked")
	require.NoError(t, open.Link(ctx, request))
	require.Equal(t, wxopen.WaitingForThem, status())
	require.ErrorIs(t, open.Link(ctx, request), errcode.LinkMessageSent)
	require.NoError(t, p.AnswerLink(mini, false))
	require.Equal(t, wxopen.Refused, status())
	require.NoError(t, open.Link(ctx, request))
	require.NoError(t, p.AnswerLink(mini, true))
	require.Equal(t, wxopen.Linked, status())
	require.ErrorIs(t, open.Link(ctx, request), errcode.WxaAlreadyLinked)
	require.NoError(t, open.Unlink(ctx, mini))
	linked, err := open.ListLinked(ctx)
	require.NoError(t, err)
	require.Empty(t, linked)
	require.ErrorIs(t, open.Unlink(ctx, mini), errcode.InvalidAppID)
}

// TestRuleFlow adds, publishes, edits and deletes jump rules on the local platform.
func TestRuleFlow(t *testing.T) {
	p, open := newFlow(t)
	ctx := t.Context()
	file, err := open.GetVerificationFile(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, file.Name)
	require.NotEmpty(t, file.Content)

	shop := wxopen.Rule{Prefix: "https://www.example.com/shop", Path: "pages/index/index", DebugURLs: []string{"https://www.example.com/shop?id=1"}}
	require.NoError(t, open.AddRule(ctx, mini, shop))
	require.ErrorIs(t, open.AddRule(ctx, mini, shop), errcode.QRRuleExists)
	_, _, found := p.MiniProgramOf("https://www.example.com/shop?id=7")
	require.False(t, found, "not published")
	require.NoError(t, open.PublishRule(ctx, shop.Prefix))
	appID, page, found := p.MiniProgramOf("https://www.example.com/shop?id=7")
	require.True(t, found)
	require.Equal(t, mini+" pages/index/index", appID+" "+page)

	got, err := open.GetRules(ctx, mini, shop.Prefix, "https://other.example.com")
	require.NoError(t, err)
	require.True(t, got.Enabled)
	require.Equal(t, 99, got.PublishQuota)
	shop.Use, shop.Version, shop.State = wxopen.Shared, wxopen.Development, wxopen.Published
	require.Equal(t, []wxopen.Rule{shop}, got.Rules)

	shop.Path = "pages/sale"
	require.NoError(t, open.UpdateRule(ctx, mini, shop))
	got, err = open.ListRules(ctx, mini, 1, 10)
	require.NoError(t, err)
	require.Equal(t, 1, got.Total)
	require.Equal(t, wxopen.Unpublished, got.Rules[0].State)
	require.ErrorIs(t, open.UpdateRule(ctx, mini, wxopen.Rule{Prefix: "https://a.cn", Path: "p"}), errcode.QRRuleLinkInvalid)

	for range 99 {
		require.NoError(t, open.PublishRule(ctx, shop.Prefix))
	}
	require.ErrorIs(t, open.PublishRule(ctx, shop.Prefix), errcode.QRRulePublishLimit)
	p.Advance(32 * 24 * time.Hour)
	require.NoError(t, open.PublishRule(ctx, shop.Prefix))
	require.NoError(t, open.DeleteRule(ctx, mini, shop.Prefix))
	_, _, found = p.MiniProgramOf("https://www.example.com/shop")
	require.False(t, found)
}

// TestManyRules reads more rules than a page has, the newest first.
func TestManyRules(t *testing.T) {
	_, open := newFlow(t)
	for i := range 201 {
		require.NoError(t, open.AddRule(t.Context(), mini, wxopen.Rule{Prefix: "https://www.example.com/" + strconv.Itoa(i), Path: "p"}))
	}
	var prefixes []string
	for r, err := range open.AllRules(t.Context(), mini) {
		require.NoError(t, err)
		prefixes = append(prefixes, r.Prefix)
	}
	require.Len(t, prefixes, 201)
	require.Equal(t, "https://www.example.com/200", prefixes[0])
	for _, err := range open.AllRules(t.Context(), "wx0") {
		require.NoError(t, err)
		t.Error("another mini program has no rule")
	}
}
