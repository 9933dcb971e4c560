package errcode_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// rows reads the table that the constants are made of.
func rows(t *testing.T) [][]string {
	t.Helper()
	f, err := os.Open("errcodes.tsv")
	require.NoError(t, err)
	defer f.Close()
	var rows [][]string
	for s := bufio.NewScanner(f); s.Scan(); {
		rows = append(rows, strings.Split(s.Text(), "\t"))
	}
	return rows[1:]
}

func TestEveryRowOfTheTableIsACode(t *testing.T) {
	t.Parallel()
	all := rows(t)
	require.Len(t, all, 1018)
	categories := map[errcode.Category]int{}
	for _, row := range all {
		n, err := strconv.Atoi(row[0])
		require.NoError(t, err)
		c := errcode.Code(n)
		require.True(t, c.Known(), row)
		require.Equal(t, []string{row[1], row[2], row[4]}, []string{c.Symbol(), string(c.Category()), c.Message()})
		require.Equal(t, row[0]+" "+row[1], c.String())
		require.Equal(t, row[0]+" "+row[1]+": "+row[4], c.Error())
		require.ErrorIs(t, c, c.Category())
		require.Contains(t, c.Category().Codes(), c)
		categories[c.Category()]++
	}
	require.Len(t, categories, 24)
}

func TestACodeThatTheTableDoesNotHave(t *testing.T) {
	t.Parallel()
	c := errcode.Code(123456)
	require.False(t, c.Known())
	require.Equal(t, "123456", c.Error())
	require.Equal(t, "123456", c.String())
	require.Empty(t, c.Symbol()+c.Message()+c.Remedy()+c.RemedyZH()+string(c.Category()))
	require.NotErrorIs(t, c, errcode.Category(""))
	require.Equal(t, "wechat: /x: 123456: what now", (&errcode.Error{Op: "/x", Code: c, Message: "what now"}).Error())
}

// The facts name the codes on which programs branch.
// A log shows the number of a code, as the field of an error in JSON.
func TestACodeIsLoggedAsItsNumber(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("refused", "errcode", errcode.IPNotInWhitelist)
	require.Contains(t, out.String(), `"errcode":40164}`)
	out.Reset()
	slog.New(slog.NewTextHandler(&out, nil)).Info("refused", "errcode", errcode.IPNotInWhitelist)
	require.Contains(t, out.String(), "errcode=40164\n")
}

func TestNamesAndGroups(t *testing.T) {
	t.Parallel()
	for c, want := range map[errcode.Code]int{
		errcode.SystemBusy: -1, errcode.OK: 0, errcode.IPNotInWhitelist: 40164, errcode.ClientIPNotWhitelisted: 61004,
		errcode.DailyQuotaReached: 45009, errcode.APIUnauthorized: 48001, errcode.InvalidCredential: 40001, errcode.ClientMsgIDExists: 45065,
	} {
		require.Equal(t, want, int(c))
	}
	require.Equal(t, []errcode.Code{40001, 40014, 42001}, errcode.ErrTokenInvalid.Codes())
	require.Equal(t, []errcode.Code{40164, 45035, 61004}, errcode.ErrIPRefused.Codes())
	for c, want := range map[errcode.Code]errcode.Category{
		45009: errcode.ErrQuota, 45011: errcode.ErrQuota, 48001: errcode.ErrPermission, 40164: errcode.ErrPermission,
		40001: errcode.ErrAuth, -1: errcode.ErrBusy, 45015: errcode.ErrCustomerService, 40163: errcode.ErrOAuth,
	} {
		require.ErrorIs(t, c, want)
		require.ErrorIs(t, fmt.Errorf("wrapped: %w", &errcode.Error{Code: c}), want)
	}
}

func TestRemediesInBothLanguages(t *testing.T) {
	t.Parallel()
	count := 0
	for _, row := range rows(t) {
		n, _ := strconv.Atoi(row[0])
		c := errcode.Code(n)
		require.Equal(t, c.Remedy() == "", c.RemedyZH() == "", c)
		if c.Remedy() == "" {
			continue
		}
		count++
		require.NotContains(t, c.Remedy(), "\n")
		require.NotContains(t, c.Remedy()+c.RemedyZH(), "公众平台", "the console is 微信开发者平台")
		require.Equal(t, strings.Contains(c.Remedy(), "developer platform"), strings.Contains(c.RemedyZH(), "微信开发者平台"), c)
		require.True(t, strings.ContainsFunc(c.RemedyZH(), func(r rune) bool { return unicode.Is(unicode.Han, r) }), c)
	}
	require.GreaterOrEqual(t, count, 75)
	for _, c := range []errcode.Code{
		-1, 40001, 40003, 40007, 40013, 40014, 40029, 40033, 40037, 40125, 40163, 40164, 40243, 41001, 41005, 42001, 43004,
		43107, 43108, 44002, 45002, 45009, 45011, 45015, 45047, 45067, 47001, 47003, 48001, 48004, 50005, 53404, 61004, 61023, 89503, 101002,
	} {
		require.NotEmpty(t, c.Remedy(), c)
	}
}

// 43107 has two meanings in the documents; the remedy names both.
func TestRemediesOfCodesWithTwoMeanings(t *testing.T) {
	t.Parallel()
	require.Contains(t, errcode.SubscribeAbilityBanned.Remedy(), "blocked")
	require.Contains(t, errcode.SubscribeAbilityBanned.Remedy(), "consent")
	require.Contains(t, errcode.ConcurrentSendToUser.Remedy(), "one after another")
	require.Contains(t, errcode.ConcurrentSendToUser.Remedy(), "consent")
}

func TestErrorIsOneLineThatEndsWithTheRemedy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  errcode.Error
		want string
	}{
		{errcode.Error{Code: 45011, Message: "api minute-quota reach limit rid: 62fb9bc8-078c24da-4202f278", Op: "/cgi-bin/user/get", Status: 200},
			"wechat: /cgi-bin/user/get: 45011 MinuteQuotaReached: api minute-quota reach limit rid: 62fb9bc8-078c24da-4202f278; slow down and try again in the next minute"},
		{errcode.Error{Code: -1, Status: 503}, "wechat: -1 SystemBusy (HTTP 503); wait a moment and try again"},
		{errcode.Error{Code: 40015, Op: "/x", Message: "a\nb\r\n\tc\u2028d"}, "wechat: /x: 40015 InvalidMenuType: a b c d; Menu type is not recognized"},
		{errcode.Error{Code: 40164, Message: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist", Op: "/cgi-bin/stable_token"},
			"wechat: /cgi-bin/stable_token: 40164 IPNotInWhitelist: invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist; " +
				"add 203.0.113.7 to the IP allow-list (IP白名单) of the account on the developer platform (微信开发者平台); it applies to all API calls"},
	} {
		require.Equal(t, c.want, c.err.Error())
		require.True(t, strings.HasSuffix(c.err.Error(), c.err.Remedy()))
	}
}

func TestRID(t *testing.T) {
	t.Parallel()
	const rid = "62fb9bc8-078c24da-4202f278"
	for message, want := range map[string]string{
		"api unauthorized, rid: " + rid:           rid,
		"api unauthorized rid:" + rid:             rid,
		"rid: " + rid + " and more":               rid,
		"rid: nonsense rid: " + rid:               rid,
		"invalid url size hint: [KiBfOA0483e297]": "",
		"rid: 62fb9bc8-078c24da-4202f27":          "",
		"rid: 62FB9BC8-078C24DA-4202F278":         "",
		"rid: 62fb9bc8_078c24da-4202f278":         "",
		"rid:  " + rid:                            "",
		"":                                        "",
		"rid:":                                    "",
	} {
		require.Equal(t, want, errcode.New(1, message).RID, message)
	}
}

func TestIP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code    errcode.Code
		message string
		want    string
	}{
		{40164, "invalid ip 203.0.113.7, not in whitelist hint: [abc]", "203.0.113.7"},
		{40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 62fb9bc8-078c24da-4202f278", "203.0.113.7"},
		{40164, "invalid ip ::ffff:203.0.113.7", "203.0.113.7"},
		{40164, "invalid ip 2001:db8::1, not in whitelist", "2001:db8::1"},
		{61004, "access clientip is not registered requestIP: 203.0.113.7 rid: 62fb9bc8-078c24da-4202f278", "203.0.113.7"},
		{61004, "access clientip is not registered requestIP:203.0.113.7.", "203.0.113.7"},
		{45035, "access clientip is not registered, 203.0.113.7", "203.0.113.7"},
		{40164, "not in whitelist rid: 62fb9bc8-078c24da-4202f278", ""},
		{40164, "", ""},
		{40013, "invalid appid 203.0.113.7", ""},
	} {
		e := errcode.Error{Code: c.code, Message: c.message}
		if c.want == "" {
			require.False(t, e.IP().IsValid(), c.message)
			continue
		}
		require.Equal(t, netip.MustParseAddr(c.want), e.IP(), c.message)
		require.Contains(t, e.Error(), "add "+c.want+" to the IP allow-list")
		require.Contains(t, e.RemedyZH(), c.want)
		require.ErrorIs(t, &e, errcode.ErrIPRefused)
	}
}

func TestOnATokenEndpoint40001SpeaksOfTheSecret(t *testing.T) {
	t.Parallel()
	call := &errcode.Error{Code: 40001, Op: "/cgi-bin/menu/get"}
	require.ErrorIs(t, call, errcode.ErrTokenInvalid)
	require.Contains(t, call.Remedy(), "share one token source")
	for _, op := range []string{"/cgi-bin/token", "/cgi-bin/stable_token"} {
		fetch := &errcode.Error{Code: 40001, Op: op}
		require.NotErrorIs(t, fetch, errcode.ErrTokenInvalid)
		require.ErrorIs(t, fetch, errcode.ErrAuth)
		require.Contains(t, fetch.Remedy(), "AppSecret")
		require.Contains(t, fetch.RemedyZH(), "AppSecret")
	}
}

func TestErrorIsNothingElse(t *testing.T) {
	t.Parallel()
	e := &errcode.Error{Code: errcode.DailyQuotaReached}
	require.NotErrorIs(t, e, errcode.MinuteQuotaReached)
	require.NotErrorIs(t, e, errcode.ErrPermission)
	require.NotErrorIs(t, e, errcode.ErrTokenInvalid)
	require.NotErrorIs(t, e, os.ErrNotExist)
	require.NotErrorIs(t, errcode.ErrQuota, errcode.DailyQuotaReached)
}

func TestACodeIsANumberInJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(struct{ Code errcode.Code }{errcode.IPNotInWhitelist})
	require.NoError(t, err)
	require.JSONEq(t, `{"Code":40164}`, string(b))
}

func FuzzError(f *testing.F) {
	f.Add(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 62fb9bc8-078c24da-4202f278")
	f.Add(61004, "requestIP:::::1%eth0 rid: rid:")
	f.Fuzz(func(t *testing.T, code int, message string) {
		e := errcode.New(errcode.Code(code), message)
		if s := e.Error(); strings.ContainsAny(s, "\n\r\x00\x1b") {
			t.Fatalf("not one clean line: %q", s)
		}
		if ip := e.IP(); ip.IsValid() && (!strings.Contains(message, ".") && !strings.Contains(message, ":")) {
			t.Fatalf("%v out of %q", ip, message)
		}
		if e.Message != message || e.RID != "" && !strings.Contains(message, e.RID) {
			t.Fatal("the message changed")
		}
	})
}

func BenchmarkIs(b *testing.B) {
	var err = fmt.Errorf("sending: %w", &errcode.Error{Code: errcode.DailyQuotaReached})
	b.ReportAllocs()
	for b.Loop() {
		if !errors.Is(err, errcode.ErrQuota) {
			b.Fatal("no match")
		}
	}
}
