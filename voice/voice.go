// Package voice recognizes speech and translates text (AI开放接口).
//
//	voices := voice.New(oa)
//	text, err := voices.Recognize(ctx, voice.Chinese, "question.mp3", file)
//	if err != nil {
//		return err
//	}
//	english, err := voices.Translate(ctx, voice.Chinese, voice.English, text)
//
// A recording is mp3, 16 kHz, mono, at most 1 MiB. Voice messages are amr, which these
// calls do not accept. The platform recognizes them itself if speech recognition is
// switched on for the account on the developer platform (微信开发者平台); see
// Voice.Recognition of package message.
//
// The documents name no quota for these calls. openapi.Service.GetQuota returns that of
// an account. A third-party platform cannot make these calls for an account.
package voice

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service recognizes speech and translates text for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Language is a language that is spoken or written.
type Language string

// The languages that the platform knows.
const (
	Chinese Language = "zh_CN"
	English Language = "en_US"
)

const (
	maxSize    = 1 << 20          // of a recording, in bytes
	maxContent = 600              // of a text to translate, in bytes
	resultLife = 10 * time.Second // how long after the upload the result can be fetched
)

// ErrNoResult is returned by [Service.Recognize] if there is no text within ten seconds of the
// upload: the platform is slow, or the recording has no speech.
var ErrNoResult = errors.New("voice: no text within 10 seconds of the upload")

// Recognize returns the text of a recording. It uploads the recording with [Service.Add]
// and asks for the text every second, for at most ten seconds; then the error is
// [ErrNoResult]. Other errors are those of Add and [Service.GetResult].
//
// POST /cgi-bin/media/voice/addvoicetorecofortext (提交语音)
func (s *Service) Recognize(ctx context.Context, lang Language, name string, r io.Reader) (string, error) {
	id := rand.Text()
	if err := s.Add(ctx, id, lang, name, r); err != nil {
		return "", err
	}
	for end := time.Now().Add(resultLife); time.Now().Before(end); {
		text, err := s.GetResult(ctx, id, lang)
		if text != "" || err != nil && !errors.Is(err, errcode.SystemBusy) {
			return text, err
		}
		if err := backoff.Sleep(ctx, time.Second); err != nil {
			return "", err
		}
	}
	return "", ErrNoResult
}

// Add uploads a recording for recognition: mp3, 16 kHz, mono, at most 1 MiB, with a name
// that ends in .mp3. The caller chooses voiceID, a new one for each recording, and fetches the
// text with [Service.GetResult]. If lang is empty, the platform assumes Chinese. Errors:
// errcode.InvalidVoiceSize.
//
// POST /cgi-bin/media/voice/addvoicetorecofortext (提交语音)
func (s *Service) Add(ctx context.Context, voiceID string, lang Language, name string, r io.Reader) error {
	const op = "/cgi-bin/media/voice/addvoicetorecofortext"
	if err := limit.Required(op, "voiceID", voiceID); err != nil {
		return err
	}
	if !strings.EqualFold(path.Ext(name), ".mp3") {
		return limit.Rule(op, "name", "is "+strconv.Quote(name)+", must end in .mp3")
	}
	body, err := limit.Size(op, "media", r, maxSize)
	if err != nil {
		return err
	}
	query := struct {
		Format string `url:"format"`
		voiceQuery
	}{"mp3", voiceQuery{voiceID, lang}}
	return s.oa.Upload(ctx, op, officialaccount.Upload{Name: name, Body: body}, nil, officialaccount.WithQuery(query))
}

// GetResult returns the text of a recording, which [Service.Add] uploaded in the last
// ten seconds. Until the text is ready, it is empty or the error is errcode.SystemBusy.
//
// POST /cgi-bin/media/voice/queryrecoresultfortext (获取语音识别结果)
func (s *Service) GetResult(ctx context.Context, voiceID string, lang Language) (string, error) {
	const op = "/cgi-bin/media/voice/queryrecoresultfortext"
	if err := limit.Required(op, "voiceID", voiceID); err != nil {
		return "", err
	}
	var out struct {
		Text string `json:"result"`
	}
	err := s.oa.Post(ctx, op, nil, &out, officialaccount.WithQuery(voiceQuery{voiceID, lang}), officialaccount.WithRetry())
	return out.Text, err
}

// voiceQuery names a recording.
type voiceQuery struct {
	ID       string   `url:"voice_id"`
	Language Language `url:"lang,omitempty"`
}

// Translate translates a text of 1 to 600 bytes, about 200 Chinese characters. Errors:
// errcode.InvalidArgsSize.
//
// POST /cgi-bin/media/voice/translatecontent (微信翻译)
func (s *Service) Translate(ctx context.Context, from, to Language, text string) (string, error) {
	const op = "/cgi-bin/media/voice/translatecontent"
	if err := limit.Required(op, "from (lfrom)", string(from), "to (lto)", string(to), "text (content)", text); err != nil {
		return "", err
	}
	if err := limit.Check(op, "text (content)", "bytes", len(text), 1, maxContent); err != nil {
		return "", err
	}
	query := struct {
		From Language `url:"lfrom"`
		To   Language `url:"lto"`
	}{from, to}
	in := struct {
		Text string `json:"content"`
	}{text}
	var out struct {
		Text string `json:"to_content"`
	}
	err := s.oa.Post(ctx, op, in, &out, officialaccount.WithQuery(query), officialaccount.WithRetry())
	return out.Text, err
}
