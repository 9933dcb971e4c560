package wechattest

import (
	"path"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// AddMedia adds a file to the temporary media (临时素材) and returns its media_id, for a
// message such as [Image] or [Voice] whose file the bot will download. The kind is
// image, voice, video or thumb.
func (p *Platform) AddMedia(kind, name string, content []byte) (mediaID string) {
	return p.media.Put(kind, name, content)
}

// AddPicture adds a picture to the temporary media, as [Platform.AddMedia] does, and
// returns its address and its media_id, the arguments of [Image].
func (p *Platform) AddPicture(name string, content []byte) (picURL, mediaID string) {
	mediaID = p.AddMedia("image", name, content)
	p.locked(func(s *server.Server) { picURL = s.FileURL(mediaID) })
	return picURL, mediaID
}

// SendImage sends the bot a picture (图片消息) whose file it can download, by
// media_id and by PicUrl.
func (u *User) SendImage(name string, content []byte) (*Reply, error) {
	return u.Send(Image(u.platform.AddPicture(name, content)))
}

// SendVoice sends the bot a voice message (语音消息) whose file it can download.
// The extension of the name, amr or speex, is the format.
func (u *User) SendVoice(name string, content []byte) (*Reply, error) {
	return u.Send(Voice(u.platform.AddMedia("voice", name, content), strings.TrimPrefix(path.Ext(name), ".")))
}

// SendVideo sends the bot a video (视频消息) whose file and picture it can
// download.
func (u *User) SendVideo(name string, content, thumb []byte) (*Reply, error) {
	id := u.platform.AddMedia("video", name, content)
	return u.Send(Video(id, u.platform.AddMedia("thumb", "thumb.jpg", thumb)))
}

// Media returns a temporary or permanent file of the platform.
func (p *Platform) Media(mediaID string) (name string, content []byte, found bool) {
	return p.media.Read(mediaID)
}

// NewsArticle is an article of a permanent news material (永久图文素材). The API cannot
// create new ones; see [Platform.AddNews].
type NewsArticle struct {
	Title           string
	Author          string
	Digest          string
	Content         string // HTML
	SourceURL       string // link "read the original" (阅读原文)
	CoverMediaID    string
	CoverURL        string
	CoverInText     bool   // the text shows the cover too
	URL             string // page of the article
	CommentsOpen    bool   // readers may comment
	FansOnlyComment bool   // only followers may comment
}

// AddNews adds a news material to the permanent materials and returns its media_id. The
// API cannot create new ones, but old accounts have them.
func (p *Platform) AddNews(articles ...NewsArticle) (mediaID string) {
	var list []media.Article
	for _, a := range articles {
		list = append(list, media.Article{
			Title: a.Title, Author: a.Author, Digest: a.Digest, Content: a.Content, ContentSourceURL: a.SourceURL,
			ThumbMediaID: a.CoverMediaID, ThumbURL: a.CoverURL, ShowCoverPic: flag(a.CoverInText), URL: a.URL,
			NeedOpenComment: flag(a.CommentsOpen), OnlyFansCanComment: flag(a.FansOnlyComment),
		})
	}
	return p.media.AddNews(list...)
}
