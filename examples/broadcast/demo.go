package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// The variables with which the demonstration starts this program as a process that sends
// on the local platform.
const (
	childAPI      = "EXAMPLE_BROADCAST_API" // address of the platform
	childRedis    = "EXAMPLE_BROADCAST_REDIS"
	childResults  = "EXAMPLE_BROADCAST_RESULTS" // file
	childTemplate = "EXAMPLE_BROADCAST_TEMPLATE"
)

// child sends on the local platform if the environment says so, and reports whether it did.
// The end of its input stops it.
func child() bool {
	api := os.Getenv(childAPI)
	if api == "" {
		return false
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := sendAsChild(ctx, api); err != nil {
		fmt.Fprintln(os.Stderr, "broadcast:", err)
		os.Exit(1)
	}
	return true
}

func sendAsChild(ctx context.Context, api string) (err error) {
	oa, err := officialaccount.New(officialaccount.Config{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: api})
	if err != nil {
		return err
	}
	kept, closeRedis, err := openRedis(os.Getenv(childRedis), "broadcast:")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRedis()) }()
	ledger, err := broadcast.NewLedger(broadcast.LedgerConfig{Account: oa.AppID(), Store: kept})
	if err != nil {
		return err
	}
	_, err = campaign{
		name: "demo", template: os.Getenv(childTemplate), results: os.Getenv(childResults), ledger: ledger,
		data: notice.Data{"thing1": {Value: "自行车 & bell"}, "thing2": {Value: "今天 12:30"}},
	}.run(ctx, oa, kept, os.Stdout)
	return err
}

// demo starts a process that sends to so many followers of the local platform, ends it in
// the middle, starts another one, and counts what each follower has got.
func demo(ctx context.Context, out io.Writer, followers int, end ending) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(show(ctx, stage, out, followers, end), stage.Close())
}

// sending is the demonstration with its processes.
type sending struct {
	*transcript.Stage
	out       io.Writer
	redis     string // address
	file      string // results of process 2, as CSV
	env       []string
	followers int
	ledger    *broadcast.Ledger
}

// ending is how process 1 ends.
type ending string

const (
	killed  ending = "killed"  // process 2 waits for the end of its lease
	stopped ending = "stopped" // it releases its lease
)

func show(ctx context.Context, stage *transcript.Stage, out io.Writer, followers int, end ending) (err error) {
	dir, err := os.MkdirTemp("", "broadcast")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	redis, stopRedis, err := startRedis()
	if err != nil {
		return err
	}
	defer stopRedis()
	api, err := stage.Serve(stage.Platform)
	if err != nil {
		return err
	}
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	id, err := template.New(oa).Add(ctx, "2023", "商品名称", "签收时间")
	if err != nil {
		return err
	}
	for n := range followers {
		openID := fmt.Sprintf("oFollower%05d", n)
		stage.Platform.User(openID).MuteTemplates(muted(openID))
	}
	s := &sending{Stage: stage, out: out, redis: redis, file: filepath.Join(dir, "results.csv"), followers: followers}
	s.env = append(os.Environ(), childAPI+"="+api, childRedis+"="+s.redis, childResults+"="+s.file, childTemplate+"="+id)
	closeBot, err := s.serveBot(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeBot()) }()

	stage.Title(fmt.Sprintf("A template message to %d followers", followers))
	stage.Step("process 1", fmt.Sprintf("sends, and is %s in the middle", end), func() (string, error) { return s.ended(ctx, end) })
	stage.Step("process 2", "goes on", func() (string, error) { return s.resumed(ctx, end) })
	stage.Step("followers", "count their messages", s.counted)
	stage.Step("bot", "matches the delivery events", func() (string, error) { return s.matched(ctx) })
	return nil
}

// startRedis starts a Redis inside the program. Its clock runs, so that the lease of a
// killed process ends.
func startRedis() (address string, stop func(), err error) {
	server, err := miniredis.Run()
	if err != nil {
		return "", nil, err
	}
	const step = 100 * time.Millisecond
	clock, ended := time.NewTicker(step), make(chan struct{})
	go func() {
		for {
			select {
			case <-clock.C:
				server.FastForward(step)
			case <-ended:
				return
			}
		}
	}()
	return server.Addr(), func() { clock.Stop(); close(ended); server.Close() }, nil
}

// serveBot starts the bot that receives the delivery events.
func (s *sending) serveBot(ctx context.Context) (func() error, error) {
	kept, closeRedis, err := openRedis(s.redis, "broadcast:")
	if err != nil {
		return nil, err
	}
	ledger, err := broadcast.NewLedger(broadcast.LedgerConfig{Account: localAccount(s.Platform).AppID, Store: kept})
	if err != nil {
		return nil, errors.Join(err, closeRedis())
	}
	bot, err := newBot(localAccount(s.Platform), ledger)
	if err != nil {
		return nil, errors.Join(err, closeRedis())
	}
	s.ledger = ledger
	s.Platform.Bot(bot)
	return func() error { return errors.Join(bot.Shutdown(ctx), closeRedis()) }, nil
}

// start starts a process. It sends until the input is closed, or until all is sent.
func (s *sending) start(ctx context.Context) (_ *exec.Cmd, input io.Closer, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, s.out, s.out
	if input, err = cmd.StdinPipe(); err != nil {
		return nil, nil, err
	}
	return cmd, input, cmd.Start()
}

// sent is the number of messages that the platform has accepted.
func (s *sending) sent() int { return s.Platform.Count("/cgi-bin/message/template/send") }

func (s *sending) ended(ctx context.Context, end ending) (string, error) {
	process, input, err := s.start(ctx)
	if err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.sent() < s.followers*2/5 {
		select {
		case err := <-ended:
			return "", fmt.Errorf("(it ended before it was %s) %w", end, err)
		case <-tick.C:
		}
	}
	if end == stopped {
		err = input.Close()
	} else {
		err = process.Process.Kill()
	}
	<-ended
	return fmt.Sprintf("%s after %d messages", end, s.sent()), err
}

func (s *sending) resumed(ctx context.Context, end ending) (string, error) {
	began := time.Now()
	process, _, err := s.start(ctx)
	if err != nil {
		return "", err
	}
	err = process.Wait()
	outcome := fmt.Sprintf("ended after %v", time.Since(began).Round(time.Second))
	if end == killed {
		outcome += ", of which up to 15s are the lease of process 1"
	}
	return outcome, err
}

// results are the rows of process 2.
func (s *sending) results() ([][]string, error) {
	file, err := os.Open(s.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return csv.NewReader(file).ReadAll()
}

// counted compares the results of process 2 with the messages of each follower.
func (s *sending) counted() (string, error) {
	rows, err := s.results()
	if err != nil {
		return "", err
	}
	var sent int
	var ambiguous []string
	for _, row := range rows {
		openID, outcome := row[0], broadcast.Outcome(row[1])
		messages := s.messages(openID)
		switch {
		case outcome == broadcast.Sent && messages == 1:
			sent++
		case outcome == broadcast.Ambiguous && messages <= 1:
			ambiguous = append(ambiguous, openID)
		default:
			return "", fmt.Errorf("%s is %s and has %d messages", openID, outcome, messages)
		}
	}
	if len(rows) != s.followers || len(ambiguous) > 16 {
		return "", fmt.Errorf("%d results, %d ambiguous", len(rows), len(ambiguous))
	}
	outcome := fmt.Sprintf("each of %d followers has one result; %d have one message", len(rows), sent)
	if len(ambiguous) > 0 {
		outcome += fmt.Sprintf("; %d were being sent to at that moment and are named: %s", len(ambiguous), strings.Join(ambiguous, " "))
	}
	return outcome, nil
}

// messages is how many messages went to a follower. One that muted does not show them.
func (s *sending) messages(openID string) int {
	if muted(openID) {
		return 1
	}
	return len(s.Platform.Messages(openID))
}

// matched looks up the delivery of each sent message.
func (s *sending) matched(ctx context.Context) (string, error) {
	rows, err := s.results()
	if err != nil {
		return "", err
	}
	delivered, failed := 0, 0
	for _, row := range rows {
		if row[1] != string(broadcast.Sent) {
			continue
		}
		d, err := s.delivery(ctx, row[3])
		switch {
		case err != nil:
			return "", err
		case d.Receiver != row[0] || d.Delivered == muted(row[0]):
			return "", fmt.Errorf("%s has the wrong delivery: %+v", row[0], d)
		case d.Delivered:
			delivered++
		default:
			failed++
		}
	}
	return fmt.Sprintf("%d delivered, %d blocked by the user", delivered, failed), nil
}

// delivery waits until the event of a message is matched.
func (s *sending) delivery(ctx context.Context, msgID string) (broadcast.Delivery, error) {
	for range 300 {
		d, found, err := s.ledger.Find(ctx, msgID)
		if found || err != nil {
			return d, err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return broadcast.Delivery{}, fmt.Errorf("message %s has no delivery", msgID)
}

// muted reports whether a follower has turned template messages off.
func muted(openID string) bool { return strings.HasSuffix(openID, "99") }

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
