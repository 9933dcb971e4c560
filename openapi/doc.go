// Package openapi manages the use of the API, as in the chapters "API management"
// (openApi管理), "Network" and "Auto-replies" of the platform's documents: quotas,
// records of failed calls, the platform's addresses, and a test of the callback.
//
// # Quotas
//
// The platform limits the calls of every endpoint per day. [Service.GetQuota] returns
// how many are left. Calls above the limit fail with errcode.ErrQuota.
// [Service.ClearUsedQuota] resets all counters of the account if the quota of an
// endpoint is used up. An account has ten resets a month.
//
// # Failed calls
//
// Every error of the platform has a request id (errcode.Error.RID). [Service.GetRequest]
// returns the platform's record of that call.
//
// # Callers
//
// [Service.IPFilter] is middleware for a callback handler: it only accepts requests
// from the platform's addresses. It is an addition to the signature, which package
// message verifies.
package openapi

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service manages the use of the API by one account. It is one pointer, cheap to make.
type Service struct{ oa *officialaccount.Client }

// New returns the API management of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
