// Package shorten models short keys (短key托管).
package shorten

import (
	"crypto/rand"
	"maps"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

type shortKey struct {
	data    string
	created time.Time
	expires time.Time
}

const (
	maxLongData = 4 << 10           // bytes
	maxLife     = 30 * 24 * 60 * 60 // seconds
)

// area is the state of the area; the lock of the server guards it.
type area struct {
	kept    map[string]*shortKey
	sweepAt int // how many keys are kept before expired ones are deleted
}

// Register adds the area to the server.
func Register(s *server.Server) {
	a := &area{kept: map[string]*shortKey{}}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/shorten/gen", Handle: server.JSON(a.genShortKey)},
		{Method: http.MethodPost, Path: "/cgi-bin/shorten/fetch", Handle: server.JSON(a.fetchShortKey)},
	}...)
}

// genShortKey is POST /cgi-bin/shorten/gen.
func (a *area) genShortKey(c *server.Call, in struct {
	Data    string         `json:"long_data"`
	Expires *server.Number `json:"expire_seconds"`
}) (any, error) {
	life := server.Number(maxLife)
	if in.Expires != nil {
		life = *in.Expires
	}
	switch {
	case in.Data == "":
		return nil, server.Fail(47003)
	case len(in.Data) > maxLongData:
		return nil, server.Fail(9410010)
	case life < 1 || life > maxLife:
		return nil, server.Fail(9410011)
	}
	if len(a.kept) >= a.sweepAt {
		maps.DeleteFunc(a.kept, func(_ string, k *shortKey) bool { return !c.Now().Before(k.expires) })
		a.sweepAt = 2*len(a.kept) + 64
	}
	key := rand.Text()[:15]
	a.kept[key] = &shortKey{in.Data, c.Now(), c.Now().Add(time.Duration(life) * time.Second)}
	return server.OK{"short_key": key}, nil
}

// fetchShortKey is POST /cgi-bin/shorten/fetch.
func (a *area) fetchShortKey(c *server.Call, in struct {
	Key string `json:"short_key"`
}) (any, error) {
	if in.Key == "" {
		return nil, server.Fail(47003)
	}
	k := a.kept[in.Key]
	if k == nil || !c.Now().Before(k.expires) {
		return nil, server.Fail(9410012)
	}
	return server.OK{
		"long_data": k.data, "create_time": k.created.Unix(),
		"expire_seconds": int64(k.expires.Sub(c.Now()) / time.Second),
	}, nil
}
