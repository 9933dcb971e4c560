package wechattest

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Rule selects the calls of the API that a fault affects. The zero value selects every
// call. A page for a browser, such as that of web authorization, is affected only if
// Path is the path of the page.
type Rule struct {
	Path   string  // as in [Platform.Calls]: a path, a prefix that ends in *, or empty for all
	Method string  // GET or POST; empty for both
	Times  int     // affect only this number of matching calls; zero: all of them
	Share  float64 // affect this share of the matching calls, evenly: 0.1 is every tenth; zero: all
	Fault  Fault
}

func (r Rule) internal() server.Rule {
	return server.Rule{Path: r.Path, Method: r.Method, Times: r.Times, Share: r.Share, Fault: r.Fault.fault}
}

func publicRule(r server.Rule) Rule { return Rule{r.Path, r.Method, r.Times, r.Share, Fault{r.Fault}} }

// Fault is a kind of failure of a call. The functions below return the kinds.
type Fault struct{ fault server.Fault }

// String describes the fault.
func (f Fault) String() string { return f.fault.String() }

// Latency answers correctly, after d.
func Latency(d time.Duration) Fault { return Fault{server.Latency(d)} }

// Errcode answers with an errcode and the platform's errmsg, without executing the
// call. Errcode(-1) means that the system is busy.
func Errcode(code int) Fault { return Fault{server.Errcode(code)} }

// ErrcodeText is [Errcode] with an errmsg of your own.
func ErrcodeText(code int, errmsg string) Fault { return Fault{server.ErrcodeText(code, errmsg)} }

// Answer answers with a JSON text of your own, without executing the call or checking its
// token. It is for a test of an endpoint that the platform in memory does not model. Answer
// panics if the text is not JSON.
func Answer(text string) Fault { return Fault{server.Answer(text)} }

// HTTPStatus answers with the HTML page of a gateway and a status such as 502, without
// executing the call.
func HTTPStatus(status int) Fault { return Fault{server.HTTPStatus(status)} }

// CutBefore breaks the connection after the request was read. The call is not executed.
func CutBefore() Fault { return Fault{server.CutBefore()} }

// CutAfter executes the call and breaks the connection before the answer.
func CutAfter() Fault { return Fault{server.CutAfter()} }

// CutInside executes the call and breaks the connection in the middle of the answer,
// whose Content-Length is that of the whole.
func CutInside() Fault { return Fault{server.CutInside()} }

// Truncated executes the call and answers with the first half of its JSON as the whole
// body.
func Truncated() Fault { return Fault{server.Truncated()} }

// Endless answers with a JSON string that never ends, until the caller stops or the
// platform is closed. The call is not executed.
func Endless() Fault { return Fault{server.Endless()} }

// Hang reads the request and does not answer, until the caller stops or the platform is
// closed. The call is not executed.
func Hang() Fault { return Fault{server.Hang()} }

// RedirectTo answers 302 with a Location, which may be on another host, as a guest
// network with a sign-in page does. The call is not executed.
func RedirectTo(location string) Fault { return Fault{server.RedirectTo(location)} }

// ParseRule parses a rule from a command line: the fault, then the calls that it
// affects, separated by commas.
//
//	40001                        errcode 40001 for every call
//	-1,share=0.1                 every tenth call: system busy
//	502,path=/cgi-bin/menu/*     a gateway's page for the menu's calls
//	slow=3s,times=2              the next two calls take three seconds more
//
// A fault is an errcode (-1, or five digits and more), an HTTP status (500 to 599),
// slow=DURATION, or one of cut, cut-after, cut-inside, truncated, endless, hang. The
// calls are selected by path=…, method=GET or POST, share=0 to 1, times=N, like the
// fields of [Rule].
func ParseRule(text string) (Rule, error) {
	rule, err := server.ParseRule(text)
	return publicRule(rule), err
}

// Inject adds a fault. If several faults match a call, the one that was added first
// answers it. remove removes the fault. Inject panics if the rule has no fault, or a
// share that is not from 0 to 1.
func (p *Platform) Inject(rule Rule) (remove func()) { return p.server.Inject(rule.internal()) }

// ActiveFault is an injected fault.
type ActiveFault struct {
	Rule
	ID   int64
	Left int // number of calls left, if [Rule].Times is set
}

// Faults returns the active faults in the order in which they were injected.
func (p *Platform) Faults() []ActiveFault {
	var list []ActiveFault
	for _, f := range p.server.Faults() {
		list = append(list, ActiveFault{publicRule(f.Rule), f.ID, f.Left})
	}
	return list
}

// RemoveFault removes the fault with that ID; an unknown one is ignored.
func (p *Platform) RemoveFault(id int64) { p.server.RemoveFault(id) }
