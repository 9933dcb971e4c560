package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// maxRefusal is the maximum size of a refusal in answer to a download, in bytes. Usual
// ones have a few hundred.
const maxRefusal = 64 << 10

// File is a downloaded file. The caller closes it.
type File struct {
	io.ReadCloser
	Name        string // file name from the platform, without a directory; may be empty
	ContentType string // media type from the platform; may be empty
	Size        int64  // in bytes; -1 if unknown
	IsJSON      bool   // a JSON object came instead of a file

	request *Request
	status  int
}

// Download sends r and returns the file in the answer.
//
// The body decides, not the header, which is often wrong: for a JSON object with an
// errcode the error is a [*errcode.Error], and any other JSON object is a File with
// IsJSON set.
func Download(ctx context.Context, hc *http.Client, r *Request) (*File, error) {
	watch := r.watch(&ctx)
	f, err := r.download(ctx, hc, watch)
	if err != nil {
		watch.end()
		return nil, err
	}
	return f, nil
}

func (r *Request) download(ctx context.Context, hc *http.Client, watch *watch) (*File, error) {
	resp, err := r.send(ctx, hc, watch)
	if err != nil {
		return nil, err
	}
	defer r.detach(ctx)
	if resp.StatusCode >= 400 {
		answer, err := r.read(ctx, resp, maxRefusal)
		if err != nil {
			return nil, err
		}
		defer answer.free()
		return nil, r.decode(resp.StatusCode, answer.bytes, nil)
	}
	f, err := r.sniff(&stream{resp.Body, resp.Body, ctx, watch, r}, resp)
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	watch.rest()
	return f, nil
}

// sniff inspects the beginning of an answer, or all of it if it is small and looks like
// JSON.
func (r *Request) sniff(s *stream, resp *http.Response) (*File, error) {
	head, whole, err := beginning(s)
	if err != nil {
		return nil, err
	}
	contentType := resp.Header.Get("Content-Type")
	text := trim(head)
	if len(text) == 0 && whole {
		return nil, r.wrong(resp.StatusCode, nil, errcode.ErrEmpty)
	}
	object := len(text) > 0 && text[0] == '{'
	f := &File{ReadCloser: s, Name: fileName(resp.Header), ContentType: contentType, Size: resp.ContentLength, request: r, status: resp.StatusCode}
	s.src = io.MultiReader(bytes.NewReader(head), s.src)
	switch kind := kindOf(contentType); {
	case !object && (kind == webPage || kind == jsonText):
		return nil, r.wrong(resp.StatusCode, head, errcode.ErrMalformed)
	case !object:
	case !whole:
		f.IsJSON = kind != binary
	default:
		env, err := scan(text)
		valid := err == nil && (json.Valid(text) || json.Valid(scour(text)))
		if valid && env.code != 0 {
			return nil, r.refusal(resp.StatusCode, env)
		}
		if !valid && kind != binary {
			return nil, r.wrong(resp.StatusCode, head, errcode.ErrMalformed)
		}
		f.IsJSON = valid
	}
	return f, nil
}

// beginning reads enough to distinguish JSON from a file, and all of a possible
// refusal. whole is true if nothing follows.
func beginning(src io.Reader) (head []byte, whole bool, err error) {
	head = make([]byte, 0, 512)
	for limit := cap(head); ; {
		if len(head) == cap(head) {
			head = append(head, 0)[:len(head)]
		}
		n, err := src.Read(head[len(head):min(cap(head), limit)])
		head = head[:len(head)+n]
		if err == io.EOF {
			return head, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		switch text := trim(head); {
		case len(text) > 0 && text[0] == '{':
			limit = maxRefusal
		case len(text) > 0:
			return head, false, nil
		}
		if len(head) >= limit {
			return head, false, nil
		}
	}
}

// kind is the kind of an answer according to its header.
type kind int

const (
	unsaid   kind = iota // no header, or text/plain, which the platform uses for everything
	jsonText             // JSON
	webPage              // HTML, which is never a file from the platform
	binary               // anything else
)

func kindOf(contentType string) kind {
	t, _, _ := strings.Cut(contentType, ";")
	switch t = strings.ToLower(strings.TrimSpace(t)); {
	case t == "", t == "text/plain":
		return unsaid
	case strings.HasSuffix(t, "json"):
		return jsonText
	case t == "text/html":
		return webPage
	}
	return binary
}

// JSON decodes an answer that is JSON instead of a file, and closes it.
func (f *File) JSON(out any) error {
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxAnswer+1))
	switch {
	case err != nil:
		return err
	case len(text) > MaxAnswer:
		return &errcode.ResponseError{Op: f.request.op(), Status: f.status, Err: errcode.ErrTooLarge}
	case !f.IsJSON:
		return &errcode.ResponseError{Op: f.request.op(), Status: f.status, Err: errcode.ErrMalformed}
	}
	return f.request.decode(f.status, text, out)
}

// stream is the body of a file. A Read fails if no data arrives for some time; the time
// between Reads does not count.
type stream struct {
	src     io.Reader
	body    io.Closer
	ctx     context.Context
	watch   *watch
	request *Request
}

func (s *stream) Read(p []byte) (int, error) {
	s.watch.moved()
	n, err := s.src.Read(p)
	s.watch.rest()
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, s.request.lost(s.ctx, err)
}

func (s *stream) Close() error {
	err := s.body.Close()
	s.watch.end()
	return s.request.scrub(err)
}
