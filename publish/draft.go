package publish

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/posts"
	"github.com/seed-f21aa8d8/wechat/material"
)

// Draft is a post in the draft box.
type Draft struct {
	MediaID   string   // empty if the post was published or sent with this content, which removes the draft
	Unchanged bool     // the platform had this content already
	Uploaded  int      // pictures and covers that this call uploaded
	Foreign   []string // addresses of pictures that the platform drops
}

// Draft uploads the pictures and covers of a post and creates its draft. If the post
// has a draft, Draft updates it. If the content is that of the draft, or that with
// which the post was published or sent, it does nothing. A draft that was deleted on
// the console is created again.
//
// Errors: as Add of package draft; an errcode.LimitError that names the file for a
// picture that the platform does not accept; an error for a file that does not exist;
// store.ErrLockLost if uploads and calls take longer than five minutes, after which
// another process may work on the post. The next call continues.
func (p *Publisher) Draft(ctx context.Context, post Post) (*Draft, error) {
	var d *Draft
	err := p.locked(ctx, post.Name, func(ctx context.Context, e *entry) error {
		r, err := p.prepare(ctx, post)
		if err != nil {
			return err
		}
		if e.DraftID == "" && e.consumed(r.content) {
			d = &Draft{Unchanged: true, Uploaded: r.uploaded, Foreign: r.foreign}
			return nil
		}
		d, err = p.keepDraft(ctx, e, post, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// consumed reports whether this content was published or sent.
func (e *entry) consumed(content string) bool {
	if e.Publication != nil && e.Publication.Content == content {
		return true
	}
	for _, s := range e.Sends {
		if s.Content == content {
			return true
		}
	}
	return false
}

// ready is a post whose files are uploaded.
type ready struct {
	articles []article.Article
	content  string // hash of articles
	covers   []string
	uploaded int
	foreign  []string
}

// keepDraft makes the draft of a post what r is.
func (p *Publisher) keepDraft(ctx context.Context, e *entry, post Post, r *ready) (*Draft, error) {
	unchanged := false
	if e.DraftID != "" {
		switch _, err := p.drafts.Get(ctx, e.DraftID); {
		case errors.Is(err, errcode.InvalidMediaID):
			e.DraftID = "" // deleted on the console
		case err != nil:
			return nil, err
		default:
			unchanged = e.Content == r.content
		}
	}
	if !unchanged {
		err := p.writeDraft(ctx, e, r)
		if errors.Is(err, errcode.InvalidMediaID) && len(r.covers) > 0 {
			err = p.renewCovers(ctx, e, post, r)
		}
		if err != nil {
			return nil, err
		}
	}
	return &Draft{MediaID: e.DraftID, Unchanged: unchanged, Uploaded: r.uploaded, Foreign: r.foreign}, nil
}

// renewCovers uploads covers that were deleted on the console, and writes the draft.
func (p *Publisher) renewCovers(ctx context.Context, e *entry, post Post, r *ready) error {
	for _, key := range r.covers {
		if err := p.store.Delete(ctx, key); err != nil {
			return err
		}
	}
	renewed, err := p.prepare(ctx, post)
	if err != nil {
		return err
	}
	renewed.uploaded += r.uploaded
	*r = *renewed
	return p.writeDraft(ctx, e, r)
}

// writeDraft changes the draft, or creates one.
func (p *Publisher) writeDraft(ctx context.Context, e *entry, r *ready) error {
	if e.DraftID != "" && e.Articles == len(r.articles) {
		// If an update fails, the draft is neither the old content nor the new one.
		e.Content = ""
		if err := p.save(ctx, e); err != nil {
			return err
		}
		for i, a := range r.articles {
			if err := p.drafts.Update(ctx, e.DraftID, i, a); err != nil {
				return err
			}
		}
		e.Content = r.content
		return p.save(ctx, e)
	}
	old := e.DraftID
	id, err := p.drafts.Add(ctx, r.articles...)
	if err != nil {
		return err
	}
	e.DraftID, e.Content, e.Articles = id, r.content, len(r.articles)
	if err := p.save(ctx, e); err != nil || old == "" {
		return err
	}
	return p.drafts.Delete(ctx, old)
}

// prepare uploads the files of a post that were not uploaded before.
func (p *Publisher) prepare(ctx context.Context, post Post) (*ready, error) {
	if len(post.Articles) == 0 {
		return nil, errors.New("it has no articles")
	}
	r := &ready{}
	for i, one := range post.Articles {
		a := one.Article
		if one.Cover != "" {
			key, id, err := p.upload(ctx, r, post.Files, "cover", one.Cover)
			if err != nil {
				return nil, fmt.Errorf("cover of article %d: %w", i+1, err)
			}
			a.CoverMediaID, r.covers = id, append(r.covers, key)
		}
		if a.CoverMediaID == "" && cmp.Or(a.Type, article.News) == article.News {
			return nil, fmt.Errorf("article %d has no cover: set Cover to a file name, or CoverMediaID", i+1)
		}
		var failed error
		if a.Type != article.Pictures {
			a.Content = posts.ReplacePictures(a.Content, func(src string) string {
				name, isFile := fileName(src)
				if !isFile || failed != nil {
					return src
				}
				_, address, err := p.upload(ctx, r, post.Files, "picture", name)
				if err != nil {
					failed = fmt.Errorf("picture of article %d: %w", i+1, err)
				}
				return address
			})
			r.foreign = append(r.foreign, posts.Foreign(a.Content)...)
		}
		if failed != nil {
			return nil, failed
		}
		r.articles = append(r.articles, posts.Request(a))
	}
	all, err := json.Marshal(r.articles)
	if err != nil {
		return nil, err
	}
	r.content = hash(all)
	return r, nil
}

// fileName returns the file that the address of a picture names. Addresses with a scheme
// or a host are not files.
func fileName(src string) (name string, ok bool) {
	u, err := url.Parse(src)
	switch {
	case err != nil:
		return src, true // a file name such as "50%.png"
	case u.Scheme != "" || u.Host != "" || src == "":
		return "", false
	}
	return path.Clean(u.Path), true
}

// upload uploads a file, unless the store knows its content, and returns its address or
// media id.
func (p *Publisher) upload(ctx context.Context, r *ready, files fs.FS, kind, name string) (key, value string, err error) {
	if files == nil {
		return "", "", fmt.Errorf("file %q: Post.Files is nil", name)
	}
	if !fs.ValidPath(name) {
		return "", "", &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid} // such as ../x
	}
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return "", "", err
	}
	key = p.prefix + kind + ":" + hash(slices.Concat([]byte(path.Ext(name)+"\x00"), content))
	known, found, err := p.store.Get(ctx, key)
	if err != nil {
		return "", "", err
	}
	if found {
		return key, string(known), nil
	}
	if kind == "cover" {
		var added *material.Added
		if added, err = p.materials.Add(ctx, material.Image, path.Base(name), bytes.NewReader(content)); err == nil {
			value = added.MediaID
		}
	} else {
		value, err = p.materials.UploadArticleImage(ctx, path.Base(name), bytes.NewReader(content))
	}
	if err != nil {
		return "", "", fmt.Errorf("file %q: %w", name, err)
	}
	r.uploaded++
	return key, value, p.store.Set(ctx, key, []byte(value), 0)
}
