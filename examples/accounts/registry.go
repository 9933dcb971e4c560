package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/user"
)

// Registry holds the accounts that the program serves, by app id. It is safe for
// concurrent use.
type Registry struct {
	client func(Account) (*officialaccount.Client, error)

	changing sync.Mutex // one change at a time
	mu       sync.RWMutex
	bots     map[string]*bot
}

// bot is one account that is served.
type bot struct {
	*message.Handler
	account Account
}

// NewRegistry returns a registry without accounts; client makes the client of each.
func NewRegistry(client func(Account) (*officialaccount.Client, error)) *Registry {
	return &Registry{client: client, bots: map[string]*bot{}}
}

// client is the client of an account of the real platform. All of them could share one
// HTTPClient; each has connections of its own here.
func client(a Account) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{AppID: a.AppID, Secret: a.Secret})
}

// Serve answers a callback of the account with that app id.
func (r *Registry) Serve(w http.ResponseWriter, req *http.Request, appID string) {
	r.mu.RLock()
	b := r.bots[appID]
	r.mu.RUnlock()
	if b == nil {
		http.NotFound(w, req)
		return
	}
	b.ServeHTTP(w, req)
}

// AppIDs are the accounts that are served.
func (r *Registry) AppIDs() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.bots))
}

// Set has the registry serve these accounts and no others: new ones are added, changed
// ones replaced, and those that are gone finish the messages that they have. If an
// account is wrong nothing changes.
func (r *Registry) Set(accounts ...Account) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	return r.set(accounts)
}

// Add serves one more account, or a changed one.
func (r *Registry) Add(a Account) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	return r.set(append(r.without(a.AppID), a))
}

// Remove stops serving an account.
func (r *Registry) Remove(appID string) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	return r.set(r.without(appID))
}

func (r *Registry) set(accounts []Account) error {
	next := map[string]*bot{}
	for _, a := range accounts {
		if next[a.AppID] != nil {
			return fmt.Errorf("duplicate account %s", a.AppID)
		}
		b, err := r.keep(a)
		if err != nil {
			return fmt.Errorf("account %s: %w", a.AppID, err)
		}
		next[a.AppID] = b
	}
	r.mu.Lock()
	before := r.bots
	r.bots = next
	r.mu.Unlock()
	var errs []error
	for id, b := range before {
		if next[id] != b {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			errs = append(errs, b.Shutdown(ctx)) // waits for the messages that it still handles
			cancel()
		}
	}
	return errors.Join(errs...)
}

func (r *Registry) without(appID string) (rest []Account) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for id, b := range r.bots {
		if id != appID {
			rest = append(rest, b.account)
		}
	}
	return rest
}

// keep returns the bot of an account: the present one if nothing about it has changed.
func (r *Registry) keep(a Account) (*bot, error) {
	r.mu.RLock()
	b := r.bots[a.AppID]
	r.mu.RUnlock()
	if b != nil && b.account == a {
		return b, nil
	}
	oa, err := r.client(a)
	if err != nil {
		return nil, err
	}
	h, err := newBot(a, oa)
	return &bot{h, a}, err
}

// newBot is what every account's bot does; it uses the client of its own account.
func newBot(a Account, oa *officialaccount.Client) (*message.Handler, error) {
	h, err := message.NewHandler(message.Config{
		Token:          a.Token,
		AppID:          a.AppID,
		EncodingAESKey: a.EncodingAESKey, // empty: plaintext mode
	})
	if err != nil {
		return nil, err
	}
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		page, err := user.New(oa).List(ctx, "")
		if err != nil {
			return nil, err
		}
		return message.TextReply(fmt.Sprintf("%s has %d followers, and you say: %s", a.AppID, page.Total, m.Content)), nil
	})
	return h, nil
}
