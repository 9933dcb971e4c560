package menu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// ParseError is a mistake in a file of menus.
type ParseError struct {
	Line int    // from 1
	Path string // of the value, such as menu.button[0].name; empty for the whole file
	Rule string // what is wrong with the value, such as "is empty"
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("menu: line %d: %s %s", e.Line, e.path(), e.Rule)
}

func (e *ParseError) path() string {
	if e.Path == "" {
		return "the file"
	}
	return e.Path
}

// Parse reads menus that are kept as a file in the platform's own JSON. (The program
// wechat reads YAML, too.) The file has the form of the answer that [Service.Get] reads,
//
//	{
//	  "menu": {"button": [{"type": "click", "name": "今日歌曲", "key": "TODAY"}]},
//	  "conditionalmenu": [
//	    {"button": […], "matchrule": {"tag_id": "100"}}
//	  ]
//	}
//
// or the body of menu/create, which has "button" in place of "menu". Of several
// conditional menus that match a follower, the first of the file is shown. Ids of menus
// may be in the file, but are not used.
//
// The error is a [*ParseError] with line and path: for invalid JSON, an unknown or
// duplicate key, a value of the wrong kind, a type of button that the API cannot create,
// and for a value that breaks a limit of [Service.Create] or [Service.AddConditional].
func Parse(data []byte) (*Menus, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := syntax(data); err != nil {
		return nil, err
	}
	p := &parser{data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1, lines: map[string]int{}}
	p.dec.UseNumber()
	menus, prefix := &Menus{}, "menu."
	fields := fields{
		"menu":            p.object(fields{"button": p.buttons(&menus.Default.Buttons), "menuid": p.scalar(&menus.Default.ID)}),
		"button":          p.buttons(&menus.Default.Buttons),
		"conditionalmenu": list(p, &menus.Conditional, p.conditional),
	}
	if err := p.object(fields)(""); err != nil {
		return nil, err
	}
	switch {
	case p.lines["menu"] == 0 && p.lines["button"] == 0:
		return nil, &ParseError{1, "", `has neither "menu" nor "button"`}
	case p.lines["menu"] != 0 && p.lines["button"] != 0:
		return nil, &ParseError{p.lines["button"], "button", `is there in addition to "menu"`}
	case p.lines["button"] != 0:
		prefix = ""
	}
	if err := p.limits(menus, prefix); err != nil {
		return nil, err
	}
	return menus, nil
}

// syntax checks that data is JSON in UTF-8.
func syntax(data []byte) error {
	at := func(offset int) int { return 1 + bytes.Count(data[:min(offset, len(data))], []byte("\n")) }
	if !utf8.Valid(data) {
		bad := 0
		for r, size := utf8.DecodeRune(data); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(data[bad:]) {
			bad += size
		}
		return &ParseError{at(bad), "", "is not UTF-8"}
	}
	var any json.RawMessage
	err := json.Unmarshal(data, &any)
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		rule := "is not JSON: " + wrong.Error()
		if text := bytes.TrimSpace(data); len(text) > 0 && text[0] != '{' {
			rule += "; the program wechat reads YAML too, from a file whose name ends in .yaml or .yml"
		}
		return &ParseError{at(int(wrong.Offset)), "", rule}
	}
	return err
}

// parser reads JSON whose syntax is right.
type parser struct {
	data    []byte
	dec     *json.Decoder
	counted int // bytes of data whose lines are in line
	line    int
	lines   map[string]int // of each key and element, by its path
}

// reader reads the value at a path.
type reader func(path string) error

type fields map[string]reader

// token returns the next token, and counts lines up to it.
func (p *parser) token() json.Token {
	token, _ := p.dec.Token() // the syntax is right
	end := int(p.dec.InputOffset())
	p.line += bytes.Count(p.data[p.counted:end], []byte("\n"))
	p.counted = end
	return token
}

func (p *parser) fail(path, rule string) error { return &ParseError{p.line, path, rule} }

func (p *parser) object(fields fields) reader {
	return func(path string) error {
		if p.token() != json.Delim('{') {
			return p.fail(path, "must be an object: {…}")
		}
		p.lines[path] = p.line
		seen := map[string]bool{}
		for p.dec.More() {
			key, _ := p.token().(string)
			at := strings.TrimPrefix(path+"."+key, ".")
			read, known := fields[key]
			switch {
			case !known:
				return p.fail(at, "is not a known key"+suggest(key, slices.Collect(maps.Keys(fields))))
			case seen[key]:
				return p.fail(at, "occurs twice")
			}
			seen[key], p.lines[at] = true, p.line
			if err := read(at); err != nil {
				return err
			}
		}
		p.token() // the closing brace
		return nil
	}
}

// list reads a list, whose elements are read by item.
func list[T any](p *parser, into *[]T, item func(*T) reader) reader {
	return func(path string) error {
		if p.token() != json.Delim('[') {
			return p.fail(path, "must be a list: […]")
		}
		for i := 0; p.dec.More(); i++ {
			var one T
			at := path + "[" + strconv.Itoa(i) + "]"
			if err := item(&one)(at); err != nil {
				return err
			}
			*into = append(*into, one)
		}
		p.token() // the closing bracket
		return nil
	}
}

func (p *parser) buttons(into *[]Button) reader { return list(p, into, p.button) }

func (p *parser) button(b *Button) reader {
	return p.object(fields{
		"type": p.buttonType(&b.Type), "name": p.text(&b.Name), "key": p.text(&b.Key), "url": p.text(&b.URL),
		"media_id": p.text(&b.MediaID), "article_id": p.text(&b.ArticleID), "appid": p.text(&b.AppID),
		"pagepath": p.text(&b.PagePath), "sub_button": p.buttons(&b.Sub),
	})
}

func (p *parser) conditional(m *ConditionalMenu) reader {
	r := &m.Rule
	return p.object(fields{
		"button": p.buttons(&m.Buttons), "menuid": p.scalar(&m.ID),
		"matchrule": p.object(fields{
			"tag_id": p.tag(&r.TagID), "group_id": p.tag(&r.TagID), "client_platform_type": p.client(&r.Client), "sex": p.scalar(&r.Sex),
			"country": p.text(&r.Country), "province": p.text(&r.Province), "city": p.text(&r.City), "language": p.text(&r.Language),
		}),
	})
}

// text reads a string.
func (p *parser) text(into *string) reader {
	return func(path string) (err error) {
		switch value := p.token().(type) {
		case string:
			*into = value
		case json.Number, bool:
			err = p.fail(path, fmt.Sprintf("must be text: write %q", fmt.Sprint(value)))
		default:
			err = p.fail(path, "must be text")
		}
		return err
	}
}

// scalar reads a string, or a number as a string.
func (p *parser) scalar(into *string) reader {
	return func(path string) (err error) {
		switch value := p.token().(type) {
		case string:
			*into = value
		case json.Number:
			*into = value.String()
		default:
			err = p.fail(path, "must be text or a number")
		}
		return err
	}
}

func (p *parser) tag(into *int) reader {
	return func(path string) error {
		var value string
		if err := p.scalar(&value)(path); err != nil || value == "" {
			return err
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return p.fail(path, "must be the number of a tag")
		}
		*into = n
		return nil
	}
}

func (p *parser) client(into *ClientPlatform) reader {
	return func(path string) error {
		err := p.scalar((*string)(into))(path)
		if err == nil && !slices.Contains([]ClientPlatform{"", IOS, Android, OtherPlatform}, *into) {
			err = p.fail(path, "must be 1 (iOS), 2 (Android) or 3 (others)")
		}
		return err
	}
}

func (p *parser) buttonType(into *ButtonType) reader {
	return func(path string) error {
		if err := p.text((*string)(into))(path); err != nil || *into == "" {
			return err
		}
		if _, known := (Button{Type: *into}).required(""); !known {
			return p.fail(path, fmt.Sprintf("is %q, which is not a type of button that the API can create%s", *into, suggest(*into, []ButtonType{
				Click, View, MiniProgram, ScanCodePush, ScanCodeWait, PicSysPhoto, PicPhotoOrAlbum, PicWeixin, LocationSelect,
				Media, ViewLimited, Article, ArticleViewLimited,
			})))
		}
		return nil
	}
}

// limits checks menus, and adds the line to what is wrong.
func (p *parser) limits(menus *Menus, prefix string) error {
	if err := p.located(prefix, checkErr(menus.Default.Buttons)); err != nil {
		return err
	}
	for i, m := range menus.Conditional {
		prefix := fmt.Sprintf("conditionalmenu[%d].", i)
		err := checkErr(m.Buttons)
		if err == nil {
			err = m.Rule.check("")
		}
		if err := p.located(prefix, err); err != nil {
			return err
		}
	}
	return nil
}

func checkErr(buttons []Button) error {
	_, err := check("", buttons)
	return err
}

// located turns an error of a field into one with a line.
func (p *parser) located(prefix string, err error) error {
	wrong, ok := errors.AsType[*errcode.LimitError](err)
	if !ok {
		return err
	}
	path := prefix + wrong.Field
	line := 0
	for at := path; line == 0 && at != ""; at = at[:max(0, strings.LastIndexAny(at, ".["))] {
		line = p.lines[at]
	}
	return &ParseError{max(line, 1), path, strings.TrimPrefix(wrong.Error(), "wechat: "+wrong.Op+": "+wrong.Field+" ")}
}

// suggest returns a question for the known word that is most like a wrong one.
func suggest[T ~string](word T, known []T) string {
	best, least := T(""), 3 // edits; more are another word
	for _, one := range slices.Sorted(slices.Values(known)) {
		if n := edits(strings.ToLower(string(word)), string(one)); n < least {
			best, least = one, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// edits counts the bytes to insert, delete or replace, and the neighbors to swap, that
// turn a into b.
func edits(a, b string) int {
	if len(a) > 2*len(b)+2 {
		return len(a) // far away, whatever it is
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
		for j := 1; j <= len(b); j++ {
			if i == 0 {
				rows[i][j] = j
				continue
			}
			same := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				same++
			}
			rows[i][j] = min(same, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
