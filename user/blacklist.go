package user

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxBlocked is the maximum number of users of one call.
const maxBlocked = 20

// ListBlocked returns a page of the blacklist (获取公众号的黑名单列表): the users after the
// cursor next, or the first page if next is empty. A page has 1,000 or 10,000 users; the
// documents disagree. [Service.AllBlocked] returns all of them.
//
// Errors: errcode.InvalidOpenID, OpenIDNotMatch.
//
// POST /cgi-bin/tags/members/getblacklist (获取公众号的黑名单列表)
func (s *Service) ListBlocked(ctx context.Context, next string) (*Page, error) {
	in := struct {
		Begin string `json:"begin_openid"`
	}{next}
	var out answer
	if err := s.oa.Post(ctx, "/cgi-bin/tags/members/getblacklist", in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return out.page(), nil
}

// AllBlocked returns the openids of all users on the blacklist. It requests pages as
// needed. An error ends the iteration.
//
// POST /cgi-bin/tags/members/getblacklist (获取公众号的黑名单列表)
func (s *Service) AllBlocked(ctx context.Context) iter.Seq2[string, error] {
	return all(ctx, s.ListBlocked)
}

// Block adds at most 20 users to the blacklist (拉黑用户).
//
// Errors: errcode.InvalidOpenID, OpenIDNotMatch.
//
// POST /cgi-bin/tags/members/batchblacklist (拉黑用户)
func (s *Service) Block(ctx context.Context, openIDs ...string) error {
	return s.setBlocked(ctx, "/cgi-bin/tags/members/batchblacklist", openIDs)
}

// Unblock removes at most 20 users from the blacklist (取消拉黑用户).
//
// Errors: errcode.InvalidOpenID, OpenIDNotMatch.
//
// POST /cgi-bin/tags/members/batchunblacklist (取消拉黑用户)
func (s *Service) Unblock(ctx context.Context, openIDs ...string) error {
	return s.setBlocked(ctx, "/cgi-bin/tags/members/batchunblacklist", openIDs)
}

func (s *Service) setBlocked(ctx context.Context, path string, openIDs []string) error {
	if err := checkOpenIDs(path, openIDs, maxBlocked); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, struct {
		OpenIDs []string `json:"openid_list"`
	}{openIDs}, nil, officialaccount.WithRetry())
}
