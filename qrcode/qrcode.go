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
	maxSceneText    = 64 // characters
	maxPermanentNum = 100_000
)

// Scene is the value that a QR code carries (场景值): a number or a text. Make one with
// [Number] or [Text].
type Scene struct {
	number int64
	text   string
	isText bool
}

// Number makes a scene of a number: 1 to 4294967295 in a temporary code, 1 to 100,000 in a
// permanent one. The bot receives it as decimal digits.
func Number(n int64) Scene { return Scene{number: n} }

// Text makes a scene of a text of 1 to 64 characters.
func Text(s string) Scene { return Scene{text: s, isText: true} }

// String returns the scene as the bot receives it.
func (s Scene) String() string {
	if s.isText {
		return s.text
	}
	return strconv.FormatInt(s.number, 10)
}

// Code is a QR code.
type Code struct {
	Ticket string        // for DownloadImage and ImageURL
	URL    string        // content of the code
	Life   time.Duration // of a temporary code; 0 for a permanent one
}

// CreateTemporary creates a code that expires after life (临时二维码): 1 second to 30 days, in
// whole seconds. Errors: errcode.InvalidActionInfo, errcode.DailyQuotaReached.
//
// POST /cgi-bin/qrcode/create (生成带参数的二维码)
func (s *Service) CreateTemporary(ctx context.Context, scene Scene, life time.Duration) (*Code, error) {
	if err := checkLife(createPath, life); err != nil {
		return nil, err
	}
	in := create{Action: "QR_SCENE", Seconds: int64(life / time.Second)}
	if scene.isText {
		in.Action = "QR_STR_SCENE"
	} else if scene.number == 0 || scene.number != int64(uint32(scene.number)) {
		return nil, limit.Rule(createPath, "scene (scene_id)", "is "+scene.String()+", must be 1 to 4294967295")
	}
	return s.create(ctx, in, scene)
}

// CreatePermanent creates a code that does not expire (永久二维码). An account can create
// 100,000; they cannot be deleted. Errors: errcode.InvalidActionInfo,
// errcode.DailyQuotaReached.
//
// POST /cgi-bin/qrcode/create (生成带参数的二维码)
func (s *Service) CreatePermanent(ctx context.Context, scene Scene) (*Code, error) {
	in := create{Action: "QR_LIMIT_SCENE"}
	if scene.isText {
		in.Action = "QR_LIMIT_STR_SCENE"
	} else if scene.number < 1 || scene.number > maxPermanentNum {
		return nil, limit.Rule(createPath, "scene (scene_id)", "is "+scene.String()+", must be 1 to 100000")
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

func (s *Service) create(ctx context.Context, in create, scene Scene) (*Code, error) {
	if scene.isText {
		if err := limit.Check(createPath, "scene (scene_str)", "characters", utf8.RuneCountInString(scene.text), 1, maxSceneText); err != nil {
			return nil, err
		}
	}
	in.Info.Scene.Number, in.Info.Scene.Text = scene.number, scene.text
	var out struct {
		Ticket  string `json:"ticket"`
		Seconds int64  `json:"expire_seconds"`
		URL     string `json:"url"`
	}
	if err := s.oa.Post(ctx, createPath, in, &out); err != nil {
		return nil, err
	}
	return &Code{out.Ticket, out.URL, time.Duration(out.Seconds) * time.Second}, nil
}

// checkLife checks the life of a temporary code or a short key.
func checkLife(path string, life time.Duration) error {
	if life < time.Second || life > maxLife {
		return limit.Rule(path, "life (expire_seconds)", "is "+life.String()+", must be 1 second to 30 days")
	}
	return nil
}

// ImageURL returns the address of the image of a code, by its ticket. The address needs no
// token, so an img element can use it.
func ImageURL(ticket string) string {
	return imagePath + "?ticket=" + url.QueryEscape(ticket)
}

const imagePath = "https://mp.weixin.qq.com/cgi-bin/showqrcode"

// DownloadImage downloads the image of a code, a JPEG. An unknown or expired ticket is a
// *errcode.ResponseError with HTTP status 404.
//
// GET https://mp.weixin.qq.com/cgi-bin/showqrcode (通过ticket换取二维码)
func (s *Service) DownloadImage(ctx context.Context, ticket string) (*officialaccount.File, error) {
	if err := limit.Required(imagePath, "ticket", ticket); err != nil {
		return nil, err
	}
	query := struct {
		Ticket string `url:"ticket"`
	}{ticket}
	return s.oa.Download(ctx, imagePath, officialaccount.WithQuery(query), officialaccount.WithoutToken())
}
