package wire

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestNamesOfUploads(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("报", 100_000)
	for name, want := range map[string]string{
		"春节海报.jpg":              "春节海报.jpg",
		"été 1.png":             "été_1.png",
		"a\"b\r\nc.jpg":         "a_b__c.jpg",
		"\xff\xfe.jpg":          "file.jpg",
		"\u202egpj.exe":         "_gpj.exe",
		"dir/照片.jpg":            "照片.jpg",
		"   .jpg":               "file.jpg",
		long + ".jpg":           strings.Repeat("报", 38) + ".jpg",
		"a." + long:             "a." + strings.Repeat("报", 6),
		"a;filename=b.jpg":      "a_filename_b.jpg",
		"a%0d%0aX-Header.jpg":   "a_0d_0aX-Header.jpg",
		"C:\\Users\\me\\你好.mp4": "你好.mp4",
	} {
		got, err := (&Upload{Name: name}).fileName()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestNamesOfDownloads(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 100_000)
	for header, want := range map[string]string{
		``:                              "",
		`attachment`:                    "",
		`attachment; filename="a.jpg"`:  "a.jpg",
		`attachment; filename="中文.jpg"`: "中文.jpg",
		`attachment; filename=中文.jpg`:   "中文.jpg",
		`attachment; filename=中文.jpg; size=5`:             "中文.jpg",
		`attachment; FileName=我的 照片.jpg `:                 "我的 照片.jpg",
		`attachment; filename="中文".jpg`:                   "中文",
		`attachment; filename*=UTF-8''%E4%B8%AD.jpg`:      "中.jpg",
		`attachment; filename=`:                           "",
		`attachment; filename="../../etc/passwd"`:         "passwd",
		`attachment; filename=..\..\中.exe`:                "中.exe",
		`attachment; filename=".."`:                       "",
		`attachment; filename=". ."`:                      "",
		`attachment; filename="C:x.exe"`:                  "C_x.exe",
		`attachment; filename="a.txt:s"`:                  "a.txt_s",
		`attachment; filename="a?<b>|*.jpg"`:              "a__b___.jpg",
		`attachment; filename="CON"`:                      "_CON",
		`attachment; filename="con.txt"`:                  "_con.txt",
		`attachment; filename="Aux .tar.gz"`:              "_Aux .tar.gz",
		`attachment; filename="COM1.jpg"`:                 "_COM1.jpg",
		`attachment; filename="LPT³"`:                     "_LPT³",
		`attachment; filename="COM10.jpg"`:                "COM10.jpg",
		`attachment; filename="COMPANY.jpg"`:              "COMPANY.jpg",
		`attachment; filename="a.jpg. . "`:                "a.jpg",
		"attachment; filename=\"a\x00\u202e\u200bb.jpg\"": "ab.jpg",
		"attachment; filename=\xff\xfe中.jpg":              "中.jpg",
		`attachment; filename="` + long + `.jpg"`:         strings.Repeat("n", maxName-4) + ".jpg",
		`attachment; filename="a.` + long + `"`:           "a." + strings.Repeat("n", 19),
	} {
		got := fileName(http.Header{"Content-Disposition": {header}})
		require.Equal(t, want, got, "%.80q", header)
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{`attachment; filename=中文.jpg`, `attachment; filename="CON. .:"`, `x; filename="` + strings.Repeat(".中", 200), "; filename=\xff/\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := fileName(http.Header{"Content-Disposition": {s}})
		if len(got) > maxName+1 || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\:<>\"|?*\x00\r\n") || strings.HasSuffix(got, ".") || strings.HasSuffix(got, " ") {
			t.Fatalf("%q became the unsafe name %q", s, got)
		}
		require.Equal(t, got, safe(got), "a safe name stays as it is")
		up, err := (&Upload{Name: s}).fileName()
		if err == nil && (up == "" || len(up) > 140 || !utf8.ValidString(up) || strings.ContainsAny(up, "/\\\"\x00\r\n ")) {
			t.Fatalf("%q became the unsafe name %q", s, up)
		}
	})
}
