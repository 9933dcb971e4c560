package onecode

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Download downloads the codes of a range of an application that is [Finished]. The
// file is encrypted; the public documents do not say how. It is streamed, so memory
// does not grow with its size. The caller must close it. If the file ends early, Read
// returns io.ErrUnexpectedEOF.
//
// POST /intp/marketcode/applycodedownload (下载二维码包)
func (s *Service) Download(ctx context.Context, applicationID string, r Range) (*officialaccount.File, error) {
	const path = "/intp/marketcode/applycodedownload"
	id, err := number(path, "applicationID", applicationID)
	if err != nil {
		return nil, err
	}
	if err := r.check(path); err != nil {
		return nil, err
	}
	in := struct {
		ID int64 `json:"application_id"`
		Range
	}{id, r}
	file, err := s.oa.Download(ctx, path, officialaccount.WithBody(in))
	if err != nil || !file.IsJSON() {
		return file, err
	}
	text := &jsonString{src: bufio.NewReader(file)}
	if err := text.find("buffer"); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("onecode: %s: %w", path, err)
	}
	return &officialaccount.File{ReadCloser: struct {
		io.Reader
		io.Closer
	}{base64.NewDecoder(base64.StdEncoding, text), file}, Name: file.Name, Size: -1}, nil
}

// jsonString reads the text of one member of a JSON object from a stream. Escapes that
// base64 does not need are errors.
type jsonString struct {
	src  *bufio.Reader
	done bool
}

var errNoFile = errors.New("the answer has no file")

// find moves behind the opening quote of the value of a member of the outermost object.
func (s *jsonString) find(name string) error {
	d := json.NewDecoder(s.src)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errNoFile
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return errNoFile
		}
		if key != name {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return errNoFile
			}
			continue
		}
		s.src = bufio.NewReader(io.MultiReader(d.Buffered(), s.src))
		for _, want := range []byte{':', '"'} {
			if c, err := s.next(); err != nil || c != want {
				return errNoFile
			}
		}
		return nil
	}
	return errNoFile
}

// next returns the next byte that is not white space.
func (s *jsonString) next() (byte, error) {
	for {
		c, err := s.src.ReadByte()
		if err != nil || c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, err
		}
	}
}

// Read reads the text up to the closing quote.
func (s *jsonString) Read(p []byte) (n int, err error) {
	for n < len(p) && !s.done {
		c, err := s.src.ReadByte()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return n, err
		}
		switch c {
		case '"':
			s.done = true
			continue
		case '\\':
			if c, err = s.escape(); err != nil {
				return n, err
			}
		}
		p[n] = c
		n++
	}
	if s.done && n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// escape returns the character of an escape whose backslash was read.
func (s *jsonString) escape() (byte, error) {
	escape := [6]byte{'\\'}
	if _, err := io.ReadFull(s.src, escape[1:2]); err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	size := 2
	if escape[1] == 'u' {
		size = 6
		if _, err := io.ReadFull(s.src, escape[2:]); err != nil {
			return 0, io.ErrUnexpectedEOF
		}
	}
	var text string
	if json.Unmarshal([]byte(`"`+string(escape[:size])+`"`), &text) != nil || len(text) != 1 {
		return 0, &errcode.ValueError{Path: "buffer", Want: "base64", Got: string(escape[:size])}
	}
	return text[0], nil
}
