package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"path"
	"strings"
)

// Upload is a file to be sent as multipart/form-data.
type Upload struct {
	Field string    // name of the form field; empty: "media"
	Name  string    // name of the file, whose extension tells the platform its kind
	Body  io.Reader // the file
	Size  int64     // its size in bytes; 0: found out
	Form  []Param   // further fields, sent before the file
}

func (u *Upload) body(ctx context.Context) (*body, error) {
	if u.Body == nil {
		return nil, errors.New("upload without a body")
	}
	size, err := u.size()
	if err != nil {
		return nil, err
	}
	var frame bytes.Buffer
	w := multipart.NewWriter(&frame)
	for _, p := range u.Form {
		if err := w.WriteField(p.Name, p.Value); err != nil {
			return nil, err
		}
	}
	field := u.Field
	if field == "" {
		field = "media"
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", `form-data; name="`+field+`"; filename="`+asciiName(u.Name)+`"`)
	header.Set("Content-Type", contentType(u.Name))
	if _, err := w.CreatePart(header); err != nil {
		return nil, err
	}
	head := frame.Len()
	if err := w.Close(); err != nil {
		return nil, err
	}
	prefix, suffix := frame.Bytes()[:head], frame.Bytes()[head:]
	seeker, _ := u.Body.(io.Seeker)
	var start int64
	if seeker != nil {
		if start, err = seeker.Seek(0, io.SeekCurrent); err != nil {
			seeker = nil
		}
	}
	return &body{
		contentType: w.FormDataContentType(),
		size:        int64(frame.Len()) + size,
		once:        seeker == nil,
		open: func() (io.Reader, error) {
			if seeker != nil {
				if _, err := seeker.Seek(start, io.SeekStart); err != nil {
					return nil, err
				}
			}
			return io.MultiReader(bytes.NewReader(prefix), io.LimitReader(u.Body, size), bytes.NewReader(suffix)), nil
		},
	}, nil
}

func (u *Upload) size() (int64, error) {
	if u.Size > 0 {
		return u.Size, nil
	}
	switch b := u.Body.(type) {
	case interface{ Len() int }:
		return int64(b.Len()), nil
	case io.Seeker:
		at, err := b.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0, err
		}
		end, err := b.Seek(0, io.SeekEnd)
		if err != nil {
			return 0, err
		}
		_, err = b.Seek(at, io.SeekStart)
		return end - at, err
	}
	return 0, fmt.Errorf("size of %T is unknown", u.Body)
}

func asciiName(name string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\/`, c) {
			return '_'
		}
		return c
	}, name)
}

func contentType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	}
	return "application/octet-stream"
}
