package template

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Template is a template of the account (模板).
type Template struct {
	ID                string `json:"template_id"`
	Title             string `json:"title"`
	PrimaryIndustry   string `json:"primary_industry"` // name, such as "IT科技"
	SecondaryIndustry string `json:"deputy_industry"`
	Content           string `json:"content"` // the text, its gaps as {{thing1.DATA}}
	Example           string `json:"example"`
}

// Add takes a template out of the public library (从行业模板库选用模板, 从类目模板库选用模板)
// and returns its id.
//
// The short id is one of the library: TM… and OPENTM… by industry, a plain number by
// service category (类目). A template of a category wants the names of its keywords
// too, in the order in which they are to stand. An account has 25 templates at most.
//
// Errors: errcode.TemplateCountExceeded, InvalidTemplateIDSize, InvalidTemplateID;
// 40246 for keywords that do not fit, 40247 where only templates of a category may be added.
//
// POST /cgi-bin/template/api_add_template (选用模板)
func (s *Service) Add(ctx context.Context, shortID string, keywords ...string) (templateID string, err error) {
	const path = "/cgi-bin/template/api_add_template"
	if err := limit.Required(path, "template_id_short", shortID); err != nil {
		return "", err
	}
	for _, k := range keywords {
		if k == "" {
			return "", limit.Rule(path, "keyword_name_list", "has an empty name")
		}
	}
	in := struct {
		ShortID  string   `json:"template_id_short"`
		Keywords []string `json:"keyword_name_list,omitempty"`
	}{shortID, keywords}
	var out struct {
		ID string `json:"template_id"`
	}
	if err := s.oa.Post(ctx, path, in, &out); err != nil {
		return "", err
	}
	return out.ID, nil
}

// List returns the templates of the account, all of them at once.
//
// GET /cgi-bin/template/get_all_private_template (获取已选用模板列表)
func (s *Service) List(ctx context.Context) ([]Template, error) {
	var out struct {
		List []Template `json:"template_list"`
	}
	if err := s.oa.Get(ctx, "/cgi-bin/template/get_all_private_template", nil, &out); err != nil {
		return nil, err
	}
	return out.List, nil
}

// Delete removes a template from the account.
//
// Errors: errcode.InvalidTemplateID.
//
// POST /cgi-bin/template/del_private_template (删除模板)
func (s *Service) Delete(ctx context.Context, templateID string) error {
	const path = "/cgi-bin/template/del_private_template"
	if err := limit.Required(path, "template_id", templateID); err != nil {
		return err
	}
	in := struct {
		ID string `json:"template_id"`
	}{templateID}
	return s.oa.Post(ctx, path, in, nil)
}
