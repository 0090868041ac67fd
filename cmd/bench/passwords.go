package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"

	"chaoxi/shared/dev/habits"
	"chaoxi/shared/passwords"
)

const (
	leakedPasswords = "shared/passwords/testdata/leaked.txt"
	leakedHead      = 3_000 // of its lines are the head of the list
	habitPeople     = 400
	randomPasswords = 10_000
)

// passwordRules measures what the rules of new passwords let through, and what they refuse
// that is good.
func passwordRules(_ context.Context, out io.Writer) (bool, error) {
	text, err := os.ReadFile(leakedPasswords)
	if err != nil {
		return false, err
	}
	leaked := strings.Fields(string(text))
	if len(leaked) <= leakedHead {
		return false, fmt.Errorf("%s has %d lines", leakedPasswords, len(leaked))
	}
	people := habits.People(habitPeople)
	t := newTable("What the rules do", "passwords", "judged", "pass", "are refused", "%", "at most %", "")
	held := true
	// row adds a row of which the passing ones, or else the refused ones, are too many
	// if they are more than most in a hundred. 100 is no bound.
	row := func(what string, all, passing int, ofPassing bool, most float64) {
		counted := all - passing
		if ofPassing {
			counted = passing
		}
		share := 100 * float64(counted) / float64(max(all, 1))
		bound, said := "", ""
		if most < 100 {
			held = held && share <= most
			bound, said = units(most), verdict(share <= most)
		}
		t.add(what, fmt.Sprint(all), fmt.Sprint(passing), fmt.Sprint(all-passing), fmt.Sprintf("%.2f", share), bound, said)
	}
	common := func(all []string) (passing int) {
		for _, p := range all {
			if passwords.Check(p) == passwords.FlawNone {
				passing++
			}
		}
		return passing
	}
	row("leaked: the first of the list", leakedHead, common(leaked[:leakedHead]), true, 1)
	row("leaked: some of the rest, which are not listed as a whole", len(leaked)-leakedHead, common(leaked[leakedHead:]), true, 100)

	byKind, passing, order := map[string][2]int{}, 0, []string{}
	all := 0
	for _, p := range people {
		for _, password := range habits.Of(p) {
			n, seen := byKind[password.What]
			if !seen {
				order = append(order, password.What)
			}
			n[0]++
			all++
			if habits.Passes(p, password.Text) {
				n[1]++
				passing++
			}
			byKind[password.What] = n
		}
	}
	row(fmt.Sprintf("habits: %d forms of %d people", habits.Forms(), len(people)), all, passing, true, 2)
	for _, kind := range order {
		row("habits: of these by "+kind, byKind[kind][0], byKind[kind][1], true, 100)
	}

	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for _, of := range []struct{ what, alphabet string }{{"letters and digits", letters}, {"all keys", letters + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}} {
		good := 0
		r := rand.New(rand.NewPCG(1, 2))
		for n := 0; n < randomPasswords; {
			p := make([]byte, 8+r.IntN(3))
			for i := range p {
				p[i] = of.alphabet[r.IntN(len(of.alphabet))]
			}
			switch passwords.Check(string(p)) {
			case passwords.FlawClasses:
				continue // no password that anybody may choose
			}
			if habits.Passes(people[n%len(people)], string(p)) {
				good++
			}
			n++
		}
		row("random: 8 to 10 "+of.what, randomPasswords, good, false, 0.5)
	}
	t.print(out)
	return held, nil
}
