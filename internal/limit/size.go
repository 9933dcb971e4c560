package limit

import "io"

// SizeOf returns the number of unread bytes of r, if the reader knows it.
func SizeOf(r io.Reader) (size int64, known bool) {
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

// Size checks that r has 1 to max bytes. It returns r itself if r knows its size, and
// otherwise a reader that fails with an [*errcode.LimitError] after max bytes. The client
// reads such a body to its end before it sends anything.
func Size(op, field string, r io.Reader, max int64) (io.Reader, error) {
	if r == nil {
		return nil, Rule(op, field, "has no reader")
	}
	if size, known := SizeOf(r); known {
		return r, Check(op, field, "bytes", int(size), 1, int(max))
	}
	return &bounded{r: r, op: op, field: field, max: max}, nil
}

// bounded fails when more than max bytes have been read.
type bounded struct {
	r         io.Reader
	op, field string
	max       int64
	read      int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.read += int64(n); b.read > b.max {
		return 0, Check(b.op, b.field, "bytes", int(b.read), 1, int(b.max))
	}
	return n, err
}
