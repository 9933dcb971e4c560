package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// smallModel is a server of the protocol with a model that is small: it can write a
// long text, think for 40 seconds, say what it was asked before, and repeat a question.
// It is speed times as fast as it says.
type smallModel struct{ speed int }

// request is what the server reads of a request.
type request struct {
	Messages []struct {
		Role    string
		Content json.RawMessage // a text, or parts
	}
}

// ServeHTTP answers POST /v1/chat/completions with a stream.
func (s smallModel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in request
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&in); err != nil || len(in.Messages) == 0 || r.URL.Path != "/v1/chat/completions" {
		http.Error(w, `{"error": {"message": "not a request"}}`, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	pause, tokens := in.answer()
	for _, token := range tokens {
		select {
		case <-time.After(pause / time.Duration(s.speed)):
		case <-r.Context().Done():
			return
		}
		content, _ := json.Marshal(token)
		fmt.Fprintf(w, "data: {\"choices\": [{\"index\": 0, \"delta\": {\"content\": %s}}]}\n\n", content)
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// answer returns the tokens of the answer, and the pause before each.
func (in request) answer() (pause time.Duration, tokens []string) {
	var questions []string
	picture := ""
	for _, m := range in.Messages {
		if m.Role != "user" {
			continue
		}
		var text string
		if json.Unmarshal(m.Content, &text) != nil {
			var parts []struct {
				Text     string
				ImageURL struct{ URL string } `json:"image_url"`
			}
			_ = json.Unmarshal(m.Content, &parts)
			for _, p := range parts {
				text += p.Text
				picture = p.ImageURL.URL
			}
		}
		questions = append(questions, text)
	}
	if len(questions) == 0 {
		return 0, []string{"?"}
	}
	question := questions[len(questions)-1]
	switch {
	case strings.Contains(question, "三千字"):
		tokens = append(tokens, "# 三千字\n\n")
		for n := range 100 {
			tokens = append(tokens, fmt.Sprintf("第 %03d 段：%s。\n\n", n+1, strings.Repeat("长", 23)))
		}
		return 10 * time.Millisecond, tokens
	case strings.Contains(question, "四十秒"):
		for n := range 40 {
			tokens = append(tokens, fmt.Sprintf("- 想了 **%d** 秒。\n", n+1))
		}
		return time.Second, tokens
	case strings.Contains(question, "刚才"):
		return 0, []string{"你刚才问的是：", questions[max(len(questions)-2, 0)]}
	case strings.Contains(question, "图片"):
		return 0, []string{"你发来的图片在 ", picture}
	case strings.Contains(question, "密钥"):
		all, _ := json.Marshal(in) // whatever it knows
		return 0, []string{"我知道的都在这里：\n\n```\n", string(all), "\n```\n\n[点这里](javascript:alert(1)) [或这里](https://192.0.2.1/) [官网](https://mp.weixin.qq.com/)\n"}
	}
	return 0, []string{"你问的是：", question, "\n"}
}

// inMemory sends requests to a handler without a network.
type inMemory struct{ http.Handler }

// RoundTrip returns when the handler writes its answer.
func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	out, in := io.Pipe()
	w := &pipeWriter{header: http.Header{}, body: in, status: make(chan int, 1)}
	go func() {
		m.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		in.Close()
	}()
	select {
	case status := <-w.status:
		return &http.Response{
			StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)),
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.header, Body: out, ContentLength: -1, Request: r,
		}, nil
	case <-r.Context().Done():
		out.Close()
		return nil, r.Context().Err()
	}
}

// pipeWriter is the response of a handler in memory.
type pipeWriter struct {
	header http.Header
	body   *io.PipeWriter
	status chan int
	wrote  bool
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	if !w.wrote {
		w.wrote = true
		w.header = w.header.Clone()
		w.status <- status
	}
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
