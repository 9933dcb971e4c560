package menu_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func local(t *testing.T) (*wechattest.Platform, *menu.Service) {
	t.Helper()
	p := wechattest.New(t, wechattest.Config{})
	return p, menu.New(localtest.Client(t, p))
}

// file is a file of menus: a default menu with a key, and conditional ones, such as "2:A"
// for the tag 2 with the key A.
func file(key string, conditional ...string) *menu.Menus {
	m := &menu.Menus{Default: menu.Menu{Buttons: []menu.Button{menu.ClickButton("一", key)}}}
	for _, one := range conditional {
		tag, key, _ := strings.Cut(one, ":")
		n, _ := strconv.Atoi(tag)
		m.Conditional = append(m.Conditional, menu.ConditionalMenu{Buttons: []menu.Button{menu.ClickButton("二", key)}, Rule: menu.MatchRule{TagID: n}})
	}
	return m
}

// changes are the calls that changed something, by the last part of their path.
func changes(p *wechattest.Platform) (list []string) {
	for _, c := range p.Calls("") {
		name := c.Path[strings.LastIndexByte(c.Path, '/')+1:]
		if slices.Contains([]string{"create", "delete", "addconditional", "delconditional"}, name) {
			list = append(list, name)
		}
	}
	return list
}

// Every state becomes every other one, with no more calls than the order needs.
func TestApply(t *testing.T) {
	for _, c := range []struct {
		from, to *menu.Menus
		calls    string
	}{
		{nil, file("A"), "create"},
		{nil, file("A", "1:X", "2:Y"), "create addconditional addconditional"},
		{file("A"), file("A"), ""},
		{file("A"), file("B"), "create"},
		{file("A", "1:X", "2:Y"), file("A", "1:X", "2:Y"), ""},
		{file("A", "1:X", "2:Y"), file("B", "1:X", "2:Y"), "create"},
		{file("A", "1:X", "2:Y"), file("A", "3:Z", "1:X", "2:Y"), "addconditional"},
		{file("A", "1:X", "2:Y"), file("A", "1:Z", "2:Y"), "addconditional delconditional"},
		{file("A", "1:X", "2:Y"), file("A", "1:X", "2:Z"), "addconditional addconditional delconditional delconditional"},
		{file("A", "1:X", "2:Y"), file("A", "2:Y", "1:X"), "addconditional delconditional"},
		{file("A", "1:X", "2:Y", "3:Z"), file("A", "1:X", "3:Z"), "delconditional"},
		{file("A", "1:X", "2:Y", "3:Z"), file("A"), "delconditional delconditional delconditional"},
		{file("A", "1:X", "2:Y", "3:Z"), file("B", "3:Z", "2:Y", "1:X"), "create addconditional addconditional delconditional delconditional"},
		{file("A", "1:X", "1:X"), file("A", "1:X"), "delconditional"},
	} {
		p, menus := local(t)
		if c.from != nil {
			first, err := menus.Diff(t.Context(), c.from)
			require.NoError(t, err)
			require.NoError(t, menus.Apply(t.Context(), first))
		}
		before := len(changes(p))
		plan, err := menus.Diff(t.Context(), c.to)
		require.NoError(t, err)
		require.Len(t, changes(p), before, "Diff changes nothing")
		require.Equal(t, c.calls == "", plan.String() == "")
		require.NoError(t, menus.Apply(t.Context(), plan))
		require.Equal(t, c.calls, strings.Join(changes(p)[before:], " "))

		got, err := menus.Get(t.Context())
		require.NoError(t, err)
		require.Equal(t, string(c.to.Format()), string(got.Format()))
		plan, err = menus.Diff(t.Context(), c.to)
		require.NoError(t, err)
		require.Empty(t, plan.Steps)
		calls := len(p.Calls(""))
		require.NoError(t, menus.Apply(t.Context(), plan))
		require.Len(t, p.Calls(""), calls, "an equal menu sends nothing")
	}
}

// A plan that breaks off after any of its steps is finished by the next one.
func TestApplyAgain(t *testing.T) {
	want := file("B", "2:Z", "3:X", "1:X")
	for done := range 5 {
		p, menus := local(t)
		plan, err := menus.Diff(t.Context(), file("A", "1:X", "2:Y"))
		require.NoError(t, err)
		require.NoError(t, menus.Apply(t.Context(), plan))
		plan, err = menus.Diff(t.Context(), want)
		require.NoError(t, err)
		require.Len(t, plan.Steps, 4, "%s", plan.Steps)
		part := *plan
		part.Steps = plan.Steps[:done]
		require.NoError(t, menus.Apply(t.Context(), &part))
		if done > 0 {
			require.ErrorIs(t, menus.Apply(t.Context(), plan), menu.ErrChanged)
		}
		before := len(changes(p))
		plan, err = menus.Diff(t.Context(), want)
		require.NoError(t, err)
		require.NoError(t, menus.Apply(t.Context(), plan))
		require.Len(t, changes(p), before+4-done, "it does what is left")
		got, err := menus.Get(t.Context())
		require.NoError(t, err)
		require.Equal(t, string(want.Format()), string(got.Format()))
	}
}

func TestApplyFails(t *testing.T) {
	p, menus := local(t)
	plan, err := menus.Diff(t.Context(), file("A", "1:X"))
	require.NoError(t, err)
	p.Inject(wechattest.Rule{Path: "/cgi-bin/menu/addconditional", Fault: wechattest.Errcode(65305)})
	err = menus.Apply(t.Context(), plan)
	require.ErrorIs(t, err, errcode.ConditionalMenuCountLimit)
	require.ErrorContains(t, err, `menu: step 2 of 2, add the conditional menu for {"tag_id":"1"}: `)
}

// Somebody else changes the menus between Diff and Apply.
func TestApplyOldPlan(t *testing.T) {
	p, menus := local(t)
	plan, err := menus.Diff(t.Context(), file("A"))
	require.NoError(t, err)
	require.NoError(t, menus.Create(t.Context(), menu.ClickButton("x", "X")))
	require.ErrorIs(t, menus.Apply(t.Context(), plan), menu.ErrChanged)
	require.Equal(t, []string{"create"}, changes(p))
}

// Wrong files are refused before anything is sent.
func TestDiffRefuses(t *testing.T) {
	bad := func(change func(*menu.Menus)) func(context.Context, *officialaccount.Client) (any, error) {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			m := file("A", "1:X")
			change(m)
			return menu.New(oa).Diff(ctx, m)
		}
	}
	apitest.Refuses(t, map[string]func(context.Context, *officialaccount.Client) (any, error){
		"menu/create: button has 0 buttons":                      bad(func(m *menu.Menus) { m.Default.Buttons = nil }),
		"addconditional: conditionalmenu[0].button[0].key is em": bad(func(m *menu.Menus) { m.Conditional[0].Buttons[0].Key = "" }),
		"addconditional: conditionalmenu[0].matchrule is empty":  bad(func(m *menu.Menus) { m.Conditional[0].Rule = menu.MatchRule{} }),
	})
}

// A menu of the console is replaced, and its loss is said before.
func TestDiffConsoleMenu(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode":46003,"errmsg":"menu no exist"}`), apitest.JSON(currentJSON))
	plan, err := menu.New(p.Client()).Diff(t.Context(), file("A"))
	require.NoError(t, err)
	require.Equal(t, []menu.Step{{Action: menu.CreateStep, Buttons: file("A").Default.Buttons}}, plan.Steps)
	require.Equal(t, []string{
		`The button "news" (news) was made on the console; the API cannot make it again.`,
		`The button "video" (video) was made on the console; the API cannot make it again.`,
		"The default menu is replaced; the platform does not keep the old one.",
	}, plan.Warnings)
	require.Contains(t, plan.String(), `-        "name": "video"`)
}

// The same on the local platform, to the end.
func TestApplyOverConsoleMenu(t *testing.T) {
	p, menus := local(t)
	p.SetConsoleMenu(
		wechattest.Button{Name: "关于", Type: "text", Value: "我们是……"},
		wechattest.Button{Name: "更多", Sub: []wechattest.Button{{Name: "搜索", Type: "view", URL: "https://example.com/"}}},
	)
	want := &menu.Menus{Default: menu.Menu{Buttons: []menu.Button{
		menu.ClickButton("关于", "ABOUT"), menu.Submenu("更多", menu.ViewButton("搜索", "https://example.com/")),
	}}}
	plan, err := menus.Diff(t.Context(), want)
	require.NoError(t, err)
	require.Equal(t, []string{
		`The button "关于" (text) was made on the console; the API cannot make it again.`,
		"The default menu is replaced; the platform does not keep the old one.",
	}, plan.Warnings)
	require.Contains(t, plan.String(), `-        "type": "text",`)
	require.NoError(t, menus.Apply(t.Context(), plan))
	require.Equal(t, "click", p.Menu()[0].Type)
	plan, err = menus.Diff(t.Context(), want)
	require.NoError(t, err)
	require.Empty(t, plan.Steps)

	p.SetConsoleMenu(wechattest.Button{Name: "搜索", Type: "view", URL: "https://example.com/"})
	plan, err = menus.Diff(t.Context(), want)
	require.NoError(t, err)
	require.Len(t, plan.Steps, 1, "the console's menu is what followers see")
	require.Equal(t, []string{"The default menu is replaced; the platform does not keep the old one."}, plan.Warnings)
}

func TestDiffWarns(t *testing.T) {
	answers := func(get string) *apitest.Platform {
		return apitest.New(t, apitest.JSON(get), apitest.JSON(`{"is_menu_open":0}`))
	}
	p := answers(`{"menu":{"button":[{"type":"click","name":"一","key":"A"}]},"conditionalmenu":[
		{"button":[{"type":"view","name":"三","url":"https://a.com/"}],"matchrule":{"sex":"1"},"menuid":7},
		{"button":[{"type":"view","name":"三","url":"https://b.com/"}],"matchrule":{"group_id":2},"menuid":8}]}`)
	want := file("A", "2:X", "2:Y")
	want.Conditional[0].Buttons = append(want.Conditional[0].Buttons, menu.ViewButton("c", "https://c.com"), menu.ViewButton("d", "https://d.com"))
	want.Conditional = append(want.Conditional, menu.ConditionalMenu{Buttons: want.Conditional[1].Buttons, Rule: menu.MatchRule{TagID: 2, City: "广州"}},
		menu.ConditionalMenu{Buttons: want.Conditional[1].Buttons, Rule: menu.MatchRule{Client: menu.IOS}})
	plan, err := menu.New(p.Client()).Diff(t.Context(), want)
	require.NoError(t, err)
	require.Equal(t, []string{
		"The old and the new conditional menus link to 4 domains, more than 3. So the old ones are deleted first, and followers see other menus until the new ones are there.",
		"The conditional menu 8 is deleted; a menu with the same rule gets another id.",
		"The conditional menu 7 has a rule that the platform has withdrawn; it cannot be made again.",
		"The menu is switched off on the console: followers do not see it.",
		"conditionalmenu[1] is never shown: conditionalmenu[0] matches the same followers and comes first.",
		"conditionalmenu[2] has a condition by sex, region or language and so does not match anyone.",
	}, plan.Warnings)
	var steps []string
	for _, s := range plan.Steps {
		steps = append(steps, s.String())
	}
	require.Equal(t, []string{
		`delete the conditional menu 8 for {"tag_id":"2"}`,
		`delete the conditional menu 7 for {"sex":"1"}`,
		`add the conditional menu for {"client_platform_type":"1"}`,
		`add the conditional menu for {"tag_id":"2","city":"广州"}`,
		`add the conditional menu for {"tag_id":"2"}`,
		`add the conditional menu for {"tag_id":"2"}`,
	}, steps)
}

// Fields that the type of a button does not use make no difference.
func TestDiffIgnoresUnused(t *testing.T) {
	p, menus := local(t)
	require.NoError(t, menus.Create(t.Context(), menu.ViewButton("x", "https://example.com/")))
	want := &menu.Menus{Default: menu.Menu{ID: "7", Buttons: []menu.Button{{Type: menu.View, Name: "x", URL: "https://example.com/", Key: "K", Sub: []menu.Button{}}}}}
	plan, err := menus.Diff(t.Context(), want)
	require.NoError(t, err)
	require.Empty(t, plan.Steps)
	require.Empty(t, plan.Warnings)
	require.Equal(t, []string{"create"}, changes(p))
}

func TestDiffFails(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode":48001,"errmsg":"api unauthorized"}`))
	_, err := menu.New(p.Client()).Diff(t.Context(), file("A"))
	require.ErrorIs(t, err, errcode.APIUnauthorized)
	p = apitest.New(t, apitest.JSON(`{"menu":{"button":[]}}`), apitest.JSON(`{"errcode":48001,"errmsg":"api unauthorized"}`))
	_, err = menu.New(p.Client()).Diff(t.Context(), file("A"))
	require.ErrorIs(t, err, errcode.APIUnauthorized)
	p = apitest.New(t, apitest.JSON(`{"menu":{"button":[]}}`))
	require.ErrorContains(t, menu.New(p.Client()).Apply(t.Context(), &menu.Plan{
		Deployed: &menu.Menus{}, Wanted: &menu.Menus{}, Steps: []menu.Step{{Action: "burn"}},
	}), `unknown action "burn"`)
}

// The diff of two menus, applied to the old one, is the new one.
func TestUnifiedDiff(t *testing.T) {
	many := func(keys ...string) *menu.Menus {
		m := file("A")
		for i, key := range keys {
			m.Conditional = append(m.Conditional, menu.ConditionalMenu{Buttons: []menu.Button{menu.ClickButton("一", key)}, Rule: menu.MatchRule{TagID: i + 1}})
		}
		return m
	}
	numbered := func(from, to int) (keys []string) {
		for i := from; i < to; i++ {
			keys = append(keys, fmt.Sprint(i))
		}
		return keys
	}
	states := []*menu.Menus{
		{}, file("A"), file("B"), file("A", "1:X"), file("A", "1:X", "2:Y"), file("A", "2:Y", "1:X"), file("A", "1:X", "2:Z", "3:Y"),
		{Default: menu.Menu{Buttons: every}}, {Default: menu.Menu{Buttons: every[1:]}},
		many(numbered(0, 10)...), many(numbered(3, 12)...), many(numbered(0, 100)...), many(numbered(1000, 1120)...), // more than a thousand lines
	}
	for _, from := range states {
		for _, to := range states {
			diff := (&menu.Plan{Deployed: from, Wanted: to}).String()
			require.Equal(t, text(to), patch(t, text(from), diff))
		}
	}
	require.Equal(t, `--- deployed
+++ wanted
@@ -4,7 +4,7 @@
       {
         "type": "click",
         "name": "一",
-        "key": "A"
+        "key": "B"
       }
     ]
   }
`, (&menu.Plan{Deployed: file("A"), Wanted: file("B")}).String())

	keys := func(file []byte) []byte {
		return bytes.Join(regexp.MustCompile(`"key".*`).FindAll(file, -1), []byte("\n"))
	}
	require.Equal(t, `--- deployed
+++ wanted
@@ -1 +1 @@
-"key": "A"
+"key": "B"
`, (&menu.Plan{Deployed: file("A"), Wanted: file("B")}).DiffAs(keys))
	require.Empty(t, (&menu.Plan{Deployed: file("A"), Wanted: file("A")}).DiffAs(keys))
}

func text(m *menu.Menus) string {
	if len(m.Default.Buttons)+len(m.Conditional) == 0 {
		return ""
	}
	return string(m.Format())
}

// patch applies a unified diff, and checks its line numbers.
func patch(t *testing.T, from, diff string) string {
	t.Helper()
	old := strings.SplitAfter(from, "\n")
	var out strings.Builder
	at, written := 0, 0
	write := func(line string) { out.WriteString(line); written++ }
	for line := range strings.Lines(diff) {
		switch {
		case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
		case line[0] == '@':
			var oldSpan, newSpan string
			_, err := fmt.Sscanf(line, "@@ -%s +%s @@", &oldSpan, &newSpan)
			require.NoError(t, err)
			for at < begin(t, oldSpan) {
				write(old[at])
				at++
			}
			require.Equal(t, begin(t, newSpan), written)
		case line[0] == '+':
			write(line[1:])
		default:
			require.Equal(t, old[at], line[1:])
			if line[0] == ' ' {
				write(line[1:])
			}
			at++
		}
	}
	return out.String() + strings.Join(old[at:], "")
}

// begin is the number of lines before a span.
func begin(t *testing.T, span string) int {
	t.Helper()
	first, count, found := strings.Cut(span, ",")
	n, err := strconv.Atoi(first)
	require.NoError(t, err)
	if found && count == "0" {
		return n
	}
	return n - 1
}

// A menu as a file, and the account's.
func ExampleService_Diff() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	oa, err := officialaccount.New(officialaccount.Config{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, HTTPClient: p.Client(), BaseURL: p.URL()})
	if err != nil {
		fmt.Println(err)
		return
	}
	menus, ctx := menu.New(oa), context.Background()
	if err := menus.Create(ctx, menu.ClickButton("今日歌曲", "TODAY")); err != nil {
		fmt.Println(err)
		return
	}

	_, err = menu.Parse([]byte(`{"button": [
		{"type": "click", "nmae": "今日歌曲", "key": "TODAY"}
	]}`))
	fmt.Println(err)
	wanted, err := menu.Parse([]byte(`{"button": [
		{"type": "click", "name": "昨日歌曲", "key": "TODAY"}
	]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := menus.Diff(ctx, wanted)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(plan)
	fmt.Println(plan.Steps, plan.Warnings)
	fmt.Println(errors.Join(menus.Apply(ctx, plan)))
	// Output:
	// menu: line 2: button[0].nmae is not a known key; did you mean "name"?
	// --- deployed
	// +++ wanted
	// @@ -3,7 +3,7 @@
	//      "button": [
	//        {
	//          "type": "click",
	// -        "name": "今日歌曲",
	// +        "name": "昨日歌曲",
	//          "key": "TODAY"
	//        }
	//      ]
	// [create the default menu] [The default menu is replaced; the platform does not keep the old one.]
	// <nil>
}
