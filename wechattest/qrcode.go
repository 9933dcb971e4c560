package wechattest

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// qrcodes is the account's parametric QR codes (带参数的二维码), by ticket and by the
// address that each shows.
type qrcodes struct {
	byTicket  map[string]*qrcode
	byURL     map[string]*qrcode
	permanent int
	sweepAt   int // how many codes are kept before the expired ones are let go of
}

// qrcode is one code.
type qrcode struct {
	ticket  string
	url     string // what the code says
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

func qrcodeEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/qrcode/create", body: jsonBody, daily: 100_000, handle: createQRCode},
		{method: http.MethodGet, path: "/cgi-bin/showqrcode", credential: noCredential, handle: showQRCode},
	}
}

// createQRCode is POST /cgi-bin/qrcode/create.
func createQRCode(c *call) (any, error) {
	var in struct {
		Action  string  `json:"action_name"`
		Expires *number `json:"expire_seconds"`
		Info    struct {
			Scene struct {
				ID   *number `json:"scene_id"`
				Text string  `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	permanent, numbered := true, false
	var maxID number = maxPermanentID
	switch in.Action {
	case "QR_SCENE":
		permanent, numbered, maxID = false, true, 1<<32-1
	case "QR_STR_SCENE":
		permanent = false
	case "QR_LIMIT_SCENE":
		numbered = true
	case "QR_LIMIT_STR_SCENE":
	default:
		return nil, fail(40052)
	}
	code := &qrcode{scene: in.Info.Scene.Text}
	if numbered {
		id := in.Info.Scene.ID
		if id == nil || *id < 1 || *id > maxID {
			return nil, fail(40053)
		}
		code.scene = strconv.FormatInt(int64(*id), 10)
	} else if n := utf8.RuneCountInString(code.scene); n < 1 || n > maxSceneText {
		return nil, fail(40053)
	}
	codes := &c.areas.qrcodes
	if permanent {
		if codes.permanent >= maxPermanent {
			return nil, fail(45029)
		}
		codes.permanent++
		codes.add(code, c.now())
		return object{"ticket": code.ticket, "url": code.url}, nil
	}
	seconds := number(60)
	if in.Expires != nil {
		seconds = *in.Expires
	}
	if seconds < 1 || seconds > maxExpireSeconds {
		return nil, fail(40097)
	}
	code.expires = c.now().Add(time.Duration(seconds) * time.Second)
	codes.add(code, c.now())
	return object{"ticket": code.ticket, "expire_seconds": seconds, "url": code.url}, nil
}

// add keeps a code under a new ticket, and lets go of those that have expired.
func (q *qrcodes) add(code *qrcode, now time.Time) {
	if q.byTicket == nil {
		q.byTicket, q.byURL = map[string]*qrcode{}, map[string]*qrcode{}
	}
	if len(q.byTicket) >= q.sweepAt {
		q.sweep(now)
	}
	code.ticket = "gQ" + rand.Text() + rand.Text() + "=="
	code.url = "http://weixin.qq.com/q/02" + rand.Text()
	q.byTicket[code.ticket], q.byURL[code.url] = code, code
}

func (q *qrcodes) sweep(now time.Time) {
	for ticket, old := range q.byTicket {
		if old.expired(now) {
			delete(q.byTicket, ticket)
			delete(q.byURL, old.url)
		}
	}
	q.sweepAt = 2*len(q.byTicket) + 64
}

func (q *qrcode) expired(now time.Time) bool {
	return !q.expires.IsZero() && !now.Before(q.expires)
}

// find returns a code by its ticket or by what it says; nil if there is none, or if
// its time is over.
func (q *qrcodes) find(code string, now time.Time) *qrcode {
	found := q.byTicket[code]
	if found == nil {
		found = q.byURL[code]
	}
	if found == nil || found.expired(now) {
		return nil
	}
	return found
}

// showQRCode is GET https://mp.weixin.qq.com/cgi-bin/showqrcode: the picture of a code.
func showQRCode(c *call) (any, error) {
	code := c.areas.qrcodes.byTicket[c.query.Get("ticket")]
	if code == nil || code.expired(c.now()) {
		return &attachment{status: http.StatusNotFound, contentType: "text/html"}, nil
	}
	picture, err := qrPicture(code.url)
	if err != nil {
		return nil, err
	}
	return &attachment{status: http.StatusOK, contentType: "image/jpg", content: picture}, nil
}

// ErrQRCode is a scan of a code that is not the account's, or whose time is over:
// the user sees that, the bot hears nothing.
var ErrQRCode = errors.New("wechattest: the QR code is unknown or has expired")

// ScanQRCode scans a code that the account made by /cgi-bin/qrcode/create, named by
// its ticket or by what it says: the bot gets SCAN, or a follow with a qrscene_ key
// from a user who does not follow yet. See [User.Scan] for a scan without a code.
func (u *User) ScanQRCode(code string) (*Reply, error) {
	p := u.platform
	p.mu.Lock()
	found := p.areas.qrcodes.find(code, p.now())
	p.mu.Unlock()
	if found == nil {
		return &Reply{}, ErrQRCode
	}
	return u.Scan(found.scene, found.ticket)
}
