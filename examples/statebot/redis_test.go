//go:build unix

package main

import (
	"testing"

	"github.com/seed-f21aa8d8/wechat/internal/redistest"
)

func TestOverRedis(t *testing.T) { transcript(t, redistest.Start(t).Addr, "") }
