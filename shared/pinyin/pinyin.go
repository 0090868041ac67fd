// Package pinyin gives the pinyin of names: 曾静 is "zeng jing". People are found by
// it, and passwords may not contain it.
//
// If a character has several readings in names, it gives all of them and does not
// decide. It gives no tones. It does no work at start-up: the dictionary from which
// it is made (github.com/mozillazg/go-pinyin) builds a map of the whole language
// when it is imported, which doubles the cold start of a function. So generate.go
// has turned the dictionary into small tables, which are read in place.
//
// Look first at [Read], then at surname.go, given.go and transcribed.go for characters
// that are read differently in names, or in more than one way.
package pinyin

import (
	_ "embed"
	"slices"
	"sort"
	"strings"

	"chaoxi/shared/staff"
)

// The tables. generate.go describes their form. They are strings and not byte slices,
// so that they are read-only pages of the binary and no memory is taken for them.
var (
	//go:embed syllables.txt
	syllables string
	//go:embed common.bin
	common string
	//go:embed rare.bin
	rare string
	//go:embed dictionary.txt
	dictionary string
)

const (
	firstCommon, lastCommon = 0x3400, 0x9FFF
	syllableLine            = len("zhuang\n")
	rareRow                 = 5
)

// Read returns the pinyin of name. It leaves out spaces, dots, punctuation, and
// characters without a known reading.
func Read(name string) staff.Pinyin {
	name = staff.Dotted(name)
	var (
		reading staff.Pinyin
		leading []rune                                  // the first Chinese characters of the name, longestSurname at the most
		written []rune                                  // the character of each syllable, 0 for a run of ASCII
		foreign = strings.ContainsRune(name, staff.Dot) // a transcribed name, which has no Chinese surname
		run     = -1                                    // where the current run of ASCII letters and digits began
	)
	flush := func(end int) {
		if run >= 0 {
			reading.Syllables = append(reading.Syllables, strings.ToLower(name[run:end]))
			written = append(written, 0)
			run = -1
		}
	}
	for i, r := range name {
		if r < 0x80 {
			if isAlphanumeric(byte(r)) {
				if run < 0 {
					run = i
				}
			} else {
				flush(i)
			}
			continue
		}
		flush(i)
		syllable := usual(r)
		if syllable == "" {
			continue
		}
		if n := len(leading); n < longestSurname && n == len(reading.Syllables) {
			leading = append(leading, r)
		}
		reading.Syllables = append(reading.Syllables, syllable)
		written = append(written, r)
	}
	flush(len(name))

	switch {
	case foreign:
		reading.GivenOther = choose(reading.Syllables, written, transcribed[:])
		return reading
	case len(leading) == 0:
		return reading
	}
	reading.Surname = 1
	start, listed := string(leading), false
	for _, s := range surnames {
		if !strings.HasPrefix(start, s.written) {
			continue
		}
		listed = true
		read := strings.Fields(s.read)
		copy(reading.Syllables, read)
		reading.Surname = len(read)
		if s.other != "" {
			for other := range strings.SplitSeq(s.other, ",") {
				reading.SurnameOther = append(reading.SurnameOther, strings.Fields(other))
			}
		}
		break
	}
	if !listed {
		for _, other := range inDictionary(leading[0]) {
			if other != reading.Syllables[0] {
				reading.SurnameOther = append(reading.SurnameOther, []string{other})
			}
		}
	}
	reading.GivenOther = choose(reading.Syllables[reading.Surname:], written[reading.Surname:], given[:])
	return reading
}

// choose replaces in syllables, the pinyin of a part of a name, each syllable whose
// character mostly has another reading there: that of table, or else that of the
// national dictionary. written has the character of each syllable. It returns the other
// readings of the whole part, so many that there are at most staff.MaxReadings
// altogether.
func choose(syllables []string, written []rune, table []polyphone) [][]string {
	others := make([][]string, len(written)) // of each character
	for i, r := range written {
		read := inDictionary(r)
		for _, p := range table {
			if p.written == string(r) {
				read = strings.Fields(p.read)
				break
			}
		}
		if len(read) > 0 {
			syllables[i], others[i] = read[0], read[1:]
		}
	}
	all := [][]string{syllables}
	for i := range others {
		for _, before := range all {
			for _, other := range others[i] {
				if len(all) == staff.MaxReadings {
					return all[1:]
				}
				reading := slices.Clone(before)
				reading[i] = other
				all = append(all, reading)
			}
		}
	}
	return all[1:]
}

// inDictionary returns the readings of r if the national dictionary does not know the
// usual one: its own, then the usual one, which people who do not know the character
// type. Otherwise it returns nothing.
func inDictionary(r rune) []string {
	if r < 0x80 {
		return nil
	}
	_, line, found := strings.Cut(dictionary, string(r)+" ")
	if !found {
		return nil
	}
	line, _, _ = strings.Cut(line, "\n")
	return strings.Fields(line)
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// usual returns the usual reading of r, or "" if none is known.
func usual(r rune) string {
	line := 0
	if r >= firstCommon && r <= lastCommon {
		at := 2 * int(r-firstCommon)
		line = int(common[at])<<8 | int(common[at+1])
	} else {
		rows := len(rare) / rareRow
		i := sort.Search(rows, func(i int) bool { return rareRune(i) >= r })
		if i < rows && rareRune(i) == r {
			line = int(rare[i*rareRow+3])<<8 | int(rare[i*rareRow+4])
		}
	}
	if line == 0 {
		return ""
	}
	return strings.TrimRight(syllables[(line-1)*syllableLine:line*syllableLine-1], " ")
}

// rareRune returns the character of a row of the table rare.
func rareRune(row int) rune {
	at := row * rareRow
	return rune(rare[at])<<16 | rune(rare[at+1])<<8 | rune(rare[at+2])
}
