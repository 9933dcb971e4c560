package material

import (
	"io"
	"path"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// rules are what an endpoint takes, by type.
type rules map[Type]rule

// rule is what is taken of one type.
type rule struct {
	extensions []string
	size       int64 // most bytes
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
		Thumb: {[]string{"jpg"}, 64 * kib, false},
	}
	permanent = rules{
		Image: {[]string{"bmp", "png", "jpeg", "jpg", "gif"}, 10 * mib, true},
		Voice: {[]string{"mp3", "wma", "wav", "amr"}, 2 * mib, false},
		Video: {[]string{"mp4"}, 10 * mib, false},
		Thumb: {[]string{"jpg"}, 64 * kib, false},
	}
	inArticle = rules{
		Image: {[]string{"jpg", "jpeg", "png"}, 1*mib - 1, false},
	}
)

// check refuses an upload that the platform would surely refuse. A body whose size
// nobody knows beforehand is made to fail when it turns out too large, which it does
// before anything is sent, since such a body is copied first.
//
// It returns the warning that an upload of doubtful size deserves, if any.
func check(op string, known rules, t Type, up *officialaccount.Upload) ([]officialaccount.CallOption, error) {
	r, ok := known[t]
	if !ok {
		return nil, limit.Rule(op, "type", "is none of image, voice, video, thumb")
	}
	if up.Body == nil {
		return nil, limit.Rule(op, "media", "has no reader")
	}
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(up.Name), "."))
	if !slices.Contains(r.extensions, extension) {
		return nil, limit.Rule(op, "media", "has a file name that does not end in ."+strings.Join(r.extensions, ", ."))
	}
	size, told := sizeOf(up.Body)
	tooLarge := limit.Check(op, "media", "bytes", int(size), 1, int(r.size))
	switch {
	case !told && !r.doubtful:
		up.Body = &bounded{r: up.Body, op: op, max: r.size}
	case !told, tooLarge == nil:
	case size == 0 || !r.doubtful:
		return nil, tooLarge
	default:
		return []officialaccount.CallOption{officialaccount.WithWarning("the file is large", "bytes", size, "limit", r.size)}, nil
	}
	return nil, nil
}

// sizeOf tells how much is left in a reader, if the reader knows.
func sizeOf(r io.Reader) (size int64, told bool) {
	if r, ok := r.(interface{ Len() int }); ok {
		return int64(r.Len()), true
	}
	seeker, ok := r.(io.Seeker)
	if !ok {
		return 0, false
	}
	at, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, false // a pipe, for instance
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, false
	}
	if _, err := seeker.Seek(at, io.SeekStart); err != nil {
		return 0, false
	}
	return end - at, true
}

// bounded fails as soon as more than max bytes were read.
type bounded struct {
	r    io.Reader
	op   string
	max  int64
	read int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.read += int64(n); b.read > b.max {
		return 0, limit.Check(b.op, "media", "bytes", int(b.read), 1, int(b.max))
	}
	return n, err
}
