// Package deploy judges what is deployed: template.yaml, beside the code of the
// functions and the operator's page. A function may do what its code does and
// nothing else; nothing is lost, no secret is written down, and somebody is told
// when something fails.
//
// It deploys nothing and runs nothing. Start with rule, of which each rules_*.go
// has some, each with changes that it must refuse (breaks.go). calls.go reads from
// the code what each function does.
package deploy

import "slices"

// rule is what must hold of everything that is deployed.
type rule struct {
	name   string
	check  func(deployed, complain)
	breaks []broken
}

// complain says, in the words of fmt.Sprintf, what does not hold.
type complain func(format string, args ...any)

// broken is a change that nobody should get past the rule: it shows that the rule
// can fail.
type broken struct {
	what   string
	change change
	says   string // a part of the complaint
}

var rules = slices.Concat(roleRules, keyRules, functionRules, tableRules, logRules, secretRules, alarmRules)
