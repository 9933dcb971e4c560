package invoice

import (
	"bytes"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// setPDF is POST /card/invoice/platform/setpdf.
func (a *Area) setPDF(c *server.Call) (any, error) {
	up, err := c.Upload("pdf")
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(up.Content, []byte("%PDF-")) {
		return nil, server.Fail(72040)
	}
	maps.DeleteFunc(a.pdfs, func(_ string, old *pdf) bool { return old.expired(c.Now()) })
	id := strconv.FormatInt(c.NextID(), 10)
	a.pdfs[id] = &pdf{up.Content, c.Now().Add(pdfLife)}
	return server.OK{"s_media_id": id}, nil
}

func (p *pdf) expired(now time.Time) bool { return !p.expires.IsZero() && !now.Before(p.expires) }

// file finds a file by its media id; 72040 if there is none.
func (a *Area) file(id string, now time.Time) (*pdf, error) {
	f := a.pdfs[id]
	if f == nil || f.expired(now) {
		return nil, server.Fail(72040)
	}
	return f, nil
}

// getPDF is POST /card/invoice/platform/getpdf.
func (a *Area) getPDF(c *server.Call, in struct {
	Action  string        `json:"action"`
	MediaID server.Scalar `json:"s_media_id"`
}) (any, error) {
	if in.Action != "get_url" {
		return nil, server.Fail(72031)
	}
	if _, err := a.file(string(in.MediaID), c.Now()); err != nil {
		return nil, err
	}
	return server.OK{"pdf_url": a.pdfURL(string(in.MediaID)), "pdf_url_expire_time": int(linkLife / time.Second)}, nil
}

// pdfURL is a link to a file, which ends after linkLife; empty without a media id.
func (a *Area) pdfURL(id string) string {
	if id == "" {
		return ""
	}
	q := url.Values{"id": {id}, "until": {strconv.FormatInt(a.s.Now().Add(linkLife).Unix(), 10)}}
	return a.s.Account.URL + pdfPath + "?" + q.Encode()
}

// servePDF is GET /wechattest/invoice/pdf.
func (a *Area) servePDF(c *server.Call) (any, error) {
	f, err := a.file(c.Query.Get("id"), c.Now())
	until, _ := strconv.ParseInt(c.Query.Get("until"), 10, 64)
	if err != nil || c.Now().Unix() >= until {
		return &server.Attachment{Status: http.StatusNotFound, ContentType: "text/html"}, nil
	}
	return &server.Attachment{ContentType: "application/pdf", Name: "invoice.pdf", Content: f.content}, nil
}

// newCode is a card code of 12 digits.
func (a *Area) newCode() string {
	return strconv.FormatInt(100_000_000_000+a.s.NextID()%100_000_000_000, 10)
}

func newEncryptCode() string { return rand.Text() + rand.Text() + "=" }
