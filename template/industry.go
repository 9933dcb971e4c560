package template

import (
	"context"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Industry is the code of an industry (行业代码). Templates of the older scheme belong
// to industries.
type Industry string

// The industries, with their class and name in the platform's table.
const (
	Internet        Industry = "1"  // IT科技 互联网/电子商务
	Software        Industry = "2"  // IT科技 IT软件与服务
	Hardware        Industry = "3"  // IT科技 IT硬件与设备
	Electronics     Industry = "4"  // IT科技 电子技术
	Telecom         Industry = "5"  // IT科技 通信与运营商
	OnlineGames     Industry = "6"  // IT科技 网络游戏
	Banking         Industry = "7"  // 金融业 银行
	FundsAndTrusts  Industry = "8"  // 金融业 基金|理财|信托
	Insurance       Industry = "9"  // 金融业 保险
	Catering        Industry = "10" // 餐饮 餐饮
	Hotels          Industry = "11" // 酒店旅游 酒店
	Tourism         Industry = "12" // 酒店旅游 旅游
	Express         Industry = "13" // 运输与仓储 快递
	Logistics       Industry = "14" // 运输与仓储 物流
	Warehousing     Industry = "15" // 运输与仓储 仓储
	Training        Industry = "16" // 教育 培训
	Schools         Industry = "17" // 教育 院校
	Research        Industry = "18" // 政府与公共事业 学术科研
	TrafficPolice   Industry = "19" // 政府与公共事业 交警
	Museums         Industry = "20" // 政府与公共事业 博物馆
	PublicService   Industry = "21" // 政府与公共事业 公共事业|非盈利机构
	Medicine        Industry = "22" // 医药护理 医药医疗
	Beauty          Industry = "23" // 医药护理 护理美容
	HealthCare      Industry = "24" // 医药护理 保健与卫生
	Cars            Industry = "25" // 交通工具 汽车相关
	Motorcycles     Industry = "26" // 交通工具 摩托车相关
	Trains          Industry = "27" // 交通工具 火车相关
	Aircraft        Industry = "28" // 交通工具 飞机相关
	Construction    Industry = "29" // 房地产 建筑
	Property        Industry = "30" // 房地产 物业
	ConsumerGoods   Industry = "31" // 消费品 消费品
	Law             Industry = "32" // 商业服务 法律
	Exhibitions     Industry = "33" // 商业服务 会展
	Intermediaries  Industry = "34" // 商业服务 中介服务
	Certification   Industry = "35" // 商业服务 认证
	Auditing        Industry = "36" // 商业服务 审计
	MediaAndPress   Industry = "37" // 文体娱乐 传媒
	Sports          Industry = "38" // 文体娱乐 体育
	Entertainment   Industry = "39" // 文体娱乐 娱乐休闲
	Printing        Industry = "40" // 印刷 印刷
	OtherIndustries Industry = "41" // 其它 其它
	lastIndustry             = 41
)

// known reports whether the code is in the platform's table.
func (i Industry) known() bool {
	n, err := strconv.Atoi(string(i))
	return err == nil && n >= 1 && n <= lastIndustry && strconv.Itoa(n) == string(i)
}

// Industries are the two industries of an account, by name.
type Industries struct {
	Primary   IndustryName `json:"primary_industry"`
	Secondary IndustryName `json:"secondary_industry"`
}

// IndustryName is an industry as the platform names it.
type IndustryName struct {
	Class string `json:"first_class"`  // such as "IT科技"
	Name  string `json:"second_class"` // such as "互联网/电子商务"
}

// SetIndustries sets the two industries of the account (设置所属行业). A change deletes
// the templates of the old industries. It is possible once a month.
//
// Errors: errcode.InvalidIndustryID, ChangeTemplateTooOften.
//
// POST /cgi-bin/template/api_set_industry (设置所属行业)
func (s *Service) SetIndustries(ctx context.Context, primary, secondary Industry) error {
	const path = "/cgi-bin/template/api_set_industry"
	for n, i := range []Industry{primary, secondary} {
		if !i.known() {
			field := []string{"primary (industry_id1)", "secondary (industry_id2)"}[n]
			return limit.Rule(path, field, "is "+strconv.Quote(string(i))+", not a code from 1 to 41")
		}
	}
	in := struct {
		Primary   Industry `json:"industry_id1"`
		Secondary Industry `json:"industry_id2"`
	}{primary, secondary}
	return s.oa.Post(ctx, path, in, nil)
}

// GetIndustries returns the two industries of the account (获取设置的行业信息).
//
// GET /cgi-bin/template/get_industry (获取设置的行业信息)
func (s *Service) GetIndustries(ctx context.Context) (*Industries, error) {
	var out Industries
	if err := s.oa.Get(ctx, "/cgi-bin/template/get_industry", nil, &out); err != nil {
		return nil, err
	}
	return &out, nil
}
