// Package wxopen models the mini programs that are linked to the account, and the rules by
// which QR codes open mini programs.
package wxopen

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s         *server.Server
	links     []*link
	rules     []*rule  // the oldest first
	published []string // month of each publish
	fileName  string
	file      string
}

// link is a mini program that is linked, or is asked to be.
type link struct {
	appID       string
	status      int
	showProfile bool
}

const (
	linked  = 1
	waiting = 2
	refused = 3
)

// rule is a jump rule.
type rule struct {
	appID                string
	prefix, path         string
	use, version, status int64
	debug                []string
}

const (
	unpublished = 1
	published   = 2

	maxPage            = 200
	maxNewest          = 10_000
	maxDebugURLs       = 5
	publishesPerMonth  = 100
	verificationLength = 10
)

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s, fileName: rand.Text()[:verificationLength] + ".txt", file: rand.Text()}
	for path, handle := range map[string]server.Handler{
		"wxamplinkget":       a.list,
		"wxamplink":          server.JSON(a.link),
		"wxampunlink":        server.JSON(a.unlink),
		"qrcodejumpget":      server.JSON(a.getRules),
		"qrcodejumpadd":      server.JSON(a.addRule),
		"qrcodejumppublish":  server.JSON(a.publish),
		"qrcodejumpdelete":   server.JSON(a.delete),
		"qrcodejumpdownload": a.download,
	} {
		s.Handle(server.Endpoint{Method: http.MethodPost, Path: "/cgi-bin/wxopen/" + path, Handle: handle})
	}
	return a
}

// list is POST /cgi-bin/wxopen/wxamplinkget.
func (a *Area) list(*server.Call) (any, error) {
	items := []server.Object{}
	for _, l := range a.links {
		items = append(items, server.Object{
			"status": l.status, "appid": l.appID, "username": "gh_" + strings.TrimPrefix(l.appID, "wx"), "nickname": "小程序 " + l.appID,
			"headimg_url": "", "email": "", "selected": digit(l.showProfile), "nearby_display_status": 0, "released": 1, "func_infos": []any{},
		})
	}
	return server.OK{"wxopens": server.Object{"items": items}}, nil
}

func digit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a *Area) find(appID string) *link {
	return server.Find(a.links, func(l *link) bool { return l.appID == appID })
}

// link is POST /cgi-bin/wxopen/wxamplink.
func (a *Area) link(_ *server.Call, in struct {
	AppID       string      `json:"appid"`
	ShowProfile server.Flag `json:"show_profile"`
}) (any, error) {
	if !strings.HasPrefix(in.AppID, "wx") {
		return nil, server.Fail(40013)
	}
	l := a.find(in.AppID)
	switch {
	case l == nil:
		l = &link{appID: in.AppID}
		a.links = append(a.links, l)
	case l.status == linked:
		return nil, server.Fail(89015)
	case l.status == waiting:
		return nil, server.Fail(89010)
	}
	l.status, l.showProfile = waiting, bool(in.ShowProfile)
	return nil, nil
}

// unlink is POST /cgi-bin/wxopen/wxampunlink.
func (a *Area) unlink(_ *server.Call, in struct {
	AppID string `json:"appid"`
}) (any, error) {
	l := a.find(in.AppID)
	if l == nil {
		return nil, server.Fail(40013)
	}
	a.links = server.Without(a.links, l)
	return nil, nil
}

// Answer has the administrator of a mini program answer a request for a link. It reports
// whether there was one.
func (a *Area) Answer(appID string, agree bool) bool {
	a.s.Lock()
	defer a.s.Unlock()
	l := a.find(appID)
	if l == nil || l.status != waiting {
		return false
	}
	l.status = refused
	if agree {
		l.status = linked
	}
	return true
}
