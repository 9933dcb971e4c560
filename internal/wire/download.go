package wire

import (
	"context"
	"io"
	"mime"
	"net/http"
)

// File is a downloaded file. Whoever gets one closes it.
type File struct {
	io.ReadCloser
	Name        string // file name that the platform gave; may be empty
	ContentType string // media type as the platform gave it
	Size        int64  // in bytes; -1 if unknown

	request *Request
	json    []byte
	status  int
}

// Download sends r and returns the file that answers it.
func Download(ctx context.Context, hc *http.Client, r *Request) (*File, error) {
	resp, body, err := r.send(ctx, hc)
	if body != nil {
		defer body.release(ctx)
	}
	if err != nil {
		return nil, err
	}
	f := &File{ReadCloser: resp.Body, ContentType: resp.Header.Get("Content-Type"), Size: resp.ContentLength, request: r, status: resp.StatusCode}
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil {
		f.Name = params["filename"]
	}
	return f, nil
}

// IsJSON reports whether the answer is a JSON object instead of a file.
func (f *File) IsJSON() bool { return f.json != nil }

// JSON decodes the answer into out, if it is JSON instead of a file.
func (f *File) JSON(out any) error {
	return f.request.decode(f.status, f.ContentType, f.json, out)
}
