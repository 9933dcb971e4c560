package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/freepublish"
	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/mass"
	"github.com/seed-f21aa8d8/wechat/message"
)

// Published is a post with a public address.
type Published struct {
	Draft
	PublishID string // of the job, in package freepublish
	ArticleID string // of the post, in package freepublish
	Articles  []freepublish.ArticleLink
}

// RefusedError is the error of a publication that the platform did not carry out.
type RefusedError struct {
	Job freepublish.JobStatus
}

func (e *RefusedError) Error() string {
	reason := fmt.Sprintf("status %d", e.Job.Status)
	switch e.Job.Status {
	case message.PublishOriginalFailed:
		reason = "the claim of originality was refused"
	case message.PublishFailed:
		reason = "it failed"
	case message.PublishPlatformRefused:
		reason = "the review refused it"
	case message.PublishDeleted:
		reason = "all its articles were deleted"
	case message.PublishBanned:
		reason = "all its articles were banned"
	}
	text := "publication " + e.Job.PublishID + ": " + reason
	if len(e.Job.Failed) > 0 {
		text += fmt.Sprintf(" (articles %v)", e.Job.Failed)
	}
	return text
}

// Publish publishes a post and waits for the result. Nobody receives a message. It
// includes [Publisher.Draft]; if the post is published with this content already,
// Publish only returns the result again, with Unchanged set.
//
// If ctx ends, the job continues, and the next call waits for it. Errors: as Draft and as
// Submit of package freepublish; a [*RefusedError] if the platform does not carry out
// the job, after which the next call tries again; [ErrAmbiguous].
func (p *Publisher) Publish(ctx context.Context, post Post) (*Published, error) {
	var out Published
	var job publication
	err := p.locked(ctx, post.Name, func(ctx context.Context, e *entry) error {
		r, err := p.prepare(ctx, post)
		if err != nil {
			return err
		}
		out.Draft = Draft{Unchanged: true, Uploaded: r.uploaded, Foreign: r.foreign}
		if e.Publication == nil || e.Publication.Content != r.content {
			if err := p.submit(ctx, e, post, r, &out); err != nil {
				return err
			}
		}
		if e.Publication.JobID == "" {
			return ErrAmbiguous
		}
		job = *e.Publication
		return nil
	})
	if err != nil {
		return nil, err
	}
	if out.PublishID = job.JobID; job.ArticleID == "" {
		if err := p.awaitPublication(ctx, post.Name, &job); err != nil {
			return nil, err
		}
	}
	out.ArticleID, out.Articles = job.ArticleID, job.Links
	return &out, nil
}

// submit queues the publication of the draft.
func (p *Publisher) submit(ctx context.Context, e *entry, post Post, r *ready, out *Published) error {
	d, err := p.keepDraft(ctx, e, post, r)
	if err != nil {
		return err
	}
	out.Draft = *d
	out.Unchanged = false
	before := e.Publication
	e.Publication, e.DraftID = &publication{Content: r.content, DraftID: d.MediaID}, ""
	if err := p.save(ctx, e); err != nil {
		return err
	}
	job, err := p.posts.Submit(ctx, d.MediaID)
	if refused(err) {
		e.Publication, e.DraftID = before, d.MediaID
		return errors.Join(err, p.save(ctx, e))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAmbiguous, err)
	}
	e.Publication.JobID = job.PublishID
	return p.save(ctx, e)
}

// refused reports whether the platform has answered that it did nothing.
func refused(err error) bool {
	var answer *errcode.Error
	var before *errcode.LimitError
	return errors.As(err, &answer) && answer.Code != 0 && answer.Code != errcode.SystemBusy || errors.As(err, &before)
}

// awaitPublication waits for the end of a job and remembers it.
func (p *Publisher) awaitPublication(ctx context.Context, name string, job *publication) error {
	var status *freepublish.JobStatus
	err := p.wait(ctx, "publish:"+job.JobID, func() (done bool, err error) {
		status, err = p.posts.GetStatus(ctx, job.JobID)
		return err == nil && status.Status != message.PublishRunning, err
	})
	if err != nil {
		return fmt.Errorf("publish: %q: %w", name, err)
	}
	job.ArticleID, job.Links = status.ArticleID, status.Articles
	err = p.locked(ctx, name, func(ctx context.Context, e *entry) error {
		if e.Publication == nil || e.Publication.JobID != job.JobID {
			return nil // forgotten, or published again
		}
		if e.Publication = job; status.Status != message.PublishDone {
			e.Publication = nil
			e.returnDraft(job.DraftID)
		}
		return p.save(ctx, e)
	})
	if status.Status != message.PublishDone {
		err = errors.Join(fmt.Errorf("publish: %q: %w", name, &RefusedError{*status}), err)
	}
	return err
}

// returnDraft makes the draft of a job that was not carried out the draft of the post, if
// it has no other since. Its content is unknown then.
func (e *entry) returnDraft(id string) {
	if e.DraftID == "" {
		e.DraftID, e.Content = id, ""
	}
}

// Sent is a post that was sent to followers.
type Sent struct {
	Draft
	JobID     string // in package mass
	MsgDataID string // id of the articles in package comment
}

// SendToTag sends a post to the followers with a tag and waits until the platform has
// sent it. It includes [Publisher.Draft]; if the post was sent to the tag with this
// content already, SendToTag only returns the result again, with Unchanged set. A
// publication and each send remove the draft, so SendToTag creates a new one if
// necessary.
//
// If ctx ends, the job continues, and the next call waits for it. Errors: as Draft and as
// SendToTag of package mass; an error if the platform does not carry out the job, after
// which the next call tries again; [ErrAmbiguous].
func (p *Publisher) SendToTag(ctx context.Context, post Post, tagID int) (*Sent, error) {
	var out Sent
	var job send
	err := p.locked(ctx, post.Name, func(ctx context.Context, e *entry) error {
		r, err := p.prepare(ctx, post)
		if err != nil {
			return err
		}
		out.Draft = Draft{Unchanged: true, Uploaded: r.uploaded, Foreign: r.foreign}
		last := e.Sends[tagID]
		if last == nil || last.Content != r.content {
			job, err = p.startSend(ctx, e, post, r, tagID, &out)
			return err
		}
		if last.JobID == "" {
			err = p.repeatSend(ctx, e, tagID, last)
		}
		job = *last
		return err
	})
	if err != nil {
		return nil, err
	}
	out.JobID, out.MsgDataID = job.JobID, job.DataID
	if !job.Done {
		if err := p.awaitSend(ctx, post.Name, tagID, job.JobID); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// startSend queues a send of the draft.
func (p *Publisher) startSend(ctx context.Context, e *entry, post Post, r *ready, tagID int, out *Sent) (send, error) {
	d, err := p.keepDraft(ctx, e, post, r)
	if err != nil {
		return send{}, err
	}
	out.Draft = *d
	out.Unchanged = false
	if e.Sends == nil {
		e.Sends = map[int]*send{}
	}
	before, job := e.Sends[tagID], &send{Content: r.content, DraftID: d.MediaID, Began: time.Now()}
	e.Sends[tagID], e.DraftID = job, ""
	if err := p.save(ctx, e); err != nil {
		return send{}, err
	}
	err = p.queue(ctx, e, tagID, job)
	if refused(err) {
		if e.Sends[tagID] = before; before == nil {
			delete(e.Sends, tagID)
		}
		e.DraftID = d.MediaID
		err = errors.Join(err, p.save(ctx, e))
	}
	return *job, err
}

// idKept is how long the platform recognizes a clientmsgid, less a margin.
const idKept = 23 * time.Hour

// repeatSend queues a send again whose answer was lost. Its clientmsgid prevents a second
// job.
func (p *Publisher) repeatSend(ctx context.Context, e *entry, tagID int, job *send) error {
	if time.Since(job.Began) > idKept {
		return ErrAmbiguous
	}
	err := p.queue(ctx, e, tagID, job)
	if errors.Is(err, errcode.InvalidMediaID) {
		return fmt.Errorf("%w: %w", ErrAmbiguous, err) // the first attempt may have used up the draft
	}
	return err
}

// queue queues a send and remembers its job.
func (p *Publisher) queue(ctx context.Context, e *entry, tagID int, job *send) error {
	id := hash(fmt.Appendf(nil, "%s %d %s %d", e.key, tagID, job.Content, job.Began.UnixNano()))[:32]
	queued, err := p.mass.SendToTag(ctx, tagID, mass.News(job.DraftID), mass.WithClientMsgID(id))
	if err != nil {
		return err
	}
	job.JobID, job.DataID = queued.ID, queued.MsgDataID
	return p.save(ctx, e)
}

// awaitSend waits for the end of a send and remembers it.
func (p *Publisher) awaitSend(ctx context.Context, name string, tagID int, jobID string) error {
	var status mass.Status
	err := p.wait(ctx, "send:"+jobID, func() (done bool, err error) {
		job, err := p.mass.GetStatus(ctx, jobID)
		if err != nil {
			return false, err
		}
		status = job.Status
		return status != mass.Sending, nil
	})
	if err != nil {
		return fmt.Errorf("publish: %q: %w", name, err)
	}
	sent := status == mass.SendSuccess || status == mass.Deleted
	err = p.locked(ctx, name, func(ctx context.Context, e *entry) error {
		job := e.Sends[tagID]
		if job == nil || job.JobID != jobID {
			return nil // forgotten, or sent again
		}
		if job.Done = sent; !sent {
			delete(e.Sends, tagID)
			e.returnDraft(job.DraftID)
		}
		return p.save(ctx, e)
	})
	if !sent {
		err = errors.Join(fmt.Errorf("publish: %q: mass send %s: state %s", name, jobID, status), err)
	}
	return err
}

// polling sets the pauses between the questions for the state of a job.
var polling = backoff.Policy{First: 4 * time.Second, Max: time.Minute}

// wait calls check after pauses until it reports the end of a job. The event of the job
// ends a pause. Errors that may pass do not end the waiting.
func (p *Publisher) wait(ctx context.Context, job string, check func() (done bool, err error)) error {
	event := p.listen(job)
	defer p.finished(job)
	for attempt := 1; ; attempt++ {
		timer := time.NewTimer(polling.Pause(attempt))
		select {
		case <-event:
			event = nil // once
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		done, err := check()
		if done || err != nil && !passing(err) {
			return err
		}
	}
}

// passing reports whether a question may be repeated after this error.
func passing(err error) bool {
	for _, target := range []error{errcode.SystemBusy, errcode.AdminConfirmRunning, errcode.AdminConfirmRetryLater} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// listen returns a channel that the event of a job closes.
func (p *Publisher) listen(job string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting[job] == nil {
		p.waiting[job] = make(chan struct{})
	}
	return p.waiting[job]
}

func (p *Publisher) finished(job string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if event := p.waiting[job]; event != nil {
		close(event)
		delete(p.waiting, job)
	}
}

// PublishFinished ends the pause of the Publish that waits for this publication:
//
//	message.On(bot, p.PublishFinished)
//
// It returns no reply. [message.On] accepts one function that takes every event of a
// type, so if your program does more with the event, register a function of your own that
// calls this one.
func (p *Publisher) PublishFinished(_ context.Context, e *message.PublishJobFinishEvent) (message.Reply, error) {
	p.finished("publish:" + e.PublishID)
	return nil, nil
}

// SendFinished is [Publisher.PublishFinished] for mass sends.
func (p *Publisher) SendFinished(_ context.Context, e *message.MassSendJobFinishEvent) (message.Reply, error) {
	p.finished("send:" + e.JobMsgID)
	return nil, nil
}
