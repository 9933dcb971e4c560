// Package article holds the articles of posts (图文消息, 图片消息). Drafts, publications,
// permanent materials and mass sends share these types:
//
//   - package draft writes and lists them,
//   - package freepublish lists what was published,
//   - package material reads articles that are permanent materials,
//   - package mass uploads them in the form that drafts have replaced.
//
// A [Summary] is an article as packages menu and openapi return it.
//
// A [Post] is one article or several. News ([News], 图文消息) is HTML with a cover; a
// picture post ([Pictures], 图片消息) is pictures with a plain text. Covers and pictures
// are permanent materials. Pictures inside the HTML must have the URL that
// UploadArticleImage of package material returns; the platform drops others.
package article
