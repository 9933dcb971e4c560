package publish_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/freepublish"
	"github.com/seed-f21aa8d8/wechat/mass"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/publish"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// The endpoints that the tests count.
const (
	uploadImg   = "/cgi-bin/media/uploadimg"
	addMaterial = "/cgi-bin/material/add_material"
	draftAdd    = "/cgi-bin/draft/add"
	draftUpdate = "/cgi-bin/draft/update"
	submit      = "/cgi-bin/freepublish/submit"
	status      = "/cgi-bin/freepublish/get"
	sendAll     = "/cgi-bin/message/mass/sendall"
)

// stage is an account on the local platform and what publishes its posts.
type stage struct {
	*wechattest.Platform
	t     *testing.T
	ctx   context.Context
	oa    *officialaccount.Client
	store store.Store
	log   bytes.Buffer
	*publish.Publisher
}

// run runs a test with a stage, in a time of its own.
func run(t *testing.T, f func(s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{Platform: wechattest.New(t, wechattest.Config{}), t: t, ctx: t.Context(), store: store.NewMemory()}
		config := s.Config()
		var err error
		s.oa, err = officialaccount.New(officialaccount.Config{
			AppID: config.AppID, Secret: config.Secret, HTTPClient: s.Client(), BaseURL: s.URL(),
			Logger: slog.New(slog.NewTextHandler(&s.log, nil)),
		})
		require.NoError(t, err)
		s.restart()
		f(s)
	})
}

// restart makes a new publisher with the same store, as another process has it.
func (s *stage) restart() { s.Publisher = publish.New(s.oa, s.store) }

// calls checks how often an endpoint was called.
func (s *stage) calls(path string, want int) {
	s.t.Helper()
	require.Equal(s.t, want, s.Count(path), path)
}

func files() fstest.MapFS {
	return fstest.MapFS{
		"cover.jpg":        {Data: []byte("\xff\xd8\xff\xe0 cover")},
		"pictures/tea.png": {Data: []byte("\x89PNG tea")},
		"pictures/a b.png": {Data: []byte("\x89PNG two")},
		"copy.png":         {Data: []byte("\x89PNG tea")},
	}
}

func tea() publish.Post {
	return publish.Post{
		Name: "tea.md", Files: files(),
		Articles: []publish.Article{{
			Article: article.Article{Title: "茶", Content: `<p>Tea & <img src="pictures/tea.png" alt="x"><img src="./pictures/a%20b.png"><img src="copy.png"></p>`},
			Cover:   "cover.jpg",
		}},
	}
}

func TestDraft(t *testing.T) {
	run(t, func(s *stage) {
		post := tea()
		d, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.False(t, d.Unchanged)
		require.Equal(t, 3, d.Uploaded, "a cover and two different pictures")
		require.Empty(t, d.Foreign)
		require.Empty(t, s.log.String())
		kept, err := draft.New(s.oa).Get(s.ctx, d.MediaID)
		require.NoError(t, err)
		require.Equal(t, 3, strings.Count(kept.Articles[0].Content, `src="`+s.URL()))
		require.NotContains(t, kept.Articles[0].Content, "pictures/")

		for range 2 {
			again, err := s.Draft(s.ctx, post)
			require.NoError(t, err)
			require.True(t, again.Unchanged)
			require.Zero(t, again.Uploaded)
			require.Equal(t, d.MediaID, again.MediaID)
			s.restart()
		}
		s.calls(draftAdd, 1)
		s.calls(uploadImg, 2)
		s.calls(addMaterial, 1)

		post.Articles[0].Title = "绿茶"
		changed, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.Equal(t, &publish.Draft{MediaID: d.MediaID}, changed)
		s.calls(draftUpdate, 1)

		post.Articles = append(post.Articles, post.Articles[0])
		longer, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.NotEqual(t, d.MediaID, longer.MediaID)
		n, err := draft.New(s.oa).Count(s.ctx)
		require.NoError(t, err)
		require.Equal(t, 1, n, "the draft with fewer articles is gone")

		require.NoError(t, draft.New(s.oa).Delete(s.ctx, longer.MediaID))
		renewed, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.False(t, renewed.Unchanged)
		require.NotEqual(t, longer.MediaID, renewed.MediaID)
		s.calls(uploadImg, 2)
	})
}

func TestForeignPictures(t *testing.T) {
	run(t, func(s *stage) {
		post := tea()
		post.Articles[0].Content += `<img src="https://example.com/x.png"><img src="https://mmbiz.qpic.cn/y"><img src="data:image/png;base64,A">`
		d, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.Equal(t, []string{"https://example.com/x.png", "data:image/png;base64,A"}, d.Foreign)
		require.Contains(t, s.log.String(), "https://example.com/x.png")
		again, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.True(t, again.Unchanged)
		require.Equal(t, d.Foreign, again.Foreign)
	})
}

// A cover that was deleted on the console is uploaded again when the draft changes.
func TestCoverDeleted(t *testing.T) {
	run(t, func(s *stage) {
		post := tea()
		d, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		kept, err := draft.New(s.oa).Get(s.ctx, d.MediaID)
		require.NoError(t, err)
		require.NoError(t, material.New(s.oa).Delete(s.ctx, kept.Articles[0].CoverMediaID))
		post.Articles[0].Title = "新茶"
		post.Articles[0].Content += `<img src="new.png"><img src="new.jpg">`
		post.Files.(fstest.MapFS)["new.png"] = &fstest.MapFile{Data: []byte("\x89PNG new")}
		post.Files.(fstest.MapFS)["new.jpg"] = &fstest.MapFile{Data: []byte("\x89PNG new")}
		changed, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.Equal(t, &publish.Draft{MediaID: d.MediaID, Uploaded: 3}, changed, "the cover, and one content under two kinds of names")
		again, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.True(t, again.Unchanged)
	})
}

func TestPicturePost(t *testing.T) {
	run(t, func(s *stage) {
		added, err := material.New(s.oa).Add(s.ctx, material.Image, "a.jpg", strings.NewReader("pixels"))
		require.NoError(t, err)
		d, err := publish.New(s.oa, nil).Draft(s.ctx, publish.Post{Name: "p", Articles: []publish.Article{{
			Article: article.Article{Type: article.Pictures, Title: "图", Content: `<img src="no.png">`, Images: article.Images{added.MediaID}},
		}}})
		require.NoError(t, err)
		require.Zero(t, d.Uploaded)
	})
}

func TestDraftErrors(t *testing.T) {
	run(t, func(s *stage) {
		for want, change := range map[string]func(p *publish.Post){
			`Name is empty`:                func(p *publish.Post) { p.Name = "" },
			`"tea.md": it has no articles`: func(p *publish.Post) { p.Articles = nil },
			`file "cover.jpg": Post.Files`: func(p *publish.Post) { p.Files = nil },
			`open no.jpg`:                  func(p *publish.Post) { p.Articles[0].Cover = "no.jpg" },
			`invalid argument`:             func(p *publish.Post) { p.Articles[0].Content = `<img src="../secret.png">` },
			`picture of article 1: file "pictures/x.gif": `: func(p *publish.Post) {
				p.Files.(fstest.MapFS)["pictures/x.gif"] = &fstest.MapFile{Data: []byte("GIF")}
				p.Articles[0].Content = `<img src="pictures/x.gif">`
			},
			`"tea.md": article 1 has no cover: set Cover to a file name, or CoverMediaID`: func(p *publish.Post) { p.Articles[0].Cover = "" },
			`articles[0].Title has 0`: func(p *publish.Post) { p.Articles[0].Title = "" },
		} {
			post := tea()
			change(&post)
			_, err := s.Draft(s.ctx, post)
			require.ErrorContains(t, err, want)
		}
		s.calls(draftAdd, 0)
	})
}

func TestPublish(t *testing.T) {
	run(t, func(s *stage) {
		post := tea()
		began := time.Now()
		out, err := s.Publish(s.ctx, post)
		require.NoError(t, err)
		require.LessOrEqual(t, time.Since(began), 4*time.Second)
		require.False(t, out.Unchanged)
		require.Len(t, out.Articles, 1)
		read, err := freepublish.New(s.oa).GetArticle(s.ctx, out.ArticleID)
		require.NoError(t, err)
		require.Equal(t, "茶", read.Articles[0].Title)

		for range 2 {
			again, err := s.Publish(s.ctx, post)
			require.NoError(t, err)
			require.True(t, again.Unchanged)
			require.Equal(t, out.ArticleID, again.ArticleID)
			require.Equal(t, out.Articles, again.Articles)
			d, err := s.Draft(s.ctx, post)
			require.NoError(t, err)
			require.Equal(t, &publish.Draft{Unchanged: true}, d)
			s.restart()
		}
		s.calls(submit, 1)
		s.calls(draftAdd, 1)
		s.calls(status, 1)

		post.Articles[0].Title = "绿茶"
		next, err := s.Publish(s.ctx, post)
		require.NoError(t, err)
		require.NotEqual(t, out.ArticleID, next.ArticleID)
		s.calls(draftAdd, 2)
		s.calls(uploadImg, 2)
	})
}

// The event of the job ends the waiting.
func TestEventEndsWaiting(t *testing.T) {
	run(t, func(s *stage) {
		config := s.Config()
		bot, err := message.NewHandler(message.Config{Token: config.Token, AppID: config.AppID, EncodingAESKey: config.EncodingAESKey})
		require.NoError(t, err)
		message.On(bot, s.PublishFinished)
		message.On(bot, s.SendFinished)
		s.Bot(bot)
		began := time.Now()
		_, err = s.Publish(s.ctx, tea())
		require.NoError(t, err)
		require.Less(t, time.Since(began), time.Second)
		began = time.Now()
		_, err = s.SendToTag(s.ctx, tea(), s.tag())
		require.NoError(t, err)
		require.Less(t, time.Since(began), time.Second)

		// An event tells once: if the platform does not answer then, the call waits again.
		s.Inject(wechattest.Rule{Path: status, Fault: wechattest.Errcode(-1), Times: 3}) // as often as the client asks
		began = time.Now()
		post := tea()
		post.Name = "busy.md"
		_, err = s.Publish(s.ctx, post)
		require.NoError(t, err)
		require.Greater(t, time.Since(began), 4*time.Second)
	})
}

func TestPublishRefused(t *testing.T) {
	run(t, func(s *stage) {
		s.EndPublication(wechattest.PublishPlatformRefused, 1)
		_, err := s.Publish(s.ctx, tea())
		var refused *publish.RefusedError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, message.PublishPlatformRefused, refused.Job.Status)
		require.ErrorContains(t, err, "the review refused it (articles [1])")
		out, err := s.Publish(s.ctx, tea())
		require.NoError(t, err)
		require.NotEmpty(t, out.ArticleID)
		s.calls(draftAdd, 1)
		s.calls(submit, 2)

		s.Inject(wechattest.Rule{Path: submit, Fault: wechattest.Errcode(53503), Times: 1})
		post := tea()
		post.Articles[0].Title = "绿茶"
		_, err = s.Publish(s.ctx, post)
		require.ErrorIs(t, err, errcode.DraftCheckFailed)
		out, err = s.Publish(s.ctx, post)
		require.NoError(t, err)
		require.False(t, out.Unchanged)
		s.calls(draftAdd, 2)
	})
}

// A call whose context ends leaves the job to the next call.
func TestPublishContinues(t *testing.T) {
	run(t, func(s *stage) {
		ctx, cancel := context.WithTimeout(s.ctx, 100*time.Millisecond)
		defer cancel()
		_, err := s.Publish(ctx, tea())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		s.restart()
		out, err := s.Publish(s.ctx, tea())
		require.NoError(t, err)
		require.NotEmpty(t, out.ArticleID)
		s.calls(submit, 1)
	})
}

// leaver is a transport whose caller leaves when it has the answer of a path.
type leaver struct {
	http.RoundTripper
	path  string
	leave func()
}

func (l leaver) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err != nil || r.URL.Path != l.path {
		return resp, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	l.leave()
	return resp, err
}

// The platform's answer is stored even if the caller has left, and no other call waits
// for the end of a lease.
func TestCallerLeaves(t *testing.T) {
	run(t, func(s *stage) {
		ctx, cancel := context.WithCancel(s.ctx)
		config := s.Config()
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: config.AppID, Secret: config.Secret, BaseURL: s.URL(),
			HTTPClient: &http.Client{Transport: leaver{s.Client().Transport, submit, cancel}},
		})
		require.NoError(t, err)
		_, err = publish.New(oa, s.store).Publish(ctx, tea())
		require.ErrorIs(t, err, context.Canceled)
		began := time.Now()
		out, err := s.Publish(s.ctx, tea())
		require.NoError(t, err)
		require.NotEmpty(t, out.ArticleID)
		require.Less(t, time.Since(began), time.Minute)
		s.calls(submit, 1)
	})
}

// A call that takes longer than its lease ends with it, since another process may have
// begun.
func TestLeaseEnds(t *testing.T) {
	run(t, func(s *stage) {
		s.Inject(wechattest.Rule{Path: draftAdd, Fault: wechattest.Latency(time.Hour), Times: 1})
		began := time.Now()
		_, err := s.Draft(s.ctx, tea())
		require.ErrorIs(t, err, store.ErrLockLost)
		require.ErrorContains(t, err, draftAdd)
		require.Equal(t, 5*time.Minute, time.Since(began))
		_, err = s.Draft(s.ctx, tea())
		require.NoError(t, err)

		// A publication may have been carried out.
		s.Inject(wechattest.Rule{Path: submit, Fault: wechattest.Latency(time.Hour), Times: 1})
		_, err = s.Publish(s.ctx, tea())
		require.ErrorIs(t, err, store.ErrLockLost)
		require.ErrorIs(t, err, publish.ErrAmbiguous)

		// A call that its caller canceled still had the lock.
		s.Inject(wechattest.Rule{Path: draftAdd, Fault: wechattest.Latency(time.Hour), Times: 1})
		ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
		defer cancel()
		other := tea()
		other.Name = "other.md"
		_, err = s.Draft(ctx, other)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, store.ErrLockLost)
	})
}

// racing is a store that lets somebody else come in before the first swap of a record.
type racing struct {
	store.Store
	other func(key string)
	once  sync.Once
}

func (r *racing) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	r.once.Do(func() { r.other(key) })
	return r.Store.CompareAndSwap(ctx, key, old, value, ttl)
}

// A record that another process has changed meanwhile is not overwritten.
func TestRecordChanged(t *testing.T) {
	run(t, func(s *stage) {
		post := tea()
		_, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		var record string
		other := []byte(`{"content":"other"}`)
		raced := &racing{Store: s.store, other: func(key string) {
			record = key
			require.NoError(t, s.store.Set(s.ctx, key, other, 0))
		}}
		post.Articles[0].Title = "绿茶"
		_, err = publish.New(s.oa, raced).Draft(s.ctx, post)
		require.ErrorContains(t, err, "another process has changed the record")
		kept, _, err := s.store.Get(s.ctx, record)
		require.NoError(t, err)
		require.Equal(t, string(other), string(kept))
	})
}

// A publication whose answer is lost is not repeated.
func TestPublishAmbiguous(t *testing.T) {
	for name, fault := range map[string]wechattest.Fault{"answer lost": wechattest.CutAfter(), "system busy": wechattest.Errcode(-1)} {
		t.Run(name, func(t *testing.T) {
			run(t, func(s *stage) {
				s.Inject(wechattest.Rule{Path: submit, Fault: fault, Times: 1})
				for range 2 {
					_, err := s.Publish(s.ctx, tea())
					require.ErrorIs(t, err, publish.ErrAmbiguous)
					s.restart()
				}
				s.calls(submit, 1)
				require.NoError(t, s.Forget(s.ctx, "tea.md"))
				out, err := s.Publish(s.ctx, tea())
				require.NoError(t, err)
				require.Zero(t, out.Uploaded)
				s.calls(submit, 2)
			})
		})
	}
}

// What becomes of a publication does not touch what was done with the post meanwhile.
func TestMeanwhile(t *testing.T) {
	changed := tea()
	changed.Articles[0].Title = "绿茶"
	begin := func(s *stage) (wait func()) {
		var done sync.WaitGroup
		done.Go(func() { _, _ = s.Publish(s.ctx, tea()) })
		time.Sleep(time.Second)
		return done.Wait
	}
	t.Run("published again", func(t *testing.T) {
		run(t, func(s *stage) {
			wait := begin(s)
			require.NoError(t, s.Forget(s.ctx, "tea.md"))
			ctx, cancel := context.WithTimeout(s.ctx, 100*time.Millisecond)
			defer cancel()
			_, err := s.Publish(ctx, changed)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			wait()
			_, err = s.Publish(s.ctx, changed)
			require.NoError(t, err)
			s.calls(submit, 2)
		})
	})
	t.Run("a newer draft", func(t *testing.T) {
		run(t, func(s *stage) {
			s.EndPublication(wechattest.PublishPlatformRefused, 1)
			wait := begin(s)
			d, err := s.Draft(s.ctx, changed)
			require.NoError(t, err)
			wait()
			again, err := s.Draft(s.ctx, changed)
			require.NoError(t, err)
			require.Equal(t, &publish.Draft{MediaID: d.MediaID, Unchanged: true}, again)
		})
	})
}

// While a publication runs, its draft is not used for anything else.
func TestSendWhilePublishing(t *testing.T) {
	run(t, func(s *stage) {
		tag := s.tag()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := s.Publish(s.ctx, tea())
			require.NoError(t, err)
		})
		wg.Go(func() {
			_, err := s.SendToTag(s.ctx, tea(), tag)
			require.NoError(t, err)
		})
		wg.Wait()
		s.calls(draftAdd, 2)
		require.Len(t, s.Messages("oLiLei"), 1)
	})
}

// tag returns a tag with one follower, oLiLei.
func (s *stage) tag() int {
	s.t.Helper()
	s.User("oLiLei")
	tag, err := user.New(s.oa).CreateTag(s.ctx, "北京")
	require.NoError(s.t, err)
	require.NoError(s.t, user.New(s.oa).Tag(s.ctx, tag.ID, "oLiLei"))
	return tag.ID
}

func TestSendToTag(t *testing.T) {
	run(t, func(s *stage) {
		tag := s.tag()
		out, err := s.SendToTag(s.ctx, tea(), tag)
		require.NoError(t, err)
		require.False(t, out.Unchanged)
		require.NotEmpty(t, out.MsgDataID)
		job, err := mass.New(s.oa).GetStatus(s.ctx, out.JobID)
		require.NoError(t, err)
		require.Equal(t, mass.SendSuccess, job.Status)
		require.Len(t, s.Messages("oLiLei"), 1)

		for range 2 {
			s.restart()
			again, err := s.SendToTag(s.ctx, tea(), tag)
			require.NoError(t, err)
			require.True(t, again.Unchanged)
			require.Equal(t, out.JobID, again.JobID)
			require.Equal(t, out.MsgDataID, again.MsgDataID)
		}
		s.calls(sendAll, 1)
		_, err = s.Publish(s.ctx, tea())
		require.NoError(t, err)
		s.calls(draftAdd, 2)

		_, err = s.SendToTag(s.ctx, tea(), 999)
		require.ErrorIs(t, err, errcode.InvalidCardGroupID)
		require.Len(t, s.Messages("oLiLei"), 1)
	})
}

func TestSendRefused(t *testing.T) {
	run(t, func(s *stage) {
		tag := s.tag()
		s.RefuseMassSend("err(20008)")
		_, err := s.SendToTag(s.ctx, tea(), tag)
		require.ErrorContains(t, err, "state SEND_FAIL")
		require.Empty(t, s.Messages("oLiLei"))
		_, err = s.SendToTag(s.ctx, tea(), tag)
		require.NoError(t, err)
		require.Len(t, s.Messages("oLiLei"), 1)
		s.calls(draftAdd, 1)
	})
}

// A send whose answer is lost is repeated, and goes out once.
func TestSendAnswerLost(t *testing.T) {
	run(t, func(s *stage) {
		tag := s.tag()
		remove := s.Inject(wechattest.Rule{Path: sendAll, Fault: wechattest.CutAfter()})
		_, err := s.SendToTag(s.ctx, tea(), tag)
		require.Error(t, err)
		remove()
		s.restart()
		out, err := s.SendToTag(s.ctx, tea(), tag)
		require.NoError(t, err)
		require.NotEmpty(t, out.JobID)
		require.Len(t, s.Messages("oLiLei"), 1)
		s.calls(draftAdd, 1)
	})
}

// A day later the platform does not recognize the send any more.
func TestSendAmbiguous(t *testing.T) {
	run(t, func(s *stage) {
		tag := s.tag()
		remove := s.Inject(wechattest.Rule{Path: sendAll, Fault: wechattest.CutAfter()})
		_, err := s.SendToTag(s.ctx, tea(), tag)
		require.Error(t, err)
		remove()
		time.Sleep(25 * time.Hour)
		_, err = s.SendToTag(s.ctx, tea(), tag)
		require.ErrorIs(t, err, publish.ErrAmbiguous)
		require.Len(t, s.Messages("oLiLei"), 1)
	})
}

// Two processes that publish the same post publish it once.
func TestTwoProcesses(t *testing.T) {
	run(t, func(s *stage) {
		ids := make([]string, 4)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				out, err := publish.New(s.oa, s.store).Publish(s.ctx, tea())
				require.NoError(t, err)
				ids[i] = out.ArticleID
			})
		}
		wg.Wait()
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		s.calls(submit, 1)
		s.calls(draftAdd, 1)
		s.calls(uploadImg, 2)
	})
}

// broken is a store that fails.
type broken struct{ store.Store }

var errDown = errors.New("the store is down")

func (broken) Get(context.Context, string) ([]byte, bool, error) { return nil, false, errDown }

func TestStoreFails(t *testing.T) {
	run(t, func(s *stage) {
		p := publish.New(s.oa, broken{store.NewMemory()})
		_, err := p.Publish(s.ctx, tea())
		require.ErrorIs(t, err, errDown)
		s.calls(draftAdd, 0)
		s.calls(uploadImg, 0)
	})
}

// hanging is a store that no longer answers when a lock is to be released.
type hanging struct{ store.Store }

func (hanging) CompareAndDelete(ctx context.Context, _ string, _ []byte) (bool, error) {
	<-ctx.Done()
	return false, ctx.Err()
}

func TestStoreHangs(t *testing.T) {
	run(t, func(s *stage) {
		s.store = hanging{s.store}
		s.restart()
		began := time.Now()
		_, err := s.Draft(s.ctx, tea())
		require.NoError(t, err, "what is done is done; the lock ends with its lease")
		require.Equal(t, 10*time.Second, time.Since(began))
	})
}

// A call that waits survives a platform that is busy.
func TestWaitSurvivesBusyPlatform(t *testing.T) {
	run(t, func(s *stage) {
		s.Inject(wechattest.Rule{Path: status, Fault: wechattest.Errcode(-1), Times: 5})
		_, err := s.Publish(s.ctx, tea())
		require.NoError(t, err)
		s.Inject(wechattest.Rule{Path: status, Fault: wechattest.Errcode(48001), Times: 1})
		post := tea()
		post.Name = "other"
		_, err = s.Publish(s.ctx, post)
		require.ErrorIs(t, err, errcode.APIUnauthorized)
	})
}

// Errors name the post.
func TestErrorsNameThePost(t *testing.T) {
	run(t, func(s *stage) {
		s.Inject(wechattest.Rule{Path: submit, Fault: wechattest.CutAfter(), Times: 1})
		_, err := s.Publish(s.ctx, tea())
		require.ErrorContains(t, err, `publish: "tea.md": the answer to an earlier call was lost`)
		_, err = s.Publish(s.ctx, tea())
		require.EqualError(t, err, `publish: "tea.md": the answer to an earlier call was lost; the call may have succeeded`)
	})
}

// After an update that failed in the middle, the old content is written again.
func TestUpdateInterrupted(t *testing.T) {
	run(t, func(s *stage) {
		post := tea()
		post.Articles = append(post.Articles, post.Articles[0])
		d, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		broken := post
		broken.Articles = []publish.Article{post.Articles[0], post.Articles[1]}
		broken.Articles[0].Title, broken.Articles[1].Title = "绿茶", ""
		_, err = s.Draft(s.ctx, broken)
		require.ErrorContains(t, err, "Title has 0")
		s.calls(draftUpdate, 1)
		again, err := s.Draft(s.ctx, post)
		require.NoError(t, err)
		require.False(t, again.Unchanged)
		kept, err := draft.New(s.oa).Get(s.ctx, d.MediaID)
		require.NoError(t, err)
		require.Equal(t, "茶", kept.Articles[0].Title)
	})
}

// A send that never arrived is repeated while the platform would recognize it, and only
// if its draft is still there.
func TestSendNeverArrived(t *testing.T) {
	for name, c := range map[string]struct {
		after func(s *stage)
		want  error
	}{
		"at once":           {func(*stage) {}, nil},
		"a day later":       {func(*stage) { time.Sleep(25 * time.Hour) }, publish.ErrAmbiguous},
		"without its draft": {func(s *stage) { s.deleteDrafts() }, publish.ErrAmbiguous},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(s *stage) {
				tag := s.tag()
				remove := s.Inject(wechattest.Rule{Path: sendAll, Fault: wechattest.CutBefore()})
				_, err := s.SendToTag(s.ctx, tea(), tag)
				require.Error(t, err)
				remove()
				c.after(s)
				for range 2 {
					_, err = s.SendToTag(s.ctx, tea(), tag)
					require.ErrorIs(t, err, c.want)
				}
			})
		})
	}
}

func (s *stage) deleteDrafts() {
	s.t.Helper()
	for post, err := range draft.New(s.oa).All(s.ctx) {
		require.NoError(s.t, err)
		require.NoError(s.t, draft.New(s.oa).Delete(s.ctx, post.ID))
	}
}

// Two accounts may share a store.
func TestTwoAccounts(t *testing.T) {
	shared := store.NewMemory()
	for _, appID := range []string{"wx00000000000000a1", "wx00000000000000a2"} {
		p := wechattest.New(t, wechattest.Config{AppID: appID})
		oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: p.Config().Secret, HTTPClient: p.Client(), BaseURL: p.URL()})
		require.NoError(t, err)
		d, err := publish.New(oa, shared).Draft(t.Context(), tea())
		require.NoError(t, err)
		require.Equal(t, 3, d.Uploaded)
	}
}
