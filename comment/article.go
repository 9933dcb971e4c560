package comment

import "context"

// Open lets readers comment on an article (打开已群发文章留言).
//
// Errors: errcode.NoCommentPrivilege, CommentArticleNotFound, CommentArticleLimited.
//
// POST /cgi-bin/comment/open (打开已群发文章留言)
func (s *Service) Open(ctx context.Context, a Article) error {
	return s.onArticle(ctx, "/cgi-bin/comment/open", a)
}

// Close lets readers comment no more (关闭已群发文章留言).
//
// Errors: errcode.NoCommentPrivilege, CommentArticleNotFound.
//
// POST /cgi-bin/comment/close (关闭已群发文章留言)
func (s *Service) Close(ctx context.Context, a Article) error {
	return s.onArticle(ctx, "/cgi-bin/comment/close", a)
}

func (s *Service) onArticle(ctx context.Context, path string, a Article) error {
	in, err := a.target(path)
	if err != nil {
		return err
	}
	return s.oa.Post(ctx, path, in, nil)
}
