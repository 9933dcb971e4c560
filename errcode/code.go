// Package errcode defines the return codes (全局返回码) of the WeChat platform and the error
// types of its calls.
//
// The platform answers most failures with HTTP 200 and a JSON body such as
//
//	{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist rid: 62fb9bc8-078c24da-4202f278"}
//
// which the packages of this module return as an [*Error]. Test for one code, for a
// group of codes, or read the details:
//
//	errors.Is(err, errcode.IPNotInWhitelist) // one code
//	errors.Is(err, errcode.ErrQuota)         // any code of that group
//
//	var e *errcode.Error
//	if errors.As(err, &e) {
//		log.Print(e.Code, e.RID, e.IP())
//	}
//
// Branch on the code, never on errmsg: its wording differs between endpoints and
// changes without notice.
package errcode

import (
	"log/slog"
	"slices"
	"strconv"
)

//go:generate env GOWORK=off go run -C ../internal/tools ./errcodes ../../errcode/errcodes.tsv ../../errcode/codes.go

// Code is a return code, the errcode of an answer. It is an error, so that it can be
// the target of [errors.Is].
//
// Every code in the platform's table is a constant. A code that is newer than the table
// is still a Code, without name, message and category.
type Code int

// entry is a row of the table.
type entry struct {
	code     Code
	symbol   string
	category Category
	message  string
}

// lookup returns the row of c, or the zero entry if the table does not have c.
func lookup(c Code) entry {
	i, found := slices.BinarySearchFunc(table[:], c, func(e entry, c Code) int { return int(e.code) - int(c) })
	if !found {
		return entry{}
	}
	return table[i]
}

// Known reports whether the table has c.
func (c Code) Known() bool { return lookup(c).symbol != "" }

// Symbol returns the name of the constant, such as "IPNotInWhitelist". It is empty for a
// code that is not in the table.
func (c Code) Symbol() string { return lookup(c).symbol }

// Category returns the group of c in the table. It is empty for a code that is not in
// the table.
func (c Code) Category() Category { return lookup(c).category }

// Message returns the meaning of c as one English sentence. It is empty for a code that
// is not in the table.
func (c Code) Message() string { return lookup(c).message }

// Remedy returns English advice on what to do about c. It is empty if [Code.Message] is
// enough.
func (c Code) Remedy() string { return remedyOf(c).english }

// RemedyZH is [Code.Remedy] in Chinese (处理办法).
func (c Code) RemedyZH() string { return remedyOf(c).chinese }

// Error returns the number, the name and the meaning of c.
func (c Code) Error() string {
	e := lookup(c)
	if e.symbol == "" {
		return strconv.Itoa(int(c))
	}
	return strconv.Itoa(int(c)) + " " + e.symbol + ": " + e.message
}

// LogValue implements slog.LogValuer. It returns the number, as encoding/json does.
func (c Code) LogValue() slog.Value { return slog.IntValue(int(c)) }

// String returns the number and the name of c, such as "40164 IPNotInWhitelist".
func (c Code) String() string {
	if s := lookup(c).symbol; s != "" {
		return strconv.Itoa(int(c)) + " " + s
	}
	return strconv.Itoa(int(c))
}

// Is reports whether target is a [Category] of c.
func (c Code) Is(target error) bool {
	category, ok := target.(Category)
	return ok && category.Has(c)
}
