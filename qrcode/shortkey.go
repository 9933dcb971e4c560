package qrcode

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxLongData is the maximum length of the data of a short key, in bytes.
const maxLongData = 4 << 10

// LongData is the data of a short key.
type LongData struct {
	Data    string
	Created time.Time
	Life    time.Duration // time until the key expires
}

// GenShortKey stores data on the platform and returns a key of 15 letters and digits. Only
// [Service.FetchShortKey] can read the data; the key is not a URL. The data have 1 byte to
// 4 KiB and are kept for life: 1 second to 30 days, or 30 days if life is 0. Errors:
// errcode.LongDataTooLarge, errcode.ShortKeyExpiryTooLong.
//
// POST /cgi-bin/shorten/gen (短key托管)
func (s *Service) GenShortKey(ctx context.Context, data string, life time.Duration) (key string, err error) {
	const path = "/cgi-bin/shorten/gen"
	if err := limit.Check(path, "data (long_data)", "bytes", len(data), 1, maxLongData); err != nil {
		return "", err
	}
	if life != 0 {
		if err := checkLife(path, life); err != nil {
			return "", err
		}
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

// FetchShortKey returns the data of a key. The error is errcode.ShortKeyNotFound for a key
// that is unknown, has expired or belongs to another account.
//
// POST /cgi-bin/shorten/fetch (短key托管)
func (s *Service) FetchShortKey(ctx context.Context, key string) (*LongData, error) {
	const path = "/cgi-bin/shorten/fetch"
	if err := limit.Required(path, "key (short_key)", key); err != nil {
		return nil, err
	}
	in := struct {
		Key string `json:"short_key"`
	}{key}
	var out struct {
		Data    string                    `json:"long_data"`
		Created officialaccount.Timestamp `json:"create_time"`
		Seconds int64                     `json:"expire_seconds"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &LongData{out.Data, out.Created.Time, time.Duration(out.Seconds) * time.Second}, nil
}
