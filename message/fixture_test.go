package message_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message"
)

// fixture is one entry of testdata/callback/manifest.json, whose head says what
// the members mean.
type fixture struct {
	File     string
	Class    string
	Route    string
	Support  string
	Result   string
	Compare  string
	Expect   map[string]string
	Types    map[string]string
	Extra    map[string]string
	Tolerate []string
	Scene    *string
	Crypto   *struct {
		Token                  string
		EncodingAESKey         string
		PreviousEncodingAESKey string
		AppID                  string
		Query                  map[string]string
		Plaintext              string
	}
}

func fixtures(t testing.TB) []fixture {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "callback", "manifest.json"))
	require.NoError(t, err)
	var manifest struct {
		Count int
		Files []fixture
	}
	require.NoError(t, json.Unmarshal(b, &manifest))
	require.Len(t, manifest.Files, manifest.Count)
	return manifest.Files
}

func (f *fixture) body(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "callback", f.File))
	require.NoError(t, err)
	return b
}

// opened is the body after decryption.
func (f *fixture) opened(t testing.TB) []byte {
	t.Helper()
	body := f.body(t)
	if f.Crypto == nil {
		return body
	}
	current, err := crypto.NewCipher(f.Crypto.EncodingAESKey, f.Crypto.AppID)
	require.NoError(t, err)
	keys := crypto.Keyring{current}
	if f.Crypto.PreviousEncodingAESKey != "" {
		previous, err := crypto.NewCipher(f.Crypto.PreviousEncodingAESKey, f.Crypto.AppID)
		require.NoError(t, err)
		keys = append(keys, previous)
	}
	sealed := regexp.MustCompile(`<Encrypt><!\[CDATA\[(.*?)]]>`).FindSubmatch(body)
	require.NotNil(t, sealed)
	body, _, err = keys.Open(sealed[1])
	require.NoError(t, err)
	require.Equal(t, f.Crypto.Plaintext, string(body))
	return body
}

func TestParseFixtures(t *testing.T) {
	rejected := 0
	for _, f := range fixtures(t) {
		t.Run(f.File, func(t *testing.T) {
			body := f.opened(t)
			m, err := message.Parse(body)
			if f.Result == "reject" {
				rejected++
				require.ErrorIs(t, err, message.ErrNotMessage)
				require.Nil(t, m)
				return
			}
			require.NoError(t, err)
			require.Equal(t, string(body), message.HeaderOf(m).Raw)
			_, unknown := m.(*message.Unknown)
			require.Equal(t, f.Support == "unknown", unknown, "%T", m)
			for path, want := range f.Expect {
				f.compare(t, m, path, want)
			}
			for path, want := range f.Extra {
				got, found := message.HeaderOf(m).Lookup(strings.Split(path, ".")...)
				require.True(t, found, path)
				require.Equal(t, want, got, path)
			}
			if f.Scene != nil {
				require.Equal(t, *f.Scene, m.(*message.SubscribeEvent).Scene)
			}
		})
	}
	require.Equal(t, 3, rejected)
}

// fields says where a path of the manifest is in our types, where the name alone
// does not: path elements are replaced one after the other. In the pictures of a
// message each list has one place in MD5Sum.
var fields = map[string]string{
	"Location_X": "Latitude", "Location_Y": "Longitude",
	"bizmsgmenuid": "MenuID", "FileMd5": "MD5", "FileTotalLen": "Size",
	"ScanCodeInfo": "Scan", "ScanType": "Type", "ScanResult": "Result",
	"SendPicsInfo": "Pictures", "SendLocationInfo": "", "MsgID": "JobMsgID",
	"CopyrightCheckResult": "Copyright", "CheckState": "State", "ArticleIdx": "Idx", "ArticleUrl": "URL",
	"PublishEventInfo": "", "publish_status": "Status", "article_url": "URL", "fail_idx": "FailedIdx",
	"SubscribeMsgPopupEvent": "", "SubscribeMsgChangeEvent": "", "SubscribeStatusString": "Status",
	"IsPass": "Passed", "addr": "Address", "fpqqlsh": "RequestID", "nsrsbh": "TaxpayerID", "sh_remark": "Remark",
	"GuideInviteEvent": "", "invite_result": "Result", "GuideScanEvent": "",
	"qrcode_guide_account": "GuideAccount", "qrcode_guide_openid": "GuideOpenID",
	"ChosenBeacon": "Chosen", "AroundBeacons": "", "AroundBeacon": "Around",
	"ComponentVerifyTicket": "Ticket", "appid": "MiniProgramAppID", "info": "Company",
	"beian_status": "Status", "expired": "ExpiredTime", "dispatch_info": "Dispatch", "dispatch_time": "Time",
}

// paths replaces whole paths before that.
var paths = strings.NewReplacer(
	"CopyrightCheckResult.ResultList.item[", "Copyright.Articles[",
	"ArticleUrlResult.ResultList.item[", "ArticleURLs[",
	"PublishEventInfo.article_detail.item[", "ArticleURLs[",
	"SubscribeMsgPopupEvent.List[", "Choices[",
	"SubscribeMsgChangeEvent.List[", "Choices[",
	"SubscribeMsgSentEvent.List[", "Results[",
	"KeyStandard", "Product.Standard", "KeyStr", "Product.Code",
	"SendPicsInfo.PicList[0].item[1].PicMd5Sum", "Pictures.MD5Sum[1]",
	"SendPicsInfo.PicList[0].item[0].PicMd5Sum", "Pictures.MD5Sum[0]",
	"SendPicsInfo.PicList[1].item[0].PicMd5Sum", "Pictures.MD5Sum[1]",
	"SendPicsInfo.PicList[2].item[0].PicMd5Sum", "Pictures.MD5Sum[2]",
)

// counts are elements that say how many others there are.
var counts = map[string]string{
	"CopyrightCheckResult.Count":            "Copyright.Articles",
	"ArticleUrlResult.Count":                "ArticleURLs",
	"PublishEventInfo.article_detail.count": "ArticleURLs",
}

var indexed = regexp.MustCompile(`^(.*)\[(\d+)]$`)

// find returns the field of m at path.
func find(m any, path string) (reflect.Value, error) {
	v := reflect.ValueOf(m).Elem()
	for name := range strings.SplitSeq(paths.Replace(path), ".") {
		index := -1
		if part := indexed.FindStringSubmatch(name); part != nil {
			name = part[1]
			index, _ = strconv.Atoi(part[2])
		}
		if renamed, ok := fields[name]; ok && !(name == "MsgID" && v.Type() == reflect.TypeFor[message.SubscribeMsgResult]()) {
			if name = renamed; name == "" {
				continue
			}
		}
		want := strings.ReplaceAll(name, "_", "")
		v = v.FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, want) })
		if !v.IsValid() {
			return v, fmt.Errorf("%T has no field for %s", m, path)
		}
		if index >= 0 {
			if index >= v.Len() {
				return v, fmt.Errorf("%T: %s: only %d entries", m, path, v.Len())
			}
			v = v.Index(index)
		}
	}
	return v, nil
}

// compare holds the text in the manifest against the field of m.
func (f *fixture) compare(t *testing.T, m message.Message, path, want string) {
	t.Helper()
	if list, ok := counts[path]; ok {
		v, err := find(m, list)
		require.NoError(t, err)
		require.Equal(t, want, strconv.Itoa(v.Len()), path)
		return
	}
	v, err := find(m, path)
	require.NoError(t, err)
	if f.Compare == "trim" {
		want = strings.TrimSpace(want)
	}
	switch got := v.Interface().(type) {
	case time.Time:
		if want == "0" {
			require.Zero(t, got, path)
			return
		}
		require.Equal(t, want, strconv.FormatInt(got.Unix(), 10), path)
		return
	case message.TemplateStatus: // sent with and without a blank
		want = strings.ReplaceAll(want, ": ", ":")
	}
	switch v.Kind() {
	case reflect.String:
		require.Equal(t, want, v.String(), path)
	case reflect.Bool:
		require.Equal(t, want == "1" || want == "true", v.Bool(), path)
	case reflect.Int, reflect.Int64:
		require.Equal(t, want, strconv.FormatInt(v.Int(), 10), path)
	case reflect.Float64:
		number, err := strconv.ParseFloat(want, 64)
		if want == "" {
			number, err = 0, nil
		}
		require.NoError(t, err)
		require.InDelta(t, number, v.Float(), 0, path)
	default:
		t.Fatalf("%s: no rule to compare a %v", path, v.Type())
	}
}
