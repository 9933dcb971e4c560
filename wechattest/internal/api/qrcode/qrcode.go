// Package qrcode models parametric QR codes (带参数的二维码).
package qrcode

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// qrcode is one code.
type qrcode struct {
	ticket  string
	url     string // content of the code
	scene   string
	expires time.Time // zero for a permanent one
}

// The limits of QR codes.
const (
	maxExpireSeconds = 30 * 24 * 60 * 60
	maxPermanentID   = 100_000
	maxSceneText     = 64 // characters
	maxPermanent     = 100_000
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s         *server.Server
	byTicket  map[string]*qrcode
	byURL     map[string]*qrcode
	permanent int
	sweepAt   int // how many codes are kept before expired ones are deleted
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s, byTicket: map[string]*qrcode{}, byURL: map[string]*qrcode{}}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/qrcode/create", Daily: 100_000, Handle: server.JSON(a.createQRCode)},
		{Method: http.MethodGet, Path: "/cgi-bin/showqrcode", Credential: server.NoCredential, Handle: a.showQRCode},
	}...)
	return a
}

// createQRCode is POST /cgi-bin/qrcode/create.
func (a *Area) createQRCode(c *server.Call, in struct {
	Action  string         `json:"action_name"`
	Expires *server.Number `json:"expire_seconds"`
	Info    struct {
		Scene struct {
			ID   *server.Number `json:"scene_id"`
			Text string         `json:"scene_str"`
		} `json:"scene"`
	} `json:"action_info"`
}) (any, error) {
	permanent, numbered := true, false
	var maxID server.Number = maxPermanentID
	switch in.Action {
	case "QR_SCENE":
		permanent, numbered, maxID = false, true, 1<<32-1
	case "QR_STR_SCENE":
		permanent = false
	case "QR_LIMIT_SCENE":
		numbered = true
	case "QR_LIMIT_STR_SCENE":
	default:
		return nil, server.Fail(40052)
	}
	code := &qrcode{scene: in.Info.Scene.Text}
	if numbered {
		id := in.Info.Scene.ID
		if id == nil || *id < 1 || *id > maxID {
			return nil, server.Fail(40053)
		}
		code.scene = strconv.FormatInt(int64(*id), 10)
	} else if n := utf8.RuneCountInString(code.scene); n < 1 || n > maxSceneText {
		return nil, server.Fail(40053)
	}
	if permanent {
		if a.permanent >= maxPermanent {
			return nil, server.Fail(45029)
		}
		a.permanent++
		a.add(code, c.Now())
		return server.Object{"ticket": code.ticket, "url": code.url}, nil
	}
	seconds := server.Number(60)
	if in.Expires != nil {
		seconds = *in.Expires
	}
	if seconds < 1 || seconds > maxExpireSeconds {
		return nil, server.Fail(40097)
	}
	code.expires = c.Now().Add(time.Duration(seconds) * time.Second)
	a.add(code, c.Now())
	return server.Object{"ticket": code.ticket, "expire_seconds": seconds, "url": code.url}, nil
}

// add stores a code under a new ticket, and deletes expired ones.
func (a *Area) add(code *qrcode, now time.Time) {
	if len(a.byTicket) >= a.sweepAt {
		a.sweep(now)
	}
	code.ticket = "gQ" + rand.Text() + rand.Text() + "=="
	code.url = "http://weixin.qq.com/q/02" + rand.Text()
	a.byTicket[code.ticket], a.byURL[code.url] = code, code
}

func (a *Area) sweep(now time.Time) {
	for ticket, old := range a.byTicket {
		if old.expired(now) {
			delete(a.byTicket, ticket)
			delete(a.byURL, old.url)
		}
	}
	a.sweepAt = 2*len(a.byTicket) + 64
}

func (q *qrcode) expired(now time.Time) bool {
	return !q.expires.IsZero() && !now.Before(q.expires)
}

// find returns a code by its ticket or its content, or nil if it does not exist or has
// expired.
func (a *Area) find(code string, now time.Time) *qrcode {
	found := a.byTicket[code]
	if found == nil {
		found = a.byURL[code]
	}
	if found == nil || found.expired(now) {
		return nil
	}
	return found
}

// showQRCode is GET https://mp.weixin.qq.com/cgi-bin/showqrcode: the picture of a code.
func (a *Area) showQRCode(c *server.Call) (any, error) {
	code := a.byTicket[c.Query.Get("ticket")]
	if code == nil || code.expired(c.Now()) {
		return &server.Attachment{Status: http.StatusNotFound, ContentType: "text/html"}, nil
	}
	picture, err := qrPicture(code.url)
	if err != nil {
		return nil, err
	}
	return &server.Attachment{ContentType: "image/jpg", Content: picture}, nil
}

// Code is a valid QR code.
type Code struct {
	Ticket, URL, Scene string
	Expiry             time.Time // zero for a permanent code
}

// List returns the valid codes, sorted by scene.
func (a *Area) List() []Code {
	a.s.Lock()
	defer a.s.Unlock()
	var list []Code
	for _, c := range a.byTicket {
		if !c.expired(a.s.Now()) {
			list = append(list, c.code())
		}
	}
	slices.SortFunc(list, func(a, b Code) int {
		return cmp.Or(strings.Compare(a.Scene, b.Scene), strings.Compare(a.Ticket, b.Ticket))
	})
	return list
}

// Find returns a code by its ticket or its content.
func (a *Area) Find(text string) (Code, bool) {
	a.s.Lock()
	defer a.s.Unlock()
	found := a.find(text, a.s.Now())
	if found == nil {
		return Code{}, false
	}
	return found.code(), true
}

func (q *qrcode) code() Code { return Code{q.ticket, q.url, q.scene, q.expires} }
