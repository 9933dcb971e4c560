package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo simulates a month of an account on the local platform and makes the page of its
// last week. Unless once is set, it then serves a browser until the end of in.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool, file string) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(play(ctx, stage, in, file, once), stage.Close())
}

func play(ctx context.Context, stage *transcript.Stage, in io.Reader, file string, once bool) (err error) {
	bot, err := newBot(localAccount(stage.Platform))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bot.Shutdown(ctx)) }()
	stage.Platform.Bot(bot)
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	site := &website{cubes: datacube.New(oa), appID: oa.AppID()}

	stage.Title("A month on the local platform")
	stage.Step("users", "follow, write, read and leave for 30 days", func() (string, error) {
		days, err := newTown(stage.Platform).live(ctx, 30)
		var all tally
		for _, d := range days {
			all = tally{all.came + d.came, all.left + d.left, all.wrote + d.wrote, all.read + d.read}
		}
		return fmt.Sprintf("%d came, %d left, %d messages, %d visits of articles", all.came, all.left, all.wrote, all.read), err
	})
	var page []byte
	stage.Step("account", "asks for the numbers of the last 7 days", func() (outcome string, err error) {
		page, err = site.page(ctx)
		return fmt.Sprintf("a page of %d KiB, from %d calls", len(page)>>10, stage.Platform.Count("/datacube/*")), err
	})
	if file != "" {
		stage.Step("account", "writes the page", func() (string, error) { return file, os.WriteFile(file, page, 0o600) })
	}
	if once || page == nil {
		return nil
	}
	address, err := stage.Serve(site)
	if err != nil {
		return err
	}
	stage.Talk(ctx, in, "Open "+address+"/ in a browser", func(string) string { return "Open " + address + "/ in a browser." })
	return nil
}

// newBot returns a bot that echoes text and takes a moment for a picture.
func newBot(account Account) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(_ context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply(m.Content), nil
	})
	message.On(bot, func(ctx context.Context, _ *message.Image) (message.Reply, error) {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
		}
		return nil, ctx.Err()
	})
	return bot, nil
}

// town is the account's followers. They do the same in every run.
type town struct {
	platform *wechattest.Platform
	random   *rand.Rand
	users    []*wechattest.User // who follow
	joined   int                // users so far
	articles []*published
	days     []tally
}

// tally is what happened on one day.
type tally struct{ came, left, wrote, read int }

func newTown(p *wechattest.Platform) *town {
	return &town{platform: p, random: rand.New(rand.NewPCG(2026, 7))}
}

func (t *town) today() *tally { return &t.days[len(t.days)-1] }

// published is articles that went out together.
type published struct {
	id  string
	n   int
	day int
}

// live lets so many days pass, and today up to now. They begin at midnight in China.
func (t *town) live(ctx context.Context, days int) ([]tally, error) {
	began := datacube.LastDays(days).First
	t.platform.Advance(began.Sub(t.platform.Now()))
	t.days = []tally{{}}
	for range 60 {
		if err := t.join(); err != nil {
			return t.days, err
		}
	}
	for hour := 0; t.platform.Advanced() < 0; hour++ {
		if err := ctx.Err(); err != nil {
			return t.days, err
		}
		if day := hour / 24; day == len(t.days) {
			t.days = append(t.days, tally{})
		}
		if err := t.hour(hour/24, hour%24); err != nil {
			return t.days, err
		}
		t.platform.Advance(min(time.Hour, -t.platform.Advanced()))
	}
	return t.days, nil
}

// activity is how much happens in an hour of the day, in percent.
var activity = [24]int{4, 2, 1, 1, 1, 2, 8, 20, 35, 45, 50, 60, 80, 60, 45, 45, 50, 55, 70, 85, 100, 90, 50, 15}

func (t *town) hour(day, hour int) error {
	if day%2 == 0 && hour == 20 {
		titles := [...]string{"本周新品", "门店故事：一杯咖啡的旅程", "会员日预告", "读者来信", "周末去哪儿", "冬天的第一锅汤", "幕后：我们怎样选豆"}
		first, second := titles[day/2%len(titles)], titles[(day/2+3)%len(titles)]
		t.articles = append(t.articles, &published{t.platform.PublishArticles(first, second), 2, day})
	}
	for range t.some(activity[hour], 4) {
		if err := t.join(); err != nil {
			return err
		}
	}
	if t.random.IntN(100) < activity[hour]/3 {
		i := t.random.IntN(len(t.users))
		if _, err := t.users[i].Unfollow(); err != nil {
			return err
		}
		t.users = append(t.users[:i], t.users[i+1:]...)
		t.today().left++
	}
	for range t.some(activity[hour], 18) {
		if _, err := t.anyone().Send(t.message()); err != nil {
			return err
		}
		t.today().wrote++
	}
	return t.read(day, hour)
}

// some is a random number around most, less at quiet hours.
func (t *town) some(percent, most int) int { return t.random.IntN(most*percent/100 + 1) }

func (t *town) anyone() *wechattest.User { return t.users[t.random.IntN(len(t.users))] }

// join has a new user follow, every third by a QR code.
func (t *town) join() (err error) {
	t.joined++
	t.today().came++
	u := t.platform.Stranger(fmt.Sprintf("oGuest%04d", t.joined))
	t.users = append(t.users, u)
	if t.random.IntN(3) == 0 {
		_, err = u.Scan("shop", "TICKET")
	} else {
		_, err = u.Follow()
	}
	return err
}

func (t *town) message() wechattest.Message {
	switch t.random.IntN(12) {
	case 0, 1:
		return wechattest.Image("https://mmbiz.qpic.cn/picture", "MEDIA")
	case 2:
		return wechattest.Voice("VOICE", "amr")
	case 3:
		return wechattest.Link("标题", "说明", "https://www.example.com/")
	}
	return wechattest.Text("营业到几点？")
}

// read has users read the articles of the last days, fewer every day.
func (t *town) read(day, hour int) error {
	scenes := [...]datacube.Scene{datacube.SceneMessage, datacube.SceneMessage, datacube.SceneMoments, datacube.SceneChat, datacube.SceneSearch, datacube.SceneRecommend}
	for _, a := range t.articles {
		age := day - a.day
		if age > 4 {
			continue
		}
		for range t.some(activity[hour], 30/(age*age+1)) {
			r := wechattest.Reading{
				Scene: string(scenes[t.random.IntN(len(scenes))]), Time: time.Duration(20+t.random.IntN(160)) * time.Second,
				Finished: t.random.IntN(5) < 3, Shared: t.random.IntN(12) == 0, Liked: t.random.IntN(9) == 0, Recommended: t.random.IntN(15) == 0,
			}
			if err := t.anyone().ReadArticle(a.id, t.random.IntN(a.n), r); err != nil {
				return err
			}
			t.today().read++
		}
	}
	return nil
}

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
