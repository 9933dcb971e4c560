package config

import "slices"

// NeedRestart returns the names of the settings that differ in next and that a running
// program cannot change. Accounts, businesses, and the files of the certificate can be
// changed; all other settings cannot.
func (f *File) NeedRestart(next *File) []string {
	var names []string
	for _, s := range []struct {
		name string
		same bool
	}{
		{"listen", f.Listen == next.Listen},
		{"admin", f.Admin == next.Admin},
		{"insecure_plain_http", f.InsecurePlainHTTP == next.InsecurePlainHTTP},
		{"tls (on or off)", (f.TLS.Cert == "") == (next.TLS.Cert == "")},
		{"log", f.Log == next.Log},
		{"token_path", f.TokenPath == next.TokenPath},
		{"platform", f.Platform == next.Platform},
		{"hosts", slices.Equal(f.Hosts, next.Hosts)},
		{"qrcode_host", f.QRCodeHost == next.QRCodeHost},
		{"insecure_platform_http", f.InsecurePlatformHTTP == next.InsecurePlatformHTTP},
		{"max_body", f.MaxBody == next.MaxBody},
		{"hold_body", f.HoldBody == next.HoldBody},
		{"pass_key", f.PassKey.Value() == next.PassKey.Value()},
		{"redis", f.Redis.URL.Value() == next.Redis.URL.Value() && f.Redis.SealKey.Value() == next.Redis.SealKey.Value()},
	} {
		if !s.same {
			names = append(names, s.name)
		}
	}
	return names
}
