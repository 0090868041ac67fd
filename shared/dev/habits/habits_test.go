package habits

import (
	"math/rand/v2"
	"testing"

	"chaoxi/shared/passwords"
)

// TestHabitsAreRefused: at most two in a hundred of the passwords that people make so
// are let through. `make bench BENCH=passwords` measures more people.
func TestHabitsAreRefused(t *testing.T) {
	if Forms() < 200 {
		t.Errorf("%d forms", Forms())
	}
	all := 0
	var passed []string
	for _, p := range People(15) {
		for _, password := range Of(p) {
			all++
			if Passes(p, password.Text) {
				passed = append(passed, p.Name+" "+p.Unit+" "+password.Text)
			}
		}
	}
	if all < 15*200 || len(passed)*100 > all*2 {
		t.Errorf("%d of %d pass: %q", len(passed), all, passed[:min(len(passed), 200)])
	}
}

// TestRandomPasswordsPass: what a generator makes looks like nobody's by chance.
func TestRandomPasswordsPass(t *testing.T) {
	people, r := People(100), rand.New(rand.NewPCG(1, 2))
	var refused []string
	for n := 0; n < 2000; {
		p := make([]byte, 8+r.IntN(3))
		for i := range p {
			p[i] = byte('!' + r.IntN('~'-'!'+1))
		}
		if passwords.Check(string(p)) == passwords.FlawClasses {
			continue // nobody may choose it
		}
		if who := people[n%len(people)]; !Passes(who, string(p)) {
			refused = append(refused, who.Name+" "+string(p))
		}
		n++
	}
	if len(refused) > 14 {
		t.Errorf("%d of 2,000 are refused: %q", len(refused), refused)
	}
}
