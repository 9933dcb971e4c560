// Package medical sends the messages of the medical assistant (微信就医助手), which tell
// patients about the stages of a treatment: registration, queueing, examination, payment and
// so on.
//
// Only hospitals that the platform has approved can use it, each with an account of its
// own. The documents of that program, which are not public, list the stages and the
// data of each. [Message].Status is the stage, and [Message].Info holds the data, of
// any type that encoding/json writes:
//
//	err := medical.New(oa).Send(ctx, medical.Message{
//		Status: 101, OpenID: openID, OrderID: "2026-0001", MsgID: "2026-0001-1",
//		Info: struct {
//			Patient      string       `json:"pat_name"`
//			Department   string       `json:"department_name"`
//			RedirectPage medical.Page `json:"redirect_page"`
//		}{"王小贱", "内科", medical.WebPage("https://www.example.com/visit")},
//	})
//
// Amounts in the data are in fen (分).
package medical

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service calls the endpoint of the medical assistant for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Message tells a patient about a stage of a treatment. All fields are required.
type Message struct {
	Status  int    `json:"status"`        // stage of the treatment
	OpenID  string `json:"open_id"`       // of the patient
	OrderID string `json:"order_id"`      // of the treatment, the same in all its messages
	MsgID   string `json:"msg_id"`        // unique for each user and order
	Info    any    `json:"business_info"` // data of the stage, written as JSON
}

// PageType is the kind of a [Page]. There may be other values.
type PageType string

// The kinds of pages.
const (
	Web         PageType = "web"          // 网页
	MiniProgram PageType = "mini_program" // 小程序
)

// Page is the page that a tap on a message opens: the redirect_page of the data, or its
// elder_redirect_page in the mode for the elderly (长辈模式).
type Page struct {
	Type  PageType `json:"page_type"`
	URL   string   `json:"url,omitempty"`      // for Web
	AppID string   `json:"app_id,omitempty"`   // for MiniProgram
	Path  string   `json:"fullpath,omitempty"` // for MiniProgram, with its query
}

// WebPage returns the page at a URL.
func WebPage(url string) Page { return Page{Type: Web, URL: url} }

// MiniProgramPage returns a page of a mini program.
func MiniProgramPage(appID, path string) Page {
	return Page{Type: MiniProgram, AppID: appID, Path: path}
}

// businessID is the number of the medical assistant among the city services.
const businessID = 150

// Send sends a message to a patient. The message contains the AppID of the client.
//
// POST /cityservice/sendchannelmsg (发送就医助手消息)
func (s *Service) Send(ctx context.Context, m Message) error {
	const path = "/cityservice/sendchannelmsg"
	if m.Status <= 0 {
		return limit.Rule(path, "Status", "is not positive")
	}
	if err := limit.Required(path, "OpenID", m.OpenID, "OrderID", m.OrderID, "MsgID", m.MsgID); err != nil {
		return err
	}
	if m.Info == nil {
		return limit.Rule(path, "Info (business_info)", "is nil")
	}
	return s.oa.Post(ctx, path, struct {
		Message
		AppID      string `json:"app_id"`
		BusinessID int    `json:"business_id"`
	}{m, s.oa.AppID(), businessID}, nil)
}
