package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// company has user ids of its own. A real one asks its directory, which also limits how
// often somebody may try.
type company interface {
	// check returns the user id for a name and a password.
	check(ctx context.Context, name, password string) (user string, ok bool, err error)
}

// staff is a company of people with passwords.
type staff map[string]string

func (s staff) check(_ context.Context, name, password string) (user string, ok bool, err error) {
	want, known := s[name]
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(password))
	return name, subtle.ConstantTimeCompare(a[:], b[:]) == 1 && known && want != "", nil
}

// binding connects a follower with a user id of the company.
type binding struct {
	User    string    `json:"user"`
	UnionID string    `json:"unionid,omitempty"` // the same person in the company's other apps
	Since   time.Time `json:"since"`
}

// bindings connects openids with user ids, one to one. Processes share it by its store.
type bindings struct{ store store.Store }

var errTaken = errors.New("the openid or the user is bound already")

func ofOpenID(openID string) string { return "binding:openid:" + openID }
func ofUser(user string) string     { return "binding:user:" + user }

// bind connects an openid with a user. The first claim of a user wins. A claim that was
// interrupted can be completed by the same openid only.
func (b bindings) bind(ctx context.Context, openID string, one binding) error {
	if old, found, err := b.find(ctx, openID); err != nil || found {
		return errors.Join(err, takenBy(old, one))
	}
	claimed, err := b.store.SetIfAbsent(ctx, ofUser(one.User), []byte(openID), 0)
	if err != nil {
		return err
	}
	if !claimed {
		owner, _, err := b.store.Get(ctx, ofUser(one.User))
		if err != nil || string(owner) != openID {
			return errors.Join(err, errTaken)
		}
	}
	value, err := json.Marshal(one)
	if err != nil {
		return err
	}
	stored, err := b.store.SetIfAbsent(ctx, ofOpenID(openID), value, 0)
	if err == nil && !stored { // bound in another window since
		_, err = b.store.CompareAndDelete(ctx, ofUser(one.User), []byte(openID))
		return errors.Join(err, errTaken)
	}
	return err
}

// takenBy is nil if an openid is bound as wanted.
func takenBy(old, wanted binding) error {
	if old.User == wanted.User {
		return nil
	}
	return errTaken
}

// find returns the binding of an openid.
func (b bindings) find(ctx context.Context, openID string) (one binding, found bool, err error) {
	value, found, err := b.store.Get(ctx, ofOpenID(openID))
	if err != nil || !found {
		return binding{}, false, err
	}
	return one, true, json.Unmarshal(value, &one)
}

// unbind separates an openid from its user.
func (b bindings) unbind(ctx context.Context, openID string) error {
	one, found, err := b.find(ctx, openID)
	if err != nil || !found {
		return err
	}
	if err := b.store.Delete(ctx, ofOpenID(openID)); err != nil {
		return err
	}
	_, err = b.store.CompareAndDelete(ctx, ofUser(one.User), []byte(openID))
	return err
}
