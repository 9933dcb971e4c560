package customerservice

import (
	"cmp"
	"context"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Account is an agent's account (客服账号).
type Account struct {
	Account       string                    `json:"kf_account"` // prefix@wechat-id-of-the-account
	Nickname      string                    `json:"kf_nick"`
	ID            string                    `json:"kf_id"`
	AvatarURL     string                    `json:"kf_headimgurl"`
	WeChatID      string                    `json:"kf_wx,omitempty"`             // of the person bound to it
	OpenID        string                    `json:"kf_openid,omitempty"`         // of the person; mini programs only
	InvitedWeChat string                    `json:"invite_wx,omitempty"`         // WeChat id of the invited person
	InviteExpiry  officialaccount.Timestamp `json:"invite_expire_time,omitzero"` // while an invitation is open
	InviteStatus  InviteStatus              `json:"invite_status,omitempty"`     // while an invitation is open
}

// InviteStatus is the state of an invitation to an agent's account.
type InviteStatus string

// The states of an invitation.
const (
	InviteWaiting  InviteStatus = "waiting"
	InviteRejected InviteStatus = "rejected"
	InviteExpired  InviteStatus = "expired"
)

// AccountOption changes a call about accounts: [WithBusiness].
type AccountOption interface{ applyAccount(*business) }

// business is the query of the account lists.
type business struct {
	ID string `url:"business_id,omitempty"`
}

func newBusiness(opts []AccountOption) (b business) {
	for _, o := range opts {
		o.applyAccount(&b)
	}
	return b
}

// ListAccounts returns all agents' accounts (获取所有客服账号).
//
// Errors: errcode.KFNotEnabled.
//
// GET /cgi-bin/customservice/getkflist (获取所有客服账号)
func (s *Service) ListAccounts(ctx context.Context, opts ...AccountOption) ([]Account, error) {
	var out struct {
		List []Account `json:"kf_list"`
	}
	err := s.oa.Get(ctx, "/cgi-bin/customservice/getkflist", newBusiness(opts), &out)
	if err != nil {
		return nil, err
	}
	for i := range out.List {
		out.List[i].AvatarURL = strings.TrimSpace(out.List[i].AvatarURL)
	}
	return out.List, nil
}

// OnlineStatus tells where an agent is online.
type OnlineStatus int

// The states of an agent. The phone is in older answers only.
const (
	Offline     OnlineStatus = 0
	OnlineWeb   OnlineStatus = 1
	OnlinePhone OnlineStatus = 2
	OnlineBoth  OnlineStatus = 3
)

// OnlineAccount is an agent who is online.
type OnlineAccount struct {
	Account    string       `json:"kf_account"`
	Status     OnlineStatus `json:"status"`
	ID         string       `json:"kf_id"`
	Sessions   int          `json:"accepted_case"`         // that the agent serves
	AutoAccept int          `json:"auto_accept,omitempty"` // maximum number of sessions that are accepted automatically; older answers only
	OpenID     string       `json:"kf_openid,omitempty"`   // mini programs only
}

// ListOnlineAccounts returns the agents who are online (获取在线客服列表).
//
// Errors: errcode.KFNotEnabled.
//
// GET /cgi-bin/customservice/getonlinekflist (获取在线客服列表)
func (s *Service) ListOnlineAccounts(ctx context.Context, opts ...AccountOption) ([]OnlineAccount, error) {
	var out struct {
		List []OnlineAccount `json:"kf_online_list"`
	}
	err := s.oa.Get(ctx, "/cgi-bin/customservice/getonlinekflist", newBusiness(opts), &out)
	if err != nil {
		return nil, err
	}
	return out.List, nil
}

// AddAccount adds an agent's account (添加客服账号). An official account has at most 100.
//
// account is prefix@wechat-id-of-the-account. The prefix has at most 10 letters, digits
// and underscores, the rest at most 30 characters. nickname has at most 16 characters.
// [Service.Invite] binds a person to the account.
//
// Errors: errcode.KFNotEnabled, KFAccountInvalid, KFNicknameIllegal,
// KFAccountIllegal, KFAccountNumberLimit, KFAccountAlreadyExists.
//
// POST /customservice/kfaccount/add (添加客服账号)
func (s *Service) AddAccount(ctx context.Context, account, nickname string, opts ...AccountOption) error {
	const path = "/customservice/kfaccount/add"
	if err := checkNamed(path, account, nickname); err != nil {
		return err
	}
	in := struct {
		Account  string `json:"kf_account"`
		Nickname string `json:"nickname"`
		Business string `json:"business_id,omitempty"`
	}{account, nickname, newBusiness(opts).ID}
	return s.oa.Post(ctx, path, in, nil)
}

// UpdateAccount changes the nickname of an agent's account (修改客服账号), with the limits
// of [Service.AddAccount].
//
// Errors: errcode.KFNotEnabled, KFAccountInvalid, KFNicknameIllegal.
//
// POST /customservice/kfaccount/update (修改客服账号)
func (s *Service) UpdateAccount(ctx context.Context, account, nickname string) error {
	const path = "/customservice/kfaccount/update"
	if err := checkNamed(path, account, nickname); err != nil {
		return err
	}
	in := struct {
		Account  string `json:"kf_account"`
		Nickname string `json:"nickname"`
	}{account, nickname}
	return s.oa.Post(ctx, path, in, nil)
}

// The limits of an agent's account, in characters.
const (
	maxPrefix   = 10
	maxSuffix   = 30
	maxNickname = 16
)

func checkNamed(path, account, nickname string) error {
	return cmp.Or(checkAccount(path, account), limit.Check(path, "nickname", "characters", utf8.RuneCountInString(nickname), 1, maxNickname))
}

// checkAccount checks that account has the form prefix@wechat-id.
func checkAccount(path, account string) error {
	prefix, id, found := strings.Cut(account, "@")
	if !found || prefix == "" || id == "" {
		return limit.Rule(path, "account (kf_account)", "must have the form prefix@wechat-id-of-the-account")
	}
	if strings.ContainsFunc(prefix, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return limit.Rule(path, "account (kf_account)", "has a prefix with other characters than letters, digits and _")
	}
	return cmp.Or(
		limit.Check(path, "account (kf_account)", "characters before the @", len(prefix), 1, maxPrefix),
		limit.Check(path, "account (kf_account)", "characters after the @", utf8.RuneCountInString(id), 1, maxSuffix),
	)
}

// DeleteAccount deletes an agent's account (删除客服账号).
//
// Errors: errcode.KFNotEnabled, KFAccountInvalid.
//
// POST /customservice/kfaccount/del (删除客服账号)
func (s *Service) DeleteAccount(ctx context.Context, account string) error {
	const path = "/customservice/kfaccount/del"
	if err := limit.Required(path, "account (kf_account)", account); err != nil {
		return err
	}
	in := struct {
		Account string `json:"kf_account"`
	}{account}
	return s.oa.Post(ctx, path, in, nil)
}

// UploadAvatar sets the avatar of an agent's account (上传客服头像): a JPG of at most
// 5 MB, best with 640×640 pixels. name is a file name such as "avatar.jpg".
//
// Errors: errcode.InvalidFileType, InvalidImageSize, KFAccountInvalid.
//
// POST /customservice/kfaccount/uploadheadimg (上传客服头像)
func (s *Service) UploadAvatar(ctx context.Context, account, name string, r io.Reader) error {
	const path = "/customservice/kfaccount/uploadheadimg"
	if err := limit.Required(path, "account (kf_account)", account, "name", name); err != nil {
		return err
	}
	if r == nil {
		return limit.Rule(path, "media", "has no reader")
	}
	query := struct {
		Account string `url:"kf_account"`
	}{account}
	return s.oa.Upload(ctx, path, officialaccount.Upload{Name: name, Body: r}, nil, officialaccount.WithQuery(query))
}

// Invite invites a person, by WeChat id, to use an agent's account (邀请绑定客服账号). The
// person has to agree on the phone. [Account] has the state of the invitation.
//
// Errors: errcode.KFAccountInvalid, KFInviteAlreadyWorker, KFInvitePending,
// KFInviteUserInvalid, KFWorkerBindingLimit, KFInviteExists, KFAccountAlreadyBound.
//
// POST /customservice/kfaccount/inviteworker (邀请绑定客服账号)
func (s *Service) Invite(ctx context.Context, account, weChatID string) error {
	const path = "/customservice/kfaccount/inviteworker"
	if err := limit.Required(path, "account (kf_account)", account, "weChatID (invite_wx)", weChatID); err != nil {
		return err
	}
	in := struct {
		Account  string `json:"kf_account"`
		WeChatID string `json:"invite_wx"`
	}{account, weChatID}
	return s.oa.Post(ctx, path, in, nil)
}
