package gateway

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// encode returns v as JSON without a newline at the end, which strict clients do not
// accept.
func encode(v any) []byte {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // the types of this package can all be encoded
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// writeJSON answers with v as JSON. It returns the error of the connection.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(encode(v))
	return err
}
