package menu_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/menu"
)

// The forms in which the platform writes menus.
func TestParse(t *testing.T) {
	leaf := []menu.Button{menu.ClickButton("今日歌曲", "V1001_TODAY_MUSIC")}
	const answered = `[{"type":"click","name":"今日歌曲","key":"V1001_TODAY_MUSIC","sub_button":[]}]`
	for text, want := range map[string]*menu.Menus{
		`{"button":` + everyJSON + `}`:                            {Default: menu.Menu{Buttons: every}},
		"\ufeff" + `{"menu":{"button":` + everyJSON + `}}` + "\n": {Default: menu.Menu{Buttons: every}},
		`{"menu":{"button":` + answered + `,"menuid":208396938},"conditionalmenu":[
			{"button":` + answered + `,"matchrule":{"tag_id":"2","client_platform_type":"2","sex":"1","country":"中国","province":"广东","city":"广州","language":"zh_CN"},"menuid":"208396993"},
			{"button":` + answered + `,"matchrule":{"group_id":100,"client_platform_type":3,"sex":1,"tag_id":""},"menuid":9007199254740993}]}`: {
			Default: menu.Menu{Buttons: leaf, ID: "208396938"},
			Conditional: []menu.ConditionalMenu{
				{Buttons: leaf, ID: "208396993", Rule: menu.MatchRule{TagID: 2, Client: menu.Android, Sex: "1", Country: "中国", Province: "广东", City: "广州", Language: "zh_CN"}},
				{Buttons: leaf, ID: "9007199254740993", Rule: menu.MatchRule{TagID: 100, Client: menu.OtherPlatform, Sex: "1"}},
			},
		},
	} {
		got, err := menu.Parse([]byte(text))
		require.NoError(t, err, text)
		for i := range got.Default.Buttons {
			if len(got.Default.Buttons[i].Sub) == 0 {
				got.Default.Buttons[i].Sub = nil
			}
		}
		require.Equal(t, want, got)
	}
}

// Every mistake has its line and path.
func TestParseErrors(t *testing.T) {
	const ok = `{"type": "click", "name": "x", "key": "k"}`
	for text, want := range map[string]string{
		``:                            "menu: line 1: the file is not JSON: unexpected end of JSON input",
		"menu:\n  button: []\n":       "menu: line 1: the file is not JSON: invalid character 'm' looking for beginning of value; the program wechat reads YAML too, from a file whose name ends in .yaml or .yml",
		"{\n\"button\": [\n}":         "menu: line 3: the file is not JSON: invalid character '}' looking for beginning of value",
		"{\"button\": []}\n\n{}":      "menu: line 3: the file is not JSON: invalid character '{' after top-level value",
		"{\n\n\"button\": \"\xc4\xe3": "menu: line 3: the file is not UTF-8",
		`[]`:                          "menu: line 1: the file must be an object: {…}",
		`{}`:                          `menu: line 1: the file has neither "menu" nor "button"`,
		"{\"menu\": {\"button\": [" + ok + "]},\n\"button\": []}": `menu: line 2: button is there in addition to "menu"`,
		"{\n\"buton\": []}":                   `menu: line 2: buton is not a known key; did you mean "button"?`,
		"{\n\"Button\": []}":                  `menu: line 2: Button is not a known key; did you mean "button"?`,
		`{"is_menu_open": 1}`:                 "menu: line 1: is_menu_open is not a known key",
		"{\"button\": [\n{\"nmae\": \"x\"}]}": `menu: line 2: button[0].nmae is not a known key; did you mean "name"?`,
		"{\"button\": [\n{\"name\": \"x\",\n\"sub_buttons\": []}]}":                           `menu: line 3: button[0].sub_buttons is not a known key; did you mean "sub_button"?`,
		"{\"button\": [\n{\"name\": \"x\",\n\"name\": \"y\"}]}":                               "menu: line 3: button[0].name occurs twice",
		"{\"button\": [\n{\"name\": \"x\",\n\"sub_button\": [" + ok + ",\n{\"ky\": \"\"}]}]}": `menu: line 4: button[0].sub_button[1].ky is not a known key; did you mean "key"?`,
		"{\"button\":\n{}}":                                                   "menu: line 2: button must be a list: […]",
		"{\"button\": [\n3]}":                                                 "menu: line 2: button[0] must be an object: {…}",
		"{\"button\": [{\"name\": \n3}]}":                                     `menu: line 2: button[0].name must be text: write "3"`,
		"{\"button\": [{\"name\": \ntrue}]}":                                  `menu: line 2: button[0].name must be text: write "true"`,
		"{\"button\": [{\"name\": \nnull}]}":                                  "menu: line 2: button[0].name must be text",
		"{\"button\": [{\"name\": \n[]}]}":                                    "menu: line 2: button[0].name must be text",
		"{\"button\": [{\n\"type\": \"viwe\"}]}":                              `menu: line 2: button[0].type is "viwe", which is not a type of button that the API can create; did you mean "view"?`,
		"{\"button\": [{\n\"type\": \"news\"}]}":                              `menu: line 2: button[0].type is "news", which is not a type of button that the API can create`,
		"{\"menu\": {\n\"button\": []}}":                                      "menu: line 2: menu.button has 0 buttons, at least 1 are needed",
		"{\"button\": [" + ok + ",\n{\"type\": \"click\", \"name\": \"x\"}]}": "menu: line 2: button[1].key is empty",
		"{\"button\": [{\"type\": \"click\", \"key\": \"k\",\n\"name\": \"名字太长的一个按钮\"}]}":        "menu: line 2: button[0].name has 27 bytes, at most 16 are allowed",
		"{\"button\": [" + ok + "],\n\"conditionalmenu\": [\n{\"button\": [" + ok + "]}]}":       "menu: line 3: conditionalmenu[0].matchrule is empty: set at least one condition",
		"{\"button\": [" + ok + "],\n\"conditionalmenu\": [\n{\"matchrule\": {\"tag_id\": 1}}]}": "menu: line 3: conditionalmenu[0].button has 0 buttons, at least 1 are needed",
		"{\"conditionalmenu\": [{\"matchrule\": {\n\"tag\": 1}}]}":                               `menu: line 2: conditionalmenu[0].matchrule.tag is not a known key`,
		"{\"conditionalmenu\": [{\"matchrule\": {\n\"tag_id\": \"vip\"}}]}":                      "menu: line 2: conditionalmenu[0].matchrule.tag_id must be the number of a tag",
		"{\"conditionalmenu\": [{\"matchrule\": {\n\"tag_id\": []}}]}":                           "menu: line 2: conditionalmenu[0].matchrule.tag_id must be text or a number",
		"{\"conditionalmenu\": [{\"matchrule\": {\n\"client_platform_type\": \"ios\"}}]}":        "menu: line 2: conditionalmenu[0].matchrule.client_platform_type must be 1 (iOS), 2 (Android) or 3 (others)",
	} {
		got, err := menu.Parse([]byte(text))
		require.EqualError(t, err, want, text)
		require.Nil(t, got, text)
	}
	_, err := menu.Parse([]byte(strings.Repeat("[", 20_000)))
	require.ErrorContains(t, err, "exceeded max depth")
	_, err = menu.Parse([]byte("{\"button\": [{\n\"nmae\": 1}]}"))
	var wrong *menu.ParseError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, &menu.ParseError{Line: 2, Path: "button[0].nmae", Rule: `is not a known key; did you mean "name"?`}, wrong)
}

// What is formatted parses, and says the same again.
func FuzzParse(f *testing.F) {
	f.Add(`{"button":` + everyJSON + `}`)
	f.Add(`{"menu":{"button":` + everyJSON + `,"menuid":1},"conditionalmenu":[{"button":` + everyJSON + `,"matchrule":` + fullRuleJSON + `}]}`)
	f.Add(`{"button":[{"nmae":1}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		menus, err := menu.Parse([]byte(text))
		if err != nil {
			var wrong *menu.ParseError
			require.ErrorAs(t, err, &wrong)
			require.Positive(t, wrong.Line)
			require.LessOrEqual(t, wrong.Line, 1+strings.Count(text, "\n"))
			return
		}
		file := menus.Format()
		again, err := menu.Parse(file)
		require.NoError(t, err, string(file))
		require.Equal(t, string(file), string(again.Format()))
	})
}
