package qrcode

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxLongData is how many bytes a short key can stand for.
const maxLongData = 4 << 10

// LongData is what a short key stands for.
type LongData struct {
	Data    string
	Created time.Time
	Left    time.Duration // until the key is good for nothing
}

// Shorten keeps long data at the platform and returns a key for it (生成短key托管): 15
// letters and digits, which only [Service.Expand] turns back. The data may have
// 4 KiB; it is kept for life, from a second to 30 days, or 30 days when life is 0.
//
// Errors: 9410010 for data that are too long, 9410011 for a life that is.
//
// POST /cgi-bin/shorten/gen (短key托管)
func (s *Service) Shorten(ctx context.Context, data string, life time.Duration) (key string, err error) {
	const path = "/cgi-bin/shorten/gen"
	if err := limit.Check(path, "long_data", "bytes", len(data), 1, maxLongData); err != nil {
		return "", err
	}
	if life != 0 && (life < time.Second || life > maxLife) {
		return "", limit.Rule(path, "expire_seconds", "is "+life.String()+", not between 1 second and 30 days")
	}
	in := struct {
		Data    string `json:"long_data"`
		Seconds int64  `json:"expire_seconds,omitempty"`
	}{data, int64(life / time.Second)}
	var out struct {
		Key string `json:"short_key"`
	}
	err = s.oa.Post(ctx, path, in, &out)
	return out.Key, err
}

// Expand returns what a key of this account stands for (还原短key).
//
// Errors: 9410012 for a key that the platform does not know, that is of another
// account, or whose time is over.
//
// POST /cgi-bin/shorten/fetch (短key托管)
func (s *Service) Expand(ctx context.Context, key string) (LongData, error) {
	const path = "/cgi-bin/shorten/fetch"
	if key == "" {
		return LongData{}, limit.Rule(path, "short_key", "is empty")
	}
	in := struct {
		Key string `json:"short_key"`
	}{key}
	var out struct {
		Data    string                    `json:"long_data"`
		Created officialaccount.Timestamp `json:"create_time"`
		Seconds int64                     `json:"expire_seconds"`
	}
	err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry())
	return LongData{Data: out.Data, Created: out.Created.Time, Left: time.Duration(out.Seconds) * time.Second}, err
}
