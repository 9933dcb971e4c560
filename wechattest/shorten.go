package wechattest

import (
	"crypto/rand"
	"maps"
	"net/http"
	"time"
)

// shortKeys is the account's short keys (短key托管).
type shortKeys struct {
	kept    map[string]*shortKey
	sweepAt int // how many keys are kept before the expired ones are let go of
}

type shortKey struct {
	data    string
	created time.Time
	expires time.Time
}

const maxLongData = 4 << 10 // bytes

func shortenEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/shorten/gen", body: jsonBody, handle: genShortKey},
		{method: http.MethodPost, path: "/cgi-bin/shorten/fetch", body: jsonBody, handle: fetchShortKey},
	}
}

// genShortKey is POST /cgi-bin/shorten/gen.
func genShortKey(c *call) (any, error) {
	var in struct {
		Data    string  `json:"long_data"`
		Expires *number `json:"expire_seconds"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	life := number(maxExpireSeconds)
	if in.Expires != nil {
		life = *in.Expires
	}
	switch {
	case in.Data == "":
		return nil, fail(47003)
	case len(in.Data) > maxLongData:
		return nil, fail(9410010)
	case life < 1 || life > maxExpireSeconds:
		return nil, fail(9410011)
	}
	s := &c.areas.shortKeys
	if s.kept == nil {
		s.kept = map[string]*shortKey{}
	}
	if len(s.kept) >= s.sweepAt {
		maps.DeleteFunc(s.kept, func(_ string, k *shortKey) bool { return !c.now().Before(k.expires) })
		s.sweepAt = 2*len(s.kept) + 64
	}
	key := rand.Text()[:15]
	s.kept[key] = &shortKey{in.Data, c.now(), c.now().Add(time.Duration(life) * time.Second)}
	return object{"errcode": 0, "errmsg": "ok", "short_key": key}, nil
}

// fetchShortKey is POST /cgi-bin/shorten/fetch.
func fetchShortKey(c *call) (any, error) {
	var in struct {
		Key string `json:"short_key"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if in.Key == "" {
		return nil, fail(47003)
	}
	k := c.areas.shortKeys.kept[in.Key]
	if k == nil || !c.now().Before(k.expires) {
		return nil, fail(9410012)
	}
	return object{
		"errcode": 0, "errmsg": "ok", "long_data": k.data, "create_time": k.created.Unix(),
		"expire_seconds": int64(k.expires.Sub(c.now()) / time.Second),
	}, nil
}
