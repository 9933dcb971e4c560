package subscribe

import (
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// NewTemplate describes a template of the account to be made from a public one.
type NewTemplate struct {
	TitleID  string   // ID of the [Title]
	Keywords []string // ids of 2 to 5 of its keywords, in the order of the notice
	Scene    string   // what the notices are for (服务场景描述), at most 15 characters
}

// Template is a template of the account (私有模板).
type Template struct {
	ID      string         `json:"priTmplId"`
	Title   string         `json:"title"`
	Content string         `json:"content"` // with keywords such as {{thing1.DATA}}
	Example string         `json:"example"`
	Type    Type           `json:"type"`
	Enums   []KeywordEnums `json:"keywordEnumValueList,omitempty"`
}

// KeywordEnums lists the values that a keyword with fixed values accepts.
type KeywordEnums struct {
	Keyword string   `json:"keywordCode"` // name of the keyword, such as "enum_string1"
	Values  []string `json:"enumValueList"`
}

// Add adds a template to the account, made from a public one (选用模板), and returns its
// id.
//
// Errors: errcode.SubscribeAccountBanned, SubscribeTemplateLimit,
// SubscribeTemplateBanned, SubscribeInvalidTID, SubscribeInvalidKidList,
// SubscribeInvalidSceneDesc, SubscribeTemplateExists, SubscribeAccountTypeInvalid.
//
// POST /wxaapi/newtmpl/addtemplate (选用模板)
func (s *Service) Add(ctx context.Context, t NewTemplate) (templateID string, err error) {
	const path = "/wxaapi/newtmpl/addtemplate"
	if err := limit.Required(path, "TitleID (tid)", t.TitleID, "Scene (sceneDesc)", t.Scene); err != nil {
		return "", err
	}
	if err := limit.Check(path, "Scene (sceneDesc)", "characters", utf8.RuneCountInString(t.Scene), 1, 15); err != nil {
		return "", err
	}
	if err := limit.Check(path, "Keywords (kidList)", "keywords", len(t.Keywords), 2, 5); err != nil {
		return "", err
	}
	in := struct {
		TitleID  string `json:"tid"`
		Keywords []int  `json:"kidList"`
		Scene    string `json:"sceneDesc"`
	}{TitleID: t.TitleID, Scene: t.Scene}
	for _, k := range t.Keywords {
		id, err := strconv.Atoi(k)
		if err != nil {
			return "", limit.Rule(path, "Keywords (kidList)", "has "+strconv.Quote(k)+", which is not a number")
		}
		in.Keywords = append(in.Keywords, id)
	}
	var out struct {
		ID string `json:"priTmplId"`
	}
	err = s.oa.Post(ctx, path, in, &out)
	return out.ID, err
}

// List returns all templates of the account (获取私有模板列表).
//
// GET /wxaapi/newtmpl/gettemplate (获取私有模板列表)
func (s *Service) List(ctx context.Context) ([]Template, error) {
	var out struct {
		Data []Template `json:"data"`
	}
	err := s.oa.Get(ctx, "/wxaapi/newtmpl/gettemplate", nil, &out)
	return out.Data, err
}

// Delete deletes a template of the account (删除模板).
//
// Errors: errcode.SubscribeAccountBanned.
//
// POST /wxaapi/newtmpl/deltemplate (删除模板)
func (s *Service) Delete(ctx context.Context, templateID string) error {
	const path = "/wxaapi/newtmpl/deltemplate"
	if err := limit.Required(path, "templateID (priTmplId)", templateID); err != nil {
		return err
	}
	in := struct {
		ID string `json:"priTmplId"`
	}{templateID}
	return s.oa.Post(ctx, path, in, nil)
}
