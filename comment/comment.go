package comment

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Open allows readers to comment on an article. Errors: errcode.NoCommentPrivilege,
// errcode.CommentArticleNotFound, errcode.CommentArticleLimited.
//
// POST /cgi-bin/comment/open (打开已群发文章留言)
func (s *Service) Open(ctx context.Context, a Article) error {
	return s.onArticle(ctx, "/cgi-bin/comment/open", a)
}

// Close stops further comments on an article. Errors: errcode.NoCommentPrivilege,
// errcode.CommentArticleNotFound.
//
// POST /cgi-bin/comment/close (关闭已群发文章留言)
func (s *Service) Close(ctx context.Context, a Article) error {
	return s.onArticle(ctx, "/cgi-bin/comment/close", a)
}

// MarkElect features a comment. Errors: errcode.NoCommentPrivilege,
// errcode.CommentArticleNotFound, errcode.CommentNotFound; errcode.ElectedCommentLimit if
// too many are featured, errcode.CommentDeletedByUser.
//
// POST /cgi-bin/comment/markelect (将留言标记精选)
func (s *Service) MarkElect(ctx context.Context, a Article, commentID string) error {
	return s.onComment(ctx, "/cgi-bin/comment/markelect", a, commentID)
}

// UnmarkElect reverts [Service.MarkElect]. Errors: errcode.NoCommentPrivilege,
// errcode.CommentArticleNotFound, errcode.CommentNotFound.
//
// POST /cgi-bin/comment/unmarkelect (将留言取消精选)
func (s *Service) UnmarkElect(ctx context.Context, a Article, commentID string) error {
	return s.onComment(ctx, "/cgi-bin/comment/unmarkelect", a, commentID)
}

// Delete removes a comment. Errors: errcode.NoCommentPrivilege,
// errcode.CommentArticleNotFound, errcode.CommentNotFound.
//
// POST /cgi-bin/comment/delete (删除留言)
func (s *Service) Delete(ctx context.Context, a Article, commentID string) error {
	return s.onComment(ctx, "/cgi-bin/comment/delete", a, commentID)
}

// AddReply replies to a comment. A comment has at most one reply. Errors:
// errcode.NoCommentPrivilege, errcode.CommentArticleNotFound, errcode.CommentNotFound,
// errcode.CommentDeletedByUser, errcode.CommentAlreadyReplied; errcode.CommentReplyLength
// for a reply that is too long.
//
// POST /cgi-bin/comment/reply/add (回复留言)
func (s *Service) AddReply(ctx context.Context, a Article, commentID, content string) error {
	const path = "/cgi-bin/comment/reply/add"
	id, err := a.comment(path, commentID)
	if err != nil {
		return err
	}
	if err := limit.Required(path, "content", content); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, struct {
		commentIDs
		Content string `json:"content"`
	}{id, content}, nil)
}

// DeleteReply removes the reply to a comment. Errors: errcode.NoCommentPrivilege,
// errcode.CommentArticleNotFound, errcode.CommentNotFound, errcode.CommentReplyNotFound.
//
// POST /cgi-bin/comment/reply/delete (删除回复)
func (s *Service) DeleteReply(ctx context.Context, a Article, commentID string) error {
	return s.onComment(ctx, "/cgi-bin/comment/reply/delete", a, commentID)
}

// commentIDs name a comment in requests.
type commentIDs struct {
	articleID
	CommentID int64 `json:"user_comment_id"`
}

func (a Article) comment(path, commentID string) (commentIDs, error) {
	article, err := a.id(path)
	if err != nil {
		return commentIDs{}, err
	}
	id, err := number(path, "commentID (user_comment_id)", commentID)
	return commentIDs{article, id}, err
}

func (s *Service) onArticle(ctx context.Context, path string, a Article) error {
	id, err := a.id(path)
	if err != nil {
		return err
	}
	return s.oa.Post(ctx, path, id, nil)
}

func (s *Service) onComment(ctx context.Context, path string, a Article, commentID string) error {
	id, err := a.comment(path, commentID)
	if err != nil {
		return err
	}
	return s.oa.Post(ctx, path, id, nil)
}
