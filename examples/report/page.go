package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"math"
	"time"

	"github.com/seed-f21aa8d8/wechat/datacube"
)

//go:embed page.html
var files embed.FS

// view is what the page shows.
type view struct {
	AppID, First, Last string
	Pending            bool // a day is not counted yet
	Tiles              []tile
	Charts             []chart
	Articles           []articleRow
}

// tile is one number, next to that of the week before.
type tile struct{ Name, Value, Change string }

type articleRow struct{ Date, Title, Readers, Sharers, Finished, Time string }

// render returns the page.
func render(appID string, n *numbers) ([]byte, error) {
	pages, err := template.New("").Funcs(template.FuncMap{"inc": func(i int) int { return i + 1 }}).ParseFS(files, "page.html")
	if err != nil {
		return nil, err
	}
	v := view{
		AppID: appID, First: n.days[0].date.Format(time.DateOnly), Last: n.days[len(n.days)-1].date.Format(time.DateOnly),
		Tiles: tiles(n), Charts: charts(n), Articles: articles(n),
	}
	for _, d := range n.days {
		v.Pending = v.Pending || !d.ready
	}
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, "page.html", v); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func tiles(n *numbers) []tile {
	both := func(name string, of func(*day) int) tile {
		now := sum(n.days, of)
		return tile{name, group(now), change(now, sum(n.before, of))}
	}
	followers := func(days []*day) int {
		for i := len(days) - 1; i >= 0; i-- {
			if days[i].ready {
				return days[i].followers
			}
		}
		return 0
	}
	return []tile{
		{"关注者 followers", group(followers(n.days)), change(followers(n.days), followers(n.before))},
		both("新关注 new followers", func(d *day) int { return d.gained }),
		both("取消关注 unfollowed", func(d *day) int { return d.lost }),
		both("收到消息 messages", (*day).sent),
		both("阅读人次 readers", func(d *day) int { return d.readers }),
		{"平均应答 mean answer", average(n.days), "之前 before: " + average(n.before)},
	}
}

// change compares with the week before. It is too low while a day is not counted yet, as a
// note on the page says.
func change(now, before int) string {
	switch {
	case before == 0:
		return "之前 before: 0"
	case now == before:
		return "持平 unchanged"
	}
	percent := float64(now-before) / float64(before) * 100
	arrow := "▲"
	if percent < 0 {
		arrow = "▼"
	}
	return fmt.Sprintf("%s %.1f%% · 之前 before: %s", arrow, math.Abs(percent), group(before))
}

func average(days []*day) string {
	calls, took := 0, time.Duration(0)
	for _, d := range days {
		calls += d.callbacks
		took += d.took
	}
	if calls == 0 {
		return "—"
	}
	return fmt.Sprintf("%.1f ms", float64(took.Microseconds())/1000/float64(calls))
}

func charts(n *numbers) []chart {
	of := func(name string, get func(*day) int) series {
		s := series{Name: name}
		for _, d := range n.days {
			s.Values = append(s.Values, get(d))
		}
		return s
	}
	byDay := chart{}
	for _, d := range n.days {
		byDay.Labels = append(byDay.Labels, d.date.Format("01-02"))
		byDay.Missing = append(byDay.Missing, !d.ready)
	}
	daily := func(title, note string, s ...series) chart {
		c := byDay
		c.Title, c.Note, c.Series = title, note, s
		return c
	}
	kind := func(name string, kinds ...datacube.MsgType) series {
		return of(name, func(d *day) int {
			total := 0
			for _, k := range kinds {
				total += d.messages[k]
			}
			return total
		})
	}
	followers := daily("关注者 Followers", "每天结束时 at the end of the day；纵轴不从零开始 the axis does not begin at zero",
		of("关注者 followers", func(d *day) int { return d.followers }))
	followers.Line = true
	return []chart{
		followers,
		daily("新增与流失 Gained and lost", "",
			of("新关注 new", func(d *day) int { return d.gained }), of("取消关注 lost", func(d *day) int { return -d.lost })),
		daily("收到的消息 Messages", "",
			kind("文字 text", datacube.Text), kind("图片 image", datacube.Image), kind("语音 voice", datacube.Voice),
			of("其他 other", func(d *day) int {
				return d.sent() - d.messages[datacube.Text] - d.messages[datacube.Image] - d.messages[datacube.Voice]
			})),
		hours(n),
		daily("文章 Articles", "全部文章的阅读人数 readers of all articles",
			of("只阅读 read only", func(d *day) int { return d.readers - d.sharers }), of("阅读并分享 read and shared", func(d *day) int { return d.sharers })),
		daily("服务器应答 Answers of the server", "平台的请求 requests of the platform",
			of("成功 answered", func(d *day) int { return d.callbacks - d.failures }), of("失败 failed", func(d *day) int { return d.failures })),
	}
}

func hours(n *numbers) chart {
	c := chart{Title: "一天中的消息 Messages by the hour", Note: "七天合计，北京时间 all seven days, Beijing time", Series: []series{{Name: "消息 messages", Values: n.hours[:]}}}
	for hour := range n.hours {
		c.Labels = append(c.Labels, fmt.Sprintf("%02d:00", hour))
	}
	return c
}

func articles(n *numbers) (rows []articleRow) {
	for _, a := range n.articles {
		rows = append(rows, articleRow{
			a.published.Format("01-02"), a.title, group(a.total.ReadUsers), group(a.total.ShareUsers),
			fmt.Sprintf("%.0f%%", a.total.FinishRate*100), a.total.AverageTime.Round(time.Second).String(),
		})
	}
	return rows
}
