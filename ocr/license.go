package ocr

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/pictures"
	"github.com/seed-f21aa8d8/wechat/picture"
)

// VehicleLicense holds the text of a vehicle license (行驶证).
type VehicleLicense struct {
	PlateNumber   string       `json:"plate_num"`
	VehicleType   string       `json:"vehicle_type"`
	Owner         string       `json:"owner"`
	Address       string       `json:"addr"`
	UseCharacter  string       `json:"use_character"` // 使用性质
	Model         string       `json:"model"`
	VIN           string       `json:"vin"`
	EngineNumber  string       `json:"engine_num"`
	RegisterDate  string       `json:"register_date"` // such as 2018-10-12
	IssueDate     string       `json:"issue_date"`
	PlateNumberB  string       `json:"plate_num_b"` // on the second page
	Record        string       `json:"record"`
	Passengers    string       `json:"passengers_num"`  // such as 5人
	TotalWeight   string       `json:"total_quality"`   // such as 2070kg
	CurbWeight    string       `json:"prepare_quality"` // such as 1530kg
	OverallSize   string       `json:"overall_size,omitempty"`
	FrontPosition picture.Quad `json:"-"` // of the first page; zero if unknown
	BackPosition  picture.Quad `json:"-"` // of the second page; zero if unknown
	ImageSize     picture.Size `json:"img_size"`
}

// RecognizeVehicleLicense reads a vehicle license (行驶证). The quota is 100
// calls a day; the service market (微信服务市场) sells more. Errors: see the package.
//
// POST /cv/ocr/driving (行驶证OCR识别)
func (s *Service) RecognizeVehicleLicense(ctx context.Context, p picture.Picture) (*VehicleLicense, error) {
	out, err := recognize[struct {
		VehicleLicense
		Front pictures.Position `json:"card_position_front"`
		Back  pictures.Position `json:"card_position_back"`
	}](ctx, s.oa, "/cv/ocr/driving", p)
	if err != nil {
		return nil, err
	}
	out.FrontPosition, out.BackPosition = out.Front.Corners(), out.Back.Corners()
	return &out.VehicleLicense, nil
}

// DriverLicense holds the text of a driver's license (驾驶证).
type DriverLicense struct {
	Number       string `json:"id_num"` // 证号
	Name         string `json:"name"`
	Sex          string `json:"sex"` // 男 or 女
	Nationality  string `json:"nationality"`
	Address      string `json:"address"`
	BirthDate    string `json:"birth_date"` // such as 1990-01-02
	IssueDate    string `json:"issue_date"` // of the first license
	Class        string `json:"car_class"`  // 准驾车型, such as C1
	ValidFrom    string `json:"valid_from"`
	ValidTo      string `json:"valid_to"`
	OfficialSeal string `json:"official_seal"` // text of the seal
}

// RecognizeDriverLicense reads a driver's license (驾驶证). The quota is 100
// calls a day; the service market (微信服务市场) sells more. Errors: see the package.
//
// POST /cv/ocr/drivinglicense (驾驶证OCR识别)
func (s *Service) RecognizeDriverLicense(ctx context.Context, p picture.Picture) (*DriverLicense, error) {
	return recognize[DriverLicense](ctx, s.oa, "/cv/ocr/drivinglicense", p)
}

// BusinessLicense holds the text of a business license (营业执照).
type BusinessLicense struct {
	RegistrationNumber  string       `json:"reg_num"` // 注册号 or 统一社会信用代码
	Serial              string       `json:"serial"`  // 编号
	LegalRepresentative string       `json:"legal_representative"`
	Name                string       `json:"enterprise_name"`
	OrganizationType    string       `json:"type_of_organization"` // 组成形式
	EnterpriseType      string       `json:"type_of_enterprise"`   // 类型
	Address             string       `json:"address"`
	BusinessScope       string       `json:"business_scope"`
	RegisteredCapital   string       `json:"registered_capital"`
	PaidInCapital       string       `json:"paid_in_capital"`
	ValidPeriod         string       `json:"valid_period"` // such as 1995-01-10至长期
	RegisteredDate      string       `json:"registered_date"`
	Position            picture.Quad `json:"-"` // of the license; zero if unknown
	ImageSize           picture.Size `json:"img_size"`
}

// RecognizeBusinessLicense reads a business license (营业执照). The quota is 100
// calls a day; the service market (微信服务市场) sells more. Errors: see the package.
//
// POST /cv/ocr/bizlicense (营业执照OCR识别)
func (s *Service) RecognizeBusinessLicense(ctx context.Context, p picture.Picture) (*BusinessLicense, error) {
	out, err := recognize[struct {
		BusinessLicense
		License pictures.Position `json:"cert_position"`
	}](ctx, s.oa, "/cv/ocr/bizlicense", p)
	if err != nil {
		return nil, err
	}
	out.Position = out.License.Corners()
	return &out.BusinessLicense, nil
}
