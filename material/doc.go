// Package material manages the media of an Official Account (素材管理): temporary media,
// which the platform keeps for three days, permanent materials, and the pictures inside
// articles.
//
// # Temporary media (临时素材)
//
// A message that contains a picture, voice or video needs a media id, usually of a
// temporary media file:
//
//	media, err := material.New(oa).Upload(ctx, material.Image, "cat.jpg", r)
//	// media.MediaID is used in an image reply or a customer-service message
//
// [Service.Download] downloads one, such as the picture that a user has sent;
// [Service.DownloadHDVoice] a voice that a page recorded through the JS-SDK.
//
// # Permanent materials (永久素材)
//
// [Service.Add] and [Service.AddVideo] keep a file until [Service.Delete]. An account
// holds at most 100,000 pictures and articles together, and 1000 of every other type.
// [Service.Get] reads one: a file, the description of a video with a link, or articles.
// [Service.All] iterates over all of a type, [Service.List] returns one page, and
// [Service.Count] the numbers.
//
// Package draft writes articles. Pictures inside their text must be stored by WeChat:
// [Service.UploadArticleImage] returns the URL to use.
//
// # Files
//
// Uploads accept a reader and a file name, whose extension tells the platform the type
// of the file. Downloads return an [officialaccount.File], which the caller reads and
// closes. Both are streamed: memory does not grow with the file. A file that is too
// large or of a format that the platform does not accept is an errcode.LimitError
// before anything is sent. Where the documents disagree on a limit, the file is sent
// and the client logs a warning.
package material
