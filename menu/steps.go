package menu

import (
	"fmt"
	"reflect"
	"slices"
)

// plan returns the steps from the deployed menus to the wanted ones.
func plan(now deployed, wanted *Menus) *Plan {
	p := &Plan{Deployed: now.menus, Wanted: wanted}
	var adds, deletes []Step
	keep, stale := kept(now.menus.Conditional, wanted.Conditional)
	for _, m := range slices.Backward(wanted.Conditional[:len(wanted.Conditional)-keep]) {
		adds = append(adds, Step{Action: AddStep, Buttons: m.Buttons, Rule: m.Rule})
	}
	for _, m := range stale {
		deletes = append(deletes, Step{Action: DeleteStep, Buttons: m.Buttons, Rule: m.Rule, ID: m.ID})
	}
	if !reflect.DeepEqual(now.menus.Default.Buttons, wanted.Default.Buttons) {
		p.Steps = append(p.Steps, Step{Action: CreateStep, Buttons: wanted.Default.Buttons})
	}
	if hosts := allDomains(now.menus, wanted); len(adds) > 0 && len(deletes) > 0 && len(hosts) > maxDomains {
		p.Warnings = append(p.Warnings, fmt.Sprintf("The old and the new conditional menus link to %d domains, more than %d. "+
			"So the old ones are deleted first, and followers see other menus until the new ones are there.", len(hosts), maxDomains))
		adds, deletes = deletes, adds
	}
	p.Steps = slices.Concat(p.Steps, adds, deletes)
	if len(p.Steps) > 0 {
		p.warnOfLosses(now)
	}
	p.warnOfUnseen(now)
	return p
}

// kept returns how many menus at the end of wanted stay, and those of now that go. What is
// added stands in front, so the menus that stay must be the end of wanted, and stand in the
// same order in now.
func kept(now, wanted []ConditionalMenu) (keep int, stale []ConditionalMenu) {
	for _, m := range slices.Backward(now) {
		if i := len(wanted) - 1 - keep; i >= 0 && m.Rule == wanted[i].Rule && reflect.DeepEqual(m.Buttons, wanted[i].Buttons) {
			keep++
		} else {
			stale = append(stale, m)
		}
	}
	return keep, stale
}

func allDomains(all ...*Menus) map[string]bool {
	hosts := map[string]bool{}
	for _, menus := range all {
		for _, m := range menus.Conditional {
			domains(m.Buttons, hosts)
		}
	}
	return hosts
}

// warnOfLosses says what the steps destroy for good.
func (p *Plan) warnOfLosses(now deployed) {
	for _, button := range now.lost {
		if p.Steps[0].Action == CreateStep {
			p.Warnings = append(p.Warnings, "The button "+button+" was made on the console; the API cannot make it again.")
		}
	}
	for _, step := range p.Steps {
		switch {
		case step.Action == DeleteStep && step.Rule.withdrawn():
			p.Warnings = append(p.Warnings, "The conditional menu "+step.ID+" has a rule that the platform has withdrawn; it cannot be made again.")
		case step.Action == DeleteStep:
			p.Warnings = append(p.Warnings, "The conditional menu "+step.ID+" is deleted; a menu with the same rule gets another id.")
		case step.Action == CreateStep && len(now.menus.Default.Buttons) > 0:
			p.Warnings = append(p.Warnings, "The default menu is replaced; the platform does not keep the old one.")
		}
	}
}

// warnOfUnseen says which of the wanted menus followers will not see.
func (p *Plan) warnOfUnseen(now deployed) {
	if now.off {
		p.Warnings = append(p.Warnings, "The menu is switched off on the console: followers do not see it.")
	}
	for i, m := range p.Wanted.Conditional {
		if m.Rule.withdrawn() {
			p.Warnings = append(p.Warnings, fmt.Sprintf("conditionalmenu[%d] has a condition by sex, region or language and so does not match anyone.", i))
			continue
		}
		first := slices.IndexFunc(p.Wanted.Conditional[:i], func(other ConditionalMenu) bool { return other.Rule.covers(m.Rule) })
		if first >= 0 {
			p.Warnings = append(p.Warnings, fmt.Sprintf("conditionalmenu[%d] is never shown: conditionalmenu[%d] matches the same followers and comes first.", i, first))
		}
	}
}

// covers reports whether everyone who matches other matches r.
func (r MatchRule) covers(other MatchRule) bool {
	return !r.withdrawn() && (r.TagID == 0 || r.TagID == other.TagID) && (r.Client == "" || r.Client == other.Client)
}
