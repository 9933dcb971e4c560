package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// errRecord says that the store holds something that no Shared has written.
var errRecord = errors.New("token: the store holds no token record")

// record is a token as Shared stores it, in JSON. Times are Unix milliseconds.
type record struct {
	Version  int    `json:"v"`
	Seq      uint64 `json:"seq"` // one more with every write, so that no two are alike
	Value    string `json:"token"`
	Expiry   int64  `json:"expiry"`
	Obtained int64  `json:"obtained"`
	Asked    int64  `json:"asked"` // when the source was last asked
	Rejected bool   `json:"rejected,omitempty"`
}

const recordVersion = 1

// newRecord makes the record of tok that follows old.
func newRecord(tok Token, old record) record {
	now := time.Now().UnixMilli()
	rec := record{
		Version: recordVersion, Seq: old.Seq + 1, Value: tok.Value(),
		Expiry: tok.Expiry().UnixMilli(), Obtained: now, Asked: now,
	}
	if old.Value == rec.Value && old.Obtained > 0 {
		rec.Obtained = old.Obtained // the same token, only asked about once more
	}
	return rec
}

// decodeRecord reads what encode wrote, and nothing else.
func decodeRecord(raw []byte) (record, error) {
	var rec record
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&rec); err != nil {
		return record{}, errRecord // whose text could quote a token
	}
	if rec.Version != recordVersion || rec.Value == "" || rec.Expiry <= 0 || d.More() {
		return record{}, errRecord
	}
	return rec, nil
}

func (r record) encode() []byte {
	raw, err := json.Marshal(r)
	if err != nil {
		panic("token: a record of strings and numbers must encode: " + err.Error())
	}
	return raw
}

func (r record) expiry() time.Time { return time.UnixMilli(r.Expiry) }

func (r record) token() Token {
	if r.Value == "" {
		return Token{}
	}
	return New(r.Value, r.expiry())
}

// good reports whether the token may be used.
func (r record) good() bool {
	return r.Value != "" && !r.Rejected && time.Now().Before(r.expiry())
}

// due reports whether it is time to look for the next token: a tenth of its life is
// left, at most MaxEarly, and nobody has asked within SamePause.
func (r record) due() bool {
	life := time.Duration(r.Expiry-r.Obtained) * time.Millisecond
	if time.Until(r.expiry()) > min(life/10, MaxEarly) {
		return false
	}
	return r.Asked == r.Obtained || time.Since(time.UnixMilli(r.Asked)) >= SamePause
}
