package qrcode

import (
	"context"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

const (
	maxLife         = 30 * 24 * time.Hour
	maxSceneText    = 64
	maxPermanentNum = 100_000
)

// Scene is what a QR code brings with it (场景值): a number or a text. Make one with
// [Number] or [Text].
type Scene struct {
	number int64
	text   string
	isText bool
}

// Number is a scene that is a number: of a temporary code any of 32 bits but 0, of a
// permanent one 1 to 100 000. The bot gets it in decimal digits.
func Number(n int64) Scene { return Scene{number: n} }

// Text is a scene that is a text of 1 to 64 characters.
func Text(s string) Scene { return Scene{text: s, isText: true} }

// String is the scene as the bot gets it.
func (s Scene) String() string {
	if s.isText {
		return s.text
	}
	return strconv.FormatInt(s.number, 10)
}

// Code is a QR code.
type Code struct {
	Ticket string        // for Image and ImageURL
	URL    string        // what the code says
	Life   time.Duration // of a temporary code; a permanent one has none
}

// Temporary makes a code that works for life (临时二维码), from a second to 30 days, in
// whole seconds.
//
// Errors: errcode.InvalidActionInfo, DailyQuotaReached.
//
// POST /cgi-bin/qrcode/create (生成带参数的二维码)
func (s *Service) Temporary(ctx context.Context, scene Scene, life time.Duration) (Code, error) {
	if life < time.Second || life > maxLife {
		return Code{}, limit.Rule(createPath, "expire_seconds", "is "+life.String()+", not between 1 second and 30 days")
	}
	in := create{Action: "QR_SCENE", Seconds: int64(life / time.Second)}
	if scene.isText {
		in.Action = "QR_STR_SCENE"
	} else if scene.number == 0 || scene.number != int64(uint32(scene.number)) {
		return Code{}, limit.Rule(createPath, "scene_id", "is "+scene.String()+", not a number of 32 bits other than 0")
	}
	return s.create(ctx, in, scene)
}

// Permanent makes a code that works for ever (永久二维码). An account may have 100 000, and
// none can be deleted.
//
// Errors: errcode.InvalidActionInfo, DailyQuotaReached.
//
// POST /cgi-bin/qrcode/create (生成带参数的二维码)
func (s *Service) Permanent(ctx context.Context, scene Scene) (Code, error) {
	in := create{Action: "QR_LIMIT_SCENE"}
	if scene.isText {
		in.Action = "QR_LIMIT_STR_SCENE"
	} else if scene.number < 1 || scene.number > maxPermanentNum {
		return Code{}, limit.Rule(createPath, "scene_id", "is "+scene.String()+", not between 1 and 100000")
	}
	return s.create(ctx, in, scene)
}

const createPath = "/cgi-bin/qrcode/create"

type create struct {
	Action  string `json:"action_name"`
	Seconds int64  `json:"expire_seconds,omitempty"`
	Info    struct {
		Scene struct {
			Number int64  `json:"scene_id,omitempty"`
			Text   string `json:"scene_str,omitempty"`
		} `json:"scene"`
	} `json:"action_info"`
}

func (s *Service) create(ctx context.Context, in create, scene Scene) (Code, error) {
	if scene.isText {
		if err := limit.Check(createPath, "scene_str", "characters", utf8.RuneCountInString(scene.text), 1, maxSceneText); err != nil {
			return Code{}, err
		}
	}
	in.Info.Scene.Number, in.Info.Scene.Text = scene.number, scene.text
	var out struct {
		Ticket  string `json:"ticket"`
		Seconds int64  `json:"expire_seconds"`
		URL     string `json:"url"`
	}
	err := s.oa.Post(ctx, createPath, in, &out)
	return Code{Ticket: out.Ticket, URL: out.URL, Life: time.Duration(out.Seconds) * time.Second}, err
}

// ImageURL is where anybody gets the image of a code by its ticket, without a token:
// for the src of an img element.
func ImageURL(ticket string) string {
	return imagePath + "?ticket=" + url.QueryEscape(ticket)
}

const imagePath = "https://mp.weixin.qq.com/cgi-bin/showqrcode"

// Image downloads the image of a code (通过ticket换取二维码), a JPEG. A ticket that the
// platform does not know, or no longer, is an error with HTTP status 404.
//
// GET https://mp.weixin.qq.com/cgi-bin/showqrcode (通过ticket换取二维码)
func (s *Service) Image(ctx context.Context, ticket string) (*officialaccount.File, error) {
	if ticket == "" {
		return nil, limit.Rule(imagePath, "ticket", "is empty")
	}
	query := struct {
		Ticket string `url:"ticket"`
	}{ticket}
	return s.oa.Download(ctx, imagePath, officialaccount.WithQuery(query), officialaccount.WithoutToken())
}
