// Package notice has the common types of template messages (package template) and
// subscription notices (package subscribe): the values of a template and the
// mini-program page that a tap opens.
package notice

// Data has a value for each keyword of a template, by name, such as "thing1":
//
//	notice.Data{
//		"thing1": {Value: "Order 42"},
//		"time2":  {Value: "2026-11-21 20:00"},
//	}
type Data map[string]Value

// Value is the value of a keyword. The name of the keyword begins with its kind, which
// limits the value. A thing has at most 20 characters, for instance.
type Value struct {
	Value string `json:"value"`
	Color string `json:"color,omitempty"` // #RRGGBB; template messages only, and ignored there since 2023-05-04
}

// MiniProgram is a page of a mini program (小程序) that is linked to the account.
type MiniProgram struct {
	AppID    string `json:"appid"`
	PagePath string `json:"pagepath,omitempty"`
}
