package article

import (
	"encoding/json"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// Images are the pictures of a picture post, by the media ids of permanent materials.
type Images []string

type imageInfo struct {
	List []image `json:"image_list"`
}

type image struct {
	MediaID string `json:"image_media_id"`
}

// MarshalJSON writes the object image_info.
func (i Images) MarshalJSON() ([]byte, error) {
	info := imageInfo{List: make([]image, len(i))}
	for n, id := range i {
		info.List[n].MediaID = id
	}
	return json.Marshal(info)
}

// UnmarshalJSON reads the object image_info.
func (i *Images) UnmarshalJSON(b []byte) error {
	var info imageInfo
	err := wire.Unmarshal(b, &info)
	*i = nil
	for _, one := range info.List {
		*i = append(*i, one.MediaID)
	}
	return err
}

// Crops are parts of a cover.
type Crops []Crop

type coverInfo struct {
	List []Crop `json:"crop_percent_list"`
}

// MarshalJSON writes the object cover_info.
func (c Crops) MarshalJSON() ([]byte, error) { return json.Marshal(coverInfo{c}) }

// UnmarshalJSON reads the object cover_info.
func (c *Crops) UnmarshalJSON(b []byte) error {
	var info coverInfo
	err := wire.Unmarshal(b, &info)
	*c = info.List
	return err
}

// ProductFooter is the key of a product card under an article, from GetProductCard of
// package draft.
type ProductFooter string

type productInfo struct {
	Footer struct {
		Key string `json:"product_key"`
	} `json:"footer_product_info"`
}

// MarshalJSON writes the object product_info.
func (p ProductFooter) MarshalJSON() ([]byte, error) {
	var info productInfo
	info.Footer.Key = string(p)
	return json.Marshal(info)
}

// UnmarshalJSON reads the object product_info.
func (p *ProductFooter) UnmarshalJSON(b []byte) error {
	var info productInfo
	err := wire.Unmarshal(b, &info)
	*p = ProductFooter(info.Footer.Key)
	return err
}
