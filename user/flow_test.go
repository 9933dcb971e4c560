package user_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func platform(t *testing.T) (*wechattest.Platform, *user.Service) {
	t.Helper()
	p := wechattest.New(t, wechattest.Config{})
	return p, user.New(localtest.Client(t, p))
}

// Everyone beyond the first page of ten thousand is there, once.
func TestAllFollowersFlow(t *testing.T) {
	p, users := platform(t)
	var want []string
	for i := range 25_000 {
		want = append(want, fmt.Sprintf("o%05d", i))
		p.User(want[i])
	}
	var got []string
	for id, err := range users.All(t.Context()) {
		require.NoError(t, err)
		got = append(got, id)
	}
	slices.Sort(got)
	require.Equal(t, want, got)
	require.LessOrEqual(t, len(p.Calls("/cgi-bin/user/get")), 4)

	profiles, err := users.GetProfiles(t.Context(), queries(want[:250]))
	require.NoError(t, err)
	require.Len(t, profiles, 250)
	require.Len(t, p.Calls("/cgi-bin/user/info/batchget"), 3)
}

func TestTagFlow(t *testing.T) {
	p, users := platform(t)
	ctx := t.Context()
	p.User("oLiLei")
	p.User("oHanMeimei")
	tag, err := users.CreateTag(ctx, "常客 & 老友")
	require.NoError(t, err)
	_, err = users.CreateTag(ctx, "常客 & 老友")
	require.ErrorIs(t, err, errcode.InvalidTagName)
	require.NoError(t, users.Tag(ctx, tag.ID, "oLiLei", "oHanMeimei"))
	require.ErrorIs(t, users.Tag(ctx, tag.ID, "oNobody"), errcode.InvalidOpenID)
	require.NoError(t, users.Untag(ctx, tag.ID, "oHanMeimei"))
	require.NoError(t, users.UpdateTag(ctx, tag.ID, "熟客"))
	tags, err := users.ListTags(ctx)
	require.NoError(t, err)
	require.Contains(t, tags, user.Tag{ID: tag.ID, Name: "熟客", Count: 1})

	require.NoError(t, users.UpdateRemark(ctx, "oLiLei", "李雷"))
	profile, err := users.GetProfile(ctx, user.ProfileQuery{OpenID: "oLiLei"})
	require.NoError(t, err)
	require.True(t, profile.Following)
	require.Equal(t, []int{tag.ID}, profile.TagIDs)
	require.Equal(t, "李雷", profile.Remark)
	require.WithinDuration(t, time.Now(), profile.Followed.Time, time.Hour)

	require.NoError(t, users.DeleteTag(ctx, tag.ID))
	ids, err := users.ListTagIDs(ctx, "oLiLei")
	require.NoError(t, err)
	require.Empty(t, ids)
}

func TestBlacklistFlow(t *testing.T) {
	p, users := platform(t)
	ctx := t.Context()
	var ids []string
	for i := range 1010 {
		ids = append(ids, fmt.Sprintf("o%05d", i))
		p.User(ids[i])
	}
	for batch := range slices.Chunk(ids, 20) {
		require.NoError(t, users.Block(ctx, batch...))
	}
	require.NoError(t, users.Unblock(ctx, ids[:5]...))
	var got []string
	for id, err := range users.AllBlocked(ctx) {
		require.NoError(t, err)
		got = append(got, id)
	}
	slices.Sort(got)
	require.Equal(t, ids[5:], got, "whatever the size of the platform's page")
}

func TestMigrateFlow(t *testing.T) {
	p, users := platform(t)
	p.Migrate("wx0000000000000001", map[string]string{"old1": "new1"})
	moved, err := users.ChangeOpenIDs(t.Context(), "wx0000000000000001", []string{"old1", "old2"})
	require.NoError(t, err)
	require.Len(t, moved, 2)
	require.Equal(t, "new1", moved[0].New)
	require.Empty(t, moved[1].New)
	_, err = users.ChangeOpenIDs(t.Context(), "wx0000000000000002", []string{"old1"})
	require.ErrorIs(t, err, errcode.InvalidFromAppID)
}
