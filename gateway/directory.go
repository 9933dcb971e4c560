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

	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Config configures a [Directory]. The zero value is useful.
type Config struct {
	// Store shares tokens between all instances, and records the business to which each
	// user's token was issued. Access tokens are stored as plain text; store.Sealed
	// encrypts them. If nil, each instance keeps its own data. With the platform's
	// stable tokens all instances still get the same access tokens, but a user's token
	// is known only to the instance that issued it, until that instance stops.
	Store store.Store

	// HTTPClient carries the requests for tokens and tickets. If nil, all accounts
	// share a private client.
	HTTPClient *http.Client

	// BaseURL is the address of the platform. If empty, it is https://api.weixin.qq.com.
	BaseURL string

	// InsecurePlainHTTP allows a BaseURL with http to another machine. Tokens and
	// secrets then travel unencrypted.
	InsecurePlainHTTP bool

	// Logger receives failed refreshes and failures of the store. If nil,
	// slog.Default() is used.
	Logger *slog.Logger

	// OnRefresh is called with every fetch of a credential after it has ended, for metrics.
	OnRefresh func(appID string, kind token.Kind, r token.Refresh)
}

// Directory holds the accounts, their tokens, and the businesses. It is empty until
// [Directory.Set] is called. It is safe for concurrent use.
type Directory struct {
	cfg    Config
	users  userTokens
	mu     sync.Mutex // one Set at a time
	roster atomic.Pointer[roster]
}

// NewDirectory returns an empty directory.
func NewDirectory(cfg Config) *Directory {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = wire.NewHTTPClient()
	}
	d := &Directory{cfg: cfg, users: userTokens{cfg.Store}}
	if cfg.Store == nil {
		d.users.store = store.NewMemorySize(maxUserTokens)
	}
	d.roster.Store(newRoster(0, 0))
	return d
}

// Set replaces the whole content for later requests. An unchanged account keeps its
// cached tokens, unless it has a TokenSource. On an error nothing changes; the error
// names the first invalid account or business.
func (d *Directory) Set(accounts []Account, businesses []Business) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := newRoster(len(accounts), len(businesses))
	for _, a := range accounts {
		if next.accounts[a.AppID] != nil {
			return fmt.Errorf("gateway: duplicate account %s", a.AppID)
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

// account returns the existing account if it is unchanged, or a new one.
func (d *Directory) account(a Account) (*account, error) {
	if old := d.roster.Load().accounts[a.AppID]; old != nil && old.same(a) {
		return old, nil
	}
	if err := wire.CheckBaseURL(d.cfg.BaseURL, d.cfg.InsecurePlainHTTP); err != nil {
		return nil, fmt.Errorf("gateway: Config.BaseURL: %w", err)
	}
	return newAccount(&d.cfg, a)
}

// keepFresh is how often Run requests the tokens. The caches refresh them minutes
// before they expire.
const keepFresh = 20 * time.Second

// Run keeps the access token of every account fresh, even if it is not used, until ctx
// ends. A fetch that is running then continues for at most 45 s.
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

// AccountState tells whether an account has an access token.
type AccountState struct {
	AppID  string
	Expiry time.Time // of the token; zero if unknown
	Err    error     // why there is no token
}

// ListStates requests the tokens of all accounts concurrently, until ctx ends. The result
// is sorted by app id.
func (d *Directory) ListStates(ctx context.Context) []AccountState {
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
