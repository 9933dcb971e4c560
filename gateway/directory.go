package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Config is what a [Directory] needs to get tokens. The zero value is useful.
type Config struct {
	// Store shares the tokens among all instances. They lie there as plain text;
	// store.Sealed encrypts them. Nil: each instance has tokens of its own, which are
	// the same ones as long as the platform's stable tokens are used.
	Store store.Store

	// HTTPClient carries the requests for tokens and tickets. Nil is a private one.
	HTTPClient *http.Client

	// BaseURL is where the platform is; empty means https://api.weixin.qq.com.
	BaseURL string

	// Logger hears of failed refreshes and of a store that fails. Nil is silence.
	Logger *slog.Logger

	// ObserveRefresh is told of every fetch of a credential, for metrics.
	ObserveRefresh func(appID string, kind token.Kind, r token.Refresh)
}

// Directory holds the accounts and the businesses, and the accounts' tokens. It is
// empty until [Directory.Set]; it is safe for concurrent use.
type Directory struct {
	cfg    Config
	mu     sync.Mutex // one Set at a time
	roster atomic.Pointer[roster]
}

// roster is the content of a Directory; it does not change.
type roster struct {
	accounts   map[string]*account
	businesses []*business
}

// NewDirectory makes an empty directory.
func NewDirectory(cfg Config) *Directory {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Directory{cfg: cfg}
	d.roster.Store(&roster{})
	return d
}

// Set exchanges the whole content at once, for requests that come from now on. An
// account that stays as it was keeps its tokens. On an error, which names what is
// wrong, nothing changes.
func (d *Directory) Set(accounts []Account, businesses []Business) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := &roster{accounts: map[string]*account{}}
	for _, a := range accounts {
		if next.accounts[a.AppID] != nil {
			return fmt.Errorf("gateway: account %s is there twice", a.AppID)
		}
		made, err := d.account(a)
		if err != nil {
			return err
		}
		next.accounts[a.AppID] = made
	}
	for _, b := range businesses {
		made, err := newBusiness(b)
		if err != nil {
			return err
		}
		if err := next.add(made); err != nil {
			return err
		}
	}
	d.roster.Store(next)
	return nil
}

// account takes over the account that is there, or makes it.
func (d *Directory) account(a Account) (*account, error) {
	if old := d.roster.Load().accounts[a.AppID]; old != nil && old.same(a) {
		return old, nil
	}
	return newAccount(&d.cfg, a)
}

// add adds a business after a look at those that are there.
func (r *roster) add(b *business) error {
	for _, id := range b.Accounts {
		if r.accounts[id] == nil {
			return fmt.Errorf("gateway: business %q: there is no account %s", b.Name, id)
		}
	}
	for _, other := range r.businesses {
		if other.Name == b.Name {
			return fmt.Errorf("gateway: business %q is there twice", b.Name)
		}
		if slices.ContainsFunc(b.Keys, other.holds) {
			return fmt.Errorf("gateway: businesses %q and %q have the same key", other.Name, b.Name)
		}
	}
	r.businesses = append(r.businesses, b)
	return nil
}

// known reports whether there is such an account.
func (r *roster) known(appID string) bool { return r.accounts[appID] != nil }

// business finds who has a key, or nil. Every key is compared.
func (r *roster) business(key string) (found *business, hash KeyHash) {
	hash, err := HashKey(key)
	if err != nil {
		return nil, hash
	}
	for _, b := range r.businesses {
		if b.holds(hash) {
			found = b
		}
	}
	return found, hash
}

// keepFresh is how often Run looks after the tokens. They are refreshed minutes
// before their end, so that this need not be often.
const keepFresh = 20 * time.Second

// Run keeps the access token of every account fresh, whether or not anybody asks
// for it, until ctx ends. It returns when what it has begun has ended.
func (d *Directory) Run(ctx context.Context) {
	var asked sync.WaitGroup
	defer asked.Wait()
	tick := time.NewTicker(keepFresh)
	defer tick.Stop()
	for {
		for _, a := range d.roster.Load().accounts {
			asked.Go(func() { _, _ = a.tokens.Token(ctx) }) // the cache logs and observes failures
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// AccountState is an account and whether it has a token.
type AccountState struct {
	AppID  string
	Expiry time.Time // of the access token
	Err    error     // why there is none
}

// States asks every account for its token, all at once, and returns them in the
// order of their app ids. It waits no longer than ctx.
func (d *Directory) States(ctx context.Context) []AccountState {
	r := d.roster.Load()
	states := make([]AccountState, 0, len(r.accounts))
	var mu sync.Mutex
	var asked sync.WaitGroup
	for id, a := range r.accounts {
		asked.Go(func() {
			tok, err := a.tokens.Token(ctx)
			mu.Lock()
			defer mu.Unlock()
			states = append(states, AccountState{id, tok.Expiry(), err})
		})
	}
	asked.Wait()
	slices.SortFunc(states, func(a, b AccountState) int { return strings.Compare(a.AppID, b.AppID) })
	return states
}
