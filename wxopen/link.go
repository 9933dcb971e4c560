package wxopen

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// LinkStatus is the state of a link to a mini program.
type LinkStatus int

// The states of a link.
const (
	Linked         LinkStatus = 1  // 已关联
	WaitingForThem LinkStatus = 2  // the administrator of the mini program must confirm (等待小程序管理员确认)
	Refused        LinkStatus = 3  // that administrator refused (小程序管理员拒绝关联)
	WaitingForUs   LinkStatus = 12 // the administrator of the account must confirm (等待公众号管理员确认)
)

// MiniProgram is a mini program that is linked to the account, or waits for a
// confirmation.
type MiniProgram struct {
	Status              LinkStatus `json:"status"`
	AppID               string     `json:"appid,omitempty"`
	UserName            string     `json:"username"` // original id (原始ID), gh_…
	Nickname            string     `json:"nickname"`
	AvatarURL           string     `json:"headimg_url"`
	Email               string     `json:"email"`
	Source              string     `json:"source,omitempty"`      // undocumented
	OnProfile           bool       `json:"selected"`              // shown on the account's profile
	Nearby              bool       `json:"nearby_display_status"` // shown among the mini programs nearby
	Released            bool       `json:"released"`
	VerificationCopying int        `json:"copy_verify_status,omitempty"` // undocumented
	Functions           []Function `json:"func_infos,omitempty"`
}

// Function is an ability that the link gives to a mini program.
type Function struct {
	ID     int    `json:"id"`
	Name   string `json:"name"`
	Status int    `json:"status"`
}

// ListLinked returns the mini programs that are linked to the account or wait for a
// confirmation.
//
// POST /cgi-bin/wxopen/wxamplinkget (获取公众号关联的小程序)
func (s *Service) ListLinked(ctx context.Context) ([]MiniProgram, error) {
	var out struct {
		Answer struct {
			Items []struct {
				MiniProgram
				OldFunctions []Function `json:"func_info"` // in older documents
			} `json:"items"`
		} `json:"wxopens"`
	}
	if err := s.oa.Post(ctx, "/cgi-bin/wxopen/wxamplinkget", nil, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	var linked []MiniProgram
	for _, item := range out.Answer.Items {
		if len(item.Functions) == 0 {
			item.Functions = item.OldFunctions
		}
		linked = append(linked, item.MiniProgram)
	}
	return linked, nil
}

// LinkRequest asks for a link to a mini program.
type LinkRequest struct {
	AppID       string // of the mini program
	Notify      bool   // tell the account's followers
	ShowProfile bool   // show the mini program on the account's profile
}

// Link links a mini program to the account. If it has another owner, its administrator
// must confirm within seven days; [MiniProgram.Status] says whether they have.
//
// Errors: errcode.WxaQuotaLimit, errcode.SameOwnerLinkQuota, errcode.OtherOwnerLinkQuota if
// the account has too many links; errcode.WxaLinkLimit if the mini program has too many;
// errcode.LinkMessageSent, errcode.WxaAlreadyLinked, errcode.LinkingFromPlatform;
// errcode.WxaBanned.
//
// POST /cgi-bin/wxopen/wxamplink (关联小程序)
func (s *Service) Link(ctx context.Context, r LinkRequest) error {
	const path = "/cgi-bin/wxopen/wxamplink"
	if err := limit.Required(path, "AppID", r.AppID); err != nil {
		return err
	}
	in := struct {
		AppID       string                  `json:"appid"`
		Notify      officialaccount.IntBool `json:"notify_users"`
		ShowProfile officialaccount.IntBool `json:"show_profile"`
	}{r.AppID, officialaccount.IntBool(r.Notify), officialaccount.IntBool(r.ShowProfile)}
	return s.oa.Post(ctx, path, in, nil)
}

// Unlink ends the link to a mini program.
//
// Errors: errcode.CannotUnlinkNearbyWxa, errcode.CannotUnlinkStore,
// errcode.UnlinkMessageSent.
//
// POST /cgi-bin/wxopen/wxampunlink (解除关联小程序)
func (s *Service) Unlink(ctx context.Context, appID string) error {
	const path = "/cgi-bin/wxopen/wxampunlink"
	if err := limit.Required(path, "appID", appID); err != nil {
		return err
	}
	in := struct {
		AppID string `json:"appid"`
	}{appID}
	return s.oa.Post(ctx, path, in, nil)
}
