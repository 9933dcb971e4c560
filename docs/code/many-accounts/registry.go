// Package accounts is the code of docs/many-accounts.md.
package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Account is a row of the configuration.
type Account struct {
	AppID, Secret, Token, AESKey string
}

// Bot is an account that is served.
type Bot struct {
	*message.Handler
	Client  *officialaccount.Client
	account Account
}

// Registry holds the accounts by app id. It is safe for concurrent use.
type Registry struct {
	build func(Account) (*Bot, error)

	changing sync.Mutex // one change at a time
	mu       sync.RWMutex
	bots     map[string]*Bot
}

// Bot returns an account, or nil.
func (r *Registry) Bot(appID string) *Bot {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.bots[appID]
}

// ServeHTTP serves the callbacks of all accounts; the pattern has {appid}.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	bot := r.Bot(req.PathValue("appid"))
	if bot == nil {
		http.NotFound(w, req)
		return
	}
	bot.ServeHTTP(w, req)
}

// Set makes the registry serve these accounts only. Unchanged accounts keep their bot,
// with its token and its running messages. If one account is wrong, nothing changes.
func (r *Registry) Set(ctx context.Context, accounts []Account) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	next := make(map[string]*Bot, len(accounts))
	for _, a := range accounts {
		if next[a.AppID] != nil {
			return fmt.Errorf("account %s: listed twice", a.AppID)
		}
		bot := r.Bot(a.AppID)
		if bot == nil || bot.account != a {
			var err error
			if bot, err = r.build(a); err != nil {
				return fmt.Errorf("account %s: %w", a.AppID, err)
			}
			bot.account = a
		}
		next[a.AppID] = bot
	}
	r.mu.Lock()
	old := r.bots
	r.bots = next
	r.mu.Unlock()

	var errs []error
	for appID, bot := range old {
		if next[appID] != bot {
			errs = append(errs, bot.Shutdown(ctx)) // waits for its running messages
		}
	}
	return errors.Join(errs...)
}
