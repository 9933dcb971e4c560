package material_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

var stamp = apitest.At(1391857799)

func file(name, contentType, content string) *apitest.File {
	return &apitest.File{Field: "media", Name: name, ContentType: contentType, Content: content}
}

func TestUploads(t *testing.T) {
	const path = "/cgi-bin/media/upload"
	apitest.Run(t, []apitest.Case{
		{
			Name: "image",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Upload(ctx, material.Image, "cat.JPG", strings.NewReader("picture"))
			},
			Path: path, Query: "type=image", File: file("cat.JPG", "image/jpeg", "picture"),
			Answer: `{"type":"image","media_id":"MEDIA_ID","created_at":1391857799,"item":[]}`,
			Want:   &material.Temporary{Type: material.Image, MediaID: "MEDIA_ID", Created: stamp},
		}, {
			Name: "thumb, quoted time",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Upload(ctx, material.Thumb, "t.jpg", strings.NewReader("thumb"))
			},
			Path: path, Query: "type=thumb", File: file("t.jpg", "image/jpeg", "thumb"),
			Answer: `{"type":"thumb","thumb_media_id":"THUMB_ID","created_at":"1391857799"}`,
			Want:   &material.Temporary{Type: material.Thumb, MediaID: "THUMB_ID", Created: stamp},
		}, {
			Name: "voice of unknown size",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Upload(ctx, material.Voice, "v.mp3", io.MultiReader(strings.NewReader("voi"), strings.NewReader("ce")))
			},
			Path: path, Query: "type=voice", File: file("v.mp3", "audio/mpeg", "voice"),
			Answer: `{"type":"voice","media_id":"VOICE_ID","created_at":1391857799}`,
			Want:   &material.Temporary{Type: material.Voice, MediaID: "VOICE_ID", Created: stamp},
		}, {
			Name: "video",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Upload(ctx, material.Video, "v.mp4", bytes.NewReader([]byte("video")))
			},
			Path: path, Query: "type=video", File: file("v.mp4", "video/mp4", "video"),
			Answer: `{"type":"video","media_id":"VIDEO_ID","created_at":1391857799}`,
			Want:   &material.Temporary{Type: material.Video, MediaID: "VIDEO_ID", Created: stamp},
		}, {
			Name: "permanent image",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Add(ctx, material.Image, "cat.png", strings.NewReader("picture"))
			},
			Path: "/cgi-bin/material/add_material", Query: "type=image", File: file("cat.png", "image/png", "picture"),
			Answer: `{"media_id":"MEDIA_ID","url":"http://mmbiz.qpic.cn/x?wx_fmt=png","item":[]}`,
			Want:   &material.Added{MediaID: "MEDIA_ID", URL: "http://mmbiz.qpic.cn/x?wx_fmt=png"},
		}, {
			Name: "permanent video",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).AddVideo(ctx, "v.mp4", "标题 <&>", "介绍", strings.NewReader("video"))
			},
			Path: "/cgi-bin/material/add_material", Query: "type=video", File: file("v.mp4", "video/mp4", "video"),
			Form:   map[string]string{"description": `{"title":"标题 <&>","introduction":"介绍"}`},
			Answer: `{"media_id":"VIDEO_ID","url":""}`,
			Want:   &material.Added{MediaID: "VIDEO_ID"},
		}, {
			Name: "image of an article",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).UploadArticleImage(ctx, "a.jpg", strings.NewReader("picture"))
			},
			Path: "/cgi-bin/media/uploadimg", File: file("a.jpg", "image/jpeg", "picture"),
			Answer: `{"url":"http://mmbiz.qpic.cn/mmbiz/x/0","errcode":0,"errmsg":"ok"}`,
			Want:   "http://mmbiz.qpic.cn/mmbiz/x/0",
		},
	})
}

var item = article.Article{
	Title: "标题", Author: "作者", Digest: "摘要", Content: "<p>内容</p>", SourceURL: "https://example.com/?a=1&b=2",
	CoverMediaID: "THUMB", CoverURL: "http://mmbiz.qpic.cn/t", CoverInText: true, URL: "http://mp.weixin.qq.com/s?a=1&b=2",
	CommentsOpen: true, FansOnlyComment: true,
}

const itemJSON = `{"title":"标题","author":"作者","digest":"摘要","content":"<p>内容</p>","content_source_url":"https://example.com/?a=1&b=2",
	"thumb_media_id":"THUMB","thumb_url":"http://mmbiz.qpic.cn/t","show_cover_pic":1,"url":"http://mp.weixin.qq.com/s?a=1&b=2",
	"need_open_comment":1,"only_fans_can_comment":1}`

func TestReads(t *testing.T) {
	apitest.Filled(t, item, "Type", "Images", "ProductFooter", "Crop235x1", "Crop1x1", "Crops", "Deleted")
	apitest.Run(t, []apitest.Case{
		{
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return nil, material.New(oa).Delete(ctx, "MEDIA_ID")
			},
			Path: "/cgi-bin/material/del_material",
			Body: `{"media_id":"MEDIA_ID"}`,
		}, {
			Do:     func(ctx context.Context, oa *officialaccount.Client) (any, error) { return material.New(oa).Count(ctx) },
			Method: "GET",
			Path:   "/cgi-bin/material/get_materialcount",
			Answer: `{"voice_count":1,"video_count":2,"image_count":3,"news_count":4}`,
			Want:   &material.Counts{Voice: 1, Video: 2, Image: 3, News: 4},
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).List(ctx, material.News, 0, 20)
			},
			Path: "/cgi-bin/material/batchget_material", Retried: true,
			Body: `{"type":"news","offset":0,"count":20}`,
			Answer: `{"total_count":1,"item_count":1,"item":[{"media_id":"NEWS_ID","update_time":1391857799,
				"content":{"news_item":[` + itemJSON + `],"create_time":1391857799,"update_time":1391857799}}]}`,
			Want: &material.Page{Total: 1, Items: []material.Item{{MediaID: "NEWS_ID", Updated: stamp,
				News: article.Post{ID: "NEWS_ID", Articles: []article.Article{item}, Created: stamp, Updated: stamp}}}},
		}, {
			Name: "list of pictures",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).List(ctx, material.Image, 40, 2)
			},
			Path: "/cgi-bin/material/batchget_material", Retried: true,
			Body: `{"type":"image","offset":40,"count":2}`,
			Answer: `{"total_count":"41","item_count":1,"item":[{"media_id":"MEDIA_ID","update_time":"1391857799",
				"name":"cat.png","url":"http://mmbiz.qpic.cn/x"}]}`,
			Want: &material.Page{Total: 41, Items: []material.Item{{MediaID: "MEDIA_ID", Updated: stamp, Name: "cat.png", URL: "http://mmbiz.qpic.cn/x"}}},
		}, {
			Name: "permanent news",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Get(ctx, "NEWS_ID")
			},
			Path: "/cgi-bin/material/get_material", Retried: true,
			Body:   `{"media_id":"NEWS_ID"}`,
			Answer: `{"news_item":[` + itemJSON + `],"create_time":1391857799,"update_time":1391857799}`,
			Want:   &material.Content{News: &article.Post{ID: "NEWS_ID", Articles: []article.Article{item}, Created: stamp, Updated: stamp}},
		}, {
			Name: "permanent video",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Get(ctx, "VIDEO_ID")
			},
			Path: "/cgi-bin/material/get_material", Retried: true,
			Body:   `{"media_id":"VIDEO_ID"}`,
			Answer: `{"title":"标题","description":"介绍","down_url":"http://mp.weixin.qq.com/v?a=1&b=2"}`,
			Want:   &material.Content{Video: &material.VideoContent{Title: "标题", Description: "介绍", URL: "http://mp.weixin.qq.com/v?a=1&b=2"}},
		}, {
			Name: "permanent material that is unknown",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Get(ctx, "NO_ID")
			},
			Path:   "/cgi-bin/material/get_material",
			Body:   `{"media_id":"NO_ID"}`,
			Answer: `{"errcode":40007,"errmsg":"invalid media_id"}`,
			Fails:  errcode.InvalidMediaID,
		}, {
			Name: "link of a video",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).GetVideoURL(ctx, "VIDEO_ID")
			},
			Method: "GET",
			Path:   "/cgi-bin/media/get",
			Query:  "media_id=VIDEO_ID",
			Answer: `{"video_url":"http://mp.weixin.qq.com/v?a=1&b=2"}`,
			Want:   "http://mp.weixin.qq.com/v?a=1&b=2",
		}, {
			Name: "medium that is unknown",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return material.New(oa).Download(ctx, "NO_ID")
			},
			Method: "GET",
			Path:   "/cgi-bin/media/get",
			Query:  "media_id=NO_ID",
			Answer: `{"errcode":40007,"errmsg":"invalid media_id"}`,
			Fails:  errcode.InvalidMediaID,
		},
	})
}

// read reads a file to its end and closes it.
func read(t *testing.T, f *officialaccount.File) string {
	t.Helper()
	defer func() { require.NoError(t, f.Close()) }()
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	return string(b)
}

func TestDownloads(t *testing.T) {
	jpeg := apitest.Answer{Body: "picture", ContentType: "image/jpeg", Filename: "MEDIA_ID.jpg"}
	for _, c := range []struct {
		path, query, body string
		open              func(context.Context, *material.Service) (*officialaccount.File, error)
	}{
		{"/cgi-bin/media/get", "MEDIA_ID", "", func(ctx context.Context, s *material.Service) (*officialaccount.File, error) {
			return s.Download(ctx, "MEDIA_ID")
		}},
		{"/cgi-bin/media/get/jssdk", "MEDIA_ID", "", func(ctx context.Context, s *material.Service) (*officialaccount.File, error) {
			return s.DownloadHDVoice(ctx, "MEDIA_ID")
		}},
		{"/cgi-bin/material/get_material", "", `{"media_id":"MEDIA_ID"}`, func(ctx context.Context, s *material.Service) (*officialaccount.File, error) {
			content, err := s.Get(ctx, "MEDIA_ID")
			if err != nil {
				return nil, err
			}
			require.Nil(t, content.Video)
			require.Nil(t, content.News)
			return content.File, nil
		}},
	} {
		t.Run(c.path, func(t *testing.T) {
			p := apitest.New(t, jpeg)
			f, err := c.open(t.Context(), material.New(p.Client()))
			require.NoError(t, err)
			require.Equal(t, "image/jpeg", f.ContentType)
			require.Equal(t, "MEDIA_ID.jpg", f.Name)
			require.EqualValues(t, 7, f.Size)
			require.Equal(t, "picture", read(t, f))
			call := p.Calls()[0]
			require.Equal(t, c.path, call.Path)
			require.Equal(t, c.query, call.Query.Get("media_id"))
			require.Equal(t, c.body, call.Body)
			require.Equal(t, apitest.Token, call.Query.Get("access_token"))
		})
	}
}

// TestVideoIsFollowed opens a temporary video: the link is fetched without the token.
func TestVideoIsFollowed(t *testing.T) {
	p := apitest.New(t,
		apitest.JSON(`{"video_url":"https://mpvideo.qpic.cn/v.mp4?vkey=1&a=2"}`),
		apitest.Answer{Body: "video", ContentType: "video/mp4"})
	f, err := material.New(p.Client()).Download(t.Context(), "VIDEO_ID")
	require.NoError(t, err)
	require.Equal(t, "video", read(t, f))
	calls := p.Calls()
	require.Len(t, calls, 2)
	require.Equal(t, "GET mpvideo.qpic.cn/v.mp4", calls[1].Method+" "+calls[1].Host+calls[1].Path)
	require.Equal(t, "a=2&vkey=1", calls[1].Query.Encode())
	require.Empty(t, calls[1].Header.Get("Referer"))
}

func TestAnswersThatAreNoVideo(t *testing.T) {
	p := apitest.New(t, apitest.Answer{Body: "picture", ContentType: "image/jpeg"}, apitest.JSON(`{"something":"else"}`))
	_, err := material.New(p.Client()).GetVideoURL(t.Context(), "MEDIA_ID")
	require.ErrorContains(t, err, `not a video, the answer is a file of type "image/jpeg"`)
	_, err = material.New(p.Client()).Download(t.Context(), "MEDIA_ID")
	require.ErrorContains(t, err, "JSON without video_url")
	_, err = material.New(p.Client()).DownloadHDVoice(t.Context(), "MEDIA_ID")
	require.ErrorContains(t, err, "not a voice")
}

func pageOf(total, from, to int) apitest.Answer {
	var items []string
	for i := from; i < to; i++ {
		items = append(items, fmt.Sprintf(`{"media_id":"%d","update_time":1391857799,"name":"n","url":"u"}`, i))
	}
	return apitest.JSON(fmt.Sprintf(`{"total_count":%d,"item_count":%d,"item":[%s]}`, total, to-from, strings.Join(items, ",")))
}

func TestAll(t *testing.T) {
	walk := func(answers ...apitest.Answer) (n int, bodies []string, err error) {
		p := apitest.New(t, answers...)
		for item, err := range material.New(p.Client()).All(t.Context(), material.Voice) {
			if err != nil {
				return n, nil, err
			}
			require.Equal(t, fmt.Sprint(n), item.MediaID)
			n++
		}
		for _, call := range p.Calls() {
			bodies = append(bodies, call.Body)
		}
		return n, bodies, nil
	}
	body := func(offset int) string { return fmt.Sprintf(`{"type":"voice","offset":%d,"count":20}`, offset) }

	n, bodies, err := walk(pageOf(45, 0, 20), pageOf(45, 20, 40), pageOf(45, 40, 45))
	require.NoError(t, err)
	require.Equal(t, 45, n)
	require.Equal(t, []string{body(0), body(20), body(40)}, bodies)

	n, bodies, err = walk(pageOf(0, 0, 0))
	require.NoError(t, err)
	require.Zero(t, n)
	require.Len(t, bodies, 1)

	// something was deleted during the loop: the total is not reached
	n, bodies, err = walk(pageOf(40, 0, 20), pageOf(40, 20, 20))
	require.NoError(t, err)
	require.Equal(t, 20, n)
	require.Len(t, bodies, 2)

	n, _, err = walk(pageOf(40, 0, 20), apitest.JSON(`{"errcode":45009,"errmsg":"reach max api daily quota limit"}`))
	require.ErrorIs(t, err, errcode.ErrQuota)
	require.Equal(t, 20, n)
}

func TestRefusals(t *testing.T) {
	type call = func(context.Context, *officialaccount.Client) (any, error)
	upload := func(k material.Type, name string, r io.Reader) call {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return material.New(oa).Upload(ctx, k, name, r)
		}
	}
	add := func(k material.Type, name string, r io.Reader) call {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return material.New(oa).Add(ctx, k, name, r)
		}
	}
	list := func(k material.Type, offset, count int) call {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return material.New(oa).List(ctx, k, offset, count)
		}
	}
	sized := func(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }
	endless := func() io.Reader { return io.LimitReader(zeros{}, 64<<20) }
	onDisk, err := os.Create(filepath.Join(t.TempDir(), "thumb.jpg"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = onDisk.Close() })
	require.NoError(t, onDisk.Truncate(64<<10+1))

	apitest.Refuses(t, map[string]call{
		"media has no reader": upload(material.Image, "a.jpg", nil),
		"media/upload: type must be image, voice, video or thumb": upload(material.News, "a.jpg", sized(1)),
		"add_material: type must be image, voice, video or thumb": add("film", "a.jpg", sized(1)),
		"media has 0 bytes, at least 1 are needed":                upload(material.Voice, "a.mp3", sized(0)),
		"upload: media has 0 bytes, at least 1 are needed":        upload(material.Image, "a.png", sized(0)),
		"name is \"cat\", must end in .png, .jpeg, .jpg, .gif":    upload(material.Image, "cat", sized(1)),
		"name is \"a.wav\", must end in .amr, .mp3":               upload(material.Voice, "a.wav", sized(1)),
		"name is \"a.avi\", must end in .mp4":                     upload(material.Video, "a.avi", sized(1)),
		"name is \"a.png\", must end in .jpg, .jpeg":              upload(material.Thumb, "a.png", sized(1)),
		"name is \"a.webp\", must end in .bmp, .png, .j":          add(material.Image, "a.webp", sized(1)),
		"media has 2097153 bytes, at most 2097152 are allowed":    upload(material.Voice, "a.mp3", sized(2<<20+1)),
		"media has 10485761 bytes, at most 10485760 are allowed":  upload(material.Video, "a.mp4", sized(10<<20+1)),
		"media has 65537 bytes, at most 65536 are allowed":        upload(material.Thumb, "a.jpg", onDisk),
		"add_material: media has 2097153 bytes, at most 2097152":  add(material.Voice, "a.wma", sized(2<<20+1)),
		"add_material: type is video: u":                          add(material.Video, "a.mp4", sized(1)),
		"bytes, at most 10485760 are allowed":                     upload(material.Video, "a.mp4", endless()),
		"bytes, at most 65536 are allowed":                        add(material.Thumb, "a.jpg", endless()),
		"title is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return material.New(oa).AddVideo(ctx, "a.mp4", "", "介绍", sized(1))
		},
		"uploadimg: media has 1048576 bytes, at most 1048575 are allowed": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return material.New(oa).UploadArticleImage(ctx, "a.png", sized(1<<20))
		},
		"batchget_material: type must be image, voice, video or news": list(material.Thumb, 0, 20),
		"offset is negative":                         list(material.Image, -1, 20),
		"count has 0 items, at least 1 are needed":   list(material.Image, 0, 0),
		"count has 21 items, at most 20 are allowed": list(material.Image, 0, 21),
		"del_material: mediaID is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return nil, material.New(oa).Delete(ctx, "")
		},
		"get_material: mediaID is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return material.New(oa).Get(ctx, "")
		},
		"media/get: mediaID is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return material.New(oa).Download(ctx, "")
		},
		"media/get/jssdk: mediaID is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return material.New(oa).DownloadHDVoice(ctx, "")
		},
	})
}

// TestLargePicture sends what the documents disagree on, with a warning.
func TestLargePicture(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"type":"image","media_id":"MEDIA_ID","created_at":1391857799}`))
	_, err := material.New(p.Client()).Upload(t.Context(), material.Image, "a.jpg", bytes.NewReader(make([]byte, 10<<20+1)))
	require.NoError(t, err)
	require.Contains(t, p.Log(), "the file is large")
	require.Len(t, p.Calls(), 1)
}

// TestLargestFiles sends files that are as large as the platform allows, without a warning.
func TestLargestFiles(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"media_id":"MEDIA_ID","url":"http://mmbiz.qpic.cn/x"}`))
	service, sized := material.New(p.Client()), func(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }
	for _, c := range []struct {
		kind material.Type
		name string
		size int
	}{
		{material.Image, "a.gif", 10 << 20}, {material.Voice, "a.amr", 2 << 20}, {material.Thumb, "a.jpg", 64 << 10}, {material.Thumb, "a.JPEG", 1},
	} {
		_, err := service.Upload(t.Context(), c.kind, c.name, sized(c.size))
		require.NoError(t, err, c.name)
		_, err = service.Add(t.Context(), c.kind, c.name, sized(c.size))
		require.NoError(t, err, c.name)
	}
	_, err := service.Upload(t.Context(), material.Video, "a.mp4", sized(10<<20))
	require.NoError(t, err)
	_, err = service.AddVideo(t.Context(), "a.mp4", "标题", "", sized(10<<20))
	require.NoError(t, err)
	_, err = service.UploadArticleImage(t.Context(), "a.png", sized(1<<20-1))
	require.NoError(t, err)
	require.Empty(t, p.Log())
}

// TestNames uploads files whose names are not ASCII: the platform receives them as they are.
func TestNames(t *testing.T) {
	for _, name := range []string{"春节海报.jpg", "été-1.PNG", "写真_夏.gif"} {
		p := apitest.New(t, apitest.JSON(`{"media_id":"MEDIA_ID"}`))
		_, err := material.New(p.Client()).Upload(t.Context(), material.Image, name, strings.NewReader("picture"))
		require.NoError(t, err)
		_, err = material.New(p.Client()).Add(t.Context(), material.Image, name, strings.NewReader("picture"))
		require.NoError(t, err)
		for _, call := range p.Calls() {
			require.Equal(t, name, call.File.Name)
		}
	}
}

// TestBrokenReader uploads from a reader that fails.
func TestBrokenReader(t *testing.T) {
	broken := errors.New("the disk is gone")
	p := apitest.New(t)
	_, err := material.New(p.Client()).Upload(t.Context(), material.Voice, "a.mp3", io.MultiReader(strings.NewReader("x"), failing{broken}))
	require.ErrorIs(t, err, broken)
	require.Empty(t, p.Calls())
}

type failing struct{ err error }

func (r failing) Read([]byte) (int, error) { return 0, r.err }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
