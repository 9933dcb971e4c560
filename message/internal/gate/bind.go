package gate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Shared is a signature and its message as processes that share a store know them.
type Shared struct {
	key    string
	sum    [16]byte      // of the message
	length time.Duration // until the timestamp is no longer acceptable
}

// Name is the signature's name in all processes; empty for none.
func (u Shared) Name() string { return u.key }

// freshFor is how long after its first use a signature may still be repeated by the
// platform. It is less than outcomes are kept, whatever the clocks of the processes.
const freshFor = 45 * time.Second

var errNoNonce = errors.New("the store reports that it has a nonce, but returns no value for it")

// Share returns the letter's signature in the form that all processes share. It is valid
// after Release.
func (g *Gate) Share(l *Letter, now time.Time) Shared {
	if l.Used == (Used{}) {
		return Shared{}
	}
	h := sha256.New()
	for _, part := range covered(g.tokens()[l.Envelope.Token], l.timestamp, l.Envelope.Nonce) {
		io.WriteString(h, part)
	}
	u := Shared{key: "wechat:nonce:" + hex.EncodeToString(h.Sum(nil)), length: time.Unix(l.Used.at, 0).Add(maxSkew).Sub(now) + time.Second}
	h.Reset()
	h.Write(l.Parts[0])
	h.Write(l.Parts[1])
	copy(u.sum[:], h.Sum(nil))
	return u
}

// Bind records in the store that a signature belongs to its message. It reports whether
// it belongs to another one (foreign), or was used so long ago that the outcome of
// its message may be forgotten (spent).
func Bind(s *guard.Store, u Shared, now time.Time) (foreign, spent bool, err error) {
	if u.key == "" {
		return false, false, nil
	}
	value := binary.BigEndian.AppendUint64(bytes.Clone(u.sum[:]), uint64(now.UnixMilli()))
	var before []byte
	err = s.Call(func(ctx context.Context, st store.Store) error {
		stored, err := st.SetIfAbsent(ctx, u.key, value, u.length)
		if err != nil || stored {
			return err
		}
		var found bool
		before, found, err = st.Get(ctx, u.key)
		if err == nil && (!found || len(before) != len(value)) {
			before = nil
			return errNoNonce
		}
		return err
	})
	if err != nil || before == nil {
		return false, false, err
	}
	first := time.UnixMilli(int64(binary.BigEndian.Uint64(before[len(u.sum):])))
	return !bytes.Equal(before[:len(u.sum)], u.sum[:]), now.Sub(first) > freshFor, nil
}
