package wechattest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// say sends what a user wrote, or chose from the panel beside the text.
func (g *Page) say(in command) error {
	m, err := in.message()
	if err != nil {
		return err
	}
	return g.send(in.User, m)
}

func (in command) message() (Message, error) {
	f := in.Fields
	switch in.Kind {
	case "text":
		if in.Content == "" {
			return Message{}, errors.New("the text is empty")
		}
		return Text(in.Content), nil
	case "menu_item":
		return MenuReply(in.Content, f["id"]), nil
	case "link":
		return Link(f["title"], f["description"], f["url"]), nil
	case "location", "location_report":
		return in.place()
	case "raw":
		m := Raw([]byte(in.Content))
		if m.Type == "" {
			return m, errors.New("the XML has no MsgType")
		}
		return m, nil
	case "event":
		if in.Content == "" {
			return Message{}, errors.New("the event has no name")
		}
		return Event(in.Content, Fields(f)...), nil
	}
	return Message{}, fmt.Errorf("%q is no kind of message", in.Kind)
}

// place is a location message, or the report of one.
func (in command) place() (Message, error) {
	latitude, badLatitude := strconv.ParseFloat(in.Fields["latitude"], 64)
	longitude, badLongitude := strconv.ParseFloat(in.Fields["longitude"], 64)
	if badLatitude != nil || badLongitude != nil || !(latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180) {
		return Message{}, errors.New("a place needs a latitude from -90 to 90 and a longitude from -180 to 180")
	}
	if in.Kind == "location_report" {
		return LocationReport(latitude, longitude, 40), nil
	}
	return Location(latitude, longitude, 16, in.Fields["label"]), nil
}

// fileMessage is the message that brings a file, or a sample of its kind.
func (g *Page) fileMessage(kind, name string, content []byte) ([]Message, error) {
	p := g.platform
	if len(content) == 0 {
		name, content = sample(kind)
	}
	if name == "" {
		return nil, errors.New("the file has no name")
	}
	switch kind {
	case "image":
		m, _ := p.picture(name, content)
		return []Message{m}, nil
	case "voice":
		format := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
		return []Message{Voice(p.AddMedia("voice", name, content), format)}, nil
	case "video", "shortvideo":
		id := p.AddMedia("video", name, content)
		_, thumb := sample("image")
		return []Message{Typed(kind, CDATA("MediaId", id), CDATA("ThumbMediaId", p.AddMedia("thumb", "thumb.png", thumb)))}, nil
	}
	return nil, fmt.Errorf("%q is no kind of file: image, voice, video, shortvideo", kind)
}

// picture is a picture message with its file, and the MD5 sum of this.
func (p *Platform) picture(name string, content []byte) (Message, string) {
	id, sum := p.AddMedia("image", name, content), md5.Sum(content)
	return Image(p.URL+filePath+"?id="+url.QueryEscape(id), id), hex.EncodeToString(sum[:])
}

// tap taps a menu button and does what it does on a phone. The page asks for what a
// button wants before it sends the command.
func (g *Page) tap(in command) error {
	u, err := g.user(in.User)
	if err != nil {
		return err
	}
	p := g.platform
	p.mu.Lock()
	buttons, _ := u.menu()
	b, found := findButton(buttons, in.Names)
	p.mu.Unlock()
	if !found {
		return ErrNoButton
	}
	switch b.Type {
	case "scancode_push":
		return g.send(in.User, ScanCodePush(b.Key, "qrcode", in.Input))
	case "scancode_waitmsg":
		return g.send(in.User, ScanCodeWait(b.Key, "qrcode", in.Input))
	case "pic_sysphoto", "pic_photo_or_album", "pic_weixin":
		name, content := sample("image")
		m, sum := p.picture(name, content)
		return g.send(in.User, pictures(b.Type, b.Key, []string{sum}), m)
	case "location_select":
		in.Kind = "location"
		m, err := in.place()
		if err != nil {
			return err
		}
		latitude, longitude := elementNumber(m, "Location_X"), elementNumber(m, "Location_Y")
		return g.send(in.User, LocationSelect(b.Key, latitude, longitude, 16, in.Fields["label"], ""), m)
	}
	return g.start(func() { _, _ = u.Tap(in.Names...) })
}

func elementNumber(m Message, name string) float64 {
	n, _ := strconv.ParseFloat(Group("xml", m.Elements...).text(name), 64) // written by place
	return n
}

// sample is a small file of a kind; its name is empty if there is none.
func sample(kind string) (name string, content []byte) {
	switch kind {
	case "image":
		return "sample.png", samplePicture()
	case "voice":
		frame := append([]byte{0x3c}, make([]byte, 31)...)
		return "sample.amr", append([]byte("#!AMR\n"), bytes.Repeat(frame, 50)...)
	case "video", "shortvideo":
		return "sample.mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free")
	}
	return "", nil
}

// samplePicture is a sunrise.
func samplePicture() []byte {
	const width, height = 240, 160
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{uint8(250 - y/2), uint8(190 - y/2), uint8(120 + y/2), 255}
			if dx, dy := x-width/2, y-95; dx*dx+dy*dy < 34*34 {
				c = color.RGBA{255, 244, 200, 255}
			}
			if y > 98 {
				c = color.RGBA{uint8(20 + y/8), uint8(60 + y/6), uint8(90 + y/5), 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	_ = png.Encode(&out, img) // into memory, of a size that it takes
	return out.Bytes()
}
