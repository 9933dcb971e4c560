package menu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Plan is how the menus of an account become those of a file. [Service.Diff] makes one,
// [Service.Apply] carries it out.
type Plan struct {
	Deployed *Menus // the account's menus, without the fields that their buttons do not use
	Wanted   *Menus // the same of the file
	Steps    []Step // calls of Apply in their order; none if the menus are equal

	// Warnings say what cannot be undone, and what followers will not see, a sentence
	// each. Show them before Apply.
	Warnings []string
}

// Action is what a [Step] does.
type Action string

// The actions.
const (
	CreateStep Action = "create the default menu"
	AddStep    Action = "add the conditional menu"
	DeleteStep Action = "delete the conditional menu"
)

// Step is one call of a [Plan].
type Step struct {
	Action  Action
	Buttons []Button  // of the menu that is created or deleted
	Rule    MatchRule // of a conditional menu
	ID      string    // of the menu to delete
}

// String returns the step in words.
func (s Step) String() string {
	switch s.Action {
	case AddStep:
		return fmt.Sprintf("%s for %s", s.Action, s.Rule.text())
	case DeleteStep:
		return fmt.Sprintf("%s %s for %s", s.Action, s.ID, s.Rule.text())
	}
	return string(s.Action)
}

// text returns the rule as the file has it.
func (r MatchRule) text() string {
	text, _ := json.Marshal(r) // never fails
	return string(text)
}

// String returns the unified diff from the deployed menus to the wanted ones, in the form
// of [Menus.Format]. It is empty if they are equal.
func (p *Plan) String() string {
	return p.DiffAs(func(file []byte) []byte { return file })
}

// DiffAs is [Plan.String] for files of another form. convert receives a file of
// [Menus.Format] and returns it in that form, such as YAML.
func (p *Plan) DiffAs(convert func(file []byte) []byte) string {
	diff := unified(p.Deployed.text(convert), p.Wanted.text(convert))
	if diff == "" {
		return ""
	}
	return "--- deployed\n+++ wanted\n" + diff
}

// text returns the menus as a file of another form, and nothing without a menu.
func (m *Menus) text(convert func(file []byte) []byte) string {
	if len(m.Default.Buttons) == 0 && len(m.Conditional) == 0 {
		return ""
	}
	return string(convert(m.Format()))
}

// ErrChanged means that somebody changed the account's menus after the plan was made.
var ErrChanged = errors.New("menu: the menus of the account have changed since the plan was made: make a new one")

// Diff compares the account's menus with those of a file and returns the plan to make them
// equal. It changes nothing. The wanted menus must keep the limits of [Service.Create] and
// [Service.AddConditional]; otherwise the error is an errcode.LimitError, and nothing is
// sent.
//
// Conditional menus are equal if they have the same rules and buttons in the same order. Of
// several menus that match a follower, the first in the order is shown. The platform cannot
// change a conditional menu, and a menu that is added becomes the first. So the plan keeps
// as many menus as the order allows, adds the others from the last to the first, and then
// deletes those that are left. While the plan is carried out, followers see an old menu or a
// new one, and are never without a menu. If the old and the new menus together link to more
// domains than the platform allows, the plan deletes first, and has a warning about it.
//
// A menu that was created on the console is in [Plan].Deployed too. Its buttons that the
// API cannot create have only a name there. A plan that replaces such a menu has a warning.
//
// GET /cgi-bin/menu/get (获取自定义菜单配置)
func (s *Service) Diff(ctx context.Context, wanted *Menus) (*Plan, error) {
	wanted = wanted.canonical()
	if err := wanted.check(); err != nil {
		return nil, err
	}
	now, err := s.deployed(ctx)
	if err != nil {
		return nil, err
	}
	return plan(now, wanted), nil
}

// Apply carries out a plan. It sends nothing if the plan has no steps. Otherwise it first
// reads the menus again: the error is [ErrChanged] if they are no longer those of the
// plan.
//
// If a step fails, the steps before it have been carried out; a new plan has the remaining
// ones. After a connection error a conditional menu may exist twice; a new plan deletes
// one of them.
//
// POST /cgi-bin/menu/create (创建自定义菜单)
func (s *Service) Apply(ctx context.Context, p *Plan) error {
	if len(p.Steps) == 0 {
		return nil
	}
	now, err := s.deployed(ctx)
	if err != nil {
		return err
	}
	if !now.menus.same(p.Deployed) {
		return ErrChanged
	}
	for i, step := range p.Steps {
		switch step.Action {
		case CreateStep:
			err = s.Create(ctx, step.Buttons...)
		case AddStep:
			_, err = s.AddConditional(ctx, step.Rule, step.Buttons...)
		case DeleteStep:
			err = s.DeleteConditional(ctx, step.ID)
		default:
			err = fmt.Errorf("unknown action %q", step.Action)
		}
		if err != nil {
			return fmt.Errorf("menu: step %d of %d, %s: %w", i+1, len(p.Steps), step, err)
		}
	}
	return nil
}

// check returns an error if the platform would refuse one of the menus.
func (m *Menus) check() error {
	if _, err := check("/cgi-bin/menu/create", m.Default.Buttons); err != nil {
		return err
	}
	const path = "/cgi-bin/menu/addconditional"
	for i, one := range m.Conditional {
		_, err := check(path, one.Buttons)
		if err == nil {
			err = one.Rule.check(path)
		}
		if wrong, ok := errors.AsType[*errcode.LimitError](err); ok {
			wrong.Field = fmt.Sprintf("conditionalmenu[%d].%s", i, wrong.Field)
			return wrong
		}
	}
	return nil
}
