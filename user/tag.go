package user

import (
	"context"
	"iter"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// The limits of tags.
const (
	maxTagged  = 50 // users of one call
	maxTagName = 30 // characters
)

// Tag is a label for followers (标签).
type Tag struct {
	ID    int    `json:"id"` // below 100: tags of the platform; 2 is starred users (星标组)
	Name  string `json:"name"`
	Count int    `json:"count,omitempty"` // followers with the tag; only set by [Service.ListTags]
}

// ListTags returns all tags of the account (获取公众号已创建的标签).
//
// GET /cgi-bin/tags/get (获取公众号已创建的标签)
func (s *Service) ListTags(ctx context.Context) ([]Tag, error) {
	var out struct {
		Tags []Tag `json:"tags"`
	}
	err := s.oa.Get(ctx, "/cgi-bin/tags/get", nil, &out)
	return out.Tags, err
}

// CreateTag creates a tag (创建标签). An account may have 100. A name has at most 30
// characters. One page of the documents says 30 bytes, so a name of more bytes is sent
// with a warning in the log.
//
// Errors: errcode.InvalidTagName, TagNameTooLong, TooManyTags.
//
// POST /cgi-bin/tags/create (创建标签)
func (s *Service) CreateTag(ctx context.Context, name string) (*Tag, error) {
	const path = "/cgi-bin/tags/create"
	opts, err := checkTagName(path, name)
	if err != nil {
		return nil, err
	}
	var in, out tagBody
	in.Tag.Name = name
	if err := s.oa.Post(ctx, path, in, &out, opts...); err != nil {
		return nil, err
	}
	return &Tag{ID: out.Tag.ID, Name: out.Tag.Name}, nil
}

// tagBody is a tag in requests and answers.
type tagBody struct {
	Tag struct {
		ID   int    `json:"id,omitempty"`
		Name string `json:"name,omitempty"`
	} `json:"tag"`
}

// checkTagName returns a warning for a name that may be too long.
func checkTagName(path, name string) ([]officialaccount.CallOption, error) {
	if err := limit.Check(path, "name", "characters", utf8.RuneCountInString(name), 1, maxTagName); err != nil {
		return nil, err
	}
	if len(name) <= maxTagName {
		return nil, nil
	}
	return []officialaccount.CallOption{
		officialaccount.WithWarning("the name of the tag may be too long: one page of the documents allows 30 bytes", "bytes", len(name)),
	}, nil
}

// UpdateTag changes the name of a tag (编辑标签). The limits are those of
// [Service.CreateTag].
//
// Errors: errcode.InvalidTagName, TagNameTooLong, SystemTagReadOnly for 0, 1 and 2,
// InvalidTagID.
//
// POST /cgi-bin/tags/update (编辑标签)
func (s *Service) UpdateTag(ctx context.Context, id int, name string) error {
	const path = "/cgi-bin/tags/update"
	opts, err := checkTagName(path, name)
	if err != nil {
		return err
	}
	in := struct {
		Tag Tag `json:"tag"`
	}{Tag{ID: id, Name: name}}
	return s.oa.Post(ctx, path, in, nil, append(opts, officialaccount.WithRetry())...)
}

// DeleteTag deletes a tag and removes it from its users (删除标签). The platform refuses if
// more than 100,000 followers have it: [Service.Untag] them first.
//
// Errors: errcode.TagHasTooManyFans, SystemTagReadOnly for 0, 1 and 2, InvalidTagID.
//
// POST /cgi-bin/tags/delete (删除标签)
func (s *Service) DeleteTag(ctx context.Context, id int) error {
	var in struct {
		Tag struct {
			ID int `json:"id"`
		} `json:"tag"`
	}
	in.Tag.ID = id
	return s.oa.Post(ctx, "/cgi-bin/tags/delete", in, nil)
}

// ListTagged returns a page of the followers with a tag (获取标签下粉丝列表), 10,000 at most:
// those after the cursor next, or the first page if next is empty. [Service.AllTagged]
// returns all of them.
//
// Errors: errcode.InvalidOpenID, InvalidTagID.
//
// POST /cgi-bin/user/tag/get (获取标签下粉丝列表)
func (s *Service) ListTagged(ctx context.Context, tagID int, next string) (*Page, error) {
	in := struct {
		TagID int    `json:"tagid"`
		Next  string `json:"next_openid,omitempty"`
	}{tagID, next}
	var out answer
	if err := s.oa.Post(ctx, "/cgi-bin/user/tag/get", in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return out.page(), nil
}

// AllTagged returns the openids of all followers with a tag. It requests pages as needed.
// An error ends the iteration.
//
// POST /cgi-bin/user/tag/get (获取标签下粉丝列表)
func (s *Service) AllTagged(ctx context.Context, tagID int) iter.Seq2[string, error] {
	return all(ctx, func(ctx context.Context, next string) (*Page, error) {
		return s.ListTagged(ctx, tagID, next)
	})
}

// ListTagIDs returns the ids of the tags of a user (获取用户身上的标签列表).
//
// Errors: errcode.InvalidOpenID, OpenIDNotMatch.
//
// POST /cgi-bin/tags/getidlist (获取用户身上的标签列表)
func (s *Service) ListTagIDs(ctx context.Context, openID string) ([]int, error) {
	const path = "/cgi-bin/tags/getidlist"
	if err := limit.Required(path, "openID", openID); err != nil {
		return nil, err
	}
	in := struct {
		OpenID string `json:"openid"`
	}{openID}
	var out struct {
		IDs []int `json:"tagid_list"`
	}
	err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry())
	return out.IDs, err
}

// Tag adds a tag to at most 50 users (批量为用户打标签). A user can have 20.
//
// Errors: errcode.InvalidOpenID, TooManyTagsOnUser, InvalidTagID,
// OpenIDNotMatch.
//
// POST /cgi-bin/tags/members/batchtagging (批量为用户打标签)
func (s *Service) Tag(ctx context.Context, tagID int, openIDs ...string) error {
	return s.setTag(ctx, "/cgi-bin/tags/members/batchtagging", tagID, openIDs)
}

// Untag removes a tag from at most 50 users (批量为用户取消标签).
//
// Errors: errcode.InvalidOpenID, InvalidTagID, OpenIDNotMatch.
//
// POST /cgi-bin/tags/members/batchuntagging (批量为用户取消标签)
func (s *Service) Untag(ctx context.Context, tagID int, openIDs ...string) error {
	return s.setTag(ctx, "/cgi-bin/tags/members/batchuntagging", tagID, openIDs)
}

func (s *Service) setTag(ctx context.Context, path string, tagID int, openIDs []string) error {
	if err := checkOpenIDs(path, openIDs, maxTagged); err != nil {
		return err
	}
	in := struct {
		OpenIDs []string `json:"openid_list"`
		TagID   int      `json:"tagid"`
	}{openIDs, tagID}
	return s.oa.Post(ctx, path, in, nil, officialaccount.WithRetry())
}
