package material

import (
	"context"
	"fmt"
	"io"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Temporary is a temporary media file (临时素材) that was uploaded. The platform keeps it
// for three days.
type Temporary struct {
	Type    Type
	MediaID string // media_id; thumb_media_id for Thumb
	Created officialaccount.Timestamp
}

// Upload uploads a temporary media file. Its id can be used any number of times during
// three days, and only with the same account.
//
// The name must have an extension: png, jpeg, jpg or gif for Image, amr or mp3 for
// Voice, mp4 for Video, jpg or jpeg for Thumb. The maximum size is 2 MiB (and 60
// seconds) for a voice, 10 MiB for a video and 64 KiB for a thumbnail; another name or a
// larger file is an errcode.LimitError. Above 10 MiB the client logs a warning for a
// picture. Errors of the platform: errcode.InvalidFileType, errcode.InvalidFileSize,
// errcode.MediaTooLarge.
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
	media := Temporary{Type: answer.Type, MediaID: answer.ID, Created: answer.Created}
	if media.MediaID == "" {
		media.MediaID = answer.ThumbID
	}
	return &media, nil
}

// Download downloads a temporary media file, such as one that a user has sent. The
// caller closes the file. For a video the platform returns a link; Download follows it
// without the token, and [Service.GetVideoURL] returns it. The error is
// errcode.InvalidMediaID for a file of another account or one older than three days.
//
// GET /cgi-bin/media/get (获取临时素材)
func (s *Service) Download(ctx context.Context, mediaID string) (*officialaccount.File, error) {
	file, err := s.download(ctx, getPath, mediaID)
	if err != nil || !file.IsJSON() {
		return file, err
	}
	url, err := videoURL(file)
	if err != nil {
		return nil, err
	}
	return s.oa.Download(ctx, url)
}

// GetVideoURL returns the link to a temporary video, for
// [officialaccount.Client.Download]. A media file that is not a video is an error.
//
// GET /cgi-bin/media/get (获取临时素材)
func (s *Service) GetVideoURL(ctx context.Context, mediaID string) (string, error) {
	file, err := s.download(ctx, getPath, mediaID)
	if err != nil {
		return "", err
	}
	if !file.IsJSON() {
		_ = file.Close()
		return "", fmt.Errorf("wechat: %s: not a video, the answer is a file of type %q", getPath, file.ContentType)
	}
	return videoURL(file)
}

// DownloadHDVoice downloads a voice that a page recorded through the JS-SDK, by the
// serverId of uploadVoice, as speex at 16 kHz; [Service.Download] returns it as amr at
// 8 kHz. The caller closes the file.
//
// GET /cgi-bin/media/get/jssdk (高清语音素材获取接口)
func (s *Service) DownloadHDVoice(ctx context.Context, mediaID string) (*officialaccount.File, error) {
	const path = "/cgi-bin/media/get/jssdk"
	file, err := s.download(ctx, path, mediaID)
	if err != nil || !file.IsJSON() {
		return file, err
	}
	_ = file.Close()
	return nil, fmt.Errorf("wechat: %s: not a voice, the answer is JSON", path)
}

const getPath = "/cgi-bin/media/get"

func (s *Service) download(ctx context.Context, path, mediaID string) (*officialaccount.File, error) {
	if err := limit.Required(path, "mediaID", mediaID); err != nil {
		return nil, err
	}
	query := struct {
		MediaID string `url:"media_id"`
	}{mediaID}
	return s.oa.Download(ctx, path, officialaccount.WithQuery(query))
}

// videoURL reads the link from an answer and closes it.
func videoURL(file *officialaccount.File) (string, error) {
	var answer struct {
		URL string `json:"video_url"`
	}
	if err := file.JSON(&answer); err != nil {
		return "", err
	}
	if answer.URL == "" {
		return "", fmt.Errorf("wechat: %s: not a video, the answer is JSON without video_url", getPath)
	}
	return answer.URL, nil
}
