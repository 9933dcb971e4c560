package subscribe

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Kind is how often one consent allows a notice.
type Kind int

// The kinds of templates.
const (
	OneTime  Kind = 2 // one notice for each consent (一次性订阅)
	LongTerm Kind = 3 // any number of notices (长期订阅), for public services only
)

// Category is a service category of the account (类目).
type Category struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Categories returns the service categories of the account.
//
// GET /wxaapi/newtmpl/getcategory (获取类目)
func (s *Service) Categories(ctx context.Context) ([]Category, error) {
	var out struct {
		Data []Category `json:"data"`
	}
	if err := s.oa.Get(ctx, "/wxaapi/newtmpl/getcategory", nil, &out); err != nil {
		return nil, err
	}
	return out.Data, nil
}

// Title is a public template (公共模板), from which an account makes its own.
type Title struct {
	ID         string `json:"tid"`
	Title      string `json:"title"`
	Kind       Kind   `json:"type"`
	CategoryID string `json:"categoryId"`
}

// TitleQuery asks for public templates, page by page.
type TitleQuery struct {
	Categories []string // ids of categories, at least one
	Start      int      // how many to pass over
	Limit      int      // titles a page, 1 to 30; 0 is 30
}

// TitlePage is a page of public templates.
type TitlePage struct {
	Count  int     `json:"count"` // of all pages
	Titles []Title `json:"data"`
}

// maxTitles is how many public templates one call gives.
const maxTitles = 30

// Titles returns a page of the public templates of some categories.
// [Service.AllTitles] returns them all.
//
// Errors: errcode.SubscribeInvalidStart, SubscribeInvalidLimit,
// SubscribeMissingCategoryIDs, SubscribeInvalidCategoryIDs.
//
// GET /wxaapi/newtmpl/getpubtemplatetitles (获取所属类目下的公共模板)
func (s *Service) Titles(ctx context.Context, q TitleQuery) (TitlePage, error) {
	const path = "/wxaapi/newtmpl/getpubtemplatetitles"
	if q.Limit == 0 {
		q.Limit = maxTitles
	}
	if err := q.check(path); err != nil {
		return TitlePage{}, err
	}
	in := struct {
		IDs   string `url:"ids"`
		Start int    `url:"start"`
		Limit int    `url:"limit"`
	}{strings.Join(q.Categories, ","), q.Start, q.Limit}
	var out TitlePage
	err := s.oa.Get(ctx, path, in, &out)
	return out, err
}

func (q TitleQuery) check(path string) error {
	if len(q.Categories) == 0 {
		return limit.Rule(path, "ids", "is empty")
	}
	for _, id := range q.Categories {
		if id == "" || strings.Contains(id, ",") {
			return limit.Rule(path, "ids", "has "+strconv.Quote(id)+", no id of a category")
		}
	}
	if q.Start < 0 {
		return limit.Rule(path, "start", "is below 0")
	}
	return limit.Check(path, "limit", "titles", q.Limit, 1, maxTitles)
}

// AllTitles returns all public templates of some categories. It asks for a page when
// it gets there, and yields an error last.
//
// GET /wxaapi/newtmpl/getpubtemplatetitles (获取所属类目下的公共模板)
func (s *Service) AllTitles(ctx context.Context, categories ...string) iter.Seq2[Title, error] {
	return officialaccount.Pages(ctx, 0, func(ctx context.Context, start int) ([]Title, int, error) {
		page, err := s.Titles(ctx, TitleQuery{Categories: categories, Start: start})
		return page.Titles, start + len(page.Titles), err
	})
}

// Keyword is a gap that a template of a public title may have (关键词).
type Keyword struct {
	ID      string `json:"kid"`
	Name    string `json:"name"`
	Example string `json:"example"`
	Rule    string `json:"rule"` // kind of the values: thing, time, name, …
}

// Keywords returns the gaps that a public template offers.
//
// GET /wxaapi/newtmpl/getpubtemplatekeywords (获取模板中的关键词)
func (s *Service) Keywords(ctx context.Context, titleID string) ([]Keyword, error) {
	const path = "/wxaapi/newtmpl/getpubtemplatekeywords"
	if err := limit.Required(path, "tid", titleID); err != nil {
		return nil, err
	}
	in := struct {
		TitleID string `url:"tid"`
	}{titleID}
	var out struct {
		Count int       `json:"count"`
		Data  []Keyword `json:"data"`
	}
	if err := s.oa.Get(ctx, path, in, &out); err != nil {
		return nil, err
	}
	return out.Data, nil
}
