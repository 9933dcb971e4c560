package wechattest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Recorded is one line of recorded traffic: a callback with the bot's answer, or a call
// of the API with the platform's. Bodies are text; if one is not UTF-8, some of its
// bytes are replaced.
type Recorded struct {
	Kind   string    `json:"kind"` // callback or call
	At     time.Time `json:"at"`
	TookMS int64     `json:"took_ms"`
	Method string    `json:"method"`
	URL    string    `json:"url"`
	// Message is the callback's decrypted message, in every mode.
	Message string `json:"message,omitempty"`
	Request string `json:"request,omitempty"` // body
	Status  int    `json:"status"`            // 0 without an answer
	Answer  string `json:"answer,omitempty"`  // body
	Try     int    `json:"try,omitempty"`     // of a callback: 1 for the first delivery
	Errcode int    `json:"errcode,omitempty"` // of a call
	Fault   string `json:"fault,omitempty"`   // of a call: the injected fault that answered
	Error   string `json:"error,omitempty"`   // of a callback: the reason without an answer
}

// Record writes the traffic to w, as JSON lines of [Recorded], until stop is called.
// stop returns the first error of writing. Access tokens and secrets are removed.
func (p *Platform) Record(w io.Writer) (stop func() error) {
	r := &recorder{out: json.NewEncoder(w)}
	r.out.SetEscapeHTML(false)
	stopObserving := p.Observe(Hooks{
		OnDelivery: func(d Delivery) { r.write(recordedDelivery(d)) },
		OnCall:     func(c Call) { r.write(recordedCall(c)) },
	})
	return func() error {
		stopObserving()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.stopped = true
		return r.err
	}
}

// ReadRecorded reads the output of [Platform.Record]. The error names the first invalid
// line.
func ReadRecorded(r io.Reader) ([]Recorded, error) {
	var list []Recorded
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var one Recorded
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return list, fmt.Errorf("wechattest: recorded traffic, line %d: %w", n, err)
		}
		if one.Kind != "callback" && one.Kind != "call" {
			return list, fmt.Errorf("wechattest: recorded traffic, line %d: kind %q is neither callback nor call", n, one.Kind)
		}
		list = append(list, one)
	}
	if err := lines.Err(); err != nil {
		return list, fmt.Errorf("wechattest: recorded traffic: %w", err)
	}
	return list, nil
}

// Replay delivers recorded callbacks to the bot again, in order. Messages are not
// changed, except for the original id, which becomes that of this account. They are
// signed again, and encrypted according to this account's mode. Config.JSON is ignored:
// a message recorded as XML is sent as XML, and one recorded as JSON is sent as JSON,
// also when encrypted.
//
// Repeats, verifications, notices, requests of [Bot.Post] and calls of the API are
// skipped. The replies are those of the delivered messages; the error joins all errors.
// A message that cannot be parsed is not delivered, and its error names its number in
// traffic, from 1.
func (p *Platform) Replay(traffic []Recorded) ([]Reply, error) {
	var replies []Reply
	var failures []error
	for i, r := range traffic {
		if r.Kind != "callback" || r.Try > 1 || r.Method != http.MethodPost || r.Message == "" {
			continue
		}
		m, err := callback.Readdress([]byte(r.Message), p.Config().OriginalID)
		if err != nil {
			failures = append(failures, fmt.Errorf("wechattest: replay: the message of record %d, of %v: %w", i+1, r.At, err))
			continue
		}
		if m.Type == "" {
			continue
		}
		reply, err := p.Send(publicMessage(m))
		replies = append(replies, *reply)
		failures = append(failures, err)
	}
	return replies, errors.Join(failures...)
}

// recorder writes traffic.
type recorder struct {
	mu      sync.Mutex
	out     *json.Encoder
	err     error
	stopped bool
}

// Redacted returns the call without access tokens and secrets in its query and bodies,
// and without headers.
func (c Call) Redacted() Call {
	query := url.Values{}
	for name, values := range c.Query {
		if query[name] = values; secretName.MatchString(name) {
			query[name] = []string{redacted}
		}
	}
	c.Query, c.Header, c.Body, c.Answer = query, nil, redactBody(c.Body), redactBody(c.Answer)
	return c
}

// Recorded returns the traffic that the platform still keeps, in the form of
// [Platform.Record].
func (p *Platform) Recorded() []Recorded {
	var lines []Recorded
	for _, d := range p.Deliveries() {
		lines = append(lines, recordedDelivery(d))
	}
	for _, c := range p.Calls("") {
		lines = append(lines, recordedCall(c))
	}
	slices.SortStableFunc(lines, func(a, b Recorded) int { return a.At.Compare(b.At) })
	return lines
}

func (r *recorder) write(line Recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && !r.stopped {
		r.err = r.out.Encode(line)
	}
}

func recordedDelivery(d Delivery) Recorded {
	line := Recorded{
		Kind: "callback", At: d.Time, TookMS: d.Duration.Milliseconds(), Method: d.Method, URL: d.URL, Try: d.Try,
		Message: string(d.Message), Request: string(d.Request), Status: d.Status, Answer: string(d.Answer),
	}
	if d.Err != nil {
		line.Error = d.Err.Error()
	}
	return line
}

func recordedCall(c Call) Recorded {
	c = c.Redacted()
	address := url.URL{Path: c.Path, RawQuery: c.Query.Encode()}
	return Recorded{
		Kind: "call", At: c.Time, TookMS: c.Duration.Milliseconds(), Method: c.Method, URL: address.String(),
		Request: string(c.Body), Status: c.Status, Answer: string(c.Answer), Errcode: c.Code, Fault: c.Fault,
	}
}

const redacted = "REDACTED"

var (
	secretName   = regexp.MustCompile(`(?i)^(access_token|refresh_token|component_access_token|secret|appsecret|ticket|code)$`)
	secretMember = regexp.MustCompile(`(?i)("(?:access_token|refresh_token|component_access_token|secret|appsecret)"\s*:\s*)"(?:[^"\\]|\\.)*"`)
)

// redactBody returns a body without the secrets in its JSON.
func redactBody(body []byte) []byte {
	return secretMember.ReplaceAll(body, []byte(`$1"`+redacted+`"`))
}
