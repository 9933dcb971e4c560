// Package openapi looks after the API itself, as in the chapters "API management"
// (openApi管理), "Network" and "Auto-replies" of the platform's documents: how many
// calls are left, what became of one, where the platform calls from, and whether it
// can reach a server.
//
// # Quotas
//
// Every endpoint may be called so often a day. [Service.Quota] tells how often it
// still may be; errcode.ErrQuota is the category of the errors once it may not.
// [Service.ClearQuota] sets all counters of the account back, ten times a month
// together with the console, and so asks first whether there is a need.
//
// # What happened
//
// Every error of the platform has a request id (errcode.Error.RID).
// [Service.Request] returns what the platform recorded of that call.
//
// # Who calls
//
// [Service.OnlyPlatform] is middleware for a callback handler: it lets in requests
// from the platform's addresses alone. It is a second fence; the first is the
// signature, which package message checks.
package openapi

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service looks after the API of one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the API management of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
