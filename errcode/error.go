package errcode

import (
	"net/netip"
	"strconv"
	"strings"
)

// Error is a call that the platform refused.
//
// [errors.Is] matches it against its [Code] and against every [Category] of that
// code.
type Error struct {
	Code    Code   // errcode
	Message string // errmsg, as the platform sent it, without credentials
	RID     string // request id out of errmsg, which the console and /cgi-bin/openapi/rid/get explain; may be empty
	Op      string // path of the endpoint, such as "/cgi-bin/menu/create"
	Status  int    // HTTP status; 200 for nearly every refusal
}

// New returns an error with the given code and errmsg, and with the request id
// that the errmsg names.
func New(code Code, message string) *Error {
	return &Error{Code: code, Message: message, RID: RID(message)}
}

// RID returns the request id that an errmsg names, or "".
//
// It is the three hexadecimal groups after "rid:", as in
// "api unauthorized, rid: 62fb9bc8-078c24da-4202f278".
func RID(message string) string {
	const key, size = "rid:", len("62fb9bc8-078c24da-4202f278")
	for {
		_, after, found := strings.Cut(message, key)
		if !found {
			return ""
		}
		message = after
		after = strings.TrimPrefix(after, " ")
		if len(after) >= size && isRID(after[:size]) {
			return after[:size]
		}
	}
}

func isRID(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 17:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}

// Error is one line: the endpoint, the code, what the platform said, and what to
// do about it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("wechat: ")
	if e.Op != "" {
		b.WriteString(e.Op)
		b.WriteString(": ")
	}
	b.WriteString(e.Code.String())
	if e.Status != 0 && e.Status != 200 {
		b.WriteString(" (HTTP ")
		b.WriteString(strconv.Itoa(e.Status))
		b.WriteByte(')')
	}
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(oneLine(e.Message))
	}
	if r := e.Remedy(); r != "" {
		b.WriteString("; ")
		b.WriteString(r)
	}
	return b.String()
}

// oneLine replaces every run of line breaks and other control characters by a blank.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 }), " ")
}

// Remedy says in English what to do about the error: the remedy of its code,
// with the refused address filled in, or else the meaning of the code.
func (e *Error) Remedy() string {
	if e.secretRefused() {
		return "the platform takes this AppSecret for wrong: copy it again from the developer platform, or reset it there; fetching again cannot help"
	}
	if ip := e.IP(); ip.IsValid() {
		return "add " + ip.String() + " to the IP allow-list (IP白名单) under Basic configuration on the developer platform"
	}
	if r := e.Code.Remedy(); r != "" {
		return r
	}
	return e.Code.Message()
}

// RemedyZH is [Error.Remedy] in Chinese; it is empty for codes without one.
func (e *Error) RemedyZH() string {
	if e.secretRefused() {
		return "AppSecret 不正确：请到开发者平台重新复制或重置，重新获取 token 无济于事"
	}
	if ip := e.IP(); ip.IsValid() {
		return "请在开发者平台的“基本配置”中把 " + ip.String() + " 加入 IP 白名单"
	}
	return e.Code.RemedyZH()
}

// secretRefused reports whether 40001 came from an endpoint that hands out
// tokens, where it speaks of the AppSecret.
func (e *Error) secretRefused() bool {
	return e.Code == InvalidCredential && (strings.HasSuffix(e.Op, "/cgi-bin/stable_token") || strings.HasSuffix(e.Op, "/cgi-bin/token"))
}

// IP is the caller's address that the platform refused, for the codes of
// [ErrIPRefused]; for every other code, and if errmsg names none, it is the zero
// Addr, which is not valid.
func (e *Error) IP() netip.Addr {
	if !ErrIPRefused.Has(e.Code) {
		return netip.Addr{}
	}
	for _, word := range strings.FieldsFunc(e.Message, notInAddress) {
		for _, s := range []string{word, strings.Trim(word, ":.")} {
			if ip, err := netip.ParseAddr(s); err == nil {
				return ip.Unmap()
			}
		}
	}
	return netip.Addr{}
}

func notInAddress(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF:.", r) }

// Is reports whether target is the code of e or a group to which it belongs.
func (e *Error) Is(target error) bool {
	switch target := target.(type) {
	case Code:
		return target == e.Code
	case Category:
		return target.Has(e.Code) && !(target == ErrTokenInvalid && e.secretRefused())
	}
	return false
}
