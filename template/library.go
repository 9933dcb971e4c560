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
	Content           string `json:"content"` // the text, with keywords such as {{thing1.DATA}}
	Example           string `json:"example"`
}

// Add adds a template of the public library to the account (从行业模板库选用模板,
// 从类目模板库选用模板) and returns its id.
//
// shortID is the template's number in the library: TM… and OPENTM… for a template by
// industry, a plain number for one by service category (类目). A template by category
// also needs the names of its keywords, in the order of the message. An account has at
// most 25 templates.
//
// Errors: errcode.TemplateCountExceeded, InvalidTemplateIDSize, InvalidTemplateID,
// InvalidKeywordNameList, CategoryTemplateRequired if the account may only add templates
// by category.
//
// POST /cgi-bin/template/api_add_template (选用模板)
func (s *Service) Add(ctx context.Context, shortID string, keywords ...string) (templateID string, err error) {
	const path = "/cgi-bin/template/api_add_template"
	if err := limit.Required(path, "shortID (template_id_short)", shortID); err != nil {
		return "", err
	}
	for _, k := range keywords {
		if k == "" {
			return "", limit.Rule(path, "keywords (keyword_name_list)", "has an empty name")
		}
	}
	in := struct {
		ShortID  string   `json:"template_id_short"`
		Keywords []string `json:"keyword_name_list,omitempty"`
	}{shortID, keywords}
	var out struct {
		ID string `json:"template_id"`
	}
	err = s.oa.Post(ctx, path, in, &out)
	return out.ID, err
}

// List returns all templates of the account (获取已选用模板列表).
//
// GET /cgi-bin/template/get_all_private_template (获取已选用模板列表)
func (s *Service) List(ctx context.Context) ([]Template, error) {
	var out struct {
		List []Template `json:"template_list"`
	}
	err := s.oa.Get(ctx, "/cgi-bin/template/get_all_private_template", nil, &out)
	return out.List, err
}

// Delete deletes a template of the account (删除模板).
//
// Errors: errcode.InvalidTemplateID.
//
// POST /cgi-bin/template/del_private_template (删除模板)
func (s *Service) Delete(ctx context.Context, templateID string) error {
	const path = "/cgi-bin/template/del_private_template"
	if err := limit.Required(path, "templateID", templateID); err != nil {
		return err
	}
	in := struct {
		ID string `json:"template_id"`
	}{templateID}
	return s.oa.Post(ctx, path, in, nil)
}
