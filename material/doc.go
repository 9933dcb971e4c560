// Package material is the media of an Official Account (素材管理): temporary media
// that live three days, permanent materials, and the pictures inside articles.
//
// # Temporary media (临时素材)
//
// What is sent as a message needs a media id, and mostly a temporary one will do:
//
//	media, err := material.New(oa).Upload(ctx, material.Image, "cat.jpg", r)
//	// media.ID goes into an image reply or a customer-service message
//
// [Service.Open] downloads one, such as the picture that a user has sent;
// [Service.OpenHDVoice] the voice that a page recorded through the JS-SDK.
//
// # Permanent materials (永久素材)
//
// [Service.Add] and [Service.AddVideo] keep a file until [Service.Delete]. An account
// holds up to 100 000 pictures and articles, and 1000 of every other type.
// [Service.Get] reads one: a file, a video's description with a link, or articles.
// [Service.All] walks through all of a type, [Service.List] gives a page, and
// [Service.Count] the numbers.
//
// Articles themselves are written with package draft. Pictures inside their text
// must lie with WeChat: [Service.UploadArticleImage] gives the URL for them.
//
// # Files
//
// Uploads take a reader and a file name, whose extension tells the platform the
// kind of the file; downloads give an [officialaccount.File], which is read and
// closed. Both are streamed: memory does not grow with the file. What is surely too
// large, or of a format that the platform does not take, is refused with an
// [errcode.LimitError] before anything is sent.
package material
