package subscribe

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Type tells how many notices one consent allows.
type Type int

// The types of templates.
const (
	OneTime  Type = 2 // one notice for each consent (一次性订阅)
	LongTerm Type = 3 // any number of notices (长期订阅); public services only
)

// Category is a service category of the account (类目).
type Category struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ListCategories returns the service categories of the account (获取类目).
//
// GET /wxaapi/newtmpl/getcategory (获取类目)
func (s *Service) ListCategories(ctx context.Context) ([]Category, error) {
	var out struct {
		Data []Category `json:"data"`
	}
	err := s.oa.Get(ctx, "/wxaapi/newtmpl/getcategory", nil, &out)
	return out.Data, err
}

// Title is a public template (公共模板), from which an account makes its own.
type Title struct {
	ID         string `json:"tid"`
	Title      string `json:"title"`
	Type       Type   `json:"type"`
	CategoryID string `json:"categoryId"`
}

// TitleQuery selects a page of public templates.
type TitleQuery struct {
	Categories []string // ids of categories, at least one
	Offset     int      // index of the first title
	Count      int      // titles of a page, 1 to 30; 0 means 30
}

// TitlePage is a page of public templates.
type TitlePage struct {
	Total  int     `json:"count"` // of all pages
	Titles []Title `json:"data"`
}

// maxTitles is the maximum number of titles of a page.
const maxTitles = 30

// ListTitles returns a page of the public templates of some categories
// (获取所属类目下的公共模板). [Service.AllTitles] returns all of them.
//
// Errors: errcode.SubscribeInvalidStart, SubscribeInvalidLimit,
// SubscribeMissingCategoryIDs, SubscribeInvalidCategoryIDs.
//
// GET /wxaapi/newtmpl/getpubtemplatetitles (获取所属类目下的公共模板)
func (s *Service) ListTitles(ctx context.Context, q TitleQuery) (*TitlePage, error) {
	const path = "/wxaapi/newtmpl/getpubtemplatetitles"
	if q.Count == 0 {
		q.Count = maxTitles
	}
	if err := q.check(path); err != nil {
		return nil, err
	}
	in := struct {
		IDs   string `url:"ids"`
		Start int    `url:"start"`
		Limit int    `url:"limit"`
	}{strings.Join(q.Categories, ","), q.Offset, q.Count}
	var out TitlePage
	if err := s.oa.Get(ctx, path, in, &out); err != nil {
		return nil, err
	}
	out.Titles = slices.DeleteFunc(out.Titles, func(t Title) bool { return t.ID == "" }) // {} is an empty list
	return &out, nil
}

func (q TitleQuery) check(path string) error {
	if len(q.Categories) == 0 {
		return limit.Rule(path, "Categories (ids)", "is empty")
	}
	for _, id := range q.Categories {
		if id == "" || strings.Contains(id, ",") {
			return limit.Rule(path, "Categories (ids)", "has "+strconv.Quote(id)+", which is not the id of a category")
		}
	}
	if q.Offset < 0 {
		return limit.Rule(path, "Offset (start)", "is negative")
	}
	return limit.Check(path, "Count (limit)", "titles", q.Count, 1, maxTitles)
}

// AllTitles returns all public templates of some categories. It requests pages as
// needed, until it has the total number of titles. An error ends the iteration.
//
// GET /wxaapi/newtmpl/getpubtemplatetitles (获取所属类目下的公共模板)
func (s *Service) AllTitles(ctx context.Context, categories ...string) iter.Seq2[Title, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, offset int) ([]Title, int, error) {
		page, err := s.ListTitles(ctx, TitleQuery{Categories: categories, Offset: offset})
		if err != nil {
			return nil, 0, err
		}
		return page.Titles, page.Total, nil
	})
}

// Keyword is a keyword that a public template offers (关键词).
type Keyword struct {
	ID      string `json:"kid"`
	Name    string `json:"name"`
	Example string `json:"example"`
	Rule    string `json:"rule"` // kind of its values: thing, time, name, …
}

// ListKeywords returns the keywords that a public template offers (获取模板中的关键词).
//
// GET /wxaapi/newtmpl/getpubtemplatekeywords (获取模板中的关键词)
func (s *Service) ListKeywords(ctx context.Context, titleID string) ([]Keyword, error) {
	const path = "/wxaapi/newtmpl/getpubtemplatekeywords"
	if err := limit.Required(path, "titleID (tid)", titleID); err != nil {
		return nil, err
	}
	in := struct {
		TitleID string `url:"tid"`
	}{titleID}
	var out struct {
		Count int       `json:"count"`
		Data  []Keyword `json:"data"`
	}
	err := s.oa.Get(ctx, path, in, &out)
	return out.Data, err
}
