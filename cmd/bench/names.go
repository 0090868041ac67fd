package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

// namesDrawn is how many people are drawn; mostMissed is the share of them whom their
// own reading may miss.
const (
	namesDrawn = 30_000
	mostMissed = 0.0001
)

// givenOfOne is the share of given names that are one character.
const givenOfOne = 0.14

// names.tsv has surnames, an empty line, and characters of given names: each with how
// many of a million people have it, and how it is read. The frequencies are those of
// ORCID records, as sinonym 0.5.1 has them (Apache-2.0, see LICENSE.sinonym). A surname
// is read as pinyin-pro 3.29.4 reads surnames (MIT, see LICENSE.pinyin-pro); a character
// of a given name as pinyin-pro reads it alone and, if the national dictionary
// (kTGHZ2013) knows that reading, as sinonym reads it. Neither source is one of package
// pinyin's.
//
//go:embed names.tsv
var namesTSV string

// frequency is a part of names, with how often it is and how it is read.
type frequency struct {
	written  string
	share    float64
	readings []string
}

// frequencies are names that can be drawn.
type frequencies struct {
	all   []frequency
	total float64
}

func parseFrequencies(lines string) (frequencies, error) {
	var f frequencies
	for line := range strings.Lines(lines) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != 3 {
			return f, fmt.Errorf("%q has not three cells", line)
		}
		share, err := strconv.ParseFloat(cells[1], 64)
		if err != nil {
			return f, err
		}
		readings := strings.Fields(cells[2])
		if n := len([]rune(cells[0])); n > 1 { // of a compound surname one reading, a syllable for each character
			readings = []string{strings.Join(readings, "")}
		}
		f.all, f.total = append(f.all, frequency{cells[0], share, readings}), f.total+share
	}
	return f, nil
}

func (f frequencies) draw(r *rand.Rand) frequency {
	at := r.Float64() * f.total
	for _, one := range f.all {
		if at -= one.share; at < 0 {
			return one
		}
	}
	return f.all[len(f.all)-1]
}

// names measures how many people the pinyin of their name does not find. Who has a
// character with two readings has to be found by both.
func names(_ context.Context, out io.Writer) (bool, error) {
	surnamesPart, givenPart, ok := strings.Cut(namesTSV, "\n\n")
	if !ok {
		return false, errors.New("names.tsv has no second part")
	}
	surnames, err := parseFrequencies(surnamesPart)
	if err != nil {
		return false, err
	}
	given, err := parseFrequencies(givenPart)
	if err != nil {
		return false, err
	}
	r := rand.New(rand.NewPCG(2013, 8105))
	var asked, missed int
	var who []string
	for range namesDrawn {
		parts := []frequency{surnames.draw(r), given.draw(r)}
		if r.Float64() >= givenOfOne {
			parts = append(parts, given.draw(r))
		}
		name, readings := "", []string{""}
		for _, p := range parts {
			name += p.written
			var longer []string
			for _, before := range readings {
				for _, reading := range p.readings {
					longer = append(longer, before+reading)
				}
			}
			readings = longer
		}
		asked += len(readings)
		person := staff.Staff{Name: name, Pinyin: pinyin.Read(name)}
		if slices.ContainsFunc(readings, func(reading string) bool {
			query, ok := staff.ParseSearchQuery(reading)
			_, found := query.First(person, 1, false)
			return !ok || !found
		}) {
			missed++
			who = append(who, name+" "+strings.Join(readings, ", "))
		}
	}
	rate := float64(missed) / namesDrawn
	t := newTable("People whom their reading finds", "drawn by frequency", "readings typed", "not found", "of all")
	t.add(strconv.Itoa(namesDrawn), strconv.Itoa(asked), strconv.Itoa(missed), fmt.Sprintf("%.4f %%", 100*rate))
	t.print(out)
	for _, line := range who {
		fmt.Fprintf(out, "- %s\n", line)
	}
	return rate <= mostMissed, nil
}
