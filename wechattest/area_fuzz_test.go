package wechattest_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// fuzzed is a platform with a token that lasts, for requests of any kind.
func fuzzed(f *testing.F, paths ...string) (post func(t *testing.T, path, kind, contentType string, body []byte) answer) {
	f.Helper()
	p, err := wechattest.Open(wechattest.Config{TokenLife: 1 << 60})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, p.Close()) })
	p.User("oA")
	p.User("oB")
	for _, path := range paths {
		p.SetQuota(path, 0, 0)
	}
	c := p.Config()
	do := func(method, path string, q url.Values, contentType string, body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path+"?"+q.Encode(), bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		return w
	}
	w := do("GET", "/cgi-bin/token", url.Values{"grant_type": {"client_credential"}, "appid": {c.AppID}, "secret": {c.Secret}}, "", nil)
	var tok answer
	require.NoError(f, json.Unmarshal(w.Body.Bytes(), &tok))
	return func(t *testing.T, path, kind, contentType string, body []byte) answer {
		w := do("POST", path, url.Values{"access_token": {tok.AccessToken}, "type": {kind}}, contentType, body)
		require.Equal(t, 200, w.Code)
		if w.Header().Get("Content-Type") != "application/json; encoding=utf-8" {
			return answer{}
		}
		var got answer
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got), "%s", w.Body)
		require.NotEqual(t, -1, got.Code, "%s", w.Body)
		return got
	}
}

// FuzzUpload posts any form: the answer is a media_id or a refusal.
func FuzzUpload(f *testing.F) {
	post := fuzzed(f, "/cgi-bin/media/upload", "/cgi-bin/material/add_material")
	const boundary = "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.amr\"\r\n\r\n"
	f.Add(true, "voice", "multipart/form-data; boundary=b", []byte(boundary+"#!AMR\n\x04\xff\r\n--b--\r\n"))
	f.Add(false, "video", "multipart/form-data; boundary=b", []byte(boundary+"x\r\n--b\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n{}\r\n--b--\r\n"))
	f.Add(true, "image", "application/json", []byte("{}"))
	f.Fuzz(func(t *testing.T, temporary bool, kind, contentType string, body []byte) {
		path := "/cgi-bin/material/add_material"
		if temporary {
			path = "/cgi-bin/media/upload"
		}
		post(t, path, kind, contentType, body)
	})
}

// FuzzAreas posts any JSON to menus, material, mass sends, QR codes, short keys and jump rules.
func FuzzAreas(f *testing.F) {
	paths := []string{
		"/cgi-bin/menu/create", "/cgi-bin/menu/addconditional", "/cgi-bin/menu/delconditional", "/cgi-bin/menu/trymatch",
		"/cgi-bin/material/get_material", "/cgi-bin/material/del_material", "/cgi-bin/material/batchget_material",
		"/cgi-bin/message/mass/sendall", "/cgi-bin/message/mass/send", "/cgi-bin/message/mass/preview", "/cgi-bin/message/mass/delete",
		"/cgi-bin/message/mass/get", "/cgi-bin/message/mass/speed/get", "/cgi-bin/message/mass/speed/set",
		"/cgi-bin/media/uploadnews", "/cgi-bin/media/uploadvideo",
		"/cgi-bin/qrcode/create", "/cgi-bin/shorten/gen", "/cgi-bin/shorten/fetch",
		"/cgi-bin/wxopen/wxamplink", "/cgi-bin/wxopen/wxampunlink", "/cgi-bin/wxopen/qrcodejumpget", "/cgi-bin/wxopen/qrcodejumpadd",
		"/cgi-bin/wxopen/qrcodejumppublish", "/cgi-bin/wxopen/qrcodejumpdelete",
	}
	post := fuzzed(f, paths...)
	for i := range paths {
		f.Add(byte(i), []byte(`{}`))
	}
	f.Add(byte(0), []byte(menuBody))
	f.Add(byte(1), []byte(`{"button": [{"type": "view", "name": "n", "url": "http://x"}], "matchrule": {"client_platform_type": 1, "tag_id": "2"}}`))
	f.Add(byte(2), []byte(`{"menuid": 1e400}`))
	f.Add(byte(6), []byte(`{"type": "image", "offset": 9223372036854775807, "count": 20}`))
	f.Add(byte(8), []byte(`{"touser": ["oA", "oB"], "msgtype": "text", "text": {"content": "x"}}`))
	f.Add(byte(11), []byte(`{"msg_id": {"a": []}}`))
	f.Add(byte(16), []byte(`{"action_name": "QR_SCENE", "expire_seconds": -9223372036854775808, "action_info": {"scene": {"scene_id": 1}}}`))
	f.Add(byte(21), []byte(`{"get_type": 2, "page_num": 9223372036854775807, "page_size": 200}`))
	f.Add(byte(17), []byte(`{"long_data": "x", "expire_seconds": 9223372036854775807}`))
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		post(t, paths[int(which)%len(paths)], "", "application/json", body)
	})
}
