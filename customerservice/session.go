package customerservice

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// CreateSession connects a user to an agent who is online (创建会话).
//
// Errors: errcode.KFNotEnabled, KFAccountInvalid, KFAccountNotBound,
// KFSessionTaken if another agent serves the user, KFWorkerOffline, InvalidOpenID.
//
// POST /customservice/kfsession/create (创建会话)
func (s *Service) CreateSession(ctx context.Context, account, openID string) error {
	return s.session(ctx, "/customservice/kfsession/create", account, openID)
}

// CloseSession ends the session of a user and an agent (关闭会话).
//
// Errors: errcode.KFNotEnabled, KFAccountInvalid, KFNoSession, KFSessionTaken,
// InvalidOpenID.
//
// POST /customservice/kfsession/close (关闭会话)
func (s *Service) CloseSession(ctx context.Context, account, openID string) error {
	return s.session(ctx, "/customservice/kfsession/close", account, openID)
}

func (s *Service) session(ctx context.Context, path, account, openID string) error {
	if err := limit.Required(path, "account (kf_account)", account, "openID", openID); err != nil {
		return err
	}
	in := struct {
		Account string `json:"kf_account"`
		OpenID  string `json:"openid"`
	}{account, openID}
	return s.oa.Post(ctx, path, in, nil)
}

// Session tells which agent serves a user.
type Session struct {
	Account string                    `json:"kf_account,omitempty"` // empty: no agent
	Created officialaccount.Timestamp `json:"createtime,omitzero"`
}

// GetSession returns which agent serves a user (获取客户会话状态).
//
// GET /customservice/kfsession/getsession (获取客户会话状态)
func (s *Service) GetSession(ctx context.Context, openID string) (*Session, error) {
	const path = "/customservice/kfsession/getsession"
	if err := limit.Required(path, "openID", openID); err != nil {
		return nil, err
	}
	in := struct {
		OpenID string `url:"openid"`
	}{openID}
	var out Session
	if err := s.oa.Get(ctx, path, in, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// UserSession is a user whom an agent serves.
type UserSession struct {
	OpenID  string                    `json:"openid"`
	Created officialaccount.Timestamp `json:"createtime"`
}

// ListSessions returns the users whom an agent serves (获取客服会话列表).
//
// Errors: errcode.KFAccountInvalid.
//
// GET /customservice/kfsession/getsessionlist (获取客服会话列表)
func (s *Service) ListSessions(ctx context.Context, account string) ([]UserSession, error) {
	const path = "/customservice/kfsession/getsessionlist"
	if err := limit.Required(path, "account (kf_account)", account); err != nil {
		return nil, err
	}
	in := struct {
		Account string `url:"kf_account"`
	}{account}
	var out struct {
		List []UserSession `json:"sessionlist"`
	}
	err := s.oa.Get(ctx, path, in, &out)
	return out.List, err
}

// WaitingPage lists users who wait for an agent.
type WaitingPage struct {
	Total int           `json:"count"`        // of all waiting users
	Users []WaitingUser `json:"waitcaselist"` // those who have waited longest, at most 100
}

// WaitingUser is a user who waits for an agent.
type WaitingUser struct {
	OpenID      string                    `json:"openid"`
	LastMessage officialaccount.Timestamp `json:"latest_time"`
	Created     officialaccount.Timestamp `json:"createtime,omitzero"`  // in older answers, instead of LastMessage
	Account     string                    `json:"kf_account,omitempty"` // in older answers: the agent that the user waits for
}

// ListWaiting returns the users who wait for an agent (获取未接入会话列表).
//
// GET /customservice/kfsession/getwaitcase (获取未接入会话列表)
func (s *Service) ListWaiting(ctx context.Context) (*WaitingPage, error) {
	var out WaitingPage
	if err := s.oa.Get(ctx, "/customservice/kfsession/getwaitcase", nil, &out); err != nil {
		return nil, err
	}
	return &out, nil
}
