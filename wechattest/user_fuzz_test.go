package wechattest_test

import "testing"

// FuzzUsersAndArticles posts any JSON to users, tags, the blacklist, drafts and
// publications.
func FuzzUsersAndArticles(f *testing.F) {
	paths := []string{
		"/cgi-bin/user/info/batchget", "/cgi-bin/user/info/updateremark", "/cgi-bin/changeopenid",
		"/cgi-bin/tags/create", "/cgi-bin/tags/update", "/cgi-bin/tags/delete", "/cgi-bin/user/tag/get",
		"/cgi-bin/tags/members/batchtagging", "/cgi-bin/tags/members/batchuntagging", "/cgi-bin/tags/getidlist",
		"/cgi-bin/tags/members/getblacklist", "/cgi-bin/tags/members/batchblacklist", "/cgi-bin/tags/members/batchunblacklist",
		"/cgi-bin/draft/add", "/cgi-bin/draft/get", "/cgi-bin/draft/delete", "/cgi-bin/draft/update", "/cgi-bin/draft/batchget",
		"/channels/ec/service/product/getcardinfo",
		"/cgi-bin/freepublish/submit", "/cgi-bin/freepublish/get", "/cgi-bin/freepublish/delete",
		"/cgi-bin/freepublish/getarticle", "/cgi-bin/freepublish/batchget",
	}
	post := fuzzed(f, paths...)
	for i := range paths {
		f.Add(byte(i), []byte(`{}`))
		f.Add(byte(i), []byte(`{"tag":{"id":100,"name":"x"},"tagid":2,"openid":"oA","openid_list":["oA","oB"],"user_list":[{"openid":"oA"}],"from_appid":"wx"}`))
		f.Add(byte(i), []byte(`{"offset":9223372036854775807,"count":20,"media_id":"x","index":-1,"publish_id":1e400,"article_id":"x"}`))
		f.Add(byte(i), []byte(`[]`))
	}
	f.Add(byte(13), []byte(`{"articles":[{"title":"t","content":"c","thumb_media_id":"x","article_type":"newspic","image_info":{"image_list":[{}]}}]}`))
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		post(t, paths[int(which)%len(paths)], "", "application/json", body)
	})
}
