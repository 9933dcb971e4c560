package wechattest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// form is a multipart form with one file and other fields.
func form(t *testing.T, field, name, content string, fields ...string) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part := textproto.MIMEHeader{}
	disposition := `form-data; name="` + field + `"`
	if name != "" {
		disposition += `; filename="` + name + `"`
	}
	part.Set("Content-Disposition", disposition)
	part.Set("Content-Type", "application/octet-stream")
	p, err := w.CreatePart(part)
	require.NoError(t, err)
	_, err = io.WriteString(p, content)
	require.NoError(t, err)
	for i := 0; i < len(fields); i += 2 {
		require.NoError(t, w.WriteField(fields[i], fields[i+1]))
	}
	require.NoError(t, w.Close())
	return w.FormDataContentType(), b.Bytes()
}

// upload posts a form.
func (c caller) upload(path, kind, field, name, content string, fields ...string) answer {
	c.t.Helper()
	contentType, body := form(c.t, field, name, content, fields...)
	return c.raw(path, kind, contentType, bytes.NewReader(body))
}

func (c caller) raw(path, kind, contentType string, body io.Reader) answer {
	c.t.Helper()
	q := url.Values{"access_token": {c.token}}
	if kind != "" {
		q.Set("type", kind)
	}
	resp, err := c.http.Post(c.base+path+"?"+q.Encode(), contentType, body)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	got := answer{Status: resp.StatusCode, Body: string(raw)}
	require.NoError(c.t, json.Unmarshal(raw, &got), "%s", raw)
	return got
}

// uploadFile uploads a file that must be taken and returns its media_id.
func (c caller) uploadFile(path, kind, name, content string, fields ...string) string {
	c.t.Helper()
	var got struct {
		MediaID string `json:"media_id"`
		Thumb   string `json:"thumb_media_id"`
	}
	c.upload(path, kind, "media", name, content, fields...).read(c.t, &got)
	require.NotEmpty(c.t, got.MediaID+got.Thumb)
	return got.MediaID + got.Thumb
}

// fetch gets a file.
func (c caller) fetch(method, path, body string, pairs ...string) (*http.Response, string) {
	c.t.Helper()
	q := url.Values{"access_token": {c.token}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return c.follow(method, c.base+path+"?"+q.Encode(), body)
}

// follow gets what stands at an address, without a token.
func (c caller) follow(method, address, body string) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	require.NoError(c.t, err)
	resp, err := c.http.Do(req)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return resp, string(content)
}

func TestTemporaryMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t)
		var got struct {
			Type      string
			MediaID   string `json:"media_id"`
			Thumb     string `json:"thumb_media_id"`
			CreatedAt int64  `json:"created_at"`
		}
		c.upload("/cgi-bin/media/upload", "image", "media", "a b.PNG", "\x89PNG bytes").read(t, &got)
		require.Equal(t, "image", got.Type)
		require.Equal(t, time.Now().Unix(), got.CreatedAt)

		resp, content := c.fetch("GET", "/cgi-bin/media/get", "", "media_id", got.MediaID)
		require.Equal(t, "\x89PNG bytes", content)
		require.Equal(t, "image/png", resp.Header.Get("Content-Type"))
		require.Equal(t, `attachment; filename="a b.PNG"`, resp.Header.Get("Content-Disposition"))
		name, kept, found := c.p.Media(got.MediaID)
		require.True(t, found)
		require.Equal(t, "a b.PNG", name)
		require.Equal(t, "\x89PNG bytes", string(kept))

		voice := c.uploadFile("/cgi-bin/media/upload", "voice", "v.amr", "#!AMR\n")
		resp, _ = c.fetch("GET", "/cgi-bin/media/get/jssdk", "", "media_id", voice)
		require.Equal(t, "voice/speex", resp.Header.Get("Content-Type"))
		require.Equal(t, 40007, c.get("/cgi-bin/media/get/jssdk", "media_id", got.MediaID).Code)

		got.MediaID = ""
		c.upload("/cgi-bin/media/upload", "thumb", "media", "t.jpg", "JPEG").read(t, &got)
		require.Empty(t, got.MediaID)
		require.NotEmpty(t, got.Thumb)

		var link struct {
			URL string `json:"video_url"`
		}
		video := c.uploadFile("/cgi-bin/media/upload", "video", "v.mp4", "MP4")
		c.get("/cgi-bin/media/get", "media_id", video).read(t, &link)
		resp, content = c.follow("GET", link.URL, "")
		require.Equal(t, "MP4", content)
		require.Equal(t, "video/mp4", resp.Header.Get("Content-Type"))

		c.p.Advance(3*24*time.Hour - time.Second)
		c.token = c.stable(false).AccessToken
		resp, _ = c.fetch("GET", "/cgi-bin/media/get", "", "media_id", voice)
		require.Equal(t, "voice/amr", resp.Header.Get("Content-Type"))
		c.p.Advance(time.Second)
		require.Equal(t, 40007, c.get("/cgi-bin/media/get", "media_id", voice).Code)
		resp, _ = c.follow("GET", link.URL, "")
		require.Equal(t, 404, resp.StatusCode)
		_, _, found = c.p.Media(voice)
		require.False(t, found)
	})
}

func TestUploadRefusals(t *testing.T) {
	c := newCaller(t)
	big := func(n int) string { return strings.Repeat("x", n) }
	amr := func(seconds int) string { return "#!AMR\n" + strings.Repeat("\x04"+big(12), 50*seconds) } // mode 0: frames of 13 bytes
	for _, one := range []struct {
		path, kind, field, name, content string
		code                             int
	}{
		{"/cgi-bin/media/upload", "news", "media", "a.png", "x", 40004},
		{"/cgi-bin/media/upload", "", "media", "a.png", "x", 40004},
		{"/cgi-bin/media/upload", "image", "media", "", "x", 41005},
		{"/cgi-bin/media/upload", "image", "file", "a.png", "x", 41005},
		{"/cgi-bin/media/upload", "image", "media", "a.png", "", 44001},
		{"/cgi-bin/media/upload", "image", "media", "a.bmp", "x", 40005},
		{"/cgi-bin/media/upload", "image", "media", "a", "x", 40005},
		{"/cgi-bin/media/upload", "image", "media", "a.gif", big(10<<20 + 1), 45001},
		{"/cgi-bin/media/upload", "voice", "media", "a.mp3", big(2<<20 + 1), 45001},
		{"/cgi-bin/media/upload", "voice", "media", "a.wav", "x", 40005},
		{"/cgi-bin/media/upload", "voice", "media", "a.amr", amr(61), 45007},
		{"/cgi-bin/media/upload", "video", "media", "a.mp4", big(10<<20 + 1), 45001},
		{"/cgi-bin/media/upload", "video", "media", "a.avi", "x", 40005},
		{"/cgi-bin/media/upload", "thumb", "media", "a.jpg", big(64<<10 + 1), 45001},
		{"/cgi-bin/media/upload", "thumb", "media", "a.png", "x", 40005},
		{"/cgi-bin/media/uploadimg", "", "media", "a.gif", "x", 40005},
		{"/cgi-bin/media/uploadimg", "", "media", "a.jpg", big(1 << 20), 40009},
		{"/cgi-bin/media/uploadimg", "", "media", "a.jpg", "", 44001},
		{"/cgi-bin/material/add_material", "music", "media", "a.mp3", "x", 40004},
		{"/cgi-bin/material/add_material", "image", "media", "", "x", 41005},
		{"/cgi-bin/material/add_material", "thumb", "media", "a.jpg", big(64<<10 + 1), 45001},
		{"/cgi-bin/material/add_material", "video", "media", "a.mp4", "x", 47001},

		{"/cgi-bin/media/upload", "image", "media", "a.gif", big(10 << 20), 0},
		{"/cgi-bin/media/upload", "voice", "media", "a.amr", amr(60), 0},
		{"/cgi-bin/media/upload", "thumb", "media", "a.jpg", big(64 << 10), 0},
		{"/cgi-bin/media/uploadimg", "", "media", "a.jpg", big(1<<20 - 1), 0},
		{"/cgi-bin/material/add_material", "image", "media", "a.bmp", "x", 0},
		{"/cgi-bin/material/add_material", "voice", "media", "a.wav", "x", 0},
	} {
		got := c.upload(one.path, one.kind, one.field, one.name, one.content)
		require.Equal(t, one.code, got.Code, "%s %s %s %s", one.path, one.kind, one.name, got.Body)
	}
	for description, code := range map[string]int{`{`: 47001, `{"introduction": "i"}`: 40101, `{"title": "t"}`: 0} {
		require.Equal(t, code, c.upload("/cgi-bin/material/add_material", "video", "media", "a.mp4", "x", "description", description).Code, description)
	}
	require.Equal(t, 41005, c.raw("/cgi-bin/media/upload", "image", "application/json", strings.NewReader("{}")).Code)
	contentType, body := form(t, "media", "a.png", "x")
	require.Equal(t, 41005, c.raw("/cgi-bin/media/upload", "image", contentType, bytes.NewReader(body[:len(body)/2])).Code)
	require.Equal(t, 41005, c.raw("/cgi-bin/media/upload", "image", contentType, io.MultiReader(bytes.NewReader(body))).Code, "no length")
}

func TestArticleImage(t *testing.T) {
	c := newCaller(t)
	var got struct{ URL string }
	c.upload("/cgi-bin/media/uploadimg", "", "media", "a.jpg", "JPEG").read(t, &got)
	_, content := c.follow("GET", got.URL, "")
	require.Equal(t, "JPEG", content)
	require.JSONEq(t, `{"voice_count": 0, "video_count": 0, "image_count": 0, "news_count": 0}`, c.get("/cgi-bin/material/get_materialcount").Body)
}

// A picture that a user sends can be fetched by its media_id.
func TestUsersMedia(t *testing.T) {
	c := newCaller(t)
	id := c.p.AddMedia("image", "photo.jpg", []byte("JPEG"))
	_, content := c.fetch("GET", "/cgi-bin/media/get", "", "media_id", id)
	require.Equal(t, "JPEG", content)
}

func TestUsersSendFiles(t *testing.T) {
	p, bot, _ := newStranger(t, wechattest.Config{}, func(inbound) string { return "success" })
	c := caller{api: api{t, p, p.Client(), p.URL()}}
	c.token = c.stable(false).AccessToken
	u := p.User("oLiLei")
	_, err := u.SendImage("photo.jpg", []byte("JPEG"))
	require.NoError(t, err)
	_, err = u.SendVoice("v.amr", []byte("#!AMR\n"))
	require.NoError(t, err)
	_, err = u.SendVideo("v.mp4", []byte("MP4"), []byte("THUMB"))
	require.NoError(t, err)

	element := func(message int, name string) string {
		_, after, found := strings.Cut(string(bot.messages()[message].XML), "<"+name+"><![CDATA[")
		require.True(t, found, name)
		value, _, _ := strings.Cut(after, "]]>")
		return value
	}
	_, content := c.fetch("GET", "/cgi-bin/media/get", "", "media_id", element(0, "MediaId"))
	require.Equal(t, "JPEG", content)
	_, content = c.follow("GET", element(0, "PicUrl"), "")
	require.Equal(t, "JPEG", content)
	require.Equal(t, "amr", element(1, "Format"))
	resp, _ := c.fetch("GET", "/cgi-bin/media/get", "", "media_id", element(1, "MediaId"))
	require.Equal(t, "voice/amr", resp.Header.Get("Content-Type"))
	var link struct {
		URL string `json:"video_url"`
	}
	c.get("/cgi-bin/media/get", "media_id", element(2, "MediaId")).read(t, &link)
	_, content = c.follow("GET", link.URL, "")
	require.Equal(t, "MP4", content)
	_, content = c.fetch("GET", "/cgi-bin/media/get", "", "media_id", element(2, "ThumbMediaId"))
	require.Equal(t, "THUMB", content)
}

func TestMaterial(t *testing.T) {
	c := newCaller(t)
	began := time.Now().Unix()
	const add = "/cgi-bin/material/add_material"
	var image struct {
		MediaID string `json:"media_id"`
		URL     string
		Item    []any
	}
	c.upload(add, "image", "media", "a.png", "PNG").read(t, &image)
	_, content := c.follow("GET", image.URL, "")
	require.Equal(t, "PNG", content)
	voice := c.uploadFile(add, "voice", "v.mp3", "MP3")
	thumb := c.uploadFile(add, "thumb", "t.jpg", "JPEG")
	video := c.uploadFile(add, "video", "v.mp4", "MP4", "description", `{"title": "题", "introduction": "介绍"}`)
	news := c.p.AddNews(wechattest.NewsArticle{Title: "n", Content: "<p>", CoverMediaID: thumb, CommentsOpen: true})

	for id, want := range map[string]string{image.MediaID: "PNG", voice: "MP3", thumb: "JPEG"} {
		resp, got := c.fetch("POST", "/cgi-bin/material/get_material", `{"media_id": "`+id+`"}`)
		require.Equal(t, want, got)
		require.NotEmpty(t, resp.Header.Get("Content-Disposition"))
	}
	var down struct {
		Title, Description string
		URL                string `json:"down_url"`
	}
	c.send("/cgi-bin/material/get_material", `{"media_id": "`+video+`"}`).read(t, &down)
	require.Equal(t, "题介绍", down.Title+down.Description)
	_, content = c.follow("GET", down.URL, "")
	require.Equal(t, "MP4", content)
	var articles struct {
		Items   []map[string]any `json:"news_item"`
		Created int64            `json:"create_time"`
	}
	c.send("/cgi-bin/material/get_material", `{"media_id": "`+news+`"}`).read(t, &articles)
	require.Equal(t, map[string]any{
		"title": "n", "author": "", "digest": "", "content": "<p>", "content_source_url": "", "thumb_media_id": thumb,
		"show_cover_pic": 0.0, "url": "", "need_open_comment": 1.0, "only_fans_can_comment": 0.0,
	}, articles.Items[0])
	require.GreaterOrEqual(t, articles.Created, began)

	require.JSONEq(t, `{"voice_count": 1, "video_count": 1, "image_count": 1, "news_count": 1}`, c.get("/cgi-bin/material/get_materialcount").Body)
	require.Equal(t, 40007, c.send("/cgi-bin/material/get_material", `{"media_id": "none"}`).Code)
	require.Equal(t, 40007, c.get("/cgi-bin/media/get", "media_id", voice).Code, "it is not temporary")
	temporary := c.uploadFile("/cgi-bin/media/upload", "image", "a.png", "PNG")
	require.Equal(t, 40007, c.send("/cgi-bin/material/del_material", `{"media_id": "`+temporary+`"}`).Code)
	require.Zero(t, c.send("/cgi-bin/material/del_material", `{"media_id": "`+voice+`"}`).Code)
	require.Equal(t, 40007, c.send("/cgi-bin/material/get_material", `{"media_id": "`+voice+`"}`).Code)

	c.p.Advance(100 * 24 * time.Hour)
	c.token = c.stable(false).AccessToken
	_, content = c.fetch("POST", "/cgi-bin/material/get_material", `{"media_id": "`+thumb+`"}`)
	require.Equal(t, "JPEG", content, "kept for good")
}

func TestMaterialList(t *testing.T) {
	c := newCaller(t)
	var ids []string
	for range 25 {
		ids = append(ids, c.uploadFile("/cgi-bin/material/add_material", "image", "a.png", "PNG"))
	}
	news := c.p.AddNews(wechattest.NewsArticle{Title: "n"})
	var page struct {
		Total int `json:"total_count"`
		Count int `json:"item_count"`
		Items []struct {
			MediaID    string `json:"media_id"`
			Name, URL  string
			UpdateTime int64 `json:"update_time"`
			Content    struct {
				News []struct{ Title string } `json:"news_item"`
			}
		} `json:"item"`
	}
	list := func(body string) answer { return c.send("/cgi-bin/material/batchget_material", body) }
	list(`{"type": "image", "offset": 20, "count": 20}`).read(t, &page)
	require.Equal(t, 25, page.Total)
	require.Equal(t, 5, page.Count)
	require.Equal(t, ids[4], page.Items[0].MediaID, "newest first")
	require.Equal(t, "a.png", page.Items[0].Name)
	require.NotEmpty(t, page.Items[0].URL)
	list(`{"type": "news", "offset": 0, "count": 1}`).read(t, &page)
	require.Equal(t, news, page.Items[0].MediaID)
	require.Equal(t, "n", page.Items[0].Content.News[0].Title)
	list(`{"type": "voice", "offset": 7, "count": 1}`).read(t, &page)
	require.Empty(t, page.Items)

	require.Equal(t, 40004, list(`{"type": "thumb", "offset": 0, "count": 1}`).Code)
	require.Equal(t, 40097, list(`{"type": "image", "offset": 0, "count": 21}`).Code)
	require.Equal(t, 40097, list(`{"type": "image", "offset": 0}`).Code)
	require.Equal(t, 40097, list(`{"type": "image", "offset": -1, "count": 1}`).Code)
}

// A fault strikes files as it strikes JSON.
func TestFilesUnderFaults(t *testing.T) {
	c := newCaller(t)
	id := c.uploadFile("/cgi-bin/media/upload", "image", "a.png", "0123456789")
	c.p.Inject(wechattest.Rule{Path: "/cgi-bin/media/get", Times: 1, Fault: wechattest.Latency(time.Millisecond)})
	resp, content := c.fetch("GET", "/cgi-bin/media/get", "", "media_id", id)
	require.Equal(t, "0123456789", content)
	require.Equal(t, "image/png", resp.Header.Get("Content-Type"))
	c.p.Inject(wechattest.Rule{Path: "/cgi-bin/media/get", Times: 1, Fault: wechattest.Truncated()})
	_, content = c.fetch("GET", "/cgi-bin/media/get", "", "media_id", id)
	require.Equal(t, "01234", content)
}
