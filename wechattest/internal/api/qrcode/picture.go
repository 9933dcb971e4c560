package qrcode

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
)

// A QR code of version 3 with error correction level L. This size is enough for the
// addresses of this platform.
const (
	qrSize     = 29 // modules per side
	qrData     = 55 // codewords of data
	qrCheck    = 15 // codewords of error correction
	qrCapacity = qrData - 2
	qrFormat   = 0x77C4 // level L and mask 0, with their own error correction
	qrQuiet    = 4      // white modules around the code
	qrScale    = 12     // pixels per module
)

// qrPicture draws text as a QR code, as a JPEG.
func qrPicture(text string) ([]byte, error) {
	if len(text) > qrCapacity {
		return nil, fmt.Errorf("wechattest: a QR code of %d bytes, at most %d are possible", len(text), qrCapacity)
	}
	var m qrMatrix
	m.drawPatterns()
	m.fill(qrCodewords(text))
	side := (qrSize + 2*qrQuiet) * qrScale
	picture := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			picture.SetGray(x, y, color.Gray{Y: 255})
			if m.at(x/qrScale-qrQuiet, y/qrScale-qrQuiet) {
				picture.SetGray(x, y, color.Gray{Y: 0})
			}
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 90}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// qrMatrix holds the modules of a code, by row and column.
type qrMatrix struct {
	dark  [qrSize][qrSize]bool
	fixed [qrSize][qrSize]bool // module of a pattern, not of the data
}

func (m *qrMatrix) at(x, y int) bool {
	return x >= 0 && y >= 0 && x < qrSize && y < qrSize && m.dark[y][x]
}

func (m *qrMatrix) fix(x, y int, dark bool) {
	if x >= 0 && y >= 0 && x < qrSize && y < qrSize {
		m.dark[y][x], m.fixed[y][x] = dark, true
	}
}

// drawPatterns draws the patterns, which are the same in every code of this size.
func (m *qrMatrix) drawPatterns() {
	for i := range qrSize { // timing
		m.fix(6, i, i%2 == 0)
		m.fix(i, 6, i%2 == 0)
	}
	m.rings(3, 3, 4)
	m.rings(qrSize-4, 3, 4)
	m.rings(3, qrSize-4, 4)
	m.rings(qrSize-7, qrSize-7, 2) // alignment
	m.drawFormat()
}

// rings draws a finder pattern (reach 4) or an alignment pattern (reach 2).
func (m *qrMatrix) rings(x, y, reach int) {
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			distance := max(dx, -dx, dy, -dy)
			m.fix(x+dx, y+dy, distance != reach/2 && distance != 4)
		}
	}
}

// drawFormat writes the format twice, and the module that is always dark.
func (m *qrMatrix) drawFormat() {
	bit := func(i int) bool { return qrFormat>>i&1 == 1 }
	for i := range 6 {
		m.fix(8, i, bit(i))
	}
	m.fix(8, 7, bit(6))
	m.fix(8, 8, bit(7))
	m.fix(7, 8, bit(8))
	for i := 9; i < 15; i++ {
		m.fix(14-i, 8, bit(i))
	}
	for i := range 8 {
		m.fix(qrSize-1-i, 8, bit(i))
	}
	for i := 8; i < 15; i++ {
		m.fix(8, qrSize-15+i, bit(i))
	}
	m.fix(8, qrSize-8, true)
}

// fill writes the codewords into the free modules, in columns of two from the right,
// alternately up and down, with mask 0.
func (m *qrMatrix) fill(codewords []byte) {
	i := 0
	for right := qrSize - 1; right >= 1; right -= 2 {
		if right == 6 {
			right = 5
		}
		for step := range qrSize {
			y := step
			if (right+1)&2 == 0 {
				y = qrSize - 1 - step
			}
			for x := right; x > right-2; x-- {
				if m.fixed[y][x] {
					continue
				}
				dark := i < len(codewords)*8 && codewords[i/8]>>(7-i%8)&1 == 1
				m.dark[y][x] = dark != ((x+y)%2 == 0)
				i++
			}
		}
	}
}

// qrCodewords returns the text in byte mode, with its error correction.
func qrCodewords(text string) []byte {
	data := make([]byte, 0, qrData+qrCheck)
	data = append(data, 0x40|byte(len(text)>>4)) // mode, then the length in 8 bits
	last := byte(len(text) << 4)
	for i := range len(text) {
		data = append(data, last|text[i]>>4)
		last = text[i] << 4
	}
	data = append(data, last)
	for pad := byte(0xEC); len(data) < qrData; pad ^= 0xEC ^ 0x11 {
		data = append(data, pad)
	}
	return append(data, qrRemainder(data)...)
}

// qrRemainder returns the Reed-Solomon check of data over GF(256).
func qrRemainder(data []byte) []byte {
	generator := make([]byte, qrCheck) // without its leading 1
	generator[qrCheck-1] = 1
	root := byte(1)
	for range qrCheck {
		for j := range qrCheck {
			generator[j] = gfTimes(generator[j], root)
			if j+1 < qrCheck {
				generator[j] ^= generator[j+1]
			}
		}
		root = gfTimes(root, 2)
	}
	rest := make([]byte, qrCheck)
	for _, b := range data {
		factor := b ^ rest[0]
		rest = append(rest[1:], 0)
		for j := range rest {
			rest[j] ^= gfTimes(generator[j], factor)
		}
	}
	return rest
}

// gfTimes multiplies in GF(256) modulo x^8+x^4+x^3+x^2+1.
func gfTimes(a, b byte) byte {
	product := 0
	for i := 7; i >= 0; i-- {
		product = product<<1 ^ product>>7*0x11D
		product ^= int(b>>i&1) * int(a)
	}
	return byte(product)
}
