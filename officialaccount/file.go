package officialaccount

import (
	"io"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// Upload is a file on its way to the platform.
//
// It is streamed: memory does not grow with its size. A body whose size can be
// told (Size, a Len method, an [io.Seeker], an *os.File) goes out directly; any
// other is first copied to a temporary file if it is larger than a small buffer.
//
// When the platform rejects the token, the file is sent again if its body can go
// back to where it began, which an [io.Seeker] can and a copied one too.
type Upload struct {
	Field string      // name of the form field; empty means "media"
	Name  string      // file name; its extension tells the platform the kind of the file
	Body  io.Reader   // the file. It is read up to its end and not closed
	Size  int64       // size in bytes; 0 means that it is found out
	Form  []FormField // further fields of the form, sent before the file
}

// FormField is a field of a multipart form.
type FormField struct{ Name, Value string }

// File is a downloaded file. Read it to its end and close it; it comes straight
// from the connection.
type File struct {
	io.ReadCloser
	Name        string // file name that the platform gave; may be empty
	ContentType string // media type that the platform gave, such as "image/jpeg"
	Size        int64  // in bytes; -1 if the platform did not say

	answer *wire.File
}

// IsJSON reports whether the platform answered with JSON instead of a file, such
// as the link of a video. [File.JSON] decodes it.
func (f *File) IsJSON() bool { return f.answer.IsJSON }

// JSON decodes the answer into out, and closes the file. It is an error if the
// answer is no JSON.
func (f *File) JSON(out any) error { return f.answer.JSON(out) }

// wire is the upload as the wire takes it.
func (u Upload) wire() *wire.Upload {
	w := &wire.Upload{Field: u.Field, Name: u.Name, Body: u.Body, Size: u.Size}
	for _, f := range u.Form {
		w.Form = append(w.Form, wire.Param(f))
	}
	return w
}
