package media

import (
	"bytes"
	"encoding/binary"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// seconds returns the duration of a voice in whole seconds, or 0 for a file that is not
// AMR, MP3 or WAV, whatever its name.
func seconds(f *server.Upload) int {
	switch {
	case bytes.HasPrefix(f.Content, []byte("#!AMR\n")):
		return amrSeconds(f.Content[6:])
	case bytes.HasPrefix(f.Content, []byte("RIFF")):
		return wavSeconds(f.Content)
	}
	return mp3Seconds(f.Content)
}

// amrSeconds counts the frames of narrow-band AMR, 20 ms each.
func amrSeconds(frames []byte) int {
	sizes := [16]int{13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1} // bytes of a frame, by its mode
	n := 0
	for len(frames) > 0 {
		size := sizes[frames[0]>>3&15]
		frames = frames[min(size, len(frames)):]
		n++
	}
	return n / 50
}

// wavSeconds divides the size of a WAV's data by the bytes per second in its fmt chunk.
func wavSeconds(file []byte) int {
	perSecond := 0
	for at := 12; at+8 <= len(file); {
		size := int(binary.LittleEndian.Uint32(file[at+4:]))
		chunk := file[at+8:]
		chunk = chunk[:min(size, len(chunk))]
		switch string(file[at : at+4]) {
		case "fmt ":
			if len(chunk) >= 12 {
				perSecond = int(binary.LittleEndian.Uint32(chunk[8:]))
			}
		case "data":
			if perSecond > 0 {
				return len(chunk) / perSecond
			}
		}
		at += 8 + size + size%2
	}
	return 0
}

// mp3Seconds adds the durations of the frames of an MP3.
func mp3Seconds(file []byte) int {
	frames := file[min(id3Size(file), len(file)):]
	played := 0.0
	for len(frames) >= 4 {
		size, seconds := mp3Frame(frames)
		if size == 0 {
			break
		}
		frames = frames[min(size, len(frames)):]
		played += seconds
	}
	return int(played + 0.001) // rounding errors make the sum smaller
}

// id3Size returns the size of the tag before the frames.
func id3Size(file []byte) int {
	if len(file) < 10 || !bytes.HasPrefix(file, []byte("ID3")) {
		return 0
	}
	size := 0
	for _, b := range file[6:10] {
		size = size<<7 | int(b&0x7f)
	}
	return 10 + size
}

// mp3Frame parses the header of a frame of layer III; size is 0 if there is none.
func mp3Frame(header []byte) (size int, seconds float64) {
	version, layer := header[1]>>3&3, header[1]>>1&3
	rate, speed := header[2]>>4, header[2]>>2&3
	if header[0] != 0xff || header[1]>>5 != 7 || version == 1 || layer != 1 || rate == 0 || rate == 15 || speed == 3 {
		return 0, 0
	}
	kilobits := [...]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	hertz := [...]int{44_100, 48_000, 32_000}[speed]
	samples := 1152
	if version != 3 { // MPEG-2, and 2.5
		kilobits = [...]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
		samples = 576
		if hertz /= 2; version == 0 {
			hertz /= 2
		}
	}
	size = samples/8*kilobits[rate]*1000/hertz + int(header[2]>>1&1)
	return size, float64(samples) / float64(hertz)
}
