package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// until moves the clock of a synctest bubble to an hour of March 10 in China.
func until(hour int) {
	time.Sleep(time.Until(datacube.Date(2026, 3, 10).Add(time.Duration(hour) * time.Hour)))
}

func TestDemo(t *testing.T) {
	var transcript, page string
	synctest.Test(t, func(t *testing.T) {
		until(12)
		file := filepath.Join(t.TempDir(), "week.html")
		var out bytes.Buffer
		require.NoError(t, demo(t.Context(), strings.NewReader(""), &out, true, file), out.String())
		written, err := os.ReadFile(file)
		require.NoError(t, err)
		transcript, page = out.String(), string(written)
	})
	require.Contains(t, transcript, "3 steps, all as expected.")
	require.NotContains(t, transcript, "FAIL")
	for _, text := range []string{"2026-03-03 – 2026-03-09", "收到的消息 Messages", "门店故事：一杯咖啡的旅程", "03-09", "21:00", "prefers-color-scheme: dark", "@media print"} {
		require.Contains(t, page, text)
	}
	for _, text := range []string{"NaN", "Inf", "ZgotmplZ", "未统计", "—</td>"} {
		require.NotContains(t, page, text)
	}
	drawings := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1)
	require.Greater(t, len(drawings), 6)
	for _, svg := range drawings {
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else {
				require.NoError(t, err, svg)
			}
		}
	}
}

// Before 08:00 in China the platform has not counted yesterday.
func TestADayThatIsNotCountedYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(7)
		withTown(t, func(town *town, cubes *datacube.Service) {
			_, err := town.live(t.Context(), 3)
			require.NoError(t, err)
			written, err := (&website{cubes: cubes}).page(t.Context())
			require.NoError(t, err)
			page := string(written)
			require.Contains(t, page, "平台尚未统计完的日期")
			require.Contains(t, page, "03-09: 未统计 not counted yet")
			require.Contains(t, page, "<th scope=\"row\">03-09</th><td>—</td>")
			require.NotContains(t, page, "03-08: 未统计")
		})
	})
}

// The numbers of the page are those of the town.
func TestNumbersAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(12)
		withTown(t, func(town *town, cubes *datacube.Service) {
			lived, err := town.live(t.Context(), 20)
			require.NoError(t, err)
			require.Len(t, lived, 21, "with today")
			n, err := collect(t.Context(), cubes, 10)
			require.NoError(t, err)
			followers, byHour := 0, 0
			for i, d := range append(n.before, n.days...) {
				followers += lived[i].came - lived[i].left
				require.True(t, d.ready)
				require.Equal(t, followers, d.followers, d.date)
				require.Equal(t, []int{lived[i].came, lived[i].left, lived[i].wrote}, []int{d.gained, d.lost, d.sent()}, d.date)
				require.Equal(t, lived[i].came+lived[i].left+lived[i].wrote, d.callbacks, d.date)
				require.True(t, 0 < d.readers && d.readers <= lived[i].read && d.sharers < d.readers || lived[i].read == 0, d.date)
			}
			for _, count := range n.hours {
				byHour += count
			}
			require.Equal(t, sum(n.days, (*day).sent), byHour)
			require.NotEmpty(t, n.articles)
			require.Len(t, n.articles, sum(n.days, func(d *day) int { return d.published }))
		})
	})
}

// withTown gives a test an empty town.
func withTown(t *testing.T, f func(*town, *datacube.Service)) {
	t.Helper()
	stage, err := transcript.Open(io.Discard, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	require.NoError(t, err)
	bot, err := newBot(localAccount(stage.Platform))
	require.NoError(t, err)
	stage.Platform.Bot(bot)
	oa, err := stage.Client()
	require.NoError(t, err)
	f(newTown(stage.Platform), datacube.New(oa))
	require.NoError(t, bot.Shutdown(t.Context()))
	require.NoError(t, stage.Close())
}

func TestServesAnAccount(t *testing.T) {
	t.Setenv("WECHAT_TOKEN", "")
	t.Setenv("WECHAT_AES_KEY", "")
	t.Setenv("WECHAT_APPID", "wx5a1d7e92c04b6f38")
	t.Setenv("WECHAT_SECRET", "")
	file := ""
	require.ErrorContains(t, run(t.Context(), "127.0.0.1:0", true, file), "WECHAT_SECRET missing")
	t.Setenv("WECHAT_SECRET", "made up")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, run(ctx, "127.0.0.1:0", true, file), "it serves until it is told to end")
	file = filepath.Join(t.TempDir(), "week.html")
	require.ErrorIs(t, run(ctx, "127.0.0.1:0", true, file), context.Canceled)
	require.NoFileExists(t, file)
}

// A page is kept for an hour, and an error is not.
func TestTheSiteAsksOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(12)
		withTown(t, func(town *town, cubes *datacube.Service) {
			site := &website{cubes: cubes, appID: "wx1"}
			get := func() *httptest.ResponseRecorder {
				w := httptest.NewRecorder()
				site.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
				return w
			}
			town.platform.SetQuota("/datacube/getbizsummary", 1, 0)
			require.Equal(t, 200, get().Code)
			calls := town.platform.Count("/datacube/*")
			require.Equal(t, 200, get().Code)
			require.Equal(t, calls, town.platform.Count("/datacube/*"))
			time.Sleep(time.Hour)
			require.Equal(t, 502, get().Code, "the quota is used up")
			town.platform.SetQuota("/datacube/getbizsummary", 0, 0)
			require.Equal(t, 200, get().Code)
		})
	})
}
