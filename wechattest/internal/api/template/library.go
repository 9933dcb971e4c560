package template

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// industries are the industries of the old scheme (所属行业), by code.
func industries() [][2]string {
	return [][2]string{
		1: {"IT科技", "互联网|电子商务"}, 2: {"IT科技", "IT软件与服务"}, 3: {"IT科技", "IT硬件与设备"}, 4: {"IT科技", "电子技术"},
		5: {"IT科技", "通信与运营商"}, 6: {"IT科技", "网络游戏"}, 7: {"金融业", "银行"}, 8: {"金融业", "基金|理财|信托"}, 9: {"金融业", "保险"},
		10: {"餐饮", "餐饮"}, 11: {"酒店旅游", "酒店"}, 12: {"酒店旅游", "旅游"}, 13: {"运输与仓储", "快递"}, 14: {"运输与仓储", "物流"},
		15: {"运输与仓储", "仓储"}, 16: {"教育", "培训"}, 17: {"教育", "院校"}, 18: {"政府与公共事业", "学术科研"}, 19: {"政府与公共事业", "交警"},
		20: {"政府与公共事业", "博物馆"}, 21: {"政府与公共事业", "公共事业|非盈利机构"}, 22: {"医药护理", "医药医疗"}, 23: {"医药护理", "护理美容"},
		24: {"医药护理", "保健与卫生"}, 25: {"交通工具", "汽车相关"}, 26: {"交通工具", "摩托车相关"}, 27: {"交通工具", "火车相关"}, 28: {"交通工具", "飞机相关"},
		29: {"房地产", "建筑"}, 30: {"房地产", "物业"}, 31: {"消费品", "消费品"}, 32: {"商业服务", "法律"}, 33: {"商业服务", "会展"},
		34: {"商业服务", "中介服务"}, 35: {"商业服务", "认证"}, 36: {"商业服务", "审计"}, 37: {"文体娱乐", "传媒"}, 38: {"文体娱乐", "体育"},
		39: {"文体娱乐", "娱乐休闲"}, 40: {"印刷", "印刷"}, 41: {"其它", "其它"},
	}
}

// current are the codes of the account's two industries.
func (l *library) current() [2]int {
	if l.industry == [2]int{} {
		return [2]int{1, 2}
	}
	return l.industry
}

// setIndustry is POST /cgi-bin/template/api_set_industry, once a month. It deletes the
// templates of the old industries.
func (a *Area) setIndustry(c *server.Call, in struct {
	First  server.Scalar `json:"industry_id1"`
	Second server.Scalar `json:"industry_id2"`
}) (any, error) {
	own := a.of(c.Owner)
	var codes [2]int
	for i, text := range []string{string(in.First), string(in.Second)} {
		code, err := strconv.Atoi(text)
		if err != nil || code < 1 || code >= len(industries()) {
			return nil, server.Failf(40102, "invalid industry id")
		}
		codes[i] = code
	}
	if own.changed == server.Month(c.Now()) {
		return nil, server.Failf(43100, "change template too frequently")
	}
	own.industry, own.changed = codes, server.Month(c.Now())
	own.templates = slices.DeleteFunc(own.templates, func(t *template) bool {
		return t.industry != 0 && t.industry != codes[0] && t.industry != codes[1]
	})
	return nil, nil
}

// getIndustry is GET /cgi-bin/template/get_industry.
func (a *Area) getIndustry(c *server.Call) (any, error) {
	codes := a.of(c.Owner).current()
	class := func(code int) server.Object {
		names := industries()[code]
		return server.Object{"first_class": names[0], "second_class": names[1]}
	}
	return server.Object{"primary_industry": class(codes[0]), "secondary_industry": class(codes[1])}, nil
}

var (
	industryTemplate = regexp.MustCompile(`^(TM|OPENTM)\d+$`)
	categoryTemplate = regexp.MustCompile(`^\d+$`)
)

// addTemplate is POST /cgi-bin/template/api_add_template. The platform's library is not
// modeled: every id of the right form exists. A category template has the given
// keywords, as thing1, thing2 and so on; an industry template has first, keyword1,
// keyword2 and remark.
func (a *Area) addTemplate(c *server.Call, in struct {
	Short    server.Scalar `json:"template_id_short"`
	Keywords []string      `json:"keyword_name_list"`
}) (any, error) {
	own := a.of(c.Owner)
	t := &template{id: newTemplateID(), title: "模板 " + string(in.Short)}
	switch {
	case categoryTemplate.MatchString(string(in.Short)):
		if len(in.Keywords) == 0 {
			return nil, server.Failf(40246, "invalid keyword_name_list")
		}
		for i, name := range in.Keywords {
			if name == "" {
				return nil, server.Failf(40246, "invalid keyword_name_list")
			}
			t.content += fmt.Sprintf("%s:{{thing%d.DATA}}\n", name, i+1)
			t.example += name + ":示例\n"
		}
	case industryTemplate.MatchString(string(in.Short)):
		t.industry = own.current()[0]
		t.content = "{{first.DATA}}\n内容:{{keyword1.DATA}}\n时间:{{keyword2.DATA}}\n{{remark.DATA}}"
		t.example = "您好\n内容:示例\n时间:2026年1月1日\n谢谢"
	default:
		return nil, server.Failf(40037, "invalid template_id")
	}
	if len(own.templates) == maxTemplates {
		return nil, server.Failf(45026, "template num exceeds limit")
	}
	own.templates = append(own.templates, t)
	return server.OK{"template_id": t.id}, nil
}

// newTemplateID returns an id of 43 characters, like the platform's.
func newTemplateID() string { return (rand.Text() + rand.Text())[:43] }

// listTemplates is GET /cgi-bin/template/get_all_private_template.
func (a *Area) listTemplates(c *server.Call) (any, error) {
	list := []server.Object{}
	for _, t := range a.of(c.Owner).templates {
		var names [2]string
		if t.industry != 0 {
			names = industries()[t.industry]
		}
		list = append(list, server.Object{
			"template_id": t.id, "title": t.title, "content": t.content, "example": t.example,
			"primary_industry": names[0], "deputy_industry": names[1],
		})
	}
	return server.Object{"template_list": list}, nil
}

// deleteTemplate is POST /cgi-bin/template/del_private_template.
func (a *Area) deleteTemplate(c *server.Call, in struct {
	ID string `json:"template_id"`
}) (any, error) {
	own := a.of(c.Owner)
	t := own.find(in.ID)
	if t == nil {
		return nil, server.Failf(40037, "invalid template_id")
	}
	own.templates = server.Without(own.templates, t)
	return nil, nil
}
