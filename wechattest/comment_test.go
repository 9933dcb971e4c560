package wechattest_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestComments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		li := a.p.User("oLiLei")
		id := a.p.PublishArticles("文章1", "文章2")
		on := func(path, rest string) map[string]any {
			return a.send("/cgi-bin/comment/"+path, fmt.Sprintf(`{"msg_data_id":%s,"index":1%s}`, id, rest))
		}
		_, err := li.Comment(id, 1, "沙发")
		require.Error(t, err, "comments are closed at first")
		require.Equal(t, "0", code(on("open", "")))
		_, err = li.Comment(id, 0, "沙发")
		require.Error(t, err, "the other article stays closed")
		_, err = li.Comment("1", 0, "沙发")
		require.ErrorContains(t, err, "of message 1 are closed", "there is no such article")
		require.Equal(t, "88001", code(a.send("/cgi-bin/comment/open", `{"msg_data_id":1}`)))
		require.Equal(t, "88001", code(a.send("/cgi-bin/comment/open", fmt.Sprintf(`{"msg_data_id":%s,"index":2}`, id))))
		require.Equal(t, "0", code(a.send("/cgi-bin/comment/open", fmt.Sprintf(`{"msg_data_id":%s}`, id))), "index is 0 when absent")

		list := func(begin, count, kind int) map[string]any {
			return on("list", fmt.Sprintf(`,"begin":%d,"count":%d,"type":%d`, begin, count, kind))
		}
		require.NotContains(t, list(0, 10, 0), "comment", "absent when empty")
		var last, before string
		for i := range 60 {
			before = last
			last, err = li.Comment(id, 1, fmt.Sprint("第", i))
			require.NoError(t, err)
		}
		for _, count := range []int{-1, 0, 50} {
			require.Equal(t, "88010", code(list(0, count, 0)))
		}
		require.Equal(t, "40097", code(list(-1, 10, 0)))
		require.Equal(t, "40097", code(list(0, 10, 3)))
		require.Equal(t, "40097", code(list(0, 10, -1)))
		page := list(49, 49, 0)
		require.Equal(t, "60", fmt.Sprint(page["total"]))
		require.Len(t, page["comment"], 11)

		about := func(path, comment, rest string) string {
			return code(on(path, fmt.Sprintf(`,"user_comment_id":%s%s`, comment, rest)))
		}
		require.Equal(t, "88008", about("markelect", "61", ""))
		require.Equal(t, "0", about("markelect", last, ""))
		require.Equal(t, "0", about("markelect", last, ""))
		require.Equal(t, "88007", about("reply/add", last, `,"content":""`))
		require.Equal(t, "88009", about("reply/delete", last, ""))
		require.Equal(t, "0", about("reply/add", last, `,"content":"谢谢"`))
		require.Equal(t, "88005", about("reply/add", last, `,"content":"谢谢"`))
		require.Len(t, list(0, 49, 1)["comment"], 49)
		require.Equal(t, "60 59", fmt.Sprint(list(0, 1, 0)["total"], " ", list(0, 1, 1)["total"]), "all, and those that are not featured")
		featured := list(0, 49, 2)["comment"].([]any)
		require.Len(t, featured, 1)
		row := featured[0].(map[string]any)
		require.Equal(t, "第59", row["content"])
		require.Equal(t, "oLiLei", row["openid"])
		require.Equal(t, "1", fmt.Sprint(row["comment_type"]))
		require.Equal(t, "谢谢", row["reply"].(map[string]any)["content"])
		require.Equal(t, "0", about("reply/delete", last, ""))
		require.Equal(t, "0", about("unmarkelect", last, ""))
		require.Equal(t, "0", fmt.Sprint(list(0, 49, 2)["total"]))

		require.NoError(t, li.WithdrawComment(id, 1, last))
		for name, row := range map[string]struct {
			user, article string
			index         int
			comment, want string
		}{
			"of another user":    {"oHan", id, 1, before, "oHan has no comment " + before + " on article 1 of message " + id},
			"withdrawn already":  {"oLiLei", id, 1, last, "has no comment " + last},
			"unknown":            {"oLiLei", id, 1, "61", "has no comment 61"},
			"of another article": {"oLiLei", id, 0, before, "on article 0"},
			"of no article":      {"oLiLei", "1", 0, before, "of message 1"},
			"no number":          {"oLiLei", id, 1, "first", `user_comment_id "first" is not a number`},
			"article: no number": {"oLiLei", "one", 1, before, `msg_data_id "one" is not a number`},
		} {
			require.ErrorContains(t, a.p.User(row.user).WithdrawComment(row.article, row.index, row.comment), "wechattest: ", name)
			require.ErrorContains(t, a.p.User(row.user).WithdrawComment(row.article, row.index, row.comment), row.want, name)
		}
		require.Equal(t, "88004", about("markelect", last, ""))
		require.Equal(t, "88004", about("reply/add", last, `,"content":"谢谢"`))
		require.Equal(t, "59", fmt.Sprint(list(0, 49, 0)["total"]))
		require.Equal(t, "0", about("delete", last, ""))
		require.Equal(t, "88008", about("delete", last, ""))
		require.Equal(t, "0", code(on("close", "")))
		_, err = li.Comment(id, 1, "板凳")
		require.Error(t, err)
	})
}

func TestFeaturedComments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		id := a.p.PublishArticles("文章1")
		require.Equal(t, "0", code(a.send("/cgi-bin/comment/open", fmt.Sprintf(`{"msg_data_id":%s}`, id))))
		elect := func() string {
			comment, err := a.p.User("oLiLei").Comment(id, 0, "好")
			require.NoError(t, err)
			return code(a.send("/cgi-bin/comment/markelect", fmt.Sprintf(`{"msg_data_id":%s,"user_comment_id":%s}`, id, comment)))
		}
		for range 100 {
			require.Equal(t, "0", elect())
		}
		require.Equal(t, "88003", elect())
	})
}
