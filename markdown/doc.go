// Package markdown turns Markdown, such as the answer of a language model, into what
// WeChat shows: a text message ([Text]) or the HTML of an article ([ParseArticle]).
//
//	message.TextReply(markdown.Text(answer))
//
// It reads CommonMark with tables, task lists, strikethrough, bare links and formulas
// ($…$, $$…$$, \(…\) and \[…\]). Emphasis next to Chinese punctuation, as in
// **注意：**请, is recognized, which CommonMark alone does not do.
//
// # Text messages
//
// A text message has no fonts. The only markup that WeChat supports in it is a link. A
// heading becomes 【heading】, a list item begins with • or its number, each row of a
// table becomes a list item of "header: cell" lines, a picture becomes a link to it.
// Emphasis disappears. Code is not changed, except that its fences are removed.
// Formulas are written with Unicode characters: \frac{a}{b} becomes a/b, x^2 becomes
// x².
//
// message.SplitText splits a text that is longer than one message and keeps links whole.
// [Prefix] renders the finished part of a source that is still being written.
//
// # Safety
//
// The source may come from anybody. The only tags in the result of Text are
// <a href="…"> and </a> that Text has written, with an http or https address. WeChat
// shows character references such as &lt; literally, so another < becomes the
// full-width ＜, and the & of a reference becomes ＆. A link whose text is another web
// address shows its real address. [WithLinks] decides which addresses may be links.
//
// The HTML of an article has the elements and styles of this package only; HTML in the
// source is shown as text or removed. It has no script or style elements.
package markdown
