// Package server is the common part of the API: the clock, users, tokens, quotas,
// faults, the records of calls, and the dispatch of requests to endpoints. Each area
// adds its endpoints with [Server.Handle].
package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/journal"
)

// Server is the platform for one account. Its lock guards the fields below it and the
// state of every area.
type Server struct {
	sync.Mutex
	Account *account.Account
	Bot     *callback.Bot    // nil without one
	Users   map[string]*User // by openid
	Visitor string           // openid of the browser's user; empty: DefaultVisitor
	Tokens  Tokens
	Quotas  Quotas

	offset    time.Duration // platform time minus real time
	faults    []*activeFault
	lastFault int64
	lastID    int64
	counts    map[string]int // calls received, by path
	routes    map[string]Endpoint

	Hooks  Hooks
	calls  journal.Journal[Record]
	memory *memoryAPI

	Ctx       context.Context // ends with Close
	cancel    context.CancelFunc
	exchanges atomic.Int64
	work      sync.WaitGroup // goroutines of the platform itself
	serving   atomic.Int64   // API requests being answered
	closing   atomic.Bool
	closed    chan struct{} // closed after shut
	closeErr  error
}

// Hooks are the functions of areas and observers that the server calls. They are set
// before the first request.
type Hooks struct {
	Sent      []func(u *User, m callback.Message)                               // a message changes state, under the lock
	Answered  []func(u *User, m callback.Message, r *callback.Reply, err error) // its answer changes state, under the lock
	Published []func(p Publication)                                             // articles were published, under the lock
	LookUp    []func(r *Received)                                               // adds the content of a media id to a message, under the lock
	Received  func(openid string, r Received)                                   // under the lock
	OnItsWay  func(m callback.Message)                                          // without the lock, like the following ones
	Judged    func(m callback.Message, r *callback.Reply, err error)
	Delivered func(callback.Delivery)
	Called    func(Record)
}

// firstID is more than a float64 can represent exactly, like the platform's ids.
const firstID = 24_900_000_000_000_001

// New returns a server without areas.
func New(acc *account.Account) *Server {
	s := &Server{
		Account: acc, Users: map[string]*User{}, counts: map[string]int{}, routes: map[string]Endpoint{},
		Tokens: Tokens{Issued: map[string]*Token{}}, Quotas: Quotas{limits: map[string]limit{}, paths: map[string]*usage{}},
		lastID: firstID, closed: make(chan struct{}),
	}
	s.Ctx, s.cancel = context.WithCancel(context.Background())
	s.memory = newMemoryAPI(s)
	return s
}

// Handle adds endpoints.
func (s *Server) Handle(endpoints ...Endpoint) {
	for _, e := range endpoints {
		s.routes[e.Path] = e
	}
}

// Endpoint returns the endpoint of a path.
func (s *Server) Endpoint(path string) (e Endpoint, found bool) {
	e, found = s.routes[path]
	return e, found
}

// Close ends every delivery, connection and server of the platform and waits for them.
// The error lists what did not end within ten seconds, and every API response whose
// body was not closed. Further calls return the same error.
func (s *Server) Close() error {
	if s.closing.CompareAndSwap(false, true) {
		s.closeErr = s.shut()
		close(s.closed)
	}
	<-s.closed // not a mutex: waiting for a mutex would stop the clock of a synctest bubble
	return s.closeErr
}

func (s *Server) shut() error {
	s.Lock()
	s.cancel() // under the lock, so that Later starts nothing afterwards
	bot := s.Bot
	s.Unlock()
	left := s.memory.unclosed()
	if bot != nil {
		left = append(left, bot.Close()...)
	}
	left = append(left, s.memory.close()...)
	if !callback.WaitFor(func() bool { return s.serving.Load() == 0 }) {
		left = append(left, fmt.Sprintf("%d API requests are still being answered", s.serving.Load()))
	}
	s.work.Wait()
	if len(left) == 0 {
		return nil
	}
	return errors.New("wechattest: not ended: " + strings.Join(left, "; "))
}

// Current returns the account with the current settings.
func (s *Server) Current() *account.Account {
	s.Lock()
	defer s.Unlock()
	return s.Account
}

// Time returns the platform's time, for callers without the lock.
func (s *Server) Time() time.Time {
	s.Lock()
	defer s.Unlock()
	return s.Now()
}

// Now returns the platform's time: the real time (in a synctest bubble: the bubble's)
// plus the total of Advance. The lock is held.
func (s *Server) Now() time.Time { return time.Now().Add(s.offset) }

// Advance moves the platform's time forward by d, and returns the total.
func (s *Server) Advance(d time.Duration) time.Duration {
	s.Lock()
	defer s.Unlock()
	s.offset += d
	return s.offset
}

// NextID returns an id for a message, as large as the platform's. The lock is held.
func (s *Server) NextID() int64 {
	s.lastID++
	return s.lastID
}

// Later runs f in a goroutine of the platform after d of real time, unless the
// platform is closed before. The lock is held.
func (s *Server) Later(d time.Duration, f func()) {
	if s.Ctx.Err() != nil {
		return
	}
	s.work.Go(func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			f()
		case <-s.Ctx.Done():
		}
	})
}

// UserList returns all users, sorted by openid.
func (s *Server) UserList() []*User {
	var list []*User
	for _, id := range slices.Sorted(maps.Keys(s.Users)) {
		if id != callback.SystemSender {
			list = append(list, s.Users[id])
		}
	}
	return list
}
