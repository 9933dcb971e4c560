package component

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// errAddressee means that a message was posted to the path of another account.
var errAddressee = errors.New("component: the message is not for the account in its path")

// The time that a message waits for the profile of its account, the pause after a
// profile could not be read, and the time for which a refusal is remembered. The last is
// shorter than the platform's repeats of a message, so that the first message of an
// account that has just authorized another process is not lost.
const (
	profileTimeout = 2 * time.Second
	profilePause   = time.Minute
	refusalPause   = 4 * time.Second
)

func (p *Platform) userNameKey(appID string) string { return p.key("username:" + appID) }

// checkAddressee returns an error if the addressee of a message, which is signed, is
// not the account in the path, which is not signed.
func (p *Platform) checkAddressee(ctx context.Context, appID, toUserName string) error {
	t := p.tenant(appID)
	want, err := t.userName(ctx)
	switch {
	case errors.Is(err, errcode.ComponentNotAuthorized):
		return fmt.Errorf("%w: %s has not authorized the platform", errAddressee, appID)
	case err != nil && ctx.Err() != nil: // nobody waits for the answer, and the platform repeats the message
		return fmt.Errorf("component: the addressee of a message was not checked in time: %w", ctx.Err())
	case err != nil:
		p.log.WarnContext(ctx, "component: the addressee of a message is not checked: the profile cannot be read", "appid", appID, "error", err)
		return nil
	case want == "":
		return nil // logged before
	case want != toUserName:
		return fmt.Errorf("%w: path %s, addressee %s", errAddressee, appID, toUserName)
	}
	return nil
}

// userName returns the original id of the account: from memory, the store or the
// platform. The refusal of an account that has not authorized is returned again for a
// while. Shortly after another failure userName returns "" without an error.
func (t *tenant) userName(ctx context.Context) (string, error) {
	t.mu.Lock()
	known, refusal, pause := t.originalID, t.refusal, t.profileAfter
	t.mu.Unlock()
	if known != "" || time.Now().Before(pause) {
		return known, refusal
	}
	ctx, cancel := context.WithTimeout(ctx, profileTimeout)
	defer cancel()
	result := t.p.userNames.DoChan(t.appID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), profileTimeout)
		defer cancel()
		name, err := t.fetchUserName(ctx)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.refusal = nil
		switch {
		case errors.Is(err, errcode.ComponentNotAuthorized):
			t.refusal, t.profileAfter = err, time.Now().Add(refusalPause)
			return "", err
		case err != nil:
			t.profileAfter = time.Now().Add(profilePause)
			return "", err
		}
		t.originalID = name
		return name, nil
	})
	select {
	case r := <-result:
		return r.Val.(string), r.Err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (t *tenant) fetchUserName(ctx context.Context) (name string, err error) {
	defer recovered(&err)
	key := t.p.userNameKey(t.appID)
	if raw, found, err := t.p.store.Get(ctx, key); err == nil && found {
		return string(raw), nil
	}
	account, err := t.p.GetAuthorizer(ctx, t.appID)
	if err != nil {
		return "", err
	}
	name = account.Info.UserName
	if name == "" {
		return "", errors.New("the profile has no user_name")
	}
	if err := t.p.store.Set(ctx, key, []byte(name), 0); err != nil {
		t.p.log.WarnContext(ctx, "component: original id not stored", "appid", t.appID, "error", err)
	}
	return name, nil
}

// recovered makes a panic, such as one of the store, the error of a function that runs in
// a goroutine of its own, where the panic would end the program.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("component: panic: %w", secret.Panic(p))
	}
}
