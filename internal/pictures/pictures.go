// Package pictures sends pictures for the services that look at them.
package pictures

import (
	"context"
	"net/url"
	"path"
	"slices"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/picture"
)

// maxSize is the maximum size of an upload in bytes.
const maxSize = 2 << 20

// Send sends a picture to an endpoint and decodes the answer into out. The parameters are
// sent in the query, and also in the form of an upload, where some documents have them.
func Send(ctx context.Context, oa *officialaccount.Client, op string, p picture.Picture, out any, params ...officialaccount.FormField) error {
	query := url.Values{}
	for _, f := range params {
		query.Set(f.Name, f.Value)
	}
	if p.URL != "" {
		if p.Body != nil {
			return limit.Rule(op, "img", "has both a URL and a reader")
		}
		if _, err := limit.Address(op, "URL (img_url)", p.URL); err != nil {
			return err
		}
		query.Set("img_url", p.URL)
		return oa.Post(ctx, op, nil, out, officialaccount.WithQuery(query))
	}
	body, err := limit.Size(op, "img", p.Body, maxSize)
	if err != nil {
		return err
	}
	if path.Ext(p.Name) == "" {
		return limit.Rule(op, "Name", "is "+strconv.Quote(p.Name)+", must have an extension such as .jpg")
	}
	up := officialaccount.Upload{Field: "img", Name: p.Name, Body: body, Form: slices.Clone(params)}
	return oa.Upload(ctx, op, up, out, officialaccount.WithQuery(query))
}

// Position is a place as the platform sends it: with its corners, or with an object pos
// that has them.
type Position struct {
	picture.Quad
	Pos picture.Quad `json:"pos"`
}

// Corners returns the place.
func (p Position) Corners() picture.Quad {
	if p.Pos != (picture.Quad{}) {
		return p.Pos
	}
	return p.Quad
}
