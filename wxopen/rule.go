package wxopen

import (
	"context"
	"iter"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// PrefixUse says whether other accounts may add rules for longer prefixes.
type PrefixUse int

// The uses of a prefix.
const (
	Shared    PrefixUse = 1 // others may add rules for longer prefixes (不独占)
	Exclusive PrefixUse = 2 // nobody else may (独占)
)

// Version is the version of the mini program that a test of a rule opens.
type Version int

// The versions of a mini program.
const (
	Development Version = 1 // 开发版
	Trial       Version = 2 // 体验版
	Release     Version = 3 // 正式版
)

// RuleState says whether a rule is published.
type RuleState int

// The states of a rule.
const (
	Unpublished RuleState = 1 // 未发布
	Published   RuleState = 2 // 已发布
)

// Rule says that QR codes whose URL begins with Prefix open a page of a mini program.
type Rule struct {
	Prefix    string    `json:"prefix"` // such as https://www.example.com/shop
	Path      string    `json:"path"`   // page of the mini program, such as pages/index/index
	Use       PrefixUse `json:"permit_sub_rule,omitempty"`
	Version   Version   `json:"open_version,omitempty"`
	DebugURLs []string  `json:"debug_url,omitempty"` // at most 5 URLs for tests, each begins with Prefix
	State     RuleState `json:"state,omitempty"`     // set by the platform
}

// RulePage is a page of jump rules.
type RulePage struct {
	Enabled      bool   `json:"qrcodejump_open"`      // the account has the feature
	PublishQuota int    `json:"qrcodejump_pub_quota"` // publishes that are left this month
	Total        int    `json:"total_count"`          // of all rules; 0 in older answers
	Rules        []Rule `json:"rule_list"`
}

const (
	getPath     = "/cgi-bin/wxopen/qrcodejumpget"
	addPath     = "/cgi-bin/wxopen/qrcodejumpadd"
	publishPath = "/cgi-bin/wxopen/qrcodejumppublish"
	deletePath  = "/cgi-bin/wxopen/qrcodejumpdelete"

	maxRules     = 200 // of a page, and prefixes of a query
	maxDebugURLs = 5
)

// getRules is the request for rules.
type getRules struct {
	AppID    string   `json:"appid,omitempty"`
	Type     int      `json:"get_type"` // 1: by prefix, 2: by page
	Prefixes []string `json:"prefix_list,omitempty"`
	Page     int      `json:"page_num,omitempty"`
	Size     int      `json:"page_size,omitempty"`
}

func (s *Service) getRules(ctx context.Context, in getRules) (*RulePage, error) {
	var out RulePage
	if err := s.oa.Post(ctx, getPath, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &out, nil
}

// ListRules returns a page of the jump rules for a mini program: pages count from 1 and have
// 1 to 200 rules. [Service.AllRules] returns the rules of all pages. Errors:
// errcode.InvalidArgs, errcode.QRRuleTooFast.
//
// POST /cgi-bin/wxopen/qrcodejumpget (获取已设置的二维码规则)
func (s *Service) ListRules(ctx context.Context, appID string, page, size int) (*RulePage, error) {
	if page < 1 {
		return nil, limit.Rule(getPath, "page (page_num)", "is below 1")
	}
	if err := limit.Check(getPath, "size (page_size)", "rules", size, 1, maxRules); err != nil {
		return nil, err
	}
	return s.getRules(ctx, getRules{AppID: appID, Type: 2, Page: page, Size: size})
}

// AllRules returns all jump rules for a mini program. It requests each page when the loop
// reaches it. An error is the last thing it yields.
//
// POST /cgi-bin/wxopen/qrcodejumpget (获取已设置的二维码规则)
func (s *Service) AllRules(ctx context.Context, appID string) iter.Seq2[Rule, error] {
	return officialaccount.Pages(ctx, 1, func(ctx context.Context, page int) ([]Rule, int, error) {
		p, err := s.ListRules(ctx, appID, page, maxRules)
		if err != nil {
			return nil, page, err
		}
		if len(p.Rules) < maxRules || p.Total > 0 && page*maxRules >= p.Total {
			return p.Rules, page, nil // the last page
		}
		return p.Rules, page + 1, nil
	})
}

// GetRules returns the jump rules of 1 to 200 prefixes. Errors: errcode.InvalidArgs,
// errcode.QRRuleTooFast.
//
// POST /cgi-bin/wxopen/qrcodejumpget (获取已设置的二维码规则)
func (s *Service) GetRules(ctx context.Context, appID string, prefixes ...string) (*RulePage, error) {
	if err := limit.Check(getPath, "prefixes (prefix_list)", "prefixes", len(prefixes), 1, maxRules); err != nil {
		return nil, err
	}
	return s.getRules(ctx, getRules{AppID: appID, Type: 1, Prefixes: prefixes})
}

// AddRule adds a jump rule for a mini program. Users see no effect until
// [Service.PublishRule].
//
// Errors: errcode.QRRuleLinkInvalid, errcode.QRRuleDebugLinkInvalid,
// errcode.QRRuleVerifyFileFailed if the verification file is not below the prefix,
// errcode.QRRulePersonalNotAllowed, errcode.QRRuleExists, errcode.QRRuleTaken,
// errcode.QRRuleLimit, errcode.QRRuleTooFast.
//
// POST /cgi-bin/wxopen/qrcodejumpadd (增加或修改二维码规则)
func (s *Service) AddRule(ctx context.Context, appID string, r Rule) error {
	return s.putRule(ctx, appID, r, false)
}

// UpdateRule replaces the jump rule of the same prefix. The errors are those of
// [Service.AddRule].
//
// POST /cgi-bin/wxopen/qrcodejumpadd (增加或修改二维码规则)
func (s *Service) UpdateRule(ctx context.Context, appID string, r Rule) error {
	return s.putRule(ctx, appID, r, true)
}

func (s *Service) putRule(ctx context.Context, appID string, r Rule, edit bool) error {
	if err := checkPrefix(addPath, r.Prefix); err != nil {
		return err
	}
	if err := limit.Required(addPath, "Path", r.Path); err != nil {
		return err
	}
	if err := limit.Check(addPath, "DebugURLs (debug_url)", "URLs", len(r.DebugURLs), 0, maxDebugURLs); err != nil {
		return err
	}
	for _, u := range r.DebugURLs {
		if !strings.HasPrefix(u, r.Prefix) {
			return limit.Rule(addPath, "DebugURLs (debug_url)", "has a URL that does not begin with the prefix")
		}
	}
	return s.oa.Post(ctx, addPath, struct {
		AppID string `json:"appid,omitempty"`
		Rule
		Edit officialaccount.IntBool `json:"is_edit"`
	}{appID, r, officialaccount.IntBool(edit)}, nil)
}

// PublishRule publishes a jump rule. The mini program must have a release.
//
// Errors: errcode.QRRuleMiniProgramNotReleased, errcode.QRRulePersonalNotPublishable,
// errcode.QRRuleDataBroken, errcode.QRRulePublishLimit if the 100 publishes of the month are
// used up, errcode.QRRuleTooFast.
//
// POST /cgi-bin/wxopen/qrcodejumppublish (发布已设置的二维码规则)
func (s *Service) PublishRule(ctx context.Context, prefix string) error {
	if err := checkPrefix(publishPath, prefix); err != nil {
		return err
	}
	in := struct {
		Prefix string `json:"prefix"`
	}{prefix}
	return s.oa.Post(ctx, publishPath, in, nil)
}

// DeleteRule deletes a jump rule. Errors: errcode.QRRulePersonalNotPublishable.
//
// POST /cgi-bin/wxopen/qrcodejumpdelete (删除已设置的二维码规则)
func (s *Service) DeleteRule(ctx context.Context, appID, prefix string) error {
	if err := checkPrefix(deletePath, prefix); err != nil {
		return err
	}
	in := struct {
		AppID  string `json:"appid,omitempty"`
		Prefix string `json:"prefix"`
	}{appID, prefix}
	return s.oa.Post(ctx, deletePath, in, nil)
}

func checkPrefix(path, prefix string) error {
	_, err := limit.Address(path, "prefix", prefix)
	return err
}

// VerificationFile proves that the prefix of a rule belongs to the owner of the
// account. Serve Content below the prefix, under Name: for the prefix
// https://www.example.com/shop at https://www.example.com/shop/Name.
type VerificationFile struct {
	Name    string `json:"file_name"`
	Content string `json:"file_content"`
}

// GetVerificationFile returns the verification file for jump rules.
//
// POST /cgi-bin/wxopen/qrcodejumpdownload (获取校验文件名称及内容)
func (s *Service) GetVerificationFile(ctx context.Context) (*VerificationFile, error) {
	var out VerificationFile
	if err := s.oa.Post(ctx, "/cgi-bin/wxopen/qrcodejumpdownload", nil, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &out, nil
}
