package wechattest

import (
	"encoding/json"
	"fmt"
)

// SetRecognition sets what an endpoint such as /cv/ocr/idcard or /cv/img/qrcode finds in a
// picture that is uploaded. answer is encoded as JSON and has the fields of the answer, so a
// result type of package ocr or vision will do. A nil answer means that nothing is found:
// errcode 101001.
//
// Without it every picture has the same, valid content. SetRecognition panics if path
// takes no pictures, or answer does not encode as an object.
func (p *Platform) SetRecognition(path string, picture []byte, answer any) {
	p.intelligent.SetPicture(path, picture, "", p.recognition(path, answer))
}

// SetRecognitionOfURL is [Platform.SetRecognition] for a picture that is sent as an address.
// The platform does not fetch it.
func (p *Platform) SetRecognitionOfURL(path, url string, answer any) {
	p.intelligent.SetPicture(path, nil, url, p.recognition(path, answer))
}

func (p *Platform) recognition(path string, answer any) json.RawMessage {
	if !p.intelligent.Takes(path) {
		panic(fmt.Sprintf("wechattest: %s is not an endpoint for pictures", path))
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(fmt.Sprintf("wechattest: the answer for %s: %v", path, err))
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		panic(fmt.Sprintf("wechattest: the answer for %s is not an object", path))
	}
	return text
}

// SetSpeech sets the text of a recording for speech recognition. Without it every recording
// says 今天天气怎么样.
func (p *Platform) SetSpeech(recording []byte, text string) { p.intelligent.SetSpeech(recording, text) }

// SetTranslation sets the translation of a text. Without it the translation is the name of
// the language and the text, such as "[en_US] 你好".
func (p *Platform) SetTranslation(text, translation string) {
	p.intelligent.SetTranslation(text, translation)
}
