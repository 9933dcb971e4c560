package console

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// say sends a text or another message of a user.
func (g *Page) say(in command) (outcome, error) {
	m, err := in.message()
	if err != nil {
		return outcome{}, err
	}
	return g.send(in, m)
}

func (in command) message() (wechattest.Message, error) {
	f := in.Fields
	switch in.Kind {
	case "text":
		if in.Content == "" {
			return wechattest.Message{}, errors.New("the text is empty")
		}
		return wechattest.Text(in.Content), nil
	case "menu_item":
		return wechattest.MenuReply(in.Content, f["id"]), nil
	case "link":
		return wechattest.Link(f["title"], f["description"], f["url"]), nil
	case "location", "location_report":
		return in.place()
	case "raw":
		m := wechattest.Raw([]byte(in.Content))
		if m.Type == "" {
			return m, errors.New("the XML has no MsgType")
		}
		return m, nil
	case "event":
		if in.Content == "" {
			return wechattest.Message{}, errors.New("the event has no name")
		}
		return wechattest.Event(in.Content, wechattest.Fields(f)...), nil
	}
	return wechattest.Message{}, fmt.Errorf("unknown kind of message %q", in.Kind)
}

// mapScale is the scale of the maps that the page sends.
const mapScale = 16

// place returns a location message or a location report.
func (in command) place() (wechattest.Message, error) {
	latitude, longitude, err := in.coordinates()
	switch {
	case err != nil:
		return wechattest.Message{}, err
	case in.Kind == "location_report":
		return wechattest.LocationReport(latitude, longitude, 40), nil
	}
	return wechattest.Location(latitude, longitude, mapScale, in.Fields["label"]), nil
}

func (in command) coordinates() (latitude, longitude float64, err error) {
	latitude, badLatitude := strconv.ParseFloat(in.Fields["latitude"], 64)
	longitude, badLongitude := strconv.ParseFloat(in.Fields["longitude"], 64)
	if badLatitude != nil || badLongitude != nil || !(latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180) {
		return 0, 0, errors.New("a place needs a latitude from -90 to 90 and a longitude from -180 to 180")
	}
	return latitude, longitude, nil
}

// fileMessage returns a message with a file, or with a sample of its kind.
func (g *Page) fileMessage(kind, name string, content []byte) (wechattest.Message, error) {
	p := g.platform
	if len(content) == 0 {
		name, content = sample(kind)
	}
	if name == "" {
		return wechattest.Message{}, errors.New("the file has no name")
	}
	switch kind {
	case "image":
		return g.picture(name, content), nil
	case "voice":
		format := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
		return wechattest.Voice(p.AddMedia("voice", name, content), format), nil
	case "video", "shortvideo":
		id := p.AddMedia("video", name, content)
		_, thumb := sample("image")
		return wechattest.Typed(kind, wechattest.CDATA("MediaId", id), wechattest.CDATA("ThumbMediaId", p.AddMedia("thumb", "thumb.png", thumb))), nil
	}
	return wechattest.Message{}, fmt.Errorf("%q is not a kind of file: image, voice, video, shortvideo", kind)
}

// picture returns a picture message with its file.
func (g *Page) picture(name string, content []byte) wechattest.Message {
	return wechattest.Image(g.platform.AddPicture(name, content))
}

// tap taps a menu button, as on a phone. If a button needs input, the page asks for it
// before it sends the command.
func (g *Page) tap(in command) (outcome, error) {
	u, err := g.user(in.User)
	if err != nil {
		return outcome{}, err
	}
	b, found := findButton(u.Menu(), in.Names)
	if !found {
		return outcome{}, wechattest.ErrNoButton
	}
	switch b.Type {
	case "scancode_push":
		return g.send(in, wechattest.ScanCodePush(b.Key, "qrcode", in.Input))
	case "scancode_waitmsg":
		return g.send(in, wechattest.ScanCodeWait(b.Key, "qrcode", in.Input))
	case "pic_sysphoto", "pic_photo_or_album", "pic_weixin":
		name, content := sample("image")
		sum := md5.Sum(content)
		chosen := map[string]func(string, ...string) wechattest.Message{
			"pic_sysphoto": wechattest.PicSysPhoto, "pic_photo_or_album": wechattest.PicPhotoOrAlbum, "pic_weixin": wechattest.PicWeixin,
		}[b.Type]
		return g.send(in, chosen(b.Key, hex.EncodeToString(sum[:])), g.picture(name, content))
	case "location_select":
		latitude, longitude, err := in.coordinates()
		if err != nil {
			return outcome{}, err
		}
		label := in.Fields["label"]
		return g.send(in, wechattest.LocationSelect(b.Key, latitude, longitude, mapScale, label, ""),
			wechattest.Location(latitude, longitude, mapScale, label))
	}
	return g.perform(in, func() ([]*wechattest.Reply, error) { return one(u.Tap(in.Names...)) })
}

// findButton returns a button with an action by the names of the buttons from the top
// level down.
func findButton(buttons []wechattest.Button, names []string) (b wechattest.Button, found bool) {
	for _, name := range names {
		i := slices.IndexFunc(buttons, func(b wechattest.Button) bool { return b.Name == name })
		if i < 0 {
			return b, false
		}
		b = buttons[i]
		buttons = b.Sub
	}
	return b, len(names) > 0 && len(b.Sub) == 0
}

// sample returns a small file of a kind; its name is empty if there is none.
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

// samplePicture returns a picture of a sunrise.
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
	_ = png.Encode(&out, img) // encoding a small picture into memory does not fail
	return out.Bytes()
}
