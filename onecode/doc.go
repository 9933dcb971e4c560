// Package onecode handles marketing codes (一物一码). Each code is printed on one item and
// opens a mini program when a user scans it.
//
// Only service accounts to which the platform granted the ability can use it; others
// receive errcode.APIUnauthorized.
//
// An application (申请单) asks for a batch of codes. The platform generates them, which takes a
// while. Then they are downloaded for the printer and activated:
//
//	codes := onecode.New(oa)
//	id, err := codes.Apply(ctx, 10_000, "batch-7")
//	if err != nil {
//		return err
//	}
//	// some time later, perhaps in another process:
//	application, err := codes.GetApplication(ctx, onecode.Ref{ISVID: "batch-7"})
//	if err != nil {
//		return err
//	}
//	if application.Status == onecode.Finished {
//		for _, r := range application.Ranges {
//			file, err := codes.Download(ctx, id, r)
//			// …
//		}
//	}
//
// [Service.Activate] binds a range of codes to a mini program. When a user scans a code, the
// page of the mini program receives a ticket, and [Service.GetByTicket] returns the code.
package onecode

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service calls the endpoints of marketing codes for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
