package main

import (
	"fmt"
	"strconv"
	"strings"
)

// mostUnits is how many times the units of another revision a way may take.
const mostUnits = 1.2

// asked are the units of a step that a rule of the contract asks for, and that an
// older revision does not have. They are set aside where a way would be too dear.
var asked = []struct {
	step        string // what the names of the steps begin with
	read, write float64
	rule        string
}{
	{"login: ", 0, 1, "a sign-in that succeeds counts for its address (ADDRESS_CALLS_HOURLY)"},
	{"login: new device", 0, 1, "a sign-in that asks for a code stands in the person's history"},
	{"recovery-options", 0, 1, "a recovery that succeeds counts for its address (ADDRESS_CALLS_HOURLY)"},
	{"send-code: ", 1, 0, "a code is not sent to who has no tries left today (CODE_TRIES_A_DAY)"},
	{"verify-login", 0, 2, "a try of a code counts for the person and day, and is given back if it was right (CODE_TRIES_A_DAY)"},
	{"verify-login", 0, 1, "a new device stands in the person's history"},
	{"verify-login", 0, 3, "ticket, slots and device change in one transaction: after a lost answer none of them is lost or there twice"},
	{"set-password: ", 0, 2, "a try of a code counts for the person and day, and is given back if it was right (CODE_TRIES_A_DAY)"},
}

// dearer compares what the part flows has counted for two revisions. Signing in and
// sending codes may take no more trips than before, and a way at most mostUnits times
// its units, apart from those that rules ask for. notes names these rules.
func dearer(this, that side) (t *table, notes []string, held bool) {
	t = newTable(fmt.Sprintf("What must not become dearer (trips of signing in and of codes; units at most %g times, rules aside)", mostUnits),
		"step or way", "figure", "this", "that", "by rules", "at most", "")
	held = true
	add := func(name, figure string, a, b, rules, most float64) {
		aside := ""
		if rules > 0 {
			aside = units(rules)
		}
		t.add(name, figure, units(a), units(b), aside, units(most), verdict(a <= most))
		held = held && a <= most
	}
	for _, o := range outlines(append(this[:len(this):len(this)], that...)) {
		for _, row := range o.rows {
			for _, c := range o.columns {
				a, okA := least(this.cells(o.name, row, c))
				b, okB := least(that.cells(o.name, row, c))
				if !okA || !okB {
					continue
				}
				switch steps := stepsOf(row); {
				case c.name == "trips" && signsIn(row):
					add(row, c.name, a, b, 0, b)
				case len(steps) > 0 && (c.name == "RRU" || c.name == "WRU"):
					rules := 0.0
					if a > mostUnits*b {
						var why []string
						rules, why = ruled(steps, c.name)
						notes = append(notes, why...)
					}
					add(row, c.name, a, b, rules, mostUnits*b+rules)
				}
			}
		}
	}
	return t, notes, held
}

// signsIn reports whether a step is one of signing in, or sends a code.
func signsIn(step string) bool {
	return strings.HasPrefix(step, "login: ") || strings.HasPrefix(step, "verify-login") || strings.HasPrefix(step, "send-code: ")
}

// stepsOf returns the steps of a way, none if there is no such way.
func stepsOf(way string) []string {
	for _, w := range ways {
		if w.name == way {
			return w.steps
		}
	}
	return nil
}

// ruled returns how many of the units of the steps rules ask for, and which do.
func ruled(steps []string, figure string) (sum float64, why []string) {
	for _, s := range steps {
		for _, a := range asked {
			n := a.write
			if figure == "RRU" {
				n = a.read
			}
			if n > 0 && strings.HasPrefix(s, a.step) {
				sum += n
				why = append(why, fmt.Sprintf("%s: %s %s: %s", s, units(n), figure, a.rule))
			}
		}
	}
	return sum, why
}

// least is the least number of several rounds. What is counted is never less than it
// is, and on a busy machine sometimes more.
func least(cells []string) (float64, bool) {
	found, ok := 0.0, false
	for _, cell := range cells {
		if n, err := strconv.ParseFloat(cell, 64); err == nil && (!ok || n < found) {
			found, ok = n, true
		}
	}
	return found, ok
}
