package server

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"path"
	"strings"
)

// Upload is the file of a multipart form.
type Upload struct {
	Name    string
	Content []byte
	Form    map[string]string // the other fields
}

// Extension is the extension of the file name in lower case, such as ".jpg".
func (u *Upload) Extension() string { return strings.ToLower(path.Ext(u.Name)) }

// Upload reads the form of a request: 41005 if it has no file under that field, the file
// has no file name, or the request came without a length.
func (c *Call) Upload(field string) (*Upload, error) {
	_, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" || c.Request.ContentLength < 0 {
		return nil, Fail(41005)
	}
	up := &Upload{Form: map[string]string{}}
	form := multipart.NewReader(bytes.NewReader(c.Body), params["boundary"])
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, Fail(41005)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, Fail(41005)
		}
		if part.FileName() == "" {
			up.Form[part.FormName()] = string(content)
		} else if part.FormName() == field {
			up.Name, up.Content = part.FileName(), content
		}
	}
	if up.Name == "" {
		return nil, Fail(41005)
	}
	return up, nil
}
