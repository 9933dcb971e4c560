package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// errRecord means that the stored value was not written by Shared.
var errRecord = errors.New("the store does not hold a token record")

// record is a token as Shared stores it, in JSON.
type record struct {
	Version  int               `json:"v"`
	Seq      uint64            `json:"seq"` // grows with every write, so that no two records are equal
	Value    string            `json:"token"`
	Expiry   time.Time         `json:"expiry"`
	Obtained time.Time         `json:"obtained"`
	Asked    time.Time         `json:"asked"` // when the source was last asked
	Rejected *storedRejections `json:"rejected,omitempty"`
}

// storedRejections counts the tokens that were rejected before that of a record, or with it.
type storedRejections struct {
	Current bool `json:"current"` // the token of this record was rejected
	rejections
}

const recordVersion = 2

// newRecord returns the record of tok that follows old.
func newRecord(tok Token, old record) record {
	now := time.Now().Round(0) // without the monotonic clock, as it is read back
	rec := record{
		Version: recordVersion, Seq: old.Seq + 1, Value: tok.Value(),
		Expiry: now.Add(tok.left()), Obtained: now, Asked: now,
	}
	if old.Value == rec.Value {
		rec.Obtained = old.Obtained // the same token, returned once more
	}
	if old.Rejected != nil {
		rec.Rejected = &storedRejections{false, old.Rejected.rejections}
	}
	return rec
}

// decodeRecord decodes what encode wrote and rejects anything else.
func decodeRecord(raw []byte) (record, error) {
	var rec record
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&rec); err != nil {
		return record{}, errRecord // the text of err could quote a token
	}
	if rec.Version != recordVersion || rec.Value == "" || rec.Expiry.IsZero() || d.More() {
		return record{}, errRecord
	}
	return rec, nil
}

func (r record) encode() []byte {
	raw, err := json.Marshal(r)
	if err != nil {
		panic("token: encoding a record: " + err.Error())
	}
	return raw
}

func (r record) token() Token { return New(r.Value, r.Expiry) }

// rejected reports whether the token of r was rejected.
func (r record) rejected() bool { return r.Rejected != nil && r.Rejected.Current }

// pausing reports whether the token of r may not be replaced yet.
func (r record) pausing() bool { return r.Rejected != nil && r.Rejected.pausing(time.Now()) }

// reject returns r after its token was rejected.
func (r record) reject() record {
	var before rejections
	if r.Rejected != nil {
		before = r.Rejected.rejections
	}
	r.Seq++
	r.Rejected = &storedRejections{true, before.next(time.Now().Round(0), r.Expiry.Sub(r.Obtained))}
	return r
}

// good reports whether the token may be used. The zero record has expired.
func (r record) good() bool { return !r.rejected() && time.Now().Before(r.Expiry) }

// due reports whether it is time for the next token: a tenth of the life is left, at
// most maxEarly, and the source has not been asked within samePause.
func (r record) due() bool {
	if time.Until(r.Expiry) > min(r.Expiry.Sub(r.Obtained)/10, maxEarly) {
		return false
	}
	return r.Asked.Equal(r.Obtained) || time.Since(r.Asked) >= samePause
}
