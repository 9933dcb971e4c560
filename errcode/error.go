package errcode

import (
	"net/netip"
	"strconv"
	"strings"
)

// Error reports a call that the platform refused.
//
// [errors.Is] matches it with its [Code] and with every [Category] of that code.
type Error struct {
	Code    Code   // errcode
	Message string // errmsg, as the platform sent it, without credentials
	RID     string // request id in errmsg, for the console and /cgi-bin/openapi/rid/get; may be empty
	Op      string // path of the endpoint, such as "/cgi-bin/menu/create"
	Status  int    // HTTP status, nearly always 200
}

// New returns an error with the given code and errmsg, and with the request id in the
// errmsg.
func New(code Code, message string) *Error {
	return &Error{Code: code, Message: message, RID: ridOf(message)}
}

// ridOf returns the request id in an errmsg, or "".
//
// It is the three hexadecimal groups after "rid:", as in
// "api unauthorized, rid: 62fb9bc8-078c24da-4202f278".
func ridOf(message string) string {
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

// Error returns one line: the endpoint, the code, the errmsg of the platform and the
// remedy.
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

// oneLine replaces every run of line breaks and other control characters by a space.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 }), " ")
}

// Remedy returns English advice on what to do about the error: the remedy of its code,
// with the refused address. If the code has no remedy, it returns the meaning of the
// code.
func (e *Error) Remedy() string {
	if e.secretRefused() {
		return "the AppSecret is wrong: check it in the configuration, or reset it on the developer platform (微信开发者平台); repeating the call does not help"
	}
	if ip := e.IP(); ip.IsValid() {
		return "add " + ip.String() + " to the IP allow-list (IP白名单) of the account on the developer platform (微信开发者平台); it applies to all API calls"
	}
	if r := e.Code.Remedy(); r != "" {
		return r
	}
	return e.Code.Message()
}

// RemedyZH is [Error.Remedy] in Chinese. It is empty for a code without a remedy.
func (e *Error) RemedyZH() string {
	if e.secretRefused() {
		return "AppSecret 不正确：请检查配置，或到微信开发者平台重置；重复调用无法解决"
	}
	if ip := e.IP(); ip.IsValid() {
		return "请在微信开发者平台把 " + ip.String() + " 加入该账号的 IP 白名单；白名单对所有接口调用生效"
	}
	return e.Code.RemedyZH()
}

// secretRefused reports whether the error is 40001 of a token endpoint, where it means
// a wrong AppSecret.
func (e *Error) secretRefused() bool {
	return e.Code == InvalidCredential && (strings.HasSuffix(e.Op, "/cgi-bin/stable_token") || strings.HasSuffix(e.Op, "/cgi-bin/token"))
}

// IP returns the address of the caller that the platform refused, for the codes of
// [ErrIPRefused]. For every other code, and if errmsg has no address, it returns the
// zero Addr, which is not valid.
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

// Is reports whether target is the code of e or a group of that code.
func (e *Error) Is(target error) bool {
	switch target := target.(type) {
	case Code:
		return target == e.Code
	case Category:
		return target.Has(e.Code) && !(target == ErrTokenInvalid && e.secretRefused())
	}
	return false
}
