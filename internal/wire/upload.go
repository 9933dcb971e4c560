package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"path"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Upload is a file to be sent as multipart/form-data.
type Upload struct {
	Field string    // name of the form field; empty: "media"
	Name  string    // name of the file, whose extension tells the platform its type; empty: that of Body.Name
	Body  io.Reader // the file
	Size  int64     // its size in bytes; 0: unknown
	Form  []Param   // further fields, sent before the file
}

// spoolBound is the size in bytes above which a body of unknown size is copied to a
// temporary file.
const spoolBound = 32 << 10

// content is the file of an upload, with its size.
type content struct {
	io.Reader
	size   int64
	rewind func() error // nil: it can be read once
	close  func()       // may be nil
}

// body returns the form: the other fields, the part header, the file and the end of the
// form, all of known size.
func (u *Upload) body(ctx context.Context, watch *watch) (*body, error) {
	name, err := u.fileName()
	if err != nil {
		return nil, err
	}
	var frame bytes.Buffer
	form := multipart.NewWriter(&frame)
	for _, p := range u.Form {
		if err := form.WriteField(p.Name, p.Value); err != nil {
			return nil, err
		}
	}
	if _, err := form.CreatePart(u.header(name)); err != nil {
		return nil, err
	}
	head := frame.Len()
	if err := form.Close(); err != nil {
		return nil, err
	}
	file, err := u.content(ctx, watch)
	if err != nil {
		return nil, err
	}
	before, behind := frame.Bytes()[:head], frame.Bytes()[head:]
	return &body{
		contentType: form.FormDataContentType(),
		size:        int64(frame.Len()) + file.size,
		once:        file.rewind == nil,
		close:       file.close,
		open: func(ctx context.Context) (io.Reader, error) {
			src := io.Reader(&source{r: file.Reader})
			if file.rewind == nil {
				src = newLeaving(ctx, src, file.size)
			} else if err := file.rewind(); err != nil {
				return nil, err
			}
			return io.MultiReader(bytes.NewReader(before), &exactly{src, file.size}, bytes.NewReader(behind)), nil
		},
	}, nil
}

func (u *Upload) header(name string) textproto.MIMEHeader {
	field := u.Field
	if field == "" {
		field = "media"
	}
	return textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition(field, name)},
		"Content-Type":        {mediaType(name)},
	}
}

// mediaType returns the content type for the extension of a file.
func mediaType(name string) string {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png", ".gif", ".bmp", ".webp":
		return "image/" + ext[1:]
	case ".mp3":
		return "audio/mpeg"
	case ".amr", ".wav", ".speex":
		return "audio/" + ext[1:]
	case ".wma":
		return "audio/x-ms-wma"
	case ".mp4":
		return "video/mp4"
	case ".pdf":
		return "application/pdf"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// content determines the size of the file and whether it can be read again.
func (u *Upload) content(ctx context.Context, watch *watch) (content, error) {
	if u.Body == nil {
		return content{}, errors.New("an upload needs a body")
	}
	if u.Size < 0 {
		return content{}, errors.New("the size of an upload cannot be negative")
	}
	if b, ok := u.Body.(*bytes.Buffer); ok {
		return seekable(bytes.NewReader(b.Bytes()), u.Size), nil
	}
	if s, ok := u.Body.(io.ReadSeeker); ok {
		if c := seekable(s, u.Size); c.rewind != nil {
			return c, nil
		}
	}
	if u.Size > 0 {
		return content{Reader: u.Body, size: u.Size}, nil
	}
	if b, ok := u.Body.(interface{ Len() int }); ok && b.Len() >= 0 {
		return content{Reader: u.Body, size: int64(b.Len())}, nil
	}
	return spoolUntil(ctx, &patient{ctx, watch, &source{r: u.Body}})
}

// spoolUntil is spool, but leaves a reader that blocks when ctx ends.
func spoolUntil(ctx context.Context, src io.Reader) (content, error) {
	type result struct {
		content
		err error
	}
	spooled := make(chan result, 1)
	go func() {
		c, err := spool(src)
		spooled <- result{c, err}
	}()
	select {
	case r := <-spooled:
		return r.content, r.err
	case <-ctx.Done():
	}
	go func() {
		if r := <-spooled; r.close != nil {
			r.close()
		}
	}()
	return content{}, ctx.Err()
}

// seekable returns the rest of s from its current offset. Its rewind is nil if s cannot
// seek, like a pipe.
func seekable(s io.ReadSeeker, size int64) content {
	if f, ok := s.(*os.File); ok {
		if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
			return content{}
		}
	}
	start, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return content{}
	}
	end, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return content{}
	}
	rewind := func() error {
		_, err := s.Seek(start, io.SeekStart)
		return err
	}
	if err := rewind(); err != nil {
		return content{}
	}
	if size == 0 {
		size = max(end-start, 0)
	}
	return content{Reader: s, size: size, rewind: rewind}
}

// spool copies a body of unknown size: into memory if it is small, otherwise into a
// temporary file.
func spool(src io.Reader) (content, error) {
	var small bytes.Buffer
	if _, err := io.CopyN(&small, src, spoolBound+1); errors.Is(err, io.EOF) {
		return seekable(bytes.NewReader(small.Bytes()), 0), nil
	} else if err != nil {
		return content{}, fmt.Errorf("reading the upload: %w", err)
	}
	f, err := os.CreateTemp("", "wechat-upload-*")
	if err != nil {
		return content{}, fmt.Errorf("an upload of unknown size needs a temporary file: %w", err)
	}
	remove := func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	if os.Remove(f.Name()) == nil { // the open file can still be used
		remove = func() { _ = f.Close() }
	}
	_, err = io.Copy(f, io.MultiReader(&small, src))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		remove()
		if limit, ok := errors.AsType[*errcode.LimitError](err); ok {
			return content{}, limit
		}
		return content{}, fmt.Errorf("copying the upload to a temporary file: %w", err)
	}
	c := seekable(f, 0)
	c.close = remove
	return c, nil
}

// patient reads until ctx ends.
type patient struct {
	ctx   context.Context
	watch *watch
	src   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, why(p.ctx, err)
	}
	n, err := p.src.Read(b)
	if n > 0 {
		p.watch.moved()
	}
	return n, err
}

// leaving reads until ctx ends, even if src, such as a connection, blocks: net/http's
// transport waits for the end of a Read.
type leaving struct {
	ctx  context.Context
	src  io.Reader
	rest []byte // has been read, and was not returned yet
	err  error  // of src

	buf    []byte // what read writes, perhaps after ctx has ended
	n      int
	failed error
	done   chan struct{} // receives when read has returned
}

func newLeaving(ctx context.Context, src io.Reader, size int64) *leaving {
	const most = 32 << 10
	return &leaving{ctx: ctx, src: src, buf: make([]byte, min(most, size+1)), done: make(chan struct{}, 1)}
}

func (l *leaving) Read(b []byte) (int, error) {
	if len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		if err := l.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, l.rest)
	l.rest = l.rest[n:]
	if n == 0 {
		return 0, l.err
	}
	return n, nil
}

// fill reads once from src, and returns the error of ctx if that ends first.
func (l *leaving) fill() error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	go l.read()
	select {
	case <-l.done:
		l.rest, l.err = l.buf[:l.n], l.failed
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

func (l *leaving) read() {
	l.n, l.failed = l.src.Read(l.buf)
	l.done <- struct{}{}
}

// source reads the caller's reader, which may break the rules of [io.Reader]. It is read
// by goroutines in which a panic would end the program.
type source struct {
	r     io.Reader
	empty int // reads in a row that returned nothing
}

func (s *source) Read(b []byte) (n int, err error) {
	const mostEmpty = 100
	defer func() {
		if p := recover(); p != nil {
			n, err = 0, fmt.Errorf("the reader of the upload panicked: %v", p)
		}
	}()
	n, err = s.r.Read(b)
	switch {
	case n < 0 || n > len(b):
		return 0, fmt.Errorf("the reader of the upload returned %d bytes for a buffer of %d", n, len(b))
	case n > 0 || err != nil || len(b) == 0:
		s.empty = 0
		return n, err
	}
	if s.empty++; s.empty == mostEmpty {
		return 0, io.ErrNoProgress
	}
	return 0, nil
}

// exactly reads left bytes and fails if src has fewer or more.
type exactly struct {
	src  io.Reader
	left int64
}

func (e *exactly) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if e.left == 0 {
		var more [1]byte
		if n, err := io.ReadFull(e.src, more[:]); n > 0 {
			return 0, errors.New("the upload is longer than its size")
		} else if err != io.EOF {
			return 0, err
		}
		return 0, io.EOF
	}
	n, err := e.src.Read(b[:min(int64(len(b)), e.left)])
	e.left -= int64(n)
	switch {
	case err == io.EOF && e.left > 0:
		return n, fmt.Errorf("the upload ended %d bytes before its size: %w", e.left, io.ErrUnexpectedEOF)
	case err == io.EOF:
		return n, nil // the next call returns io.EOF
	}
	return n, err
}
