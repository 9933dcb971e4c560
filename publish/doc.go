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
// If the address of a picture in the HTML is not a URL, it names a file. The file is
// uploaded and the address replaced. The platform drops pictures on other hosts: they
// are left as they are, the client logs a warning, and Draft.Foreign lists them.
// Pictures in styles, such as background-image, are not changed.
//
// # Nothing twice
//
// The store remembers the steps of each post, by its name, and the uploaded pictures
// and covers, by their content. So a step that is repeated with the same content
// changes nothing on the platform. A changed post changes its draft. With a durable
// store this also holds after a restart, and with a shared store for several processes.
// The next call continues a step that was interrupted.
//
// There is one exception. If the answer of the platform to a publication was lost, the
// post may have been published. Then the error is [ErrAmbiguous], and
// [Publisher.Forget] lets the post be published again.
//
// # Waiting
//
// Publish and SendToTag wait until the platform has finished the job. They ask for its
// state after growing pauses of at most a minute; new accounts may ask 100 times a day.
// Add [Publisher.PublishFinished] and [Publisher.SendFinished] to the handler of package
// message, and the event ends the pause.
package publish
