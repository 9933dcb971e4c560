package wechattest

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Rule says which calls of the API a fault strikes. The zero value strikes
// every call. A page for a browser, such as that of a web authorization, is struck
// only by a rule whose Path is that of the page.
type Rule struct {
	Path   string  // as in [Platform.Calls]: a path, a prefix that ends in *, or empty for all
	Method string  // GET or POST; empty for both
	Times  int     // strike only the next so many calls that match; zero: all of them
	Share  float64 // strike this share of the calls that match, evenly: 0.1 is every tenth. Zero is all
	Fault  Fault
}

func (r Rule) internal() server.Rule {
	return server.Rule{Path: r.Path, Method: r.Method, Times: r.Times, Share: r.Share, Fault: r.Fault.fault}
}

func publicRule(r server.Rule) Rule { return Rule{r.Path, r.Method, r.Times, r.Share, Fault{r.Fault}} }

// Fault is a way in which a call goes wrong. The functions that return one say how.
type Fault struct{ fault server.Fault }

// String is the fault in words.
func (f Fault) String() string { return f.fault.String() }

// Latency answers correctly, after d.
func Latency(d time.Duration) Fault { return Fault{server.Latency(d)} }

// Errcode answers with that errcode and the errmsg of the platform, without carrying
// out the call. Errcode(-1) says that the system is busy.
func Errcode(code int) Fault { return Fault{server.Errcode(code)} }

// ErrcodeText is [Errcode] with an errmsg of your own.
func ErrcodeText(code int, errmsg string) Fault { return Fault{server.ErrcodeText(code, errmsg)} }

// HTTPStatus answers with a gateway's HTML page of that status, such as 502,
// without carrying out the call.
func HTTPStatus(status int) Fault { return Fault{server.HTTPStatus(status)} }

// CutBefore breaks the connection when the request has been read. The call is
// not carried out.
func CutBefore() Fault { return Fault{server.CutBefore()} }

// CutAfter carries out the call and breaks the connection before the answer.
func CutAfter() Fault { return Fault{server.CutAfter()} }

// CutInside carries out the call and breaks the connection in the middle of the
// answer, whose Content-Length is that of the whole.
func CutInside() Fault { return Fault{server.CutInside()} }

// Truncated carries out the call and answers with the first half of its JSON,
// as if that were all.
func Truncated() Fault { return Fault{server.Truncated()} }

// Endless answers with a JSON string that never ends, until the caller gives up
// or the platform closes. The call is not carried out.
func Endless() Fault { return Fault{server.Endless()} }

// Hang reads the request and never answers, until the caller gives up or the
// platform closes. The call is not carried out.
func Hang() Fault { return Fault{server.Hang()} }

// RedirectTo answers 302 with that Location, which may be on another host, as
// the sign-in page of a guest network does. The call is not carried out.
func RedirectTo(location string) Fault { return Fault{server.RedirectTo(location)} }

// ParseRule reads a rule as it is written on a command line: the fault, then what
// it strikes, with commas between them.
//
//	40001                        errcode 40001 for every call
//	-1,share=0.1                 every tenth call: system busy
//	502,path=/cgi-bin/menu/*     a gateway's page for the menu's calls
//	slow=3s,times=2              the next two calls take three seconds more
//
// A fault is an errcode (-1, or five digits and more), an HTTP status (500 to 599),
// slow=DURATION, or one of cut, cut-after, cut-inside, truncated, endless, hang.
// What it strikes is path=…, method=GET or POST, share=0 to 1, times=N, as the
// fields of [Rule].
func ParseRule(text string) (Rule, error) {
	rule, err := server.ParseRule(text)
	return publicRule(rule), err
}

// Inject puts a fault in force, after those before it: the first that strikes a
// call answers it. The function it returns takes the fault out again. It panics
// if the rule has no fault, or a share that is not from 0 to 1.
func (p *Platform) Inject(rule Rule) (remove func()) { return p.server.Inject(rule.internal()) }

// ActiveFault is a fault in force.
type ActiveFault struct {
	Rule
	ID   int64
	Left int // strikes left, where [Rule].Times is set
}

// Faults returns the faults in force, in the order in which they were injected.
func (p *Platform) Faults() []ActiveFault {
	var list []ActiveFault
	for _, f := range p.server.Faults() {
		list = append(list, ActiveFault{publicRule(f.Rule), f.ID, f.Left})
	}
	return list
}

// RemoveFault takes out the fault with that ID; an unknown one is ignored.
func (p *Platform) RemoveFault(id int64) { p.server.RemoveFault(id) }
