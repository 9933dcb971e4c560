package officialaccount

import (
	"io"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// Upload is a file to be sent to the platform.
//
// It is streamed: memory does not grow with its size. A body of known size (by Size, a
// Len method, an [io.Seeker] or an *os.File) is sent directly. Any other body is copied
// first, to a temporary file if it is larger than 32 KiB.
//
// After the platform has rejected the token, the file is sent again if its body is an
// [io.Seeker] or was copied.
//
// A call whose context ends does not wait for a Read of a body that blocks, such as a
// connection. That Read may still run after the call has returned, so do not use the body
// again then.
type Upload struct {
	Field string      // name of the form field; empty means "media"
	Name  string      // file name; its extension tells the platform the kind of the file. Empty means Body.Name(), if Body has it
	Body  io.Reader   // the file. It is read up to its end and not closed
	Size  int64       // size in bytes; 0 means that it is unknown. The upload fails if Body has another size
	Form  []FormField // further fields of the form, sent before the file
}

// FormField is a field of a multipart form.
type FormField struct{ Name, Value string }

// File is a downloaded file. It is read from the connection; close it after use.
type File struct {
	io.ReadCloser
	Name        string // file name from the platform; may be empty
	ContentType string // media type from the platform, such as "image/jpeg"
	Size        int64  // in bytes; -1 if the platform did not say

	answer *wire.File
}

// IsJSON reports whether the platform answered with JSON, such as the link of a video,
// instead of a file. [File.JSON] decodes it.
func (f *File) IsJSON() bool { return f.answer.IsJSON }

// JSON decodes the answer into out and closes the file. It returns an error if the
// answer is not JSON.
func (f *File) JSON(out any) error { return f.answer.JSON(out) }

// wire converts u for package wire.
func (u Upload) wire() *wire.Upload {
	w := &wire.Upload{Field: u.Field, Name: u.Name, Body: u.Body, Size: u.Size}
	for _, f := range u.Form {
		w.Form = append(w.Form, wire.Param(f))
	}
	return w
}
