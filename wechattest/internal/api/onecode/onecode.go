// Package onecode models marketing codes (一物一码). Codes are ready at once, and their file
// is not encrypted.
package onecode

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

const (
	step     = 10_000
	maxCount = 20_000_000
	rangeLen = 100_000 // codes of a range of code_generate_list

	urlPrefix = "HTTPS://Q.URL.CN/0/" // 28 characters with a code
	codeLen   = 9
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s            *server.Server
	applications []*application
	tickets      map[string]scan
}

// application is a batch of codes. Its place in the list is part of its codes.
type application struct {
	place      int64
	id         int64
	isvID      string
	count      int64
	created    time.Time
	activation []activation // the last one that has a code counts
}

type activation struct {
	codeRange
	product
}

type codeRange struct {
	Start *server.Number `json:"code_start"`
	End   *server.Number `json:"code_end"`
}

type product struct {
	Activity string        `json:"activity_name"`
	Brand    string        `json:"product_brand"`
	Title    string        `json:"product_title"`
	Code     server.Scalar `json:"product_code"`
	AppID    string        `json:"wxa_appid"`
	Path     string        `json:"wxa_path"`
	Type     server.Number `json:"wxa_type"`
}

// scan is a user's scan of a code. Its ticket is the key in the area.
type scan struct {
	openID string
	app    *application
	index  int64
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s, tickets: map[string]scan{}}
	for path, handle := range map[string]server.Handler{
		"applycode":         server.JSON(a.apply),
		"applycodequery":    server.JSON(a.getApplication),
		"applycodedownload": server.JSON(a.download),
		"codeactive":        server.JSON(a.activate),
		"codeactivequery":   server.JSON(a.get),
		"tickettocode":      server.JSON(a.getByTicket),
	} {
		s.Handle(server.Endpoint{Method: http.MethodPost, Path: "/intp/marketcode/" + path, Handle: handle})
	}
	return a
}

// apply is POST /intp/marketcode/applycode.
func (a *Area) apply(c *server.Call, in struct {
	Count server.Number `json:"code_count"`
	ISVID server.Scalar `json:"isv_application_id"`
}) (any, error) {
	if in.Count < step || in.Count > maxCount || in.Count%step != 0 || in.ISVID == "" {
		return nil, server.Fail(40097)
	}
	app := server.Find(a.applications, func(app *application) bool { return app.isvID == string(in.ISVID) })
	if app == nil {
		app = &application{place: int64(len(a.applications)), id: c.NextID(), isvID: string(in.ISVID), count: int64(in.Count), created: c.Now()}
		a.applications = append(a.applications, app)
	}
	return server.OK{"application_id": app.id}, nil
}

// find returns an application by its id; 40097 if there is none.
func (a *Area) find(id server.Number) (*application, error) {
	app := server.Find(a.applications, func(app *application) bool { return app.id == int64(id) })
	if app == nil {
		return nil, server.Failf(40097, "invalid args: application not found")
	}
	return app, nil
}

// getApplication is POST /intp/marketcode/applycodequery.
func (a *Area) getApplication(_ *server.Call, in struct {
	ID    server.Number `json:"application_id"`
	ISVID server.Scalar `json:"isv_application_id"`
}) (any, error) {
	app := server.Find(a.applications, func(app *application) bool {
		return app.id == int64(in.ID) || in.ID == 0 && app.isvID == string(in.ISVID)
	})
	if app == nil {
		return nil, server.Failf(40097, "invalid args: application not found")
	}
	ranges := []server.Object{}
	for start := int64(0); start < app.count; start += rangeLen {
		ranges = append(ranges, server.Object{"code_start": start, "code_end": app.rangeEnd(start)})
	}
	return server.OK{
		"status": "FINISH", "application_id": app.id, "isv_application_id": app.isvID,
		"code_generate_list": ranges, "create_time": app.created.Unix(), "update_time": app.created.Unix(),
	}, nil
}

func (app *application) rangeEnd(start int64) int64 { return min(start+rangeLen, app.count) - 1 }

// code is a code of an application: its place and the index, in base 36.
func (app *application) code(index int64) string {
	text := strings.ToUpper(strconv.FormatInt(app.place*maxCount+index, 36))
	return strings.Repeat("0", codeLen-len(text)) + text
}

// decode finds the application and the index of a code.
func (a *Area) decode(code string) (app *application, index int64, found bool) {
	n, err := strconv.ParseInt(code, 36, 64)
	if err != nil || len(code) != codeLen || n < 0 || n/maxCount >= int64(len(a.applications)) {
		return nil, 0, false
	}
	app, index = a.applications[n/maxCount], n%maxCount
	return app, index, index < app.count
}

// download is POST /intp/marketcode/applycodedownload.
func (a *Area) download(_ *server.Call, in struct {
	ID server.Number `json:"application_id"`
	codeRange
}) (any, error) {
	app, err := a.find(in.ID)
	if err != nil {
		return nil, err
	}
	if in.Start == nil || in.End == nil {
		return nil, server.Fail(40097)
	}
	start, end := int64(*in.Start), int64(*in.End)
	if start < 0 || start >= app.count || start%rangeLen != 0 || end != app.rangeEnd(start) {
		return nil, server.Failf(40097, "invalid args: not a range of code_generate_list")
	}
	var file bytes.Buffer
	for index := start; index <= end; index++ {
		code := app.code(index)
		fmt.Fprintf(&file, "%d\t%s\t%s%s\n", index, code, urlPrefix, code)
	}
	return server.OK{"buffer": base64.StdEncoding.EncodeToString(file.Bytes())}, nil
}

// activate is POST /intp/marketcode/codeactive.
func (a *Area) activate(_ *server.Call, in struct {
	ID server.Number `json:"application_id"`
	activation
}) (any, error) {
	app, err := a.find(in.ID)
	if err != nil {
		return nil, err
	}
	if err := server.Present(40097, in.Activity, in.Brand, in.Title, string(in.Code), in.AppID, in.Path); err != nil {
		return nil, err
	}
	if in.Start == nil || in.End == nil || *in.Start < 0 || *in.End < *in.Start || int64(*in.End) >= app.count || in.Type < 0 || in.Type > 2 {
		return nil, server.Fail(40097)
	}
	app.activation = append(app.activation, in.activation)
	return nil, nil
}

// activated returns the activation that has a code; nil if none does.
func (app *application) activated(index int64) *activation {
	for i := len(app.activation) - 1; i >= 0; i-- {
		if one := &app.activation[i]; index >= int64(*one.Start) && index <= int64(*one.End) {
			return one
		}
	}
	return nil
}

// answer is a code with what it is bound to.
func (app *application) answer(index int64) server.OK {
	answer := server.OK{"code": app.code(index), "application_id": app.id, "isv_application_id": app.isvID}
	if one := app.activated(index); one != nil {
		answer["activity_name"], answer["product_brand"], answer["product_title"] = one.Activity, one.Brand, one.Title
		answer["product_code"], answer["wxa_appid"], answer["wxa_path"], answer["wxa_type"] = one.Code, one.AppID, one.Path, one.Type
		answer["code_start"], answer["code_end"] = one.Start, one.End
	}
	return answer
}

// get is POST /intp/marketcode/codeactivequery.
func (a *Area) get(_ *server.Call, in struct {
	ID    server.Number  `json:"application_id"`
	Index *server.Number `json:"code_index"`
	URL   string         `json:"code_url"`
	Code  string         `json:"code"`
}) (any, error) {
	if in.ID != 0 {
		app, err := a.find(in.ID)
		if err != nil {
			return nil, err
		}
		if in.Index == nil || *in.Index < 0 || int64(*in.Index) >= app.count {
			return nil, server.Fail(40097)
		}
		return app.answer(int64(*in.Index)), nil
	}
	app, index, found := a.decode(strings.TrimPrefix(in.URL, urlPrefix) + in.Code)
	if !found {
		return nil, server.Fail(40097)
	}
	return app.answer(index), nil
}

// ErrCode is a code that does not exist or is not activated.
var ErrCode = errors.New("wechattest: the marketing code does not exist or is not activated")

// Scan has a user scan a code, and returns the ticket that the mini program receives.
func (a *Area) Scan(u *server.User, code string) (ticket string, err error) {
	a.s.Lock()
	defer a.s.Unlock()
	app, index, found := a.decode(strings.TrimPrefix(code, urlPrefix))
	if !found || app.activated(index) == nil {
		return "", ErrCode
	}
	ticket = rand.Text()
	a.tickets[ticket] = scan{u.OpenID, app, index}
	return ticket, nil
}

// getByTicket is POST /intp/marketcode/tickettocode.
func (a *Area) getByTicket(_ *server.Call, in struct {
	OpenID string `json:"openid"`
	Ticket string `json:"code_ticket"`
}) (any, error) {
	found, ok := a.tickets[in.Ticket]
	if !ok || found.openID != in.OpenID {
		return nil, server.Fail(40097)
	}
	return found.app.answer(found.index), nil
}
