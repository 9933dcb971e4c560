// Package intelligent models the recognition of pictures and speech, and translation
// (智能接口). It recognizes nothing: it answers what a test has set for a picture, a
// recording or a text, and a default otherwise.
package intelligent

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s            *server.Server
	pictures     map[key]json.RawMessage // nil: nothing is found
	speeches     map[[sha256.Size]byte]string
	translations map[string]string
	results      map[string]result // by voice_id
}

// key is a picture at an endpoint.
type key struct {
	path    string
	url     string // empty for an upload
	content [sha256.Size]byte
}

// result is a recognized recording.
type result struct {
	text string
	at   time.Time
}

const (
	maxPicture = 2 << 20
	maxVoice   = 1 << 20
	maxText    = 600 // bytes
	resultLife = 10 * time.Second
	dailyOCR   = 100
	maxRatios  = 5
)

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{
		s: s, pictures: map[key]json.RawMessage{}, speeches: map[[sha256.Size]byte]string{},
		translations: map[string]string{}, results: map[string]result{},
	}
	for path, answer := range defaults() {
		e := server.Endpoint{Method: http.MethodPost, Path: path, Body: server.AnyBody, Handle: a.recognize(answer)}
		if strings.HasPrefix(path, "/cv/ocr/") && path != "/cv/ocr/menu" {
			e.Daily, e.Exhausted = dailyOCR, 101003
		}
		s.Handle(e)
	}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/media/voice/addvoicetorecofortext", Body: server.AnyBody, Handle: a.addVoice},
		{Method: http.MethodPost, Path: "/cgi-bin/media/voice/queryrecoresultfortext", Body: server.AnyBody, Handle: a.queryVoice},
		{Method: http.MethodPost, Path: "/cgi-bin/media/voice/translatecontent", Handle: server.JSON(a.translate)},
	}...)
	return a
}

// defaults are the answers for pictures that no test has set, by path.
func defaults() map[string]string {
	const (
		size = `"img_size": {"w": 800, "h": 600}`
		quad = `{"left_top": {"x": 10, "y": 20}, "right_top": {"x": 210, "y": 20}, "right_bottom": {"x": 210, "y": 60}, "left_bottom": {"x": 10, "y": 60}}`
	)
	return map[string]string{
		"/cv/ocr/idcard":   `{"type": "Front", "name": "李雷", "id": "110101199001011237", "addr": "北京市东城区", "gender": "男", "nationality": "汉"}`,
		"/cv/ocr/bankcard": `{"number": "6225880137000000"}`,
		"/cv/ocr/driving": `{"plate_num": "京A12345", "vehicle_type": "小型轿车", "owner": "李雷", "addr": "北京市东城区", "use_character": "非营运",
			"model": "大众牌", "vin": "LSVAA49J132047371", "engine_num": "123456", "register_date": "2018-10-12", "issue_date": "2018-10-13",
			"plate_num_b": "京A12345", "record": "110000000000", "passengers_num": "5人", "total_quality": "1800kg", "prepare_quality": "1400kg", ` + size + `}`,
		"/cv/ocr/drivinglicense": `{"id_num": "110101199001011237", "name": "李雷", "sex": "男", "nationality": "中国", "address": "北京市东城区",
			"birth_date": "1990-01-01", "issue_date": "2011-06-01", "car_class": "C1", "valid_from": "2017-06-01", "valid_to": "2027-06-01", "official_seal": "北京市公安局"}`,
		"/cv/ocr/bizlicense": `{"reg_num": "91110000000000000X", "serial": "1", "legal_representative": "李雷", "enterprise_name": "示例有限公司",
			"type_of_organization": "", "type_of_enterprise": "有限责任公司", "address": "北京市东城区", "business_scope": "软件开发", "registered_capital": "100万元",
			"paid_in_capital": "100万元", "valid_period": "2010-01-01至长期", "registered_date": "2010-01-01", "cert_position": {"pos": ` + quad + `}, ` + size + `}`,
		"/cv/ocr/comm":   `{"items": [{"text": "示例", "pos": ` + quad + `}], ` + size + `}`,
		"/cv/ocr/menu":   `{"content": {"menu_items": [{"name": "宫保鸡丁", "price": 28}]}}`,
		"/cv/img/qrcode": `{"code_results": [{"type_name": "QR_CODE", "data": "https://www.example.com/", "pos": ` + quad + `}], ` + size + `}`,
		"/cv/img/aicrop": "", // depends on the ratios
	}
}

// recognize answers for a picture, which comes by its address or in a form.
func (a *Area) recognize(answer string) server.Handler {
	return func(c *server.Call) (any, error) {
		k := key{path: c.Request.URL.Path, url: c.Query.Get("img_url")}
		ratios := c.Query.Get("ratios")
		if k.url == "" {
			up, err := c.Upload("img")
			if err != nil {
				return nil, err
			}
			if len(up.Content) == 0 || len(up.Content) > maxPicture {
				return nil, server.Fail(101002)
			}
			k.content = sha256.Sum256(up.Content)
			ratios = up.Form["ratios"]
		} else if !strings.HasPrefix(k.url, "http://") && !strings.HasPrefix(k.url, "https://") {
			return nil, server.Fail(101000)
		}
		if set, ok := a.pictures[k]; ok {
			return found(set)
		}
		if answer == "" {
			return crops(ratios)
		}
		return found(json.RawMessage(answer))
	}
}

// found is the answer with some fields; 101001 if nothing was found.
func found(fields json.RawMessage) (any, error) {
	var answer server.OK
	if err := json.Unmarshal(fields, &answer); err != nil {
		return nil, err
	}
	if answer == nil {
		return nil, server.Fail(101001)
	}
	return answer, nil
}

// crops are the largest areas of a picture of 800 by 600 with those ratios, in its middle.
func crops(ratios string) (any, error) {
	const width, height = 800, 600
	list := strings.Split(ratios, ",")
	if ratios == "" {
		list = []string{"1"}
	}
	if len(list) > maxRatios {
		return nil, server.Fail(40035)
	}
	var results []server.Object
	for _, text := range list {
		ratio, err := strconv.ParseFloat(text, 64)
		if err != nil || !(ratio > 0) {
			return nil, server.Fail(40035)
		}
		w, h := min(width, int(height*ratio)), min(height, int(width/ratio))
		left, top := (width-w)/2, (height-h)/2
		results = append(results, server.Object{"crop_left": left, "crop_top": top, "crop_right": left + w, "crop_bottom": top + h})
	}
	return server.OK{"results": results, "img_size": server.Object{"w": width, "h": height}}, nil
}

// addVoice is POST /cgi-bin/media/voice/addvoicetorecofortext.
func (a *Area) addVoice(c *server.Call) (any, error) {
	id := c.Query.Get("voice_id")
	if id == "" || !language(c.Query.Get("lang"), true) {
		return nil, server.Fail(40035)
	}
	if c.Query.Get("format") != "mp3" {
		return nil, server.Fail(40005)
	}
	up, err := c.Upload("media")
	switch {
	case err != nil:
		return nil, err
	case len(up.Content) == 0:
		return nil, server.Fail(44001)
	case len(up.Content) > maxVoice:
		return nil, server.Fail(40010)
	}
	text, ok := a.speeches[sha256.Sum256(up.Content)]
	if !ok {
		text = "今天天气怎么样"
	}
	maps.DeleteFunc(a.results, func(_ string, r result) bool { return c.Now().Sub(r.at) > resultLife })
	a.results[id] = result{text, c.Now()}
	return nil, nil
}

// queryVoice is POST /cgi-bin/media/voice/queryrecoresultfortext.
func (a *Area) queryVoice(c *server.Call) (any, error) {
	if c.Query.Get("voice_id") == "" || !language(c.Query.Get("lang"), true) {
		return nil, server.Fail(40035)
	}
	r, ok := a.results[c.Query.Get("voice_id")]
	if !ok || c.Now().Sub(r.at) > resultLife {
		return server.Object{"result": ""}, nil
	}
	return server.Object{"result": r.text}, nil
}

// translate is POST /cgi-bin/media/voice/translatecontent.
func (a *Area) translate(c *server.Call, in struct {
	Content string `json:"content"`
}) (any, error) {
	to := c.Query.Get("lto")
	if !language(c.Query.Get("lfrom"), false) || !language(to, false) || in.Content == "" || len(in.Content) > maxText {
		return nil, server.Fail(40035)
	}
	translated, ok := a.translations[in.Content]
	if !ok {
		translated = "[" + to + "] " + in.Content
	}
	return server.Object{"from_content": in.Content, "to_content": translated}, nil
}

func language(lang string, optional bool) bool {
	return lang == "" && optional || slices.Contains([]string{"zh_CN", "en_US"}, lang)
}

// SetPicture sets the answer of an endpoint for a picture, by its content or, if url is not
// empty, by its address.
func (a *Area) SetPicture(path string, content []byte, url string, answer json.RawMessage) {
	a.s.Lock()
	defer a.s.Unlock()
	k := key{path: path, url: url}
	if url == "" {
		k.content = sha256.Sum256(content)
	}
	a.pictures[k] = answer
}

// Takes reports whether path is an endpoint that takes pictures.
func (a *Area) Takes(path string) bool {
	_, ok := defaults()[path]
	return ok
}

// SetSpeech sets the text of a recording.
func (a *Area) SetSpeech(recording []byte, text string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.speeches[sha256.Sum256(recording)] = text
}

// SetTranslation sets the translation of a text.
func (a *Area) SetTranslation(text, translation string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.translations[text] = translation
}
