package onecode_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/onecode"
	"github.com/seed-f21aa8d8/wechat/token"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

func product() onecode.Product {
	return onecode.Product{
		ActivityName: "春节", Brand: "品牌", Title: "牙膏", Code: "6901234567892", AppID: "wx3", Path: "pages/scan?a=1&b=2", Version: onecode.Trial,
	}
}

const productJSON = `"activity_name": "春节", "product_brand": "品牌", "product_title": "牙膏", "product_code": "6901234567892",
	"wxa_appid": "wx3", "wxa_path": "pages/scan?a=1&b=2", "wxa_type": 2, "code_start": 10, "code_end": 200`

func cases() []apitest.Case {
	const codeJSON = `{"errcode": 0, "code": "ABCDEFGHI", "application_id": 9007199254740993, "isv_application_id": "batch-7", ` + productJSON + `}`
	code := onecode.Code{
		Code: "ABCDEFGHI", ApplicationID: "9007199254740993", ISVID: "batch-7", Product: product(), Range: onecode.Range{Start: 10, End: 200},
	}
	const applicationJSON = `{"errcode": 0, "status": "FINISH", "application_id": 9007199254740993, "isv_application_id": "batch-7",
		"code_generate_list": [{"code_start": 1, "code_end": 4999}, {"code_start": 5000, "code_end": 9999}], "create_time": 1700000000, "update_time": 1700000600}`
	application := onecode.Application{
		ID: "9007199254740993", ISVID: "batch-7", Status: onecode.Finished,
		Ranges: []onecode.Range{{Start: 1, End: 4999}, {Start: 5000, End: 9999}}, Created: apitest.At(1700000000), Updated: apitest.At(1700000600),
	}
	get := func(query onecode.Query) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return onecode.New(oa).Get(c, query) }
	}
	return []apitest.Case{
		{
			Do:   func(c ctx, oa client) (any, error) { return onecode.New(oa).Apply(c, 20_000_000, "batch-7") },
			Path: "/intp/marketcode/applycode", Retried: true, Body: `{"code_count": 20000000, "isv_application_id": "batch-7"}`,
			Answer: `{"errcode": 0, "application_id": 9007199254740993}`, Want: "9007199254740993",
		},
		{
			Name: "not granted",
			Do:   func(c ctx, oa client) (any, error) { return onecode.New(oa).Apply(c, 10_000, "batch-7") },
			Path: "/intp/marketcode/applycode", Retried: true, Body: `{"code_count": 10000, "isv_application_id": "batch-7"}`,
			Answer: `{"errcode": 48001, "errmsg": "api unauthorized"}`, Fails: errcode.APIUnauthorized,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return onecode.New(oa).GetApplication(c, onecode.Ref{ID: "9007199254740993"})
			},
			Path: "/intp/marketcode/applycodequery", Retried: true, Body: `{"application_id": 9007199254740993}`,
			Answer: applicationJSON, Want: &application,
		},
		{
			Name: "by the caller's own id",
			Do: func(c ctx, oa client) (any, error) {
				return onecode.New(oa).GetApplication(c, onecode.Ref{ISVID: "batch-7"})
			},
			Path: "/intp/marketcode/applycodequery", Retried: true, Body: `{"isv_application_id": "batch-7"}`,
			Answer: applicationJSON, Want: &application,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, onecode.New(oa).Activate(c, "9007199254740993", onecode.Range{Start: 10, End: 200}, product())
			},
			Path: "/intp/marketcode/codeactive", Body: `{"application_id": 9007199254740993, ` + productJSON + `}`,
		},
		{
			Do: get(onecode.Query{ApplicationID: "7"}), Path: "/intp/marketcode/codeactivequery", Retried: true, Body: `{"application_id": 7, "code_index": 0}`,
			Answer: codeJSON, Want: &code,
		},
		{
			Name: "by its URL", Do: get(onecode.Query{URL: "http://q.url.cn/abcdefghijkl"}), Path: "/intp/marketcode/codeactivequery", Retried: true,
			Body: `{"code_url": "http://q.url.cn/abcdefghijkl"}`, Answer: codeJSON, Want: &code,
		},
		{
			Name: "by its text", Do: get(onecode.Query{Code: "ABCDEFGHI"}), Path: "/intp/marketcode/codeactivequery", Retried: true,
			Body: `{"code": "ABCDEFGHI"}`, Answer: codeJSON, Want: &code,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return onecode.New(oa).GetByTicket(c, "oLiLei", "T") },
			Path: "/intp/marketcode/tickettocode", Retried: true, Body: `{"openid": "oLiLei", "code_ticket": "T"}`, Answer: codeJSON, Want: &code,
		},
	}
}

func TestCalls(t *testing.T) {
	apitest.Filled(t, product())
	apitest.Run(t, cases())
}

const content = "\x00\x01encrypted\xff\xfe?>"

// The file comes as base64 in JSON, or as it is.
func TestDownload(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(content))
	for name, answer := range map[string]apitest.Answer{
		"JSON":           apitest.JSON(`{"errcode": 0, "errmsg": "ok", "buffer": "` + encoded + `"}`),
		"first":          apitest.JSON(`{"buffer":"` + encoded + `","errcode":0}`),
		"escaped":        apitest.JSON(`{"a": {"buffer": [1]}, "buffer" : "` + strings.NewReplacer("/", `\/`, "=", `\u003d`, "+", `\u002B`, "A", `A\r\n`).Replace(encoded) + `"}`),
		"without a type": {Body: `{"buffer": "` + encoded + `"}`, ContentType: "text/plain"},
		"a file":         {Body: content, ContentType: "application/octet-stream"},
	} {
		t.Run(name, func(t *testing.T) {
			p := apitest.New(t, answer)
			file, err := onecode.New(p.Client()).Download(t.Context(), "7", onecode.Range{Start: 1, End: 9999})
			require.NoError(t, err)
			got, err := io.ReadAll(file)
			require.NoError(t, err)
			require.NoError(t, file.Close())
			require.Equal(t, content, string(got))
			call := p.Calls()[0]
			require.Equal(t, "POST /intp/marketcode/applycodedownload", call.Method+" "+call.Path)
			require.JSONEq(t, `{"application_id": 7, "code_start": 1, "code_end": 9999}`, call.Body)
		})
	}
}

func TestDownloadOfABadAnswer(t *testing.T) {
	download := func(answer apitest.Answer) (*officialaccount.File, error) {
		return onecode.New(apitest.New(t, answer).Client()).Download(t.Context(), "7", onecode.Range{})
	}
	_, err := download(apitest.JSON(`{"errcode": 48001, "errmsg": "api unauthorized"}`))
	require.ErrorIs(t, err, errcode.APIUnauthorized)
	for _, body := range []string{`{}`, `{"errcode": 0, "file": "x"}`, `{"buffer": null}`, `{"buffer": 7}`, `{"buffer": {"buffer": "eA=="}}`} {
		_, err := download(apitest.JSON(body))
		require.EqualError(t, err, "onecode: /intp/marketcode/applycodedownload: the answer has no file", body)
	}
	long := base64.StdEncoding.EncodeToString(make([]byte, 128<<10))
	for name, body := range map[string]string{
		"not base64": `{"buffer": "!` + long + `"}`, "an escape": `{"buffer": "\t` + long + `"}`, "a character": `{"buffer": "\u00e4` + long + `"}`,
	} {
		file, err := download(apitest.JSON(body))
		require.NoError(t, err, name)
		_, err = io.ReadAll(file)
		require.Error(t, err, name)
		require.NoError(t, file.Close())
	}
	file, err := download(apitest.JSON(`{"buffer": "` + long))
	require.NoError(t, err)
	_, err = io.ReadAll(file)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, file.Close())
}

// endless answers with a file of size bytes, made on the way.
type endless struct{ size int64 }

func (e endless) RoundTrip(req *http.Request) (*http.Response, error) {
	body := io.MultiReader(strings.NewReader(`{"errcode":0,"buffer":"`), io.LimitReader(letters{}, e.size/3*4), strings.NewReader(`"}`))
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(body),
	}, nil
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

// TestMemoryIsFlat downloads 12 MiB, more than a JSON answer can have, and allows one MiB of
// memory in all.
func TestMemoryIsFlat(t *testing.T) {
	const size = 12 << 20
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: "wx1234567890abcdef", TokenSource: token.Static("t"), HTTPClient: &http.Client{Transport: endless{size}},
	})
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file, err := onecode.New(oa).Download(t.Context(), "7", onecode.Range{End: 20_000_000})
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	runtime.ReadMemStats(&after)
	require.EqualValues(t, size, n)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "bytes allocated")
}

// FuzzDownload compares the streamed file with what encoding/json and encoding/base64 read.
func FuzzDownload(f *testing.F) {
	for _, seed := range []string{
		`{"buffer":"eA=="}`, `{"a":"b","buffer":"\u0065A=="}`, `{"buffer":"e\/8="}`, `{"buffer":`, `{"buffer":"eA==","buffer":"eQ=="}`, `[{"buffer":"eA=="}]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		file, err := onecode.New(apitest.New(t, apitest.JSON(answer)).Client()).Download(t.Context(), "7", onecode.Range{})
		if err != nil {
			return
		}
		got, err := io.ReadAll(file)
		require.NoError(t, file.Close())
		members := map[string]json.RawMessage{}
		if err != nil || json.Unmarshal([]byte(answer), &members) != nil || strings.Count(answer, "buffer") != 1 {
			return
		}
		var want []byte
		require.NoError(t, json.Unmarshal(members["buffer"], &want))
		require.Equal(t, string(want), string(got))
	})
}

func TestBadInput(t *testing.T) {
	apply := func(count int, id string) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return onecode.New(oa).Apply(c, count, id) }
	}
	application := func(ref onecode.Ref) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return onecode.New(oa).GetApplication(c, ref) }
	}
	download := func(id string, r onecode.Range) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return onecode.New(oa).Download(c, id, r) }
	}
	activate := func(id string, r onecode.Range, p onecode.Product) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return nil, onecode.New(oa).Activate(c, id, r, p) }
	}
	get := func(query onecode.Query) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return onecode.New(oa).Get(c, query) }
	}
	noPath := product()
	noPath.Path = ""
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"count (code_count) has 9999 codes, at least 10000":                  apply(9999, "b"),
		"count (code_count) has 20010000 codes, at most 20000000":            apply(20_010_000, "b"),
		"count (code_count) is 10001, must be a multiple of 10000":           apply(10_001, "b"),
		"applycode: isvID (isv_application_id) is empty":                     apply(10_000, ""),
		"applycodequery: ID (application_id) and ISVID (isv_application_id)": application(onecode.Ref{}),
		"ID (application_id) and ISVID (isv_application_id): exactly one":    application(onecode.Ref{ID: "1", ISVID: "b"}),
		`applycodequery: ID (application_id) is "x"`:                         application(onecode.Ref{ID: "x"}),
		`applycodedownload: applicationID is ""`:                             download("", onecode.Range{}),
		"applycodedownload: Start (code_start) is negative":                  download("1", onecode.Range{Start: -1}),
		"applycodedownload: End (code_end) is less than Start":               download("1", onecode.Range{Start: 2, End: 1}),
		`codeactive: applicationID is "-1"`:                                  activate("-1", onecode.Range{}, product()),
		"codeactive: End (code_end) is less":                                 activate("1", onecode.Range{Start: 1}, product()),
		"codeactive: ActivityName is empty":                                  activate("1", onecode.Range{}, onecode.Product{}),
		"codeactive: Path (wxa_path) is empty":                               activate("1", onecode.Range{}, noPath),
		"codeactivequery: ApplicationID and URL and Code":                    get(onecode.Query{}),
		"ApplicationID and URL and Code: exactly one must be":                get(onecode.Query{ApplicationID: "1", Code: "A"}),
		"codeactivequery: Index (code_index) is negative":                    get(onecode.Query{ApplicationID: "1", Index: -1}),
		`codeactivequery: ApplicationID is "0"`:                              get(onecode.Query{ApplicationID: "0"}),
		"tickettocode: ticket (code_ticket) is empty":                        func(c ctx, oa client) (any, error) { return onecode.New(oa).GetByTicket(c, "o", "") },
	})
}

// An application has ranges of codes, which are downloaded one by one.
func ExampleService_Download() {
	platform := apitest.Example(
		apitest.JSON(`{"errcode": 0, "status": "FINISH", "application_id": 581865877, "code_generate_list": [{"code_start": 0, "code_end": 9999}]}`),
		apitest.JSON(`{"errcode": 0, "buffer": "dGhlIGNvZGVz"}`))
	codes := onecode.New(platform.Client())

	application, err := codes.GetApplication(context.Background(), onecode.Ref{ISVID: "batch-7"})
	if err != nil || application.Status != onecode.Finished {
		fmt.Println("not yet", err)
		return
	}
	for _, r := range application.Ranges {
		file, err := codes.Download(context.Background(), application.ID, r)
		if err != nil {
			fmt.Println(err)
			return
		}
		content, err := io.ReadAll(file)
		_ = file.Close()
		fmt.Printf("%d to %d: %s, %v\n", r.Start, r.End, content, err)
	}
	// Output: 0 to 9999: the codes, <nil>
}
