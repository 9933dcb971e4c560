// Package errcode names the return codes (全局返回码) of the WeChat platform and
// the error that carries one.
//
// The platform answers most failures with HTTP 200 and a JSON body such as
//
//	{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist rid: 62fb9bc8-078c24da-4202f278"}
//
// which the packages of this module return as an [*Error]. Ask for one code, for
// a group of codes, or for the details:
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
	"slices"
	"strconv"
)

//go:generate go run ./internal/gen errcodes.tsv codes.go

// Code is a return code, the errcode of an answer. It is an error itself, so it
// may be given to [errors.Is].
//
// Every code of the platform's table is a constant; a code that is newer than the
// table is still a Code, only without name, message and category.
type Code int

// Retry says whether a call that failed with a code may be made again.
type Retry string

// The retry classes. No code promises that the same call succeeds if it is
// simply sent again at once.
const (
	RetryNever        Retry = "no"            // the same call fails again
	RetryAfterRefresh Retry = "after-refresh" // get a new token first
	RetryAfterDelay   Retry = "after-delay"   // wait, then try again
)

// entry is a row of the table.
type entry struct {
	code     Code
	symbol   string
	category Category
	retry    Retry
	message  string
}

// lookup finds the row of c; the zero entry stands for a code not in the table.
func lookup(c Code) entry {
	i, found := slices.BinarySearchFunc(table[:], c, func(e entry, c Code) int { return int(e.code) - int(c) })
	if !found {
		return entry{}
	}
	return table[i]
}

// Known reports whether the table has c.
func (c Code) Known() bool { return lookup(c).symbol != "" }

// Symbol is the name of the constant, such as "IPNotInWhitelist"; it is empty for
// a code that is not in the table.
func (c Code) Symbol() string { return lookup(c).symbol }

// Category is the group under which the table lists c; it is empty for a code
// that is not in the table.
func (c Code) Category() Category { return lookup(c).category }

// Retry says whether a call that failed with c may be made again.
func (c Code) Retry() Retry {
	if r := lookup(c).retry; r != "" {
		return r
	}
	return RetryNever
}

// Message says in one English sentence what c means; it is empty for a code that
// is not in the table.
func (c Code) Message() string { return lookup(c).message }

// Remedy says in English what to do about c; it is empty where there is nothing
// to say beyond [Code.Message].
func (c Code) Remedy() string { return remedy(c).english }

// RemedyZH is [Code.Remedy] in Chinese (处理办法).
func (c Code) RemedyZH() string { return remedy(c).chinese }

// Error gives the number, the name and the meaning of c.
func (c Code) Error() string {
	e := lookup(c)
	if e.symbol == "" {
		return strconv.Itoa(int(c))
	}
	return strconv.Itoa(int(c)) + " " + e.symbol + ": " + e.message
}

// String gives the number and the name of c, such as "40164 IPNotInWhitelist".
func (c Code) String() string {
	if s := lookup(c).symbol; s != "" {
		return strconv.Itoa(int(c)) + " " + s
	}
	return strconv.Itoa(int(c))
}

// Is reports whether target is a [Category] to which c belongs.
func (c Code) Is(target error) bool {
	category, ok := target.(Category)
	return ok && category.Has(c)
}
