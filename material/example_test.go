package material_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/material"
)

// A picture goes up, and the platform's media id comes back.
func ExampleService_Upload() {
	p := apitest.Example(apitest.JSON(`{"type":"image","media_id":"bNT1MXs","created_at":1391857799}`))
	service := material.New(p.Client())

	media, err := service.Upload(context.Background(), material.Image, "cat.jpg", strings.NewReader("the picture"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(media.MediaID, media.Created.UTC())

	_, err = service.Upload(context.Background(), material.Voice, "song.flac", strings.NewReader("a song"))
	fmt.Println(err)
	// Output:
	// bNT1MXs 2014-02-08 11:09:59 +0000 UTC
	// wechat: /cgi-bin/media/upload: name is "song.flac", must end in .amr, .mp3
}

// A permanent material is a file, a video's description, or articles.
func ExampleService_Get() {
	p := apitest.Example(
		apitest.Answer{Body: "the picture", ContentType: "image/jpeg", Filename: "cat.jpg"},
		apitest.JSON(`{"title":"Cat","description":"A cat","down_url":"https://example.com/cat.mp4"}`))
	service := material.New(p.Client())

	for _, id := range []string{"PICTURE", "VIDEO"} {
		content, err := service.Get(context.Background(), id)
		switch {
		case err != nil:
			fmt.Println(err)
		case content.File != nil:
			b, _ := io.ReadAll(content.File)
			_ = content.File.Close()
			fmt.Printf("%s: %s\n", content.File.Name, b)
		case content.Video != nil:
			fmt.Println(content.Video.Title, content.Video.URL)
		}
	}
	// Output:
	// cat.jpg: the picture
	// Cat https://example.com/cat.mp4
}
