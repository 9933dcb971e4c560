package publish_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/publish"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Example publishes a post with a picture, twice: the second call changes nothing.
func Example() {
	platform, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	config := platform.Config()
	oa, err := officialaccount.New(officialaccount.Config{AppID: config.AppID, Secret: config.Secret, HTTPClient: platform.Client(), BaseURL: platform.URL()})
	if err != nil {
		log.Fatal(err)
	}
	p := publish.New(oa, nil) // a store of its own keeps it over restarts
	post := publish.Post{
		Name:  "opening-hours",
		Files: fstest.MapFS{"cover.jpg": {Data: []byte("a picture")}, "door.png": {Data: []byte("another")}}, // or os.DirFS
		Articles: []publish.Article{{
			Article: article.Article{Title: "Opening hours", Content: `<p>Open!</p><img src="door.png">`},
			Cover:   "cover.jpg",
		}},
	}
	for range 2 {
		d, err := p.Draft(context.Background(), post)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("unchanged:", d.Unchanged, "uploaded:", d.Uploaded)
	}
	// Output:
	// unchanged: false uploaded: 2
	// unchanged: true uploaded: 0
}
