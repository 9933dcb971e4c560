package token_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestConformance runs the suite for everybody's sources over those of this package,
// with a platform that takes 20 ms to answer.
func TestConformance(t *testing.T) {
	platform := func(t *testing.T) *wechattest.Platform {
		p := wechattest.New(t, wechattest.Config{})
		p.Inject(wechattest.Rule{Path: "/cgi-bin/stable_token", Fault: wechattest.Latency(20 * time.Millisecond)})
		return p
	}
	for name, source := range map[string]func(t *testing.T) token.Source{
		"Stable":       func(t *testing.T) token.Source { return against(t, platform(t), "stable") },
		"StableForced": func(t *testing.T) token.Source { return against(t, platform(t), "stable", allowForce) },
		"Classic":      func(t *testing.T) token.Source { return against(t, platform(t), "classic") },
		"Reuse": func(t *testing.T) token.Source {
			return token.Reuse(against(t, platform(t), "stable"), token.ReuseConfig{})
		},
		"Shared": func(t *testing.T) token.Source {
			s, err := token.Shared(memory(), against(t, platform(t), "classic"), token.SharedConfig{})
			require.NoError(t, err)
			return s
		},
		"SharedReuse": func(t *testing.T) token.Source {
			s, err := token.Shared(memory(), against(t, platform(t), "stable", allowForce), token.SharedConfig{})
			require.NoError(t, err)
			return token.Reuse(s, token.ReuseConfig{})
		},
	} {
		t.Run(name, func(t *testing.T) { tokentest.RunInBubble(t, source) })
	}
}
