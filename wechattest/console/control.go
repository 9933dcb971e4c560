package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
)

// command is a command of the page. The fields depend on the command; unknown fields
// are refused.
type command struct {
	User string `json:"user"` // openid

	Kind    string            `json:"kind"` // of a message
	Content string            `json:"content"`
	Fields  map[string]string `json:"fields"`

	Names []string `json:"names"` // of a menu button, from the top level down
	Input string   `json:"input"` // result of a scan

	Code  string `json:"code"`  // ticket or content of a QR code
	Scene string `json:"scene"` // of a scan without a code

	What     string  `json:"what"` // of tokens: expire, revoke; of a popup: accept, reject
	Template string  `json:"template"`
	Rule     string  `json:"rule"`
	ID       int64   `json:"id"`
	Seconds  float64 `json:"seconds"`
	URL      string  `json:"url"`
	Mode     string  `json:"mode"`
	Path     string  `json:"path"`
	Daily    int     `json:"daily"`
	Minutely int     `json:"minutely"`
	Times    int     `json:"times"`

	Via wechattest.Via `json:"via"` // of a message to receive; empty: any

	Wait bool `json:"wait"` // for commands that send messages: the answer has their results
}

// outcome is the answer to a command that sends messages.
type outcome struct {
	Results []judgment `json:"results,omitempty"` // with wait, one for each message
}

// maxCommand bounds the body of a command; files have maxUpload.
const (
	maxCommand = 256 << 10
	maxUpload  = 20 << 20
	maxTraffic = 64 << 20
)

// post executes a command. Messages are sent in the background, and their results arrive as
// events, unless the command waits for them.
func (g *Page) post(w http.ResponseWriter, r *http.Request) {
	var answer any = struct{}{}
	var err error
	switch name := strings.TrimPrefix(r.URL.Path, "/page/"); name {
	case "upload":
		answer, err = g.upload(w, r)
	case "replay":
		err = g.replay(w, r)
	default:
		answer, err = g.execute(name, w, r)
	}
	status := http.StatusOK
	if err != nil {
		status, answer = http.StatusBadRequest, map[string]string{"error": err.Error()}
		if errors.Is(err, errCommand) {
			status = http.StatusNotFound
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	writeJSON(w, answer)
	g.wake()
}

var errCommand = errors.New("unknown command")

func (g *Page) execute(name string, w http.ResponseWriter, r *http.Request) (any, error) {
	var in command
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCommand))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("invalid command: %w", err)
	}
	switch name {
	case "verify":
		return g.verify(), nil
	case "say":
		return g.say(in)
	case "user":
		return struct{}{}, g.addUser(in.User)
	case "follow":
		return g.send(in, wechattest.Subscribe())
	case "unfollow":
		return g.send(in, wechattest.Unsubscribe())
	case "tap":
		return g.tap(in)
	case "scan":
		return g.scan(in)
	case "popup":
		return g.popup(in)
	case "receive":
		return g.receive(r.Context(), in)
	}
	return struct{}{}, g.configure(name, in)
}

// configure executes a command about the platform.
func (g *Page) configure(name string, in command) error {
	p := g.platform
	switch name {
	case "tokens":
		switch in.What {
		case "expire":
			p.ExpireTokens()
		case "revoke":
			p.RevokeTokens()
		default:
			return fmt.Errorf("tokens: want expire or revoke, not %q", in.What)
		}
	case "fault":
		rule, err := wechattest.ParseRule(in.Rule)
		if err != nil {
			return err
		}
		p.Inject(rule)
	case "lose":
		return g.loseAnswers(in.Times)
	case "unfault":
		p.RemoveFault(in.ID)
	case "clock":
		if in.Seconds < 0 || in.Seconds > 366*24*60*60 {
			return errors.New("the clock moves only forward, by at most a year")
		}
		p.Advance(time.Duration(in.Seconds * float64(time.Second)))
	case "bot":
		return g.setCallback(in.URL)
	case "mode":
		return g.setMode(in.Mode)
	case "quota":
		if !strings.HasPrefix(in.Path, "/") || in.Daily < 0 || in.Minutely < 0 {
			return errors.New("a quota needs a path that begins with a slash, and numbers of 0 or more (0 means no limit)")
		}
		p.SetQuota(in.Path, in.Daily, in.Minutely)
	default:
		return fmt.Errorf("%w: %q", errCommand, name)
	}
	return nil
}

// loseAnswers loses the answers of the next deliveries, one if times is 0.
func (g *Page) loseAnswers(times int) error {
	if times < 0 || times > maxLost {
		return fmt.Errorf("lose: times: want 1 to %d", maxLost)
	}
	return g.platform.FailNext(slices.Repeat([]wechattest.DeliveryFault{{LoseAnswer: true}}, max(1, times))...)
}

const maxLost = 100

// setCallback changes the callback URL. Several, with commas or blanks between them, are
// instances of the bot, which are called in turn.
func (g *Page) setCallback(text string) error {
	addresses := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	if len(addresses) == 0 {
		return errors.New("bot: url is empty: want an address of the form http://127.0.0.1:8080/wechat")
	}
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("%q is not an address of the form http://127.0.0.1:8080/wechat", address)
		}
	}
	g.platform.BotURL(addresses...)
	return nil
}

func (g *Page) setMode(name string) error {
	mode, err := wechattest.ParseMode(name)
	if err != nil {
		return err
	}
	return g.platform.Reconfigure(func(c *wechattest.Config) { c.Mode = mode })
}

// verification is the result of the check of the callback URL.
type verification struct {
	OK    bool      `json:"ok"`
	Error string    `json:"error,omitempty"`
	Why   bilingual `json:"why"`
}

func (g *Page) verify() verification {
	p := g.platform
	err := p.Verify()
	v := verification{OK: err == nil}
	if err != nil {
		v.Error, v.Why = err.Error(), explain(err, wechattest.Delivery{Method: http.MethodGet, Status: statusOf(p.Deliveries())}, p.Config())
	}
	if errors.Is(err, wechattest.ErrStatus) && v.Why.EN != "" {
		v.Why = cmp.Or(refusedVerification(p.Deliveries()), v.Why)
	}
	return v
}

// Verify checks the callback URL. Its error says what to check, as the page does.
func (g *Page) Verify() error {
	if v := g.verify(); !v.OK {
		return errors.New(v.Why.EN)
	}
	return nil
}

// statusOf returns the status of the newest delivery.
func statusOf(list []wechattest.Delivery) int {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].Status
}

// refusedVerification returns the reason if only the token can be wrong.
func refusedVerification(list []wechattest.Delivery) bilingual {
	if len(list) > 0 && refusedAsForged(list[len(list)-1]) {
		return tokenIsWrong
	}
	return bilingual{}
}

// replay delivers recorded traffic again.
func (g *Page) replay(w http.ResponseWriter, r *http.Request) error {
	traffic, err := wechattest.ReadRecorded(http.MaxBytesReader(w, r.Body, maxTraffic))
	if err != nil {
		return err
	}
	return g.start(func() { _, _ = g.platform.Replay(traffic) })
}

// upload sends a file as a user's picture, voice or video. Without a body it sends a
// sample.
func (g *Page) upload(w http.ResponseWriter, r *http.Request) (outcome, error) {
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpload))
	if err != nil {
		return outcome{}, fmt.Errorf("the file is larger than %d MiB or incomplete: %w", maxUpload>>20, err)
	}
	q := r.URL.Query()
	m, err := g.fileMessage(q.Get("kind"), q.Get("name"), content)
	if err != nil {
		return outcome{}, err
	}
	return g.send(command{User: q.Get("user"), Wait: q.Get("wait") == "true"}, m)
}

// open opens a web page as a user, like a link in WeChat: the platform's consent page
// or a website.
func (g *Page) open(w http.ResponseWriter, r *http.Request) {
	target, err := url.Parse(r.URL.Query().Get("url"))
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		http.Error(w, "url: not a web address", http.StatusBadRequest)
		return
	}
	u, err := g.user(r.URL.Query().Get("user"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	u.Browse()
	if host.Platform(target.Host) {
		target.Scheme, target.Host = "", ""
	}
	http.Redirect(w, r, target.String(), http.StatusFound)
}
