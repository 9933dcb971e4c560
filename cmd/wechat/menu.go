package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

var (
	errDiffer   = failure{differ, errors.New("the menus differ")}
	errDeclined = failure{differ, errors.New("not confirmed")}
)

// menu runs one of the commands on menus.
func (p program) menu(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return mistakef("menu: a command is missing: diff, apply or pull")
	}
	flags := flag.NewFlagSet("wechat menu "+args[0], flag.ContinueOnError)
	var run func(ctx context.Context, name string) error
	var about string
	switch args[0] {
	case "-h", "-help", "--help", "help":
		_, err := io.WriteString(p.out, help)
		return err
	case "diff":
		about = "Shows how the account's menus differ from FILE, and changes nothing."
		run = p.diff
	case "apply":
		about = "Replaces the account's menus with those of FILE. It shows the changes and what cannot be undone,\n" +
			"and asks before it begins. It sends nothing if the menus are equal."
		dryRun := flags.Bool("dry-run", false, "show everything, change nothing; exit status 1 if the menus differ")
		yes := flags.Bool("yes", false, "do not ask")
		run = func(ctx context.Context, name string) error { return p.apply(ctx, name, *dryRun, *yes) }
	case "pull":
		about = "Writes the account's menus to FILE, without their ids."
		force := flags.Bool("force", false, "overwrite a FILE that exists")
		run = func(ctx context.Context, name string) error { return p.pull(ctx, name, *force) }
	default:
		return mistakef("menu: unknown command %q; it is diff, apply or pull", args[0])
	}
	name, err := p.parse(flags, about, args[1:])
	if err != nil || name == "" {
		return err
	}
	return run(ctx, name)
}

// parse reads flags, before and after the name of the file. It returns no name if it has
// printed the help.
func (p program) parse(flags *flag.FlagSet, about string, args []string) (name string, err error) {
	flags.SetOutput(io.Discard)
	var names []string
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(p.out)
			fmt.Fprintf(p.out, "%s [flags] FILE\n\n%s\n\n", flags.Name(), about)
			flags.PrintDefaults()
			return "", nil
		} else if err != nil {
			return "", mistakef("%w; %s -h lists the flags", err, flags.Name())
		}
		if flags.NArg() == 0 {
			break
		}
		names, args = append(names, flags.Arg(0)), flags.Args()[1:]
	}
	if len(names) != 1 || names[0] == "" {
		return "", mistakef("%s needs one FILE, and has %d", flags.Name(), len(names))
	}
	return names[0], nil
}

// service returns the menus of the account in the environment.
func (p program) service() (*menu.Service, error) {
	appID, secret := p.env("WECHAT_APPID"), p.env("WECHAT_SECRET")
	for _, v := range []struct{ name, value string }{{"WECHAT_APPID", appID}, {"WECHAT_SECRET", secret}} {
		if v.value == "" {
			return nil, mistakef("%s is not set: the account comes from the environment", v.name)
		}
	}
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: appID, Secret: secret, BaseURL: p.env("WECHAT_URL"),
		Logger: slog.New(warnings{slog.NewTextHandler(p.err, nil)}),
	})
	if err != nil {
		return nil, failure{mistake, err}
	}
	return menu.New(oa), nil
}

// warnings handles the warnings of a log: what has failed is the program's error.
type warnings struct{ slog.Handler }

func (h warnings) Enabled(_ context.Context, l slog.Level) bool { return l == slog.LevelWarn }
func (h warnings) WithAttrs(a []slog.Attr) slog.Handler         { return warnings{h.Handler.WithAttrs(a)} }
func (h warnings) WithGroup(name string) slog.Handler           { return warnings{h.Handler.WithGroup(name)} }

// plan compares the account with a file.
func (p program) plan(ctx context.Context, name string) (*menu.Service, *menu.Plan, error) {
	wanted, err := p.read(name)
	if err != nil {
		return nil, nil, err
	}
	menus, err := p.service()
	if err != nil {
		return nil, nil, err
	}
	plan, err := menus.Diff(ctx, wanted)
	return menus, plan, err
}

func (p program) diff(ctx context.Context, name string) error {
	_, plan, err := p.plan(ctx, name)
	if err != nil {
		return err
	}
	p.show(plan, name)
	if len(plan.Steps) > 0 {
		return errDiffer
	}
	return nil
}

// show prints a plan: the diff in the form of the file with that name, the steps and the
// warnings.
func (p program) show(plan *menu.Plan, name string) {
	fmt.Fprint(p.out, plan.DiffAs(formOf(name)))
	for i, step := range plan.Steps {
		fmt.Fprintf(p.out, "step %d: %s\n", i+1, step)
	}
	for _, warning := range plan.Warnings {
		fmt.Fprintln(p.out, "warning:", warning)
	}
}

func (p program) apply(ctx context.Context, name string, dryRun, yes bool) error {
	if name == "-" && !dryRun && !yes {
		return mistakef("menu apply - cannot ask, since standard input is the file: add -yes or -dry-run")
	}
	menus, plan, err := p.plan(ctx, name)
	if err != nil {
		return err
	}
	p.show(plan, name)
	switch {
	case len(plan.Steps) == 0:
		fmt.Fprintln(p.out, "The menus are equal: nothing was sent.")
		return nil
	case dryRun:
		fmt.Fprintln(p.out, "A dry run: nothing was changed.")
		return errDiffer
	case !yes && !p.confirmed():
		fmt.Fprintln(p.out, "Not confirmed: nothing was changed.")
		return errDeclined
	}
	if err := menus.Apply(ctx, plan); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "Done. Clients show the new menu within five minutes.")
	return nil
}

// confirmed asks whether to begin.
func (p program) confirmed() bool {
	fmt.Fprint(p.out, `Apply? Type "yes": `)
	line, err := bufio.NewReader(p.in).ReadString('\n')
	if err != nil {
		fmt.Fprintln(p.out)
	}
	return strings.TrimSpace(line) == "yes"
}

func (p program) pull(ctx context.Context, name string, force bool) error {
	if _, err := os.Stat(name); name != "-" && !force && err == nil {
		return mistakef("%s exists: add -force to overwrite it", name)
	}
	menus, err := p.service()
	if err != nil {
		return err
	}
	all, err := menus.Get(ctx)
	if errors.Is(err, errcode.MenuNotFound) {
		return errors.New("the account has no menu that was created through the API; one made on the console cannot be kept as a file")
	}
	if err != nil {
		return err
	}
	return p.write(name, all)
}

// write writes menus to a file, which it replaces at once.
func (p program) write(name string, menus *menu.Menus) error {
	content := formOf(name)(menus.Format())
	if name == "-" {
		_, err := p.out.Write(content)
		return err
	}
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := os.WriteFile(name+".new", content, 0o644); err != nil {
		return failure{mistake, err}
	}
	if err := os.Rename(name+".new", name); err != nil {
		return failure{mistake, err}
	}
	return nil
}
