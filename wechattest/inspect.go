package wechattest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Users returns every user that the platform knows, by openid.
func (p *Platform) Users() []*User {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*User
	for _, id := range slices.Sorted(maps.Keys(p.users)) {
		if id != systemSender {
			list = append(list, p.users[id])
		}
	}
	return list
}

// Typing reports whether the user sees the account typing.
func (u *User) Typing() bool {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	return u.platform.now().Before(u.windows.typing)
}

// AccessToken is an access token that the platform has issued.
//
// It prints without the token.
type AccessToken struct {
	Kind    string // stable, classic, or other for a token of [Platform.IssueToken] or a component
	Value   string `json:"-"`
	Expires time.Time
	Retired time.Time // the token is refused from then on; zero: only expiry ends it
}

// Tokens returns the access tokens that the platform has issued, those that last
// longest first.
func (p *Platform) Tokens() []AccessToken {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.credentials
	var list []AccessToken
	for _, t := range s.issued {
		kind := "other"
		switch t {
		case s.stable:
			kind = "stable"
		case s.classic:
			kind = "classic"
		}
		list = append(list, AccessToken{kind, t.value, t.expires, t.retired})
	}
	slices.SortFunc(list, func(a, b AccessToken) int {
		return cmp.Or(b.Expires.Compare(a.Expires), strings.Compare(a.Value, b.Value))
	})
	return list
}

// Quota is what has been used of an endpoint's quota. A limit of zero is none.
type Quota struct {
	Path            string
	Used            int // calls of today, in China
	Daily, Minutely int // limits
}

// Quotas returns the quotas of the endpoints that have been called or that
// [Platform.SetQuota] limits, by path.
func (p *Platform) Quotas() []Quota {
	p.mu.Lock()
	defer p.mu.Unlock()
	paths := map[string]bool{}
	for path := range p.quotas.paths {
		paths[path] = true
	}
	for path := range p.quotas.limits {
		paths[path] = true
	}
	var list []Quota
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		e := p.routes[path]
		e.path = path
		l := p.quotas.limit(e)
		q := Quota{Path: path, Daily: l.daily, Minutely: l.minutely}
		if u := p.quotas.paths[path]; u != nil && u.day == day(p.now()) {
			q.Used = u.perDay
		}
		list = append(list, q)
	}
	return list
}

// ActiveFault is a fault in force.
type ActiveFault struct {
	Rule
	ID   int64
	Left int // strikes left, where [Rule].Times is set
}

// Faults returns the faults in force, in the order in which they were injected.
func (p *Platform) Faults() []ActiveFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []ActiveFault
	for _, f := range p.faults {
		list = append(list, ActiveFault{f.Rule, f.id, max(f.left, 0)})
	}
	return list
}

// RemoveFault takes out the fault with that ID; an unknown one is ignored.
func (p *Platform) RemoveFault(id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = slices.DeleteFunc(slices.Clone(p.faults), func(f *activeFault) bool { return f.id == id })
}

// NoticeTemplate is one of the account's templates for subscription notices (订阅通知).
type NoticeTemplate struct{ ID, Title string }

// NoticeTemplates returns the account's templates for subscription notices.
func (p *Platform) NoticeTemplates() []NoticeTemplate {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []NoticeTemplate
	for _, n := range p.areas.subscriptions.own {
		list = append(list, NoticeTemplate{n.id, n.title})
	}
	return list
}

// QRCode is a parametric QR code (带参数二维码) of the account.
type QRCode struct {
	Ticket  string
	URL     string // what the code says
	Scene   string
	Expires time.Time // zero for a permanent code
}

// QRCodes returns the account's parametric QR codes whose time is not over, by scene.
func (p *Platform) QRCodes() []QRCode {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []QRCode
	for _, c := range p.areas.qrcodes.byTicket {
		if !c.expired(p.now()) {
			list = append(list, QRCode{c.ticket, c.url, c.scene, c.expires})
		}
	}
	slices.SortFunc(list, func(a, b QRCode) int {
		return cmp.Or(strings.Compare(a.Scene, b.Scene), strings.Compare(a.Ticket, b.Ticket))
	})
	return list
}

// CallbackURLs returns the addresses of the bot's instances; nil without a bot.
func (p *Platform) CallbackURLs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bot == nil {
		return nil
	}
	var list []string
	for _, in := range p.bot.instances {
		list = append(list, in.url)
	}
	return list
}
