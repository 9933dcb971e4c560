package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseRule implements wechattest.ParseRule.
func ParseRule(text string) (Rule, error) {
	name, rest, _ := strings.Cut(text, ",")
	fault, err := parseFault(strings.TrimSpace(name))
	rule := Rule{Fault: fault}
	for option := range strings.SplitSeq(rest, ",") {
		if err == nil && strings.TrimSpace(option) != "" {
			err = rule.set(strings.TrimSpace(option))
		}
	}
	if err != nil {
		return Rule{}, fmt.Errorf("wechattest: fault %q: %w", text, err)
	}
	return rule, nil
}

func (r *Rule) set(option string) (err error) {
	name, value, _ := strings.Cut(option, "=")
	switch name {
	case "path":
		if r.Path = value; !strings.HasPrefix(value, "/") {
			err = fmt.Errorf("path %q does not begin with a slash", value)
		}
	case "method":
		if r.Method = value; value != "GET" && value != "POST" {
			err = fmt.Errorf("method %q is neither GET nor POST", value)
		}
	case "share":
		if r.Share, err = strconv.ParseFloat(value, 64); err != nil || !(r.Share > 0 && r.Share <= 1) {
			err = fmt.Errorf("share %q is not above 0 and at most 1", value)
		}
	case "times":
		if r.Times, err = strconv.Atoi(value); err != nil || r.Times < 1 {
			err = fmt.Errorf("times %q is not a number of 1 or more", value)
		}
	default:
		err = fmt.Errorf("unknown option %q: use path, method, share, times", name)
	}
	return err
}

func parseFault(name string) (Fault, error) {
	named := map[string]Fault{
		"cut": CutBefore(), "cut-after": CutAfter(), "cut-inside": CutInside(), "truncated": Truncated(),
		"endless": Endless(), "hang": Hang(), "40164": notInAllowList(),
	}
	if fault, ok := named[name]; ok {
		return fault, nil
	}
	if text, ok := strings.CutPrefix(name, "slow="); ok {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return Fault{}, fmt.Errorf("slow needs a duration such as 3s, not %q", text)
		}
		return Latency(d), nil
	}
	n, err := strconv.Atoi(name)
	switch {
	case err == nil && n >= 500 && n <= 599:
		return HTTPStatus(n), nil
	case err == nil && (n == -1 || n >= 10_000):
		return Errcode(n), nil
	}
	return Fault{}, fmt.Errorf("%q is not an errcode (-1, 40001, …), an HTTP status (500 to 599), or one of slow=3s, cut, cut-after, cut-inside, truncated, endless, hang", name)
}

// notInAllowList answers 40164 with the caller's address, as for a caller that is not
// on the IP allow-list (IP 白名单).
func notInAllowList() Fault {
	return Fault{"errcode 40164", false, func(x *exchange, _ []byte) { x.write(nil, NotAllowed(callerAddr(x.r))) }}
}
