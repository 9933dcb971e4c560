package user

import (
	"context"
	"iter"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxTagged is how many users one call tags.
const maxTagged = 50

// Tag is a mark that followers can have (标签).
type Tag struct {
	ID    int    `json:"id"` // below 100: the platform's own; 2 is starred users (星标组)
	Name  string `json:"name"`
	Count int    `json:"count,omitempty"` // followers who have it, as Tags tells
}

// Tags returns all tags of the account (获取公众号已创建的标签).
//
// GET /cgi-bin/tags/get (获取公众号已创建的标签)
func (s *Service) Tags(ctx context.Context) ([]Tag, error) {
	var out struct {
		Tags []Tag `json:"tags"`
	}
	err := s.oa.Get(ctx, "/cgi-bin/tags/get", nil, &out)
	return out.Tags, err
}

// CreateTag makes a tag (创建标签). An account may have 100. The documents allow a name
// 30 characters or, elsewhere, 30 bytes: a longer one is sent all the same, with a
// warning in the log.
//
// Errors: errcode.InvalidTagName, TagNameTooLong, TooManyTags.
//
// POST /cgi-bin/tags/create (创建标签)
func (s *Service) CreateTag(ctx context.Context, name string) (Tag, error) {
	const path = "/cgi-bin/tags/create"
	opts, err := checkTagName(path, name)
	if err != nil {
		return Tag{}, err
	}
	var in, out tagBody
	in.Tag.Name = name
	err = s.oa.Post(ctx, path, in, &out, opts...)
	return Tag{ID: out.Tag.ID, Name: out.Tag.Name}, err
}

// tagBody is a tag as requests and answers hold it.
type tagBody struct {
	Tag struct {
		ID   int    `json:"id,omitempty"`
		Name string `json:"name,omitempty"`
	} `json:"tag"`
}

// checkTagName returns the warning that a doubtful name deserves, if any.
func checkTagName(path, name string) ([]officialaccount.CallOption, error) {
	if name == "" {
		return nil, limit.Rule(path, "tag.name", "is empty")
	}
	if n := utf8.RuneCountInString(name); n > 30 {
		return []officialaccount.CallOption{officialaccount.WithWarning("name of the tag may be too long: the documents allow 30 characters", "characters", n)}, nil
	}
	return nil, nil
}

// RenameTag gives a tag another name (编辑标签).
//
// Errors: errcode.InvalidTagName, TagNameTooLong, SystemTagReadOnly for 0, 1 and 2,
// InvalidTagID.
//
// POST /cgi-bin/tags/update (编辑标签)
func (s *Service) RenameTag(ctx context.Context, id int, name string) error {
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

// DeleteTag removes a tag, and takes it from all who have it (删除标签). The platform
// refuses while more than 100 000 followers have it: [Service.Untag] them first.
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

// TagMembers returns a page of the followers who have a tag (获取标签下粉丝列表), 10 000 at
// most: the one that begins after the user next, or the first if that is empty.
//
// Errors: errcode.InvalidOpenID, InvalidTagID.
//
// POST /cgi-bin/user/tag/get (获取标签下粉丝列表)
func (s *Service) TagMembers(ctx context.Context, tagID int, next string) (OpenIDs, error) {
	in := struct {
		TagID int    `json:"tagid"`
		Next  string `json:"next_openid,omitempty"`
	}{tagID, next}
	var out page
	err := s.oa.Post(ctx, "/cgi-bin/user/tag/get", in, &out, officialaccount.WithRetry())
	return out.openIDs(), err
}

// AllTagMembers returns the openids of all followers who have a tag. It asks for a
// page when it gets there, and yields an error last.
//
// POST /cgi-bin/user/tag/get (获取标签下粉丝列表)
func (s *Service) AllTagMembers(ctx context.Context, tagID int) iter.Seq2[string, error] {
	return all(ctx, func(ctx context.Context, next string) (OpenIDs, error) {
		return s.TagMembers(ctx, tagID, next)
	})
}

// TagsOf returns the ids of the tags that a user has (获取用户身上的标签列表).
//
// Errors: errcode.InvalidOpenID, OpenIDNotMatch.
//
// POST /cgi-bin/tags/getidlist (获取用户身上的标签列表)
func (s *Service) TagsOf(ctx context.Context, openID string) ([]int, error) {
	const path = "/cgi-bin/tags/getidlist"
	if err := checkOpenID(path, openID); err != nil {
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

// Tag gives a tag to users (批量为用户打标签), to 50 at most. A user can have 20.
//
// Errors: errcode.InvalidOpenID, TooManyTagsOnUser, InvalidTagID,
// OpenIDNotMatch.
//
// POST /cgi-bin/tags/members/batchtagging (批量为用户打标签)
func (s *Service) Tag(ctx context.Context, tagID int, openIDs ...string) error {
	return s.setTag(ctx, "/cgi-bin/tags/members/batchtagging", tagID, openIDs)
}

// Untag takes a tag from users (批量为用户取消标签), from 50 at most.
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
	return s.oa.Post(ctx, path, struct {
		OpenIDs []string `json:"openid_list"`
		TagID   int      `json:"tagid"`
	}{openIDs, tagID}, nil, officialaccount.WithRetry())
}
