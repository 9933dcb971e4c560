package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/freepublish"
	"github.com/seed-f21aa8d8/wechat/mass"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Publisher publishes the posts of one account. [New] makes one. It is safe for
// concurrent use.
type Publisher struct {
	prefix    string // of the keys in the store
	store     store.Store
	materials *material.Service
	drafts    *draft.Service
	posts     *freepublish.Service
	mass      *mass.Service

	mu      sync.Mutex
	waiting map[string]chan struct{} // by kind and id of the job; closed by its event
}

// New returns a publisher for the client's account. If the store is nil, the publisher
// remembers in memory what it has done, until the process ends.
func New(oa *officialaccount.Client, s store.Store) *Publisher {
	if s == nil {
		s = store.NewMemory()
	}
	return &Publisher{
		prefix:    "publish:" + oa.AppID() + ":",
		store:     s,
		materials: material.New(oa),
		drafts:    draft.New(oa),
		posts:     freepublish.New(oa),
		mass:      mass.New(oa),
		waiting:   map[string]chan struct{}{},
	}
}

// Post is one or several articles that are published together.
type Post struct {
	// Name identifies the post in the store, such as the name of its source file. It is
	// required. A post with another name is another post, whatever its content.
	Name string

	Articles []Article
	Files    fs.FS // pictures and covers; may be nil if there are none
}

// Article is an article of a [Post].
type Article struct {
	// Article is the article as package draft describes it. The addresses of pictures in
	// its Content are file names of Post.Files, relative to its root, or URLs. Pictures
	// must be jpg or png files under 1 MiB.
	article.Article

	// Cover is the file name of the cover. It is required for News, unless CoverMediaID
	// is set.
	Cover string
}

// ErrAmbiguous is the error of [Publisher.Publish] and [Publisher.SendToTag] if the answer
// to an earlier call was lost, so that the post may have been published or sent. Look at
// the console, then call [Publisher.Forget] to do it again.
var ErrAmbiguous = errors.New("the answer to an earlier call was lost; the call may have succeeded")

// record is what the store remembers of a post.
type record struct {
	Content     string        `json:"content"` // hash of the articles in the draft
	Articles    int           `json:"articles"`
	DraftID     string        `json:"draft_id,omitempty"` // empty if there is none, or a job has it
	Publication *publication  `json:"publication,omitempty"`
	Sends       map[int]*send `json:"sends,omitempty"` // by tag
}

// publication is the last publication of a post.
type publication struct {
	Content   string                    `json:"content"`
	DraftID   string                    `json:"draft_id"`
	JobID     string                    `json:"job_id,omitempty"` // empty while the call is under way
	ArticleID string                    `json:"article_id,omitempty"`
	Links     []freepublish.ArticleLink `json:"links,omitempty"`
}

// send is the last send of a post to a tag.
type send struct {
	Content string    `json:"content"`
	DraftID string    `json:"draft_id"`
	Began   time.Time `json:"began"`
	JobID   string    `json:"job_id,omitempty"` // empty while the call is under way
	DataID  string    `json:"data_id,omitempty"`
	Done    bool      `json:"done,omitempty"`
}

// entry is a record that is locked, with the bytes that the store has.
type entry struct {
	record
	key string
	old []byte
}

// lease bounds how long a process that died keeps others from a post.
const lease = 5 * time.Minute

// storeTimeout bounds a call of the store that goes on after the caller's context has ended.
const storeTimeout = 10 * time.Second

// locked calls f with the record of a post, which no other call changes during that. If
// the lease ends first, it cancels f and returns [store.ErrLockLost].
func (p *Publisher) locked(ctx context.Context, name string, f func(ctx context.Context, e *entry) error) error {
	if name == "" {
		return errors.New("publish: Post.Name is empty")
	}
	key := p.prefix + "post:" + hash([]byte(name))
	lock, err := store.Acquire(ctx, p.store, key+":lock", lease)
	if err != nil {
		return fmt.Errorf("publish: %q: %w", name, err)
	}
	held, cancel := lock.Context(ctx)
	defer cancel()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		_ = lock.Release(ctx) // an error leaves the lock to its lease
	}()

	e := &entry{key: key}
	if err = p.read(held, e); err == nil {
		err = f(held, e)
	}
	switch lost := context.Cause(held); {
	case err == nil:
		return nil
	case errors.Is(lost, store.ErrLockLost) && !errors.Is(err, store.ErrLockLost):
		err = fmt.Errorf("%w: %w", lost, err)
	}
	return fmt.Errorf("publish: %q: %w", name, err)
}

// read reads the record, or leaves it empty if the store has none.
func (p *Publisher) read(ctx context.Context, e *entry) (err error) {
	if e.old, _, err = p.store.Get(ctx, e.key); err != nil || e.old == nil {
		return err
	}
	if err := json.Unmarshal(e.old, &e.record); err != nil {
		return fmt.Errorf("the record in the store: %w", err)
	}
	return nil
}

// save writes the record. It is called as soon as the platform has changed something, also
// if ctx has ended since.
func (p *Publisher) save(ctx context.Context, e *entry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	value, err := json.Marshal(e.record)
	if err != nil {
		return err
	}
	var saved bool
	if e.old == nil {
		saved, err = p.store.SetIfAbsent(ctx, e.key, value, 0)
	} else {
		saved, err = p.store.CompareAndSwap(ctx, e.key, e.old, value, 0)
	}
	switch {
	case err != nil:
		return err
	case !saved:
		return errors.New("another process has changed the record in the store")
	}
	e.old = value
	return nil
}

// Forget removes what the store remembers of a post, except its pictures. The next step
// creates a new draft. Forget deletes nothing on the platform.
func (p *Publisher) Forget(ctx context.Context, name string) error {
	return p.locked(ctx, name, func(ctx context.Context, e *entry) error {
		return p.store.Delete(ctx, e.key)
	})
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
