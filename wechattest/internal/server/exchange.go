package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// jsonType is the Content-Type of the API's JSON.
const jsonType = "application/json; encoding=utf-8"

const (
	maxBody = 80 << 20 // more than every upload that the platform accepts
	keptOf  = 1 << 20  // of a body in the journal
)

// ServeHTTP answers like api.weixin.qq.com, for a client over the network.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r, nil) }

// serve answers a request. If refusal is not nil, it is the answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, refusal error) {
	x := s.begin(w, r)
	x.record.RID = newRID()
	defer s.serving.Add(-1)
	defer x.finish()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	x.record.Body, x.record.Size = clip(body), int64(len(body))
	switch {
	case err != nil: // the caller has disconnected
	case len(body) > maxBody:
		x.page(http.StatusRequestEntityTooLarge)
	case refusal != nil:
		x.write(nil, refusal)
	default:
		x.answer(body)
	}
}

// exchange is a request and its answer.
type exchange struct {
	platform *Server
	w        http.ResponseWriter
	r        *http.Request
	began    time.Time
	record   Record
	file     *Attachment // the answer, if it is not JSON
	finished bool
}

// begin returns the exchange of a request, which counts as being answered.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	s.serving.Add(1)
	return &exchange{platform: s, w: w, r: r, began: time.Now(), record: Record{
		Time: s.Time(), From: callerAddr(r).String(), Host: r.Host,
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone(),
	}}
}

// answer answers with a fault or with the endpoint.
func (x *exchange) answer(body []byte) {
	fault, hit := x.platform.strike(x.r.Method, x.r.URL.Path)
	if hit {
		x.record.Fault = fault.String()
		if !fault.executes {
			fault.answer(x, nil)
			return
		}
	}
	result, err := x.platform.execute(x.r, body, &x.record)
	if hit {
		fault.answer(x, x.encode(result, err))
		return
	}
	x.write(result, err)
}

// encode encodes an answer as JSON and records its errcode.
func (x *exchange) encode(result any, err error) []byte {
	if file, ok := result.(*Attachment); ok && err == nil {
		x.file = file
		return file.Content
	}
	if err != nil {
		e := AsError(err)
		x.record.Code = e.Code
		x.platform.Current().Logger.Info("call refused", "method", x.r.Method, "path", x.r.URL.Path, "errcode", e.Code, "errmsg", e.Message, "rid", x.record.RID)
		answer := Object{"errcode": e.Code, "errmsg": e.Message + " rid: " + x.record.RID}
		if r, ok := errors.AsType[*refusal](err); ok {
			maps.Copy(answer, r.more)
		}
		result = answer
	}
	if result == nil {
		result = OK{}
	}
	if answer, ok := result.(OK); ok {
		answer["errcode"], answer["errmsg"] = 0, "ok"
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(result); err != nil {
		panic(fmt.Sprintf("wechattest: answer of %s: %v", x.r.URL.Path, err))
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func (x *exchange) write(result any, err error) { x.deliver(x.encode(result, err)) }

// deliver sends the encoded answer.
func (x *exchange) deliver(body []byte) {
	if x.file != nil {
		x.file.send(x)
		return
	}
	x.send(http.StatusOK, jsonType, body)
}

// page answers with an HTML page, as the gateway in front of the API does.
func (x *exchange) page(status int) {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	x.send(status, "text/html", []byte("<html>\r\n<head><title>"+text+"</title></head>\r\n<body>\r\n<center><h1>"+text+
		"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
}

func (x *exchange) send(status int, contentType string, body []byte) {
	x.record.Status, x.record.Answer = status, clip(body)
	x.w.Header().Set("Content-Type", contentType)
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	x.finish()             // before the caller gets the answer and reads the records
	_, _ = x.w.Write(body) // an error means that the caller has disconnected
}

// finish records the call once, also if a fault aborts the connection.
func (x *exchange) finish() {
	if x.finished {
		return
	}
	x.finished = true
	x.record.Duration = time.Since(x.began)
	x.platform.count(x.record)
	x.platform.calls.Add(x.record, len(x.record.Body)+len(x.record.Answer)+1024)
	if called := x.platform.Hooks.Called; called != nil {
		called(x.record)
	}
}

// clip copies the beginning of a body, so that the whole is not kept in memory.
func clip(body []byte) []byte {
	if len(body) <= keptOf {
		return body
	}
	return bytes.Clone(body[:keptOf])
}

// serveElsewhere answers for a host that does not belong to the platform.
func (s *Server) serveElsewhere(w http.ResponseWriter, r *http.Request) {
	s.Current().Logger.Error("a request was sent to a host that does not belong to the platform", "host", r.Host, "method", r.Method, "path", r.URL.Path)
	x := s.begin(w, r)
	defer s.serving.Add(-1)
	defer x.finish()
	body, _ := io.ReadAll(io.LimitReader(r.Body, keptOf))
	x.record.Body, x.record.Size = body, int64(len(body))
	x.page(http.StatusNotFound)
}

// callerAddr returns the address of the caller, or the zero Addr if it is unknown.
func callerAddr(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}
