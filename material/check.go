package material

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// rules are the rules of an endpoint by type.
type rules map[Type]rule

// rule describes the files of one type that an endpoint accepts.
type rule struct {
	extensions []string
	size       int64 // maximum in bytes
	doubtful   bool  // the documents disagree on size
}

const (
	kib = 1 << 10
	mib = 1 << 20
)

var (
	temporary = rules{
		Image: {[]string{"png", "jpeg", "jpg", "gif"}, 10 * mib, true},
		Voice: {[]string{"amr", "mp3"}, 2 * mib, false},
		Video: {[]string{"mp4"}, 10 * mib, false},
		Thumb: {[]string{"jpg", "jpeg"}, 64 * kib, false},
	}
	permanent = rules{
		Image: {[]string{"bmp", "png", "jpeg", "jpg", "gif"}, 10 * mib, true},
		Voice: {[]string{"mp3", "wma", "wav", "amr"}, 2 * mib, false},
		Video: {[]string{"mp4"}, 10 * mib, false},
		Thumb: {[]string{"jpg", "jpeg"}, 64 * kib, false},
	}
	inArticle = rules{
		Image: {[]string{"jpg", "jpeg", "png"}, 1*mib - 1, false},
	}
)

// check returns an error if the platform would refuse the upload, and a warning if it
// might. A body of unknown size is replaced by one that fails when it is too large. That
// happens before anything is sent, because the client copies such a body first.
func check(op string, accepted rules, t Type, up *officialaccount.Upload) (warnings []officialaccount.CallOption, err error) {
	r, ok := accepted[t]
	if !ok {
		return nil, limit.Rule(op, "type", "must be image, voice, video or thumb")
	}
	if up.Body == nil {
		return nil, limit.Rule(op, "media", "has no reader")
	}
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(up.Name), "."))
	if !slices.Contains(r.extensions, extension) {
		return nil, limit.Rule(op, "name", "is "+strconv.Quote(up.Name)+", must end in ."+strings.Join(r.extensions, ", ."))
	}
	if !r.doubtful {
		up.Body, err = limit.Size(op, "media", up.Body, r.size)
		return nil, err
	}
	size, known := limit.SizeOf(up.Body)
	switch {
	case !known:
	case size == 0:
		return nil, limit.Check(op, "media", "bytes", 0, 1, int(r.size))
	case size > r.size:
		warnings = append(warnings, officialaccount.WithWarning("the file is large", "bytes", size, "limit", r.size))
	}
	return warnings, nil
}
