package wxopen

import (
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

func (a *Area) rule(prefix string) *rule {
	return server.Find(a.rules, func(r *rule) bool { return r.prefix == prefix })
}

// publishesLeft is how many publishes are left this month.
func (a *Area) publishesLeft(c *server.Call) int {
	month := server.Month(c.Now())
	a.published = slices.DeleteFunc(a.published, func(m string) bool { return m != month })
	return publishesPerMonth - len(a.published)
}

// getRules is POST /cgi-bin/wxopen/qrcodejumpget.
func (a *Area) getRules(c *server.Call, in struct {
	AppID    string        `json:"appid"`
	Type     server.Number `json:"get_type"`
	Prefixes []string      `json:"prefix_list"`
	Page     server.Number `json:"page_num"`
	Size     server.Number `json:"page_size"`
}) (any, error) {
	var newest []*rule
	for _, r := range slices.Backward(a.rules) {
		if in.AppID == "" || r.appID == in.AppID {
			newest = append(newest, r)
		}
	}
	list, total := newest, len(newest)
	switch in.Type {
	case 0:
		list = server.Page(list, 0, maxNewest)
	case 1:
		if len(in.Prefixes) == 0 || len(in.Prefixes) > maxPage {
			return nil, server.Fail(40097)
		}
		list = slices.DeleteFunc(list, func(r *rule) bool { return !slices.Contains(in.Prefixes, r.prefix) })
	case 2:
		if in.Page < 1 || in.Size < 1 || in.Size > maxPage || in.Page > maxNewest {
			return nil, server.Fail(40097)
		}
		list = server.Page(list, (in.Page-1)*in.Size, in.Size)
	default:
		return nil, server.Fail(40097)
	}
	rules := []server.Object{}
	for _, r := range list {
		rules = append(rules, server.Object{
			"prefix": r.prefix, "path": r.path, "permit_sub_rule": r.use, "open_version": r.version, "debug_url": r.debug, "state": r.status,
		})
	}
	return server.OK{
		"qrcodejump_open": 1, "qrcodejump_pub_quota": a.publishesLeft(c),
		"list_size": len(rules), "total_count": total, "rule_list": rules,
	}, nil
}

// addRule is POST /cgi-bin/wxopen/qrcodejumpadd.
func (a *Area) addRule(_ *server.Call, in struct {
	AppID   string        `json:"appid"`
	Prefix  string        `json:"prefix"`
	Path    string        `json:"path"`
	Edit    server.Flag   `json:"is_edit"`
	Use     server.Number `json:"permit_sub_rule"`
	Version server.Number `json:"open_version"`
	Debug   []string      `json:"debug_url"`
}) (any, error) {
	r := a.rule(in.Prefix)
	switch {
	case !strings.HasPrefix(in.Prefix, "http://") && !strings.HasPrefix(in.Prefix, "https://"):
		return nil, server.Fail(85066)
	case in.Path == "" || len(in.Debug) > maxDebugURLs:
		return nil, server.Fail(40097)
	case slices.ContainsFunc(in.Debug, func(u string) bool { return !strings.HasPrefix(u, in.Prefix) }):
		return nil, server.Fail(85068)
	case bool(in.Edit) && r == nil:
		return nil, server.Fail(85066)
	case !bool(in.Edit) && r != nil:
		return nil, server.Fail(85071)
	case r == nil:
		r = &rule{}
		a.rules = append(a.rules, r)
	}
	*r = rule{in.AppID, in.Prefix, in.Path, max(1, int64(in.Use)), max(1, int64(in.Version)), unpublished, append([]string{}, in.Debug...)}
	return nil, nil
}

// publish is POST /cgi-bin/wxopen/qrcodejumppublish.
func (a *Area) publish(c *server.Call, in struct {
	Prefix string `json:"prefix"`
}) (any, error) {
	r := a.rule(in.Prefix)
	if r == nil {
		return nil, server.Fail(85066)
	}
	if a.publishesLeft(c) == 0 {
		return nil, server.Fail(886000)
	}
	a.published = append(a.published, server.Month(c.Now()))
	r.status = published
	return nil, nil
}

// delete is POST /cgi-bin/wxopen/qrcodejumpdelete.
func (a *Area) delete(_ *server.Call, in struct {
	Prefix string `json:"prefix"`
}) (any, error) {
	r := a.rule(in.Prefix)
	if r == nil {
		return nil, server.Fail(85066)
	}
	a.rules = server.Without(a.rules, r)
	return nil, nil
}

// download is POST /cgi-bin/wxopen/qrcodejumpdownload.
func (a *Area) download(*server.Call) (any, error) {
	return server.OK{"file_name": a.fileName, "file_content": a.file}, nil
}

// Open returns the page that the published rule with the longest prefix of a URL opens.
func (a *Area) Open(url string) (appID, path string, found bool) {
	a.s.Lock()
	defer a.s.Unlock()
	var best *rule
	for _, r := range a.rules {
		if r.status == published && strings.HasPrefix(url, r.prefix) && (best == nil || len(r.prefix) > len(best.prefix)) {
			best = r
		}
	}
	if best == nil {
		return "", "", false
	}
	return best.appID, best.path, true
}
