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
//	draft, err := p.Draft(ctx, post)          // pictures, covers and the draft (草稿)
//	published, err := p.Publish(ctx, post)    // a public address (发布); no follower is notified
//	sent, err := p.SendToTag(ctx, post, tag)  // a message to the followers with a tag (群发)
//
// Publish and SendToTag create the draft if necessary, so the call of Draft may be left
// out. Publish need not precede SendToTag. Module markdown makes the HTML from Markdown.
//
// # Pictures
//
// If the address of a picture in the HTML is not a URL, it names a file. The file is
// uploaded and the address replaced. The platform drops pictures on other hosts: they
// are left as they are, the client logs a warning, and Draft.Foreign lists them.
// Pictures in styles, such as background-image, are not changed.
//
// # Repeated calls
//
// The store remembers the steps of each post by the post's name, and the uploaded
// pictures and covers by their content. So repeating a step with the same content
// changes nothing on the platform. If the content of a post has changed, its draft is
// updated. With a durable store this also holds after a restart, and with a shared store
// for several processes. The next call continues a step that was interrupted.
//
// There is one exception. If the answer of the platform to a publication was lost, the
// post may have been published. Then the error is [ErrAmbiguous]. Check the post on the
// console; [Publisher.Forget] lets it be published again.
//
// # Waiting
//
// Publish and SendToTag wait until the platform has finished the job. They ask for its
// state after growing pauses of at most a minute. A new account has 100 such calls a day.
// With [Publisher.PublishFinished] and [Publisher.SendFinished] in the handler of package
// message, the platform's event ends the pause.
package publish
