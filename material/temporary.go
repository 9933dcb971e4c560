package material

import (
	"context"
	"fmt"
	"io"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Temporary is a temporary medium (临时素材) that was uploaded. It lives three days.
type Temporary struct {
	Type    Type
	ID      string // media_id, or thumb_media_id of a Thumb
	Created officialaccount.Timestamp
}

// Upload uploads a temporary medium, which can be used any number of times for three
// days.
//
// The name needs an extension: png, jpeg, jpg or gif for Image, amr or mp3 for
// Voice, mp4 for Video, jpg for Thumb. A voice may have 2 MiB (and 60 seconds), a video
// 10 MiB, a thumbnail 64 KiB; more is an [errcode.LimitError]. Of pictures above
// 10 MiB the log warns. The platform refuses with errcode.InvalidFileType,
// errcode.InvalidFileSize or errcode.MediaTooLarge what it does not take.
//
// POST /cgi-bin/media/upload (新增临时素材)
func (s *Service) Upload(ctx context.Context, t Type, name string, r io.Reader) (*Temporary, error) {
	const path = "/cgi-bin/media/upload"
	up := officialaccount.Upload{Name: name, Body: r}
	opts, err := check(path, temporary, t, &up)
	if err != nil {
		return nil, err
	}
	query := struct {
		Type Type `url:"type"`
	}{t}
	var answer struct {
		Type    Type                      `json:"type"`
		ID      string                    `json:"media_id"`
		ThumbID string                    `json:"thumb_media_id"`
		Created officialaccount.Timestamp `json:"created_at"`
	}
	if err := s.oa.Upload(ctx, path, up, &answer, append(opts, officialaccount.WithQuery(query))...); err != nil {
		return nil, err
	}
	media := Temporary{Type: answer.Type, ID: answer.ID, Created: answer.Created}
	if media.ID == "" {
		media.ID = answer.ThumbID
	}
	return &media, nil
}

// Open downloads a temporary medium, such as one that a user has sent. The caller
// closes the file. Of a video the platform gives a link only, which Open follows
// without the token; [Service.VideoURL] returns it. The error is errcode.InvalidMediaID for a medium of
// another account or one that is older than three days.
//
// GET /cgi-bin/media/get (获取临时素材)
func (s *Service) Open(ctx context.Context, mediaID string) (*officialaccount.File, error) {
	file, err := s.download(ctx, "/cgi-bin/media/get", mediaID)
	if err != nil || !file.IsJSON() {
		return file, err
	}
	url, err := videoURL(file)
	if err != nil {
		return nil, err
	}
	return s.oa.Download(ctx, url)
}

// VideoURL returns the link to a temporary video, which
// [officialaccount.Client.Download] fetches. It is an error if the medium is no video.
//
// GET /cgi-bin/media/get (获取临时素材)
func (s *Service) VideoURL(ctx context.Context, mediaID string) (string, error) {
	file, err := s.download(ctx, "/cgi-bin/media/get", mediaID)
	if err != nil {
		return "", err
	}
	if !file.IsJSON() {
		_ = file.Close()
		return "", fmt.Errorf("wechat: /cgi-bin/media/get: the medium is a file of type %q, no video", file.ContentType)
	}
	return videoURL(file)
}

// OpenHDVoice downloads a voice that a page recorded through the JS-SDK, by the
// serverId of uploadVoice, in speex at 16 kHz; [Service.Open] gives it in amr at 8 kHz.
// The caller closes the file.
//
// GET /cgi-bin/media/get/jssdk (高清语音素材获取接口)
func (s *Service) OpenHDVoice(ctx context.Context, mediaID string) (*officialaccount.File, error) {
	const path = "/cgi-bin/media/get/jssdk"
	file, err := s.download(ctx, path, mediaID)
	if err != nil || !file.IsJSON() {
		return file, err
	}
	_ = file.Close()
	return nil, fmt.Errorf("wechat: %s: the answer is JSON, no voice", path)
}

func (s *Service) download(ctx context.Context, path, mediaID string) (*officialaccount.File, error) {
	if mediaID == "" {
		return nil, limit.Rule(path, "media_id", "is empty")
	}
	query := struct {
		MediaID string `url:"media_id"`
	}{mediaID}
	return s.oa.Download(ctx, path, officialaccount.WithQuery(query))
}

// videoURL reads the link out of an answer and closes it.
func videoURL(file *officialaccount.File) (string, error) {
	var answer struct {
		URL string `json:"video_url"`
	}
	if err := file.JSON(&answer); err != nil {
		return "", err
	}
	if answer.URL == "" {
		return "", fmt.Errorf("wechat: /cgi-bin/media/get: the answer is JSON without video_url")
	}
	return answer.URL, nil
}
