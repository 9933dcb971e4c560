package comment

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Elect features a comment (将留言标记精选).
//
// Errors: errcode.NoCommentPrivilege, CommentArticleNotFound, ElectedCommentLimit,
// CommentDeletedByUser, CommentNotFound.
//
// POST /cgi-bin/comment/markelect (将留言标记精选)
func (s *Service) Elect(ctx context.Context, a Article, commentID string) error {
	return s.onComment(ctx, "/cgi-bin/comment/markelect", a, commentID)
}

// Unelect takes [Service.Elect] back (将留言取消精选).
//
// Errors: errcode.NoCommentPrivilege, CommentArticleNotFound, CommentNotFound.
//
// POST /cgi-bin/comment/unmarkelect (将留言取消精选)
func (s *Service) Unelect(ctx context.Context, a Article, commentID string) error {
	return s.onComment(ctx, "/cgi-bin/comment/unmarkelect", a, commentID)
}

// Delete removes a comment (删除留言).
//
// Errors: errcode.NoCommentPrivilege, CommentArticleNotFound, CommentNotFound.
//
// POST /cgi-bin/comment/delete (删除留言)
func (s *Service) Delete(ctx context.Context, a Article, commentID string) error {
	return s.onComment(ctx, "/cgi-bin/comment/delete", a, commentID)
}

// Reply answers a comment (回复留言), once.
//
// Errors: errcode.NoCommentPrivilege, CommentArticleNotFound, CommentDeletedByUser,
// CommentAlreadyReplied, CommentReplyLength, CommentNotFound.
//
// POST /cgi-bin/comment/reply/add (回复留言)
func (s *Service) Reply(ctx context.Context, a Article, commentID, content string) error {
	const path = "/cgi-bin/comment/reply/add"
	in, err := a.comment(path, commentID)
	if err == nil && content == "" {
		err = limit.Rule(path, "content", "is empty")
	}
	if err != nil {
		return err
	}
	return s.oa.Post(ctx, path, struct {
		commentTarget
		Content string `json:"content"`
	}{in, content}, nil)
}

// DeleteReply removes the answer to a comment (删除回复).
//
// Errors: errcode.NoCommentPrivilege, CommentArticleNotFound, CommentNotFound,
// CommentReplyNotFound.
//
// POST /cgi-bin/comment/reply/delete (删除回复)
func (s *Service) DeleteReply(ctx context.Context, a Article, commentID string) error {
	return s.onComment(ctx, "/cgi-bin/comment/reply/delete", a, commentID)
}

// commentTarget is a comment as requests name it.
type commentTarget struct {
	target
	CommentID int64 `json:"user_comment_id"`
}

func (a Article) comment(path, commentID string) (commentTarget, error) {
	article, err := a.target(path)
	if err != nil {
		return commentTarget{}, err
	}
	id, err := number(path, "user_comment_id", commentID)
	return commentTarget{article, id}, err
}

func (s *Service) onComment(ctx context.Context, path string, a Article, commentID string) error {
	in, err := a.comment(path, commentID)
	if err != nil {
		return err
	}
	return s.oa.Post(ctx, path, in, nil)
}
