package message

import (
	"fmt"
	"io"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Notices to third-party platforms (第三方平台授权事件接收), by InfoType. They are sent
// to the URL for authorization events, always encrypted, and need no reply.

// ComponentVerifyTicketNotice contains a new ticket. It is sent every ten minutes
// (验证票据, InfoType component_verify_ticket). It prints without the ticket.
type ComponentVerifyTicketNotice struct {
	NoticeHeader
	Ticket string // ComponentVerifyTicket, valid for 12 hours
}

func (m *ComponentVerifyTicketNotice) decode(e tree.Element) {
	m.Ticket = e.ID("ComponentVerifyTicket")
}

// Format implements fmt.Formatter. It hides the ticket.
func (m ComponentVerifyTicketNotice) Format(f fmt.State, _ rune) {
	io.WriteString(f, secret.Describe(m, "AppID", "CreateTime"))
}

// MarshalText implements encoding.TextMarshaler. It hides the ticket.
func (m ComponentVerifyTicketNotice) MarshalText() ([]byte, error) { return fmt.Append(nil, m), nil }

// AuthorizedNotice is sent when an account authorizes the third-party platform
// (授权成功通知, InfoType authorized). It prints without the codes.
type AuthorizedNotice struct {
	NoticeHeader
	Authorizer
}

func (m *AuthorizedNotice) decode(e tree.Element) { m.Authorizer = decodeAuthorizer(e) }

// UpdateAuthorizedNotice is sent when an account changes its authorization
// (授权更新通知, InfoType updateauthorized). It prints without the codes.
type UpdateAuthorizedNotice struct {
	NoticeHeader
	Authorizer
}

func (m *UpdateAuthorizedNotice) decode(e tree.Element) { m.Authorizer = decodeAuthorizer(e) }

// Authorizer is an account that has authorized the third-party platform. It prints
// without the codes.
type Authorizer struct {
	AuthorizerAppID              string
	AuthorizationCode            string // to exchange for the tokens of the account
	AuthorizationCodeExpiredTime time.Time
	PreAuthCode                  string // used to start the authorization
}

// Format implements fmt.Formatter. It hides the codes.
func (a Authorizer) Format(f fmt.State, _ rune) {
	io.WriteString(f, secret.Describe(a, "AuthorizerAppID", "AuthorizationCodeExpiredTime"))
}

// MarshalText implements encoding.TextMarshaler. It hides the codes.
func (a Authorizer) MarshalText() ([]byte, error) { return fmt.Append(nil, a), nil }

func decodeAuthorizer(e tree.Element) Authorizer {
	return Authorizer{
		AuthorizerAppID:              e.ID("AuthorizerAppid"),
		AuthorizationCode:            e.ID("AuthorizationCode"),
		AuthorizationCodeExpiredTime: e.Time("AuthorizationCodeExpiredTime"),
		PreAuthCode:                  e.ID("PreAuthCode"),
	}
}

// UnauthorizedNotice is sent when an account withdraws its authorization
// (取消授权通知, InfoType unauthorized).
type UnauthorizedNotice struct {
	NoticeHeader
	AuthorizerAppID string
}

func (m *UnauthorizedNotice) decode(e tree.Element) { m.AuthorizerAppID = e.ID("AuthorizerAppid") }

// FastRegisterNotice reports the result of registering a mini program
// (注册小程序事件推送, InfoType notify_third_fasteregister, with that spelling). It prints
// without the code.
type FastRegisterNotice struct {
	NoticeHeader
	MiniProgramAppID string // of the new mini program (appid)
	Status           int    // 0 if registered
	AuthCode         string // to exchange for its tokens; empty on failure
	Msg              string // result as a text
	Company          Company
}

func (m *FastRegisterNotice) decode(e tree.Element) {
	m.MiniProgramAppID = e.ID("appid")
	m.Status = int(e.Int("status"))
	m.AuthCode = e.ID("auth_code")
	m.Msg = e.Text("msg")
	m.Company = decodeCompany(e.Child("info"))
}

// Format implements fmt.Formatter. It hides the code.
func (m FastRegisterNotice) Format(f fmt.State, _ rune) {
	io.WriteString(f, secret.Describe(m, "AppID", "CreateTime", "MiniProgramAppID", "Status", "Msg"))
}

// MarshalText implements encoding.TextMarshaler. It hides the code.
func (m FastRegisterNotice) MarshalText() ([]byte, error) { return fmt.Append(nil, m), nil }

// CompanyCodeType is the kind of the code by which a company is registered.
type CompanyCodeType int

// The kinds of codes of companies.
const (
	UnifiedSocialCreditCode CompanyCodeType = 1 // 统一社会信用代码
	OrganizationCode        CompanyCodeType = 2 // 组织机构代码
	LicenseNumber           CompanyCodeType = 3 // 营业执照注册号
)

// Company is the company for which a mini program is registered or verified. For a
// person, only IDName and WXUser are set.
type Company struct {
	Name               string
	Code               string // 企业代码
	CodeType           CompanyCodeType
	LegalPersonaWeChat string // WeChat name of the legal representative
	LegalPersonaName   string
	ComponentPhone     string // of the third-party platform
	IDName             string // name of the person
	WXUser             string // WeChat name of the person
}

func decodeCompany(info tree.Element) Company {
	return Company{
		Name:               info.Text("name"),
		Code:               info.ID("code"),
		CodeType:           CompanyCodeType(info.Int("code_type")),
		LegalPersonaWeChat: info.ID("legal_persona_wechat"),
		LegalPersonaName:   info.Text("legal_persona_name"),
		ComponentPhone:     info.ID("component_phone"),
		IDName:             info.Text("idname"),
		WXUser:             info.ID("wxuser"),
	}
}

// FastRegisterBetaAppNotice reports the result of registering a trial mini program
// (创建试用小程序成功/失败, InfoType notify_third_fastregisterbetaapp).
type FastRegisterBetaAppNotice struct {
	NoticeHeader
	MiniProgramAppID string // of the new mini program (appid)
	Status           int    // 0 if registered
	Msg              string // result as a text
	UniqueID         string // of the request
	Name             string // of the mini program
}

func (m *FastRegisterBetaAppNotice) decode(e tree.Element) {
	m.MiniProgramAppID = e.ID("appid")
	m.Status = int(e.Int("status"))
	m.Msg = e.Text("msg")
	m.UniqueID = e.Child("info").ID("unique_id")
	m.Name = e.Child("info").Text("name")
}

// FastVerifyBetaAppNotice reports the result of turning a trial mini program into a
// regular one (试用小程序快速认证, InfoType notify_third_fastverifybetaapp).
type FastVerifyBetaAppNotice struct {
	NoticeHeader
	MiniProgramAppID string // appid
	Status           int    // 0 if verified
	Msg              string // result as a text
	Company          Company
}

func (m *FastVerifyBetaAppNotice) decode(e tree.Element) {
	m.MiniProgramAppID = e.ID("appid")
	m.Status = int(e.Int("status"))
	m.Msg = e.Text("msg")
	m.Company = decodeCompany(e.Child("info"))
}

// ICPFilingVerifyResultNotice reports the result of the face check for an ICP
// filing (小程序备案人脸核身结果, InfoType notify_icpfiling_verify_result).
type ICPFilingVerifyResultNotice struct {
	NoticeHeader
	TaskID              string
	VerifyAppID         string
	Result              ICPVerifyResult
	AlongWithAuthResult int // along_with_auth_result; 0 if missing
}

func (m *ICPFilingVerifyResultNotice) decode(e tree.Element) {
	m.TaskID = e.ID("task_id")
	m.VerifyAppID = e.ID("verify_appid")
	m.Result = ICPVerifyResult(e.Int("result"))
	m.AlongWithAuthResult = int(e.Int("along_with_auth_result"))
}

// ICPVerifyResult is the result of a face check.
type ICPVerifyResult int

// The results of a face check.
const (
	ICPVerifyFailed ICPVerifyResult = 2
	ICPVerifyPassed ICPVerifyResult = 3
)

// ApplyICPFilingResultNotice reports the status of an ICP filing (小程序备案状态,
// InfoType notify_apply_icpfiling_result).
type ApplyICPFilingResultNotice struct {
	NoticeHeader
	AuthorizerAppID string
	Status          int // beian_status
}

func (m *ApplyICPFilingResultNotice) decode(e tree.Element) {
	m.AuthorizerAppID = e.ID("authorizer_appid")
	m.Status = int(e.Int("beian_status"))
}

// MiniProgramAuthNotice reports the status of the verification of a mini program
// (小程序认证审核, InfoType notify_3rd_wxa_auth).
type MiniProgramAuthNotice struct {
	NoticeHeader
	MiniProgramAppID string // appid
	TaskID           string
	TaskStatus       int
	ApplyStatus      int
	Message          string
	Dispatch         AuthDispatch
}

func (m *MiniProgramAuthNotice) decode(e tree.Element) {
	m.MiniProgramAppID = e.ID("appid")
	m.TaskID = e.ID("taskid")
	m.TaskStatus = int(e.Int("task_status"))
	m.ApplyStatus = int(e.Int("apply_status"))
	m.Message = e.Text("message")
	dispatch := e.Child("dispatch_info")
	m.Dispatch = AuthDispatch{
		Provider: dispatch.Text("provider"),
		Contact:  dispatch.ID("contact"),
		Time:     dispatch.Time("dispatch_time"),
	}
}

// AuthDispatch is the company that reviews a verification (派单信息). It is empty
// until the review is assigned.
type AuthDispatch struct {
	Provider string
	Contact  string
	Time     time.Time
}

// MiniProgramVerifyNotice warns that the verification of a mini program expires
// (小程序认证到期, InfoType notify_3rd_wxa_wxverify).
type MiniProgramVerifyNotice struct {
	NoticeHeader
	MiniProgramAppID string    // appid
	ExpiredTime      time.Time // expired
	Message          string
}

func (m *MiniProgramVerifyNotice) decode(e tree.Element) {
	m.MiniProgramAppID = e.ID("appid")
	m.ExpiredTime = e.Time("expired")
	m.Message = e.Text("message")
}

// MiniProgramAuthAndICPNotice reports the status of a verification and ICP filing of
// a mini program in one procedure (小程序认证及备案, InfoType
// notify_3rd_wxa_auth_and_icp). The platform sends further elements; see Raw.
type MiniProgramAuthAndICPNotice struct {
	NoticeHeader
	AuthorizerAppID string // authorizer_appid
	ProcedureID     string
	ProcedureStatus int
}

func (m *MiniProgramAuthAndICPNotice) decode(e tree.Element) {
	m.AuthorizerAppID = e.FirstID("authorizer_appid", "appid")
	m.ProcedureID = e.ID("procedure_id")
	m.ProcedureStatus = int(e.Int("procedure_status"))
}
