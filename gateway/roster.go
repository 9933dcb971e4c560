package gateway

import "fmt"

// roster is the content of a [Directory]. It is immutable.
type roster struct {
	accounts map[string]*account
	byName   map[string]*business
	byKey    map[KeyHash]*business
	byFinger map[fingerprint]*business
}

func newRoster(accounts, businesses int) *roster {
	return &roster{
		accounts: make(map[string]*account, accounts),
		byName:   make(map[string]*business, businesses),
		byKey:    make(map[KeyHash]*business, businesses),
		byFinger: make(map[fingerprint]*business, businesses),
	}
}

// add adds a business. Names and keys must be unique, and its accounts must exist.
func (r *roster) add(b *business) error {
	if r.byName[b.Name] != nil {
		return fmt.Errorf("gateway: duplicate business %q", b.Name)
	}
	for _, id := range b.Accounts {
		if r.accounts[id] == nil {
			return fmt.Errorf("gateway: business %q: unknown account %s", b.Name, id)
		}
	}
	for _, key := range b.Keys {
		if other := r.byFinger[key.fingerprint()]; other != nil {
			return fmt.Errorf("gateway: businesses %q and %q have the same key", other.Name, b.Name)
		}
		r.byKey[key], r.byFinger[key.fingerprint()] = b, b
	}
	r.byName[b.Name] = b
	return nil
}

// known reports whether the account exists.
func (r *roster) known(appID string) bool { return r.accounts[appID] != nil }

// business returns the business that has a key, or nil. The map holds hashes, so the
// time of a look-up reveals nothing about the keys.
func (r *roster) business(key string) (*business, KeyHash) {
	hash, err := HashKey(key)
	if err != nil {
		return nil, hash
	}
	return r.byKey[hash], hash
}
