package server

import (
	"cmp"
	"fmt"
	"net/http"
)

// Attachment is an answer that is not JSON.
type Attachment struct {
	Status      int // 200 if zero
	ContentType string
	Name        string // file name; may be empty
	Content     []byte
	Location    string // redirect of a browser; may be empty
}

func (f *Attachment) send(x *exchange) {
	if f.Name != "" {
		x.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", f.Name))
	}
	if f.Location != "" {
		x.w.Header().Set("Location", f.Location)
	}
	x.send(cmp.Or(f.Status, http.StatusOK), f.ContentType, f.Content)
}
