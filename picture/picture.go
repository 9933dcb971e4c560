// Package picture has the types that packages ocr and vision share: the pictures that
// they send to the platform, and the places in a picture that they return.
//
//	card := picture.FromURL("https://www.example.com/card.jpg")
//	code := picture.FromReader("code.png", file)
package picture

import "io"

// Picture is a picture that the platform analyzes. Make one with [FromURL] or
// [FromReader].
type Picture struct {
	URL string // http or https address, which the platform fetches

	// If URL is empty, Body is uploaded under Name. Name must have an extension, such as
	// .jpg. Body has at most 2 MiB; it is streamed, and not closed. See
	// officialaccount.Upload for what happens to a body of unknown size.
	Name string
	Body io.Reader
}

// FromURL makes a picture of an http or https address. The platform fetches it.
func FromURL(url string) Picture { return Picture{URL: url} }

// FromReader makes a picture of a file of at most 2 MiB. The extension of its name tells the
// platform the format.
func FromReader(name string, r io.Reader) Picture { return Picture{Name: name, Body: r} }

// Size is the size of a picture in pixels.
type Size struct {
	Width  int `json:"w"`
	Height int `json:"h"`
}

// Point is a place in a picture, in pixels from its left and upper edge.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Quad is an area of a picture by its four corners. Its edges may be tilted. The zero Quad
// means that the platform returned no place.
type Quad struct {
	LeftTop     Point `json:"left_top"`
	RightTop    Point `json:"right_top"`
	RightBottom Point `json:"right_bottom"`
	LeftBottom  Point `json:"left_bottom"`
}
