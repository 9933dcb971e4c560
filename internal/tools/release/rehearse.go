package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/tools/modules"
)

// rehearsal installs the modules of a proxy as users do: in empty modules, outside of
// the tree and its workspace.
type rehearsal struct {
	*transcript
	ctx      context.Context
	tree     string // as it will be tagged
	version  string
	proxy    proxy
	modules  []modules.Module
	work     string   // folder of the empty modules
	programs []string // import paths of what is installed

	mu    sync.Mutex
	built []string // folders of programs
}

// rehearse prints a line for each step. another is a second Go release, or empty.
func rehearse(ctx context.Context, out io.Writer, tree, version string, p proxy, another string) (err error) {
	released, err := modules.Released(tree)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "rehearsal")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	r := &rehearsal{transcript: &transcript{out: out, began: time.Now()}, ctx: ctx, tree: tree, version: version, proxy: p, modules: released, work: work}
	local, err := output(ctx, "", []string{"GOTOOLCHAIN=local"}, "go", "env", "GOVERSION")
	if err != nil {
		return err
	}
	r.title("%s in a module proxy", version)
	r.run(r.published()...)
	r.title("Import every package from an empty module, %s", strings.TrimSpace(local))
	r.run(r.imports()...)
	r.title("Install every program, and run it")
	r.run(r.installs()...)
	r.run(r.runs()...)
	r.title("Copy every example to an empty module")
	r.run(r.examples()...)
	r.run(step{"echobot -once", func() (string, error) {
		return r.last(filepath.Join(r.work, "examples", "echobot"), nil, "./program", "-once")
	}})
	if another != "" && another != strings.TrimSpace(local) {
		r.title("The same with %s", another)
		r.run(r.again(another)...)
	}
	return r.end()
}

// published checks each module in the proxy.
func (r *rehearsal) published() (steps []step) {
	for _, m := range r.modules {
		steps = append(steps, step{"zip of " + m.Path, func() (string, error) {
			hash, size, err := r.proxy.hash(m, r.version)
			if err != nil {
				return "", err
			}
			mod, err := modules.ReadMod(filepath.Join(r.tree, m.Dir, "go.mod"))
			if err != nil {
				return "", err
			}
			var needs []string
			for _, q := range mod.Require {
				switch {
				case !ours(q.Mod.Path):
				case q.Mod.Version != r.version:
					return "", fmt.Errorf("it requires %s", q.Mod)
				default:
					needs = append(needs, q.Mod.Path)
				}
			}
			if len(mod.Replace) > 0 {
				return "", errors.New("go.mod has a replace line")
			}
			outcome := fmt.Sprintf("%d KiB, %s", size>>10, hash)
			if len(needs) > 0 {
				outcome += "\nrequires " + strings.Join(needs, ", ")
			}
			return outcome, nil
		}})
	}
	return steps
}

// imports gets each module and builds a program that imports all its packages.
func (r *rehearsal) imports() (steps []step) {
	for _, m := range r.modules {
		packages, err := m.Packages(r.tree)
		var libraries []string
		for _, p := range packages {
			if p.Program {
				r.programs = append(r.programs, p.Path)
			} else {
				libraries = append(libraries, p.Path)
			}
		}
		if err == nil && len(libraries) == 0 {
			continue
		}
		steps = append(steps, step{fmt.Sprintf("go get %s@%s, import all packages (%d), go build", m.Path, r.version, len(libraries)), func() (string, error) {
			if err != nil {
				return "", err
			}
			dir, err := r.empty(filepath.Join("get", strings.ReplaceAll(m.Path, "/", "_")))
			if err != nil {
				return "", err
			}
			text := "package main\n\nimport (\n"
			for _, l := range libraries {
				text += fmt.Sprintf("\t_ %q\n", l)
			}
			text += ")\n\nfunc main() {}\n"
			return "", errors.Join(
				os.WriteFile(filepath.Join(dir, "main.go"), []byte(text), 0o644),
				r.command(dir, "get", m.Path+"@"+r.version),
				r.build(dir),
			)
		}})
	}
	return steps
}

// installs installs each program.
func (r *rehearsal) installs() (steps []step) {
	for _, p := range r.programs {
		steps = append(steps, step{"go install " + p + "@" + r.version, func() (string, error) {
			dir := filepath.Join(r.work, "bin")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return "", err
			}
			_, err := output(r.ctx, r.work, append(r.proxy.env(), "GOBIN="+dir), "go", "install", p+"@"+r.version)
			return "", err
		}})
	}
	return steps
}

// runs runs the programs that were installed.
func (r *rehearsal) runs() []step {
	bin := filepath.Join(r.work, "bin")
	help := func(name string) step {
		return step{name + " -h", func() (string, error) {
			out, err := output(r.ctx, r.work, nil, "sh", "-c", filepath.Join(bin, name)+" -h 2>&1")
			if err != nil {
				return "", err
			}
			first, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
			return first, nil
		}}
	}
	return []step{
		help("wechat-emulator"), help("wechat"), help("wechat-gateway"),
		{"wechat-gateway -check, against wechat-emulator", func() (string, error) { return r.checkGateway(bin) }},
	}
}

// checkGateway has the gateway check a configuration. The platform is the emulator.
func (r *rehearsal) checkGateway(bin string) (string, error) {
	ctx, stop := context.WithTimeout(r.ctx, 5*time.Minute)
	emulator := exec.CommandContext(ctx, filepath.Join(bin, "wechat-emulator"), "-listen", "127.0.0.1:0", "-app-id", "wx0123456789abcdef")
	emulator.Env = append(os.Environ(), "WECHAT_SECRET=the-secret-of-the-account")
	guide, err := emulator.StdoutPipe()
	if err == nil {
		err = emulator.Start()
	}
	if err != nil {
		stop()
		return "", err
	}
	defer emulator.Wait()
	defer stop()
	var address string
	for lines := bufio.NewScanner(guide); address == ""; { // it prints where it listens
		if !lines.Scan() {
			return "", errors.New("wechat-emulator does not listen")
		}
		if found := pageAddress.FindStringSubmatch(lines.Text()); found != nil {
			address = found[1]
		}
	}
	name := filepath.Join(r.work, "gateway.yaml")
	text := strings.ReplaceAll(gatewayConfig, "ADDRESS", address)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return "", err
	}
	return output(r.ctx, r.work, []string{"SHOP_SECRET=the-secret-of-the-account", "PASS_KEY=" + strings.Repeat("p", 40)}, filepath.Join(bin, "wechat-gateway"), "-check", "-config", name)
}

var pageAddress = regexp.MustCompile(`page .*http://([0-9.:]+)/`)

const gatewayConfig = `listen: "127.0.0.1:0"
insecure_plain_http: true
platform: http://ADDRESS
hosts: [http://ADDRESS]
qrcode_host: http://ADDRESS
insecure_platform_http: true
pass_key: ${PASS_KEY}
accounts:
  - appid: wx0123456789abcdef
    secret: ${SHOP_SECRET}
businesses:
  - name: shop
    keys: ["sha256:0b14ee1ae24c1fe4d8c2a0c0aeb2eb4a0ebf3b1cf2a0eae3c1fdf6a8d9cbb0a1"]
    accounts: [wx0123456789abcdef]
    allow: ["/cgi-bin/*"]
`

// examples copies each example and builds it there.
func (r *rehearsal) examples() (steps []step) {
	mains, err := filepath.Glob(filepath.Join(r.tree, "examples", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		return []step{{"find the examples", func() (string, error) { return "", errors.Join(err, errors.New("no examples")) }}}
	}
	for _, main := range mains {
		from := filepath.Dir(main)
		name := filepath.Base(from)
		if _, err := os.Stat(filepath.Join(from, "go.mod")); err == nil {
			continue // a module of its own, which depends on more than we release
		}
		steps = append(steps, step{"cp -r examples/" + name + ", go mod tidy, go vet, go build", func() (string, error) {
			dir, err := r.empty(filepath.Join("examples", name))
			if err != nil {
				return "", err
			}
			return "", errors.Join(
				os.CopyFS(dir, os.DirFS(from)),
				r.command(dir, "mod", "tidy"),
				r.command(dir, "vet", "./..."),
				r.build(dir),
			)
		}})
	}
	return steps
}

// again builds all that was built with another Go release.
func (r *rehearsal) again(release string) []step {
	goroot, err := output(r.ctx, "", []string{"GOTOOLCHAIN=" + release}, "go", "env", "GOROOT")
	if err != nil {
		return []step{{"find " + release, func() (string, error) { return "", err }}}
	}
	command := filepath.Join(strings.TrimSpace(goroot), "bin", "go")
	steps := []step{{"go version", func() (string, error) {
		return output(r.ctx, r.work, r.proxy.env(), command, "version")
	}}}
	slices.Sort(r.built)
	for _, dir := range r.built {
		name, _ := filepath.Rel(r.work, dir)
		steps = append(steps, step{"go build " + strings.ReplaceAll(filepath.ToSlash(name), "_", "/"), func() (string, error) {
			_, err := output(r.ctx, dir, r.proxy.env(), command, "build", "-o", os.DevNull, ".")
			return "", err
		}})
	}
	return steps
}

// empty makes an empty module.
func (r *rehearsal) empty(name string) (string, error) {
	dir := filepath.Join(r.work, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, r.command(dir, "mod", "init", "example.com/"+filepath.Base(name))
}

// build builds the program of a folder.
func (r *rehearsal) build(dir string) error {
	r.mu.Lock()
	r.built = append(r.built, dir)
	r.mu.Unlock()
	return r.command(dir, "build", "-o", "program", ".")
}

// command runs the go command as users do, outside of any workspace.
func (r *rehearsal) command(dir string, args ...string) error {
	_, err := output(r.ctx, dir, r.proxy.env(), "go", args...)
	return err
}

// last runs a program and returns the last line that it prints.
func (r *rehearsal) last(dir string, env []string, name string, args ...string) (string, error) {
	out, err := output(r.ctx, dir, env, name, args...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1], err
}
