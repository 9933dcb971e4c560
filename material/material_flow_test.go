package material_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

var (
	jpeg = append([]byte{0xff, 0xd8, 0xff, 0xe0}, bytes.Repeat([]byte("pixel"), 1000)...)
	mp3  = append([]byte("ID3\x04"), bytes.Repeat([]byte("sound"), 1000)...)
	mp4  = append([]byte("\x00\x00\x00\x18ftypmp42"), bytes.Repeat([]byte("frame"), 1000)...)
)

// account is the local platform and a client for it.
func account(t *testing.T) (*wechattest.Platform, *officialaccount.Client) {
	t.Helper()
	p := wechattest.New(t, wechattest.Config{})
	return p, localtest.Client(t, p)
}

// TestTemporaryFlow uploads media of every type to the local platform and reads them
// back, until they expire.
func TestTemporaryFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, oa := account(t)
		service := material.New(oa)
		for kind, file := range map[material.Type]struct {
			name    string
			content []byte
		}{
			material.Image: {"cat.jpg", jpeg},
			material.Voice: {"meow.mp3", mp3},
			material.Video: {"cat.mp4", mp4},
			material.Thumb: {"small.jpg", jpeg},
		} {
			media, err := service.Upload(t.Context(), kind, file.name, bytes.NewReader(file.content))
			require.NoError(t, err, kind)
			require.Equal(t, kind, media.Type)
			require.WithinDuration(t, time.Now(), media.Created.Time, time.Second)
			got, err := service.Download(t.Context(), media.MediaID)
			require.NoError(t, err, kind)
			require.Equal(t, string(file.content), read(t, got), kind)
			url, err := service.GetVideoURL(t.Context(), media.MediaID)
			require.Equal(t, kind == material.Video, err == nil && strings.HasPrefix(url, "http"), "%s: %v", kind, err)
		}
		media, err := service.Upload(t.Context(), material.Image, "cat.jpg", bytes.NewReader(jpeg))
		require.NoError(t, err)
		p.Advance(3 * 24 * time.Hour)
		_, err = service.Download(t.Context(), media.MediaID)
		require.ErrorIs(t, err, errcode.InvalidMediaID)
	})
}

// TestPermanentFlow keeps materials on the local platform, reads, counts, lists and
// deletes them.
func TestPermanentFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, oa := account(t)
		service := material.New(oa)
		picture, err := service.Add(t.Context(), material.Image, "cat.jpg", bytes.NewReader(jpeg))
		require.NoError(t, err)
		require.NotEmpty(t, picture.URL)
		film, err := service.AddVideo(t.Context(), "cat.mp4", "猫", "一只猫", bytes.NewReader(mp4))
		require.NoError(t, err)
		url, err := service.UploadArticleImage(t.Context(), "in.jpg", bytes.NewReader(jpeg))
		require.NoError(t, err)
		require.NotEmpty(t, url)
		news := p.AddNews(wechattest.NewsArticle{Title: "标题", Content: "<p>内容</p>"})

		content, err := service.Get(t.Context(), picture.MediaID)
		require.NoError(t, err)
		require.Equal(t, string(jpeg), read(t, content.File))
		content, err = service.Get(t.Context(), film.MediaID)
		require.NoError(t, err)
		require.Equal(t, "猫 一只猫", content.Video.Title+" "+content.Video.Description)
		got, err := oa.Download(t.Context(), content.Video.URL)
		require.NoError(t, err)
		require.Equal(t, string(mp4), read(t, got))
		content, err = service.Get(t.Context(), news)
		require.NoError(t, err)
		require.Equal(t, "标题", content.News.Articles[0].Title)

		counts, err := service.Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, &material.Counts{Video: 1, Image: 1, News: 1}, counts)
		for range 24 {
			_, err := service.Add(t.Context(), material.Voice, "meow.mp3", bytes.NewReader(mp3))
			require.NoError(t, err)
		}
		seen := map[string]bool{}
		for item, err := range service.All(t.Context(), material.Voice) {
			require.NoError(t, err)
			require.Equal(t, "meow.mp3", item.Name)
			seen[item.MediaID] = true
		}
		require.Len(t, seen, 24)
		for item, err := range service.All(t.Context(), material.News) {
			require.NoError(t, err)
			require.Equal(t, "<p>内容</p>", item.News.Articles[0].Content)
		}

		require.NoError(t, service.Delete(t.Context(), picture.MediaID))
		_, err = service.Get(t.Context(), picture.MediaID)
		require.ErrorIs(t, err, errcode.InvalidMediaID)
		require.ErrorIs(t, service.Delete(t.Context(), picture.MediaID), errcode.InvalidMediaID)
	})
}

// TestLateReply sends a picture to a bot that takes ten seconds to work on it: it
// fetches the picture, uploads another, and its reply reaches the user as a
// customer-service message.
func TestLateReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, oa := account(t)
		service := material.New(oa)
		var failed error
		bot, err := message.NewHandler(message.Config{
			Token:     p.Config().Token,
			LateReply: customerservice.New(oa),
			OnError:   func(_ context.Context, e *message.HandlingError) { failed = e },
		})
		require.NoError(t, err)
		message.On(bot, func(ctx context.Context, m *message.Image) (message.Reply, error) {
			got, err := service.Download(ctx, m.MediaID)
			if err != nil {
				return nil, err
			}
			defer func() { _ = got.Close() }()
			time.Sleep(10 * time.Second)
			media, err := service.Upload(ctx, material.Image, "back.jpg", got)
			if err != nil {
				return nil, err
			}
			return message.ImageReply{MediaID: media.MediaID}, nil
		})
		p.Bot(bot)

		id := p.AddMedia("image", "from-user.jpg", jpeg)
		reply, err := p.User("oLiLei").Send(wechattest.Image("http://mmbiz.qpic.cn/x/0", id))
		require.NoError(t, err)
		require.Empty(t, reply.Saw(), "answered in time, with nothing")
		require.Empty(t, p.Messages("oLiLei"))

		time.Sleep(20 * time.Second)
		require.NoError(t, failed)
		got := p.Messages("oLiLei")
		require.Len(t, got, 1)
		require.Equal(t, wechattest.ViaCustomerService, got[0].Via)
		require.NotEqual(t, id, got[0].MediaID)
		_, content, found := p.Media(got[0].MediaID)
		require.True(t, found)
		require.Equal(t, jpeg, content)
		require.NoError(t, bot.Shutdown(t.Context()))
	})
}
