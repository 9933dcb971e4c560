// Package publish takes articles from their source to their readers, in one call per
// step:
//
//	p := publish.New(oa, store)
//	post := publish.Post{
//		Name:  "opening-hours",
//		Files: os.DirFS("posts"),
//		Articles: []publish.Article{{
//			Article: article.Article{Title: "Opening hours", Content: `<p>Open!</p><img src="door.jpg">`},
//			Cover:   "cover.jpg",
//		}},
//	}
//	draft, err := p.Draft(ctx, post)          // pictures, covers and the draft
//	published, err := p.Publish(ctx, post)    // a public address, for nobody in particular
//	sent, err := p.SendToTag(ctx, post, tag)  // to the followers with a tag
//
// Each step includes the ones before it, so the first may be left out. Module markdown
// makes the HTML from Markdown.
//
// # Pictures
//
// A picture in the HTML whose address is not a URL is a file: it is uploaded, and its
// address replaced. A picture on a host of others stays, the client logs a warning, and
// [Draft].Foreign names it, because the platform drops it. Pictures in styles, such as
// background-image, are not touched.
//
// # Nothing twice
//
// The store remembers, by the name of the post, what was done with which content, and by
// their content the pictures and covers that were uploaded. So a step that is repeated
// with the same content changes nothing on the platform; a changed post changes its
// draft. With a durable store this also holds after a restart, and with a shared one for
// several processes. A step that was interrupted continues with the next call.
//
// One case remains: if the answer of the platform to a publication was lost, the post
// may have been published. Then the error is [ErrAmbiguous], and [Publisher.Forget]
// lets the post be published again.
//
// # Waiting
//
// Publish and SendToTag wait until the platform has finished the job. They ask for its
// state after growing pauses of at most a minute; new accounts may ask 100 times a day.
// Add [Publisher.PublishFinished] and [Publisher.SendFinished] to the handler of package
// message, and the event ends the pause.
package publish
