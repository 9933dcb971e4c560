package user

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxBlocked is how many users one call blocks.
const maxBlocked = 20

// Blacklist returns a page of the blacklist (获取公众号的黑名单列表): the one that begins
// after the user next, or the first if that is empty. How long a page is, 1000 or
// 10 000, depends on which document one reads.
//
// Errors: errcode.InvalidOpenID, OpenIDNotMatch.
//
// POST /cgi-bin/tags/members/getblacklist (获取公众号的黑名单列表)
func (s *Service) Blacklist(ctx context.Context, next string) (OpenIDs, error) {
	in := struct {
		Begin string `json:"begin_openid"`
	}{next}
	var out page
	err := s.oa.Post(ctx, "/cgi-bin/tags/members/getblacklist", in, &out, officialaccount.WithRetry())
	return out.openIDs(), err
}

// AllBlacklisted returns the openids of all users on the blacklist. It asks for a
// page when it gets there, and yields an error last.
//
// POST /cgi-bin/tags/members/getblacklist (获取公众号的黑名单列表)
func (s *Service) AllBlacklisted(ctx context.Context) iter.Seq2[string, error] {
	return all(ctx, s.Blacklist)
}

// Block puts users on the blacklist (拉黑用户), 20 at most.
//
// Errors: errcode.InvalidOpenID, OpenIDNotMatch.
//
// POST /cgi-bin/tags/members/batchblacklist (拉黑用户)
func (s *Service) Block(ctx context.Context, openIDs ...string) error {
	return s.setBlocked(ctx, "/cgi-bin/tags/members/batchblacklist", openIDs)
}

// Unblock takes users off the blacklist (取消拉黑用户), 20 at most.
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
