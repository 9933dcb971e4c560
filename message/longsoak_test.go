package message_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
)

// readers is what each user has read or lost of the answers, in order.
type readers struct {
	mu      sync.Mutex
	read    map[string][]string      // by user
	lost    map[string][]string      // questions
	waiting map[string]chan struct{} // by user and question; closed when its reply has been read
}

// ask notes that a user waits for the reply to a question, until answered is called.
func (r *readers) ask(user, question string) (answered func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reply := make(chan struct{})
	r.waiting[user+question] = reply
	return func() { close(reply) }
}

func (r *readers) add(to map[string][]string, user, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	to[user] = append(to[user], text)
}

// LateReply shows a message behind the reply, as the platform does. The goroutine that reads
// the reply may be slower.
func (r *readers) LateReply(ctx context.Context, m message.Message, reply message.Reply) error {
	r.mu.Lock()
	read := r.waiting[message.HeaderOf(m).FromUserName+m.(*message.Text).Content]
	r.mu.Unlock()
	select {
	case <-read:
	case <-ctx.Done():
		return ctx.Err()
	}
	r.add(r.read, message.HeaderOf(m).FromUserName, string(reply.(message.TextReply)))
	return nil
}

// TestSoakLongAnswers is 1,000 users with a slow model for half a minute, on an account
// that sends late and one that keeps: each question comes to one answer, whole and in
// order, or a loss with a name, and memory stays flat.
func TestSoakLongAnswers(t *testing.T) {
	soak(t)
	for _, keeps := range []bool{false, true} {
		t.Run(fmt.Sprint("kept ", keeps), func(t *testing.T) { soakLongAnswers(t, keeps) })
	}
}

func soakLongAnswers(t *testing.T, keeps bool) {
	const users = 1000
	rs := &readers{read: map[string][]string{}, lost: map[string][]string{}, waiting: map[string]chan struct{}{}}
	config := plainConfig()
	config.LateReply = rs
	kept := message.NewKeptReplies(store.NewMemory(), time.Hour, "+")
	if keeps {
		config.LateReply = kept
	}
	config.Interim = func(message.Message) message.Reply { return message.TextReply("…") }
	config.OnError = func(_ context.Context, e *message.HandlingError) {
		rs.add(rs.lost, message.HeaderOf(e.Message).FromUserName, e.Message.(*message.Text).Content)
	}
	h := newHandler(t, config)
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) { return kept.Next(ctx, m) }, message.ContentEquals("more"))
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		takes := time.Duration(float64(100*time.Millisecond) * (1 + 299*rand.Float64()*rand.Float64()))
		pieces := 1 + rand.IntN(40)
		return message.StreamReply(func(yield func(string, error) bool) {
			for n := range pieces {
				select {
				case <-time.After(takes / time.Duration(pieces)):
				case <-ctx.Done():
					return
				}
				text := strings.Repeat("长", rand.IntN(50)) + "。"
				if n == 0 {
					text = "<" + m.Content + ">"
				}
				if n == pieces-1 {
					text += "</" + m.Content + ">"
				}
				if !yield(text, nil) {
					return
				}
			}
		}), nil
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go server.Serve(listener)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: users}}
	say := func(user, text string) string {
		defer rs.ask(user, text)()
		body := strings.Replace(textXML(text), "<FromUserName><![CDATA["+testUser+"]]>", "<FromUserName><![CDATA["+user+"]]>", 1)
		r := plainPlatform.send(body)
		response, err := client.Post("http://"+listener.Addr().String()+r.URL.RequestURI(), "text/xml", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return ""
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("status %d, %v", response.StatusCode, err)
		}
		if string(answer) == "success" {
			return ""
		}
		content := strings.TrimSuffix(decodeAnswer(t, answer).Content, "+")
		if content != "…" && content != "" {
			rs.add(rs.read, user, content)
		}
		return content
	}

	asked := make([]int, users)
	begin := time.Now()
	var all sync.WaitGroup
	for n := range users {
		all.Go(func() {
			user := fmt.Sprint("u", n)
			time.Sleep(rand.N(3 * time.Second))
			for time.Since(begin) < 30*time.Second {
				asked[n]++
				say(user, fmt.Sprint("q", asked[n]))
				time.Sleep(rand.N(20 * time.Second))
			}
		})
	}
	time.Sleep(12 * time.Second)
	early := liveHeap()
	time.Sleep(18 * time.Second)
	late := liveHeap()
	all.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	require.Eventually(t, func() bool { return h.Stats().Running == 0 }, 3*time.Minute, 100*time.Millisecond)
	if keeps {
		room := make(chan struct{}, 50) // all users at once would be more than a busy machine can answer in time
		for n := range users {
			all.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				for say(fmt.Sprint("u", n), "more") != "" {
				}
			})
		}
		all.Wait()
	}
	require.NoError(t, server.Shutdown(ctx))
	require.NoError(t, h.Shutdown(ctx))

	questions, losses := 0, 0
	for n := range users {
		user := fmt.Sprint("u", n)
		text := strings.Join(rs.read[user], "")
		for q := range asked[n] {
			questions++
			name := fmt.Sprint("q", q+1)
			lost := 0
			for _, l := range rs.lost[user] {
				if l == name {
					lost++
				}
			}
			losses += lost
			start, end := strings.Index(text, "<"+name+">"), strings.Index(text, "</"+name+">")
			whole := start >= 0 && end > start && strings.Count(text, "<"+name+">") == 1
			switch {
			case lost == 0 && !whole, lost > 1:
				t.Errorf("%s %s: start %d, end %d, lost %d", user, name, start, end, lost)
			case !keeps && whole: // with keeps the next question is answered before the rest
				for other := range q {
					if at := strings.Index(text, fmt.Sprintf("</q%d>", other+1)); at > start {
						t.Errorf("%s %s before %d", user, name, other+1)
					}
				}
			}
		}
	}
	require.Less(t, late-early, int64(24<<20), "bytes grown")
	t.Logf("%d questions, %d lost; heap %d MB after 12 s, %d MB after 30 s; %+v", questions, losses, early>>20, late>>20, h.Stats())
}
