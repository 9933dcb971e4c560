package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"

	"github.com/seed-f21aa8d8/wechat/internal/tools/modules"
)

// proxy is a folder that the go command can use as a module proxy, and a module cache
// of its own, so that a version which is only rehearsed is in no other cache.
type proxy struct {
	dir      string
	cache    string
	upstream string // where modules of others come from
}

// newProxy returns a proxy in a new folder. Modules of others come from the module cache
// of the machine, or else from GOPROXY.
func newProxy(ctx context.Context, dir, cache string) (proxy, error) {
	known, err := output(ctx, "", nil, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return proxy{}, err
	}
	machine, upstream, _ := strings.Cut(strings.TrimSpace(known), "\n")
	return proxy{dir: dir, cache: cache, upstream: "file://" + filepath.ToSlash(filepath.Join(machine, "cache", "download")) + "," + upstream}, nil
}

// env is the environment of a go command outside the workspace that reads from the proxy.
func (p proxy) env() []string {
	return []string{
		"GOWORK=off", "GOFLAGS=-mod=mod -trimpath -modcacherw -buildvcs=false -ldflags=-w", "GOSUMDB=off", "GOTOOLCHAIN=local",
		"GOPROXY=file://" + filepath.ToSlash(p.dir) + "," + p.upstream, "GOMODCACHE=" + p.cache,
	}
}

// add writes a version of a module: its zip, go.mod, information and list of versions.
func (p proxy) add(m modules.Module, version, tree string) error {
	dir := filepath.Join(tree, m.Dir)
	if err := license(tree, dir); err != nil {
		return err
	}
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return err
	}
	to := filepath.Join(p.dir, escaped, "@v")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := zipTo(filepath.Join(to, version+".zip"), module.Version{Path: m.Path, Version: version}, dir); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(to, version+".mod"), mod, 0o644),
		os.WriteFile(filepath.Join(to, version+".info"), info, 0o644),
		os.WriteFile(filepath.Join(to, "list"), []byte(version+"\n"), 0o644),
	)
}

// license copies the license of the tree to the folder of a module that has none. The go
// command does the same with the zip of a nested module.
func license(tree, dir string) error {
	name := filepath.Join(dir, "LICENSE")
	_, err := os.Stat(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := os.ReadFile(filepath.Join(tree, "LICENSE"))
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}

// zipTo writes the zip of a module, under the rules that the go command has for names,
// sizes and licenses.
func zipTo(name string, version module.Version, dir string) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return modzip.CreateFromDir(file, version, dir)
}

// hash returns the h1: hash of the zip of a version, and the size of the zip.
func (p proxy) hash(m modules.Module, version string) (hash string, size int64, err error) {
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return "", 0, err
	}
	name := filepath.Join(p.dir, escaped, "@v", version+".zip")
	info, err := os.Stat(name)
	if err != nil {
		return "", 0, err
	}
	hash, err = dirhash.HashZip(name, dirhash.Hash1)
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w", name, err)
	}
	return hash, info.Size(), nil
}
