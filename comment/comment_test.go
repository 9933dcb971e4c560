package comment_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/comment"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

var article = comment.Article{MsgDataID: "24900000000000001", Index: 1}

const (
	onArticle = `{"msg_data_id": 24900000000000001, "index": 1}`
	onComment = `{"msg_data_id": 24900000000000001, "index": 1, "user_comment_id": 24900000000000003}`
)

func TestCalls(t *testing.T) {
	page := comment.Page{Total: 182, CommentCount: 181, Comments: []comment.Comment{{
		ID: "24900000000000003", OpenID: "oLiLei", Created: apitest.At(1700000000), Content: "好", Featured: true,
		Replies: []comment.Reply{{Content: "谢谢", Created: apitest.At(1700000100)}},
	}}}
	apitest.Filled(t, page)
	list := func(c ctx, oa client) (any, error) {
		return comment.New(oa).List(c, article, comment.Featured, 3, 20)
	}
	const listBody = `{"msg_data_id": 24900000000000001, "index": 1, "begin": 3, "count": 20, "type": 2}`
	apitest.Run(t, []apitest.Case{
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, comment.New(oa).Open(c, article) },
			Path: "/cgi-bin/comment/open",
			Body: onArticle,
		},
		{
			Name: "open, first article",
			Do: func(c ctx, oa client) (any, error) {
				return nil, comment.New(oa).Open(c, comment.Article{MsgDataID: "7"})
			},
			Path: "/cgi-bin/comment/open",
			Body: `{"msg_data_id": 7}`,
		},
		{
			Name:   "open, refused",
			Do:     func(c ctx, oa client) (any, error) { return nil, comment.New(oa).Open(c, article) },
			Path:   "/cgi-bin/comment/open",
			Body:   onArticle,
			Answer: `{"errcode": 88000, "errmsg": "without comment privilege"}`,
			Fails:  errcode.NoCommentPrivilege,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, comment.New(oa).Close(c, article) },
			Path: "/cgi-bin/comment/close",
			Body: onArticle,
		},
		{
			Do:   list,
			Path: "/cgi-bin/comment/list", Retried: true,
			Body: listBody,
			Answer: `{"errcode": 0, "errmsg": "ok", "total": 182, "comment_cnt": 181, "comment": [{
				"user_comment_id": "24900000000000003", "openid": "oLiLei", "create_time": "1700000000", "content": "好", "comment_type": 1,
				"reply": {"content": "谢谢", "create_time": 1700000100}}]}`,
			Want: &page,
		},
		{
			Name: "list, other kinds of values",
			Do:   list,
			Path: "/cgi-bin/comment/list", Retried: true,
			Body: listBody,
			Answer: `{"errcode": "0", "errmsg": "ok", "total": "182", "comment_cnt": 181, "comment": [{
				"user_comment_id": 24900000000000003, "openid": "oLiLei", "create_time": 1700000000, "content": "好", "comment_type": "1",
				"reply": [{"content": "谢谢", "create_time": "1700000100"}]}]}`,
			Want: &page,
		},
		{
			Name: "list, all from the begin",
			Do: func(c ctx, oa client) (any, error) {
				return comment.New(oa).List(c, comment.Article{MsgDataID: "7"}, comment.AnyType, 0, 49)
			},
			Path: "/cgi-bin/comment/list", Retried: true,
			Body: `{"msg_data_id": 7, "begin": 0, "count": 49, "type": 0}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "total": 1, "comment": [
				{"user_comment_id": 5, "create_time": 1700000000, "content": "x", "comment_type": 0}]}`,
			Want: &comment.Page{Total: 1, Comments: []comment.Comment{{ID: "5", Created: apitest.At(1700000000), Content: "x"}}},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, comment.New(oa).MarkElect(c, article, "24900000000000003")
			},
			Path: "/cgi-bin/comment/markelect",
			Body: onComment,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, comment.New(oa).UnmarkElect(c, article, "24900000000000003")
			},
			Path: "/cgi-bin/comment/unmarkelect",
			Body: onComment,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, comment.New(oa).Delete(c, article, "24900000000000003")
			},
			Path: "/cgi-bin/comment/delete",
			Body: onComment,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, comment.New(oa).AddReply(c, article, "24900000000000003", "谢谢 & 再见")
			},
			Path: "/cgi-bin/comment/reply/add",
			Body: `{"msg_data_id": 24900000000000001, "index": 1, "user_comment_id": 24900000000000003, "content": "谢谢 & 再见"}`,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, comment.New(oa).DeleteReply(c, article, "24900000000000003")
			},
			Path: "/cgi-bin/comment/reply/delete",
			Body: onComment,
		},
	})
}

// Ids beyond what a float64 holds arrive digit by digit.
func TestIDsKeepTheirDigits(t *testing.T) {
	p := apitest.New(t, apitest.JSON(apitest.OK))
	require.NoError(t, comment.New(p.Client()).MarkElect(t.Context(), article, "24900000000000003"))
	require.Contains(t, p.Calls()[0].Body, `"msg_data_id":24900000000000001,`)
	require.Contains(t, p.Calls()[0].Body, `"user_comment_id":24900000000000003`)
}

func page(first, n, total int) apitest.Answer {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"user_comment_id": %d, "create_time": 1700000000, "content": "x", "comment_type": 0}`, first+i))
	}
	return apitest.JSON(fmt.Sprintf(`{"errcode": 0, "total": %d, "comment": [%s]}`, total, strings.Join(rows, ",")))
}

// The iterator ignores the total, which has been the size of the page, or zero.
func TestAll(t *testing.T) {
	p := apitest.New(t, page(1, 49, 49), page(50, 20, 0), page(70, 0, 0))
	next := 1
	for c, err := range comment.New(p.Client()).All(t.Context(), article, comment.AnyType) {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(next), c.ID)
		next++
	}
	require.Equal(t, 70, next)
	calls := p.Calls()
	require.Len(t, calls, 3)
	for i, begin := range []int{0, 49, 69} {
		require.JSONEq(t, fmt.Sprintf(`{"msg_data_id": 24900000000000001, "index": 1, "begin": %d, "count": 49, "type": 0}`, begin), calls[i].Body)
	}
}

func TestAllStopsWhenTold(t *testing.T) {
	p := apitest.New(t, page(1, 49, 200))
	for range comment.New(p.Client()).All(t.Context(), article, comment.AnyType) {
		break
	}
	require.Len(t, p.Calls(), 1)
}

func TestAllFails(t *testing.T) {
	p := apitest.New(t, page(1, 1, 2), apitest.JSON(`{"errcode": 88001, "errmsg": "msg_data is not exists"}`))
	var ids []string
	var last error
	for c, err := range comment.New(p.Client()).All(t.Context(), article, comment.AnyType) {
		if last = err; err == nil {
			ids = append(ids, c.ID)
		}
	}
	require.Equal(t, []string{"1"}, ids)
	require.ErrorIs(t, last, errcode.CommentArticleNotFound)
}

// The iterator ends at a page without a new comment, whatever the counts of the page are.
func TestAllEnds(t *testing.T) {
	const one = `{"user_comment_id": 1, "create_time": 1700000000, "content": "x", "comment_type": 0}`
	for name, c := range map[string]struct {
		answer          string
		comments, calls int
	}{
		"no list":        {`{"errcode": 0, "total": 5}`, 0, 1},
		"empty list":     {`{"errcode": 0, "total": 5, "comment": []}`, 0, 1},
		"empty object":   {`{"errcode": 0, "total": 5, "comment": {}}`, 0, 1},
		"empty text":     {`{"errcode": 0, "total": 5, "comment": ""}`, 0, 1},
		"the same again": {`{"errcode": 0, "total": 0, "comment": [` + one + `]}`, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := apitest.New(t, apitest.JSON(c.answer))
			n := 0
			for _, err := range comment.New(p.Client()).All(t.Context(), article, comment.AnyType) {
				require.NoError(t, err)
				n++
			}
			require.Equal(t, c.comments, n)
			require.Len(t, p.Calls(), c.calls)
		})
	}
}

// A value that is neither 0 nor 1 does not spoil the whole page.
func TestFeatured(t *testing.T) {
	for value, want := range map[string]bool{
		"0": false, `"0"`: false, "0.0": false, "null": false, `""`: false,
		"1": true, `"1"`: true, "1.0": true, "2": true, `"2"`: true, "true": true,
	} {
		p := apitest.New(t, apitest.JSON(`{"errcode": 0, "total": "1.0", "comment": [
			{"user_comment_id": 24900000000000003, "create_time": "1.7e9", "content": "x", "comment_type": `+value+`}]}`))
		page, err := comment.New(p.Client()).List(t.Context(), article, comment.AnyType, 0, 49)
		require.NoError(t, err, value)
		require.Equal(t, []comment.Comment{{ID: "24900000000000003", Created: apitest.At(1700000000), Content: "x", Featured: want}}, page.Comments, value)
	}
}

func TestBadInput(t *testing.T) {
	list := func(a comment.Article, typ comment.Type, offset, count int) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return comment.New(oa).List(c, a, typ, offset, count) }
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		`comment/open: MsgDataID is ""`: func(c ctx, oa client) (any, error) { return nil, comment.New(oa).Open(c, comment.Article{}) },
		`comment/close: MsgDataID is "x"`: func(c ctx, oa client) (any, error) {
			return nil, comment.New(oa).Close(c, comment.Article{MsgDataID: "x"})
		},
		`comment/open: Index is negative`: func(c ctx, oa client) (any, error) {
			return nil, comment.New(oa).Open(c, comment.Article{MsgDataID: "1", Index: -1})
		},
		`comment/list: MsgDataID is "-1"`:                   list(comment.Article{MsgDataID: "-1"}, comment.AnyType, 0, 49),
		"count has 50 comments, at most 49":                 list(article, comment.AnyType, 0, 50),
		"count has 0 comments":                              list(article, comment.AnyType, 0, 0),
		"offset (begin) is negative":                        list(article, comment.AnyType, -1, 49),
		"t (type) is 3":                                     list(article, 3, 0, 49),
		`markelect: commentID (user_comment_id) is ""`:      func(c ctx, oa client) (any, error) { return nil, comment.New(oa).MarkElect(c, article, "") },
		`unmarkelect: commentID (user_comment_id) is "1.5"`: func(c ctx, oa client) (any, error) { return nil, comment.New(oa).UnmarkElect(c, article, "1.5") },
		`comment/delete: MsgDataID is "a"`: func(c ctx, oa client) (any, error) {
			return nil, comment.New(oa).Delete(c, comment.Article{MsgDataID: "a"}, "1")
		},
		`reply/add: commentID (user_comment_id) is "0"`:       func(c ctx, oa client) (any, error) { return nil, comment.New(oa).AddReply(c, article, "0", "x") },
		`reply/add: content is empty`:                         func(c ctx, oa client) (any, error) { return nil, comment.New(oa).AddReply(c, article, "1", "") },
		`reply/delete: commentID (user_comment_id) is "9e18"`: func(c ctx, oa client) (any, error) { return nil, comment.New(oa).DeleteReply(c, article, "9e18") },
	})
}
