package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed alerts.yml dashboard.json
var files embed.FS

// errNoPrometheus means that the program is not installed.
var errNoPrometheus = errors.New("prometheus is not installed (Debian: apt-get install prometheus)")

// server is a Prometheus of this program.
type server struct {
	url  string
	cmd  *exec.Cmd
	text bytes.Buffer // what it printed; read after its end
}

const config = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [alerts.yml]
scrape_configs:
  - job_name: bot
    static_configs: [{targets: [%q]}]
`

// startPrometheus starts Prometheus in a folder. It scrapes target every second. The
// rules are those of alerts.yml, but that an alert has to last two seconds instead of
// minutes.
func startPrometheus(ctx context.Context, folder, target string) (*server, error) {
	program, err := exec.LookPath("prometheus")
	if err != nil {
		return nil, errNoPrometheus
	}
	rules, err := files.ReadFile("alerts.yml")
	if err != nil {
		return nil, err
	}
	rules = regexp.MustCompile(`for: \d+m`).ReplaceAll(rules, []byte("for: 2s"))
	err = errors.Join(
		os.WriteFile(filepath.Join(folder, "alerts.yml"), rules, 0o600),
		os.WriteFile(filepath.Join(folder, "prometheus.yml"), fmt.Appendf(nil, config, target), 0o600))
	if err != nil {
		return nil, err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := free.Addr().String()
	if err := free.Close(); err != nil {
		return nil, err
	}
	s := &server{url: "http://" + addr}
	s.cmd = exec.CommandContext(ctx, program, "--config.file="+filepath.Join(folder, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+addr)
	s.cmd.Stdout, s.cmd.Stderr = &s.text, &s.text
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(os.Interrupt) }
	s.cmd.WaitDelay = 10 * time.Second
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	return s, s.await(ctx, func() (bool, error) {
		resp, err := http.Get(s.url + "/-/ready")
		if err != nil {
			return false, nil
		}
		return resp.StatusCode == http.StatusOK, resp.Body.Close()
	})
}

// stop ends the program.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// await asks until the answer is true, for two minutes at most.
func (s *server) await(ctx context.Context, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// get reads an answer of the HTTP API.
func (s *server) get(path string, query url.Values, data any) error {
	resp, err := http.Get(s.url + path + "?" + query.Encode())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Status != "success" {
		return errors.New(answer.Error)
	}
	return json.Unmarshal(answer.Data, data)
}

// firing returns the names of the alerts that fire.
func (s *server) firing() (names []string, err error) {
	var data struct {
		Alerts []struct {
			State  string
			Labels map[string]string
		}
	}
	if err := s.get("/api/v1/alerts", nil, &data); err != nil {
		return nil, err
	}
	for _, a := range data.Alerts {
		if a.State == "firing" && !slices.Contains(names, a.Labels["alertname"]) {
			names = append(names, a.Labels["alertname"])
		}
	}
	slices.Sort(names)
	return names, nil
}

// query returns the number of series in the answer to a query.
func (s *server) query(expr string) (series int, err error) {
	var data struct{ Result []json.RawMessage }
	err = s.get("/api/v1/query", url.Values{"query": {expr}}, &data)
	return len(data.Result), err
}

// panel is a diagram of the dashboard.
type panel struct {
	Title   string
	Targets []struct{ Expr string }
}

// dashboard returns the panels of dashboard.json, for all accounts.
func dashboard() ([]panel, error) {
	raw, err := files.ReadFile("dashboard.json")
	if err != nil {
		return nil, err
	}
	var d struct{ Panels []panel }
	err = json.Unmarshal(raw, &d)
	for _, p := range d.Panels {
		for i := range p.Targets {
			p.Targets[i].Expr = strings.ReplaceAll(p.Targets[i].Expr, "$account", ".*")
		}
	}
	return d.Panels, err
}
