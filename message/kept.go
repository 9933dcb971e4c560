package message

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
	"github.com/seed-f21aa8d8/wechat/store"
)

// KeptReplies keeps late replies, for accounts that cannot send customer-service
// messages (personal and unverified ones). Set it as [Config.LateReply].
// [KeptReplies.Next] returns a kept reply, as the answer to another message of the
// user:
//
//	kept := message.NewKeptReplies(shared, time.Hour, "\n（回复“继续”看下文）")
//	h, err := message.NewHandler(message.Config{ …, LateReply: kept })
//	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
//		return kept.Next(ctx, m)
//	}, message.ContentEquals("继续"))
//
// Replies are kept in the order in which they came, separately for each user, at most
// 100 and 512 KiB of text; above that LateReply returns an error. It is safe for
// concurrent use, and several processes may share its store.
//
// When a reply expires, [Config.OnError] receives the reply and the message that it
// answers, with [ErrKeptExpired]. It is the OnError of the last Handler made with this
// KeptReplies as its LateReply. The process that kept the reply reports it when it
// expires; it does so for at most 10,000 users at a time. If that process has ended,
// the reply is reported when the user writes again within another ttl. After that the
// store has deleted the reply, and it is not reported.
type KeptReplies struct {
	state *State[keptQueue]
	more  string
	ttl   time.Duration

	mu       sync.Mutex
	report   func(context.Context, *HandlingError) // nil until there is a Handler
	watching map[string]bool                       // users, by account and openid
}

// NewKeptReplies returns a KeptReplies that uses s. A user's replies expire when none
// was added or returned for as long as ttl. If ttl is 0, they do not expire. more is
// appended to a text when further replies are kept, and tells the user how to get them.
// It may be empty. NewKeptReplies panics without a store, on a negative ttl, and if
// more has over 1,024 bytes.
func NewKeptReplies(s store.Store, ttl time.Duration, more string) *KeptReplies {
	more = string(tree.Clean([]byte(more)))
	if len(more) > maxText/2 {
		panic(fmt.Sprintf("message: NewKeptReplies with a text of %d bytes; the limit is %d", len(more), maxText/2))
	}
	stored := min(ttl, math.MaxInt64/2) * 2 // so that what has expired can be reported
	return &KeptReplies{
		state: NewState[keptQueue](s, "kept-replies", stored), more: more, ttl: ttl, watching: map[string]bool{},
	}
}

const (
	maxKeptReplies = 100
	maxKeptText    = 512 << 10 // bytes, with the messages that are answered
	maxWatching    = 10_000    // users
	keptTimeout    = 10 * time.Second
	keptRetry      = time.Minute // until a store that failed is asked again
)

// keptQueue is what is kept for one user.
type keptQueue struct {
	GivenTo string      `json:",omitempty"` // the message that was answered with Given
	Given   *keptReply  `json:",omitempty"` // kept until the next message, since the answer may not arrive
	Replies []keptReply `json:",omitempty"`
	Until   time.Time   `json:",omitzero"` // end of the time of Replies; zero for none
}

// keptReply is a reply as it is stored: one of the fields after Message is set.
type keptReply struct {
	Message  string         `json:",omitempty"` // that it answers, as received; empty if it was not
	Text     string         `json:",omitempty"` // of any length
	Image    *ImageReply    `json:",omitempty"`
	Voice    *VoiceReply    `json:",omitempty"`
	Video    *VideoReply    `json:",omitempty"`
	Music    *MusicReply    `json:",omitempty"`
	News     NewsReply      `json:",omitempty"`
	Transfer *TransferReply `json:",omitempty"`
}

// LateReply keeps r for the user who wrote m.
func (k *KeptReplies) LateReply(ctx context.Context, m Message, r Reply) error {
	r, err := byValue(r)
	if err != nil || r == nil {
		return err
	}
	kept, err := keep(r)
	if err != nil {
		return err
	}
	name := keptName(m)
	kept.Message = HeaderOf(m).Raw
	_, err = k.update(ctx, m, func(q *keptQueue) error {
		if q.GivenTo == name && q.Given != nil && k.isReply(r, *q.Given) {
			q.Replies = append([]keptReply{*q.Given}, q.Replies...) // it has not arrived
			q.GivenTo, q.Given = "", nil
			return nil
		}
		size := kept.size()
		for _, other := range q.Replies {
			size += other.size()
		}
		if len(q.Replies) >= maxKeptReplies || size > maxKeptText {
			return errors.New("message: too many replies are kept for this user: at most 100, with 512 KiB of text")
		}
		q.Replies = append(q.Replies, kept)
		return nil
	})
	if err == nil {
		k.watch(m, k.ttl, 2*k.ttl)
	}
	return err
}

// Next returns the oldest kept reply, as the answer to m. Of a text it returns at most
// 2,048 bytes and keeps the rest. It returns nil if nothing is kept. It returns the
// same reply for the same message, so that another process can answer a message whose
// process has died. A reply that did not reach the user is kept for the next message.
//
// Next does not handle m itself. If m needs a reply of its own, pass that reply to
// LateReply before the call of Next: it is kept behind the others.
func (k *KeptReplies) Next(ctx context.Context, m Message) (Reply, error) {
	if q, found, err := k.state.Get(ctx, m); err != nil || !found || len(q.Replies) == 0 && q.Given == nil {
		return nil, err
	}
	name := keptName(m)
	q, err := k.update(ctx, m, func(q *keptQueue) error {
		if q.GivenTo == name {
			return nil
		}
		q.GivenTo, q.Given = name, nil
		if len(q.Replies) == 0 {
			return nil
		}
		given := q.Replies[0]
		q.Replies = q.Replies[1:]
		if limit := maxText - len(k.more); len(given.Text) > maxText || len(given.Text) > limit && len(q.Replies) > 0 {
			n := cutText(given.Text, limit)
			rest := strings.TrimLeft(given.Text[n:], cutSpace)
			given.Text = strings.TrimRight(given.Text[:n], cutSpace)
			if rest != "" {
				q.Replies = append([]keptReply{{Message: given.Message, Text: rest}}, q.Replies...)
			}
		}
		q.Given = &given
		return nil
	})
	if err != nil || q.Given == nil {
		return nil, err
	}
	return k.reply(*q.Given, len(q.Replies) > 0), nil
}

// keeper has the methods of [KeptReplies] that a [Handler] uses. It is an interface so
// that a program without KeptReplies does not link it and its JSON.
type keeper interface {
	LateReplier
	hint() string // appended to a text of which more is kept
	reportTo(func(context.Context, *HandlingError))
}

func (k *KeptReplies) hint() string { return k.more }

// reportTo makes report receive the replies whose time has ended.
func (k *KeptReplies) reportTo(report func(context.Context, *HandlingError)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.report = report
}

// update changes what is kept for the user who wrote m. It removes replies whose time
// has ended before that, and reports them after it.
func (k *KeptReplies) update(ctx context.Context, m Message, change func(*keptQueue) error) (keptQueue, error) {
	var expired []keptReply
	q, err := k.state.Update(ctx, m, func(q *keptQueue) error {
		expired = nil
		now := time.Now()
		if !q.Until.IsZero() && !now.Before(q.Until) {
			expired, q.Replies = q.Replies, nil
		}
		if k.ttl > 0 {
			q.Until = now.Add(k.ttl)
		}
		return change(q)
	})
	if err != nil {
		return q, err
	}
	k.mu.Lock()
	report := k.report
	k.mu.Unlock()
	for _, r := range expired {
		if report != nil {
			report(ctx, k.expired(m, r))
		}
	}
	return q, nil
}

// expired returns the report of a reply whose time has ended. If the message that it
// answers was not received from the platform, m stands for it.
func (k *KeptReplies) expired(m Message, r keptReply) *HandlingError {
	if answered, err := Parse([]byte(r.Message)); err == nil {
		m = answered
	}
	e := &HandlingError{Message: m, Reply: k.reply(r, false), Err: ErrKeptExpired}
	if len(r.Text) > maxText {
		e.Reply = LongTextReply(r.Text)
	}
	return e
}

// watch checks after some time whether the replies for the user who wrote m have
// expired, unless such a check is pending already. If the store fails, it checks again,
// until the store has deleted the replies.
func (k *KeptReplies) watch(m Message, after, forgotten time.Duration) {
	head := HeaderOf(m)
	user := head.ToUserName + " " + head.FromUserName
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ttl == 0 || k.watching[user] || len(k.watching) >= maxWatching {
		return
	}
	k.watching[user] = true
	time.AfterFunc(after, func() {
		k.mu.Lock()
		delete(k.watching, user)
		k.mu.Unlock()
		until, err := k.expire(m)
		switch {
		case err != nil && after+keptRetry < forgotten:
			k.watch(m, keptRetry, forgotten-after)
		case err == nil && !until.IsZero():
			left := time.Until(until)
			k.watch(m, left, left+k.ttl)
		}
	})
}

// expire reports the replies of the user who wrote m, if their time has ended.
// Otherwise it returns the end of their time, or zero if nothing is kept.
func (k *KeptReplies) expire(m Message) (until time.Time, err error) {
	defer func() {
		if p := recover(); p != nil { // of the store; it would end the program
			err = fmt.Errorf("message: the store panicked: %w", secret.Panic(p))
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), keptTimeout)
	defer cancel()
	q, _, err := k.state.Get(ctx, m)
	switch {
	case err != nil || len(q.Replies) == 0:
		return time.Time{}, err
	case time.Now().Before(q.Until):
		return q.Until, nil
	}
	_, err = k.update(ctx, m, func(*keptQueue) error { return nil })
	return time.Time{}, err
}

func (r keptReply) size() int { return len(r.Message) + len(r.Text) }

// reply returns a stored reply as the user gets it; more says that others follow.
func (k *KeptReplies) reply(r keptReply, more bool) Reply {
	switch {
	case r.Image != nil:
		return *r.Image
	case r.Voice != nil:
		return *r.Voice
	case r.Video != nil:
		return *r.Video
	case r.Music != nil:
		return *r.Music
	case r.News != nil:
		return r.News
	case r.Transfer != nil:
		return *r.Transfer
	case more:
		return TextReply(r.Text + k.more)
	}
	return TextReply(r.Text)
}

// isReply reports whether r is given as reply returns it, with or without the hint.
func (k *KeptReplies) isReply(r Reply, given keptReply) bool {
	return reflect.DeepEqual(r, k.reply(given, false)) || reflect.DeepEqual(r, k.reply(given, true))
}

// keep returns the stored form of r.
func keep(r Reply) (keptReply, error) {
	switch r := r.(type) {
	case TextReply:
		return keptText(string(r))
	case LongTextReply:
		return keptText(string(r))
	case ImageReply:
		return keptReply{Image: &r}, nil
	case VoiceReply:
		return keptReply{Voice: &r}, nil
	case VideoReply:
		return keptReply{Video: &r}, nil
	case MusicReply:
		return keptReply{Music: &r}, nil
	case NewsReply:
		return keptReply{News: r}, nil
	case TransferReply:
		return keptReply{Transfer: &r}, nil
	}
	return keptReply{}, fmt.Errorf("%w: a %T cannot be kept", ErrReply, r)
}

func keptText(text string) (keptReply, error) {
	text = strings.Trim(string(tree.Clean([]byte(text))), cutSpace)
	if text == "" {
		return keptReply{}, fmt.Errorf("%w: the text is empty", ErrReply)
	}
	return keptReply{Text: text}, nil
}

// keptName returns a name of a message that is unique among those of its sender.
func keptName(m Message) string {
	head := HeaderOf(m)
	if head.MsgID != "" && head.MsgID != "0" {
		return head.MsgID
	}
	event, _ := head.Lookup("Event")
	key, _ := head.Lookup("EventKey")
	return fmt.Sprint(head.CreateTime.Unix(), " ", event, " ", key)
}
