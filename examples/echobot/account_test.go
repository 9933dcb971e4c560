package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAccountFromEnv(t *testing.T) {
	const token, appID, aesKey, secret = "WECHAT_TOKEN", "WECHAT_APPID", "WECHAT_AES_KEY", "WECHAT_SECRET"
	all := map[string]string{token: "tok", appID: "wx1", aesKey: "key", secret: "sec"}
	for _, c := range []struct {
		name    string
		set     []string
		need    []string
		missing []string
		none    bool
	}{
		{name: "none", need: []string{token}, none: true},
		{name: "token alone", set: []string{token}, need: []string{token}},
		{name: "all", set: []string{token, appID, aesKey, secret}, need: []string{token, secret}},
		{name: "app id alone", set: []string{appID}, need: []string{token}, missing: []string{token}},
		{name: "key without app id", set: []string{token, aesKey}, need: []string{token}, missing: []string{appID}},
		{name: "no secret", set: []string{token, appID}, need: []string{token, secret}, missing: []string{secret}},
		{name: "only the key", set: []string{aesKey}, need: []string{token}, missing: []string{token, appID}},
		{name: "needed for two reasons", set: []string{secret}, need: []string{appID, secret}, missing: []string{appID}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name := range all {
				t.Setenv(name, "")
			}
			for _, name := range c.set {
				t.Setenv(name, all[name])
			}
			a, err := accountFromEnv(c.need...)
			switch {
			case c.none:
				require.ErrorIs(t, err, errNoAccount)
			case len(c.missing) > 0:
				require.Error(t, err)
				require.NotErrorIs(t, err, errNoAccount)
				require.ErrorContains(t, err, "incomplete: "+strings.Join(c.missing, ", ")+" missing;")
				for _, name := range c.set {
					require.NotContains(t, err.Error(), all[name]+" ")
				}
			default:
				require.NoError(t, err)
				require.Equal(t, "tok", a.Token)
			}
		})
	}
}
