package staff

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A person is found by terms: texts of which what is typed into the search
// field is the beginning. Because every suffix of the name is a term, a part of
// the name is the beginning of one.

// lastFour is how many trailing digits of a phone are a term of their own. That
// term answers only to itself, never to a beginning of it: "137" is where a
// phone starts, not a part of some 1370 at the end of one. It carries a mark that
// no other term and no text in normal form has, since an account may be of four
// digits, too.
const (
	lastFour     = 4
	lastFourMark = " "
)

// Terms are the texts that find the person, sorted, each once.
func (s Staff) Terms() []string {
	var terms []string
	add := func(t string) {
		if t != "" && (!digits(t) || len(t) >= minDigits) {
			terms = append(terms, t)
		}
	}

	key := NameKey(s.Name)
	for i := range key { // every suffix, by rune
		add(key[i:])
	}
	for _, syllables := range s.Pinyin.Readings() {
		for i := range syllables {
			add(strings.Join(syllables[i:], ""))
			add(initials(syllables[i:]))
		}
		if n := max(1, s.Pinyin.Surname); len(syllables) > n+1 { // wangxm, ouyangxm, as colleagues write it
			add(strings.Join(syllables[:n], "") + initials(syllables[n:]))
		}
	}
	add(s.Account.String())
	if n := s.Phone.National(); n != "" {
		add(n)
		terms = append(terms, n[len(n)-lastFour:]+lastFourMark)
		if s.Phone.Area() != mainland {
			terms = append(terms, s.Phone.E164()) // for "+8526": behind the area may be too few digits to look for
		}
	}

	slices.Sort(terms)
	return slices.Compact(terms)
}

// MaxReadings is how many spellings of one name count: each is looked for in
// passwords, and costs rows.
const MaxReadings = 4

// Readings are the spellings of the whole name, the usual one first, then those
// of the surname, then those of the given name, with either.
func (p Pinyin) Readings() [][]string {
	if len(p.Syllables) == 0 {
		return nil
	}
	all := [][]string{p.Syllables}
	for _, other := range p.SurnameOther {
		if len(other) <= len(p.Syllables) {
			all = append(all, slices.Concat(other, p.Syllables[len(other):]))
		}
	}
	for _, surname := range all {
		for _, other := range p.GivenOther {
			if len(other) <= len(p.Syllables) {
				all = append(all, slices.Concat(surname[:len(surname)-len(other)], other))
			}
		}
	}
	return all[:min(len(all), MaxReadings)]
}

func initials(syllables []string) string {
	var b strings.Builder
	for _, s := range syllables {
		r, _ := utf8.DecodeRuneInString(s)
		b.WriteRune(r)
	}
	return b.String()
}

// minDigits is the least number of digits that a search takes.
const minDigits = 3

// SearchQuery is what is typed into the search field, in normal form.
type SearchQuery struct {
	s     string
	phone bool // typed behind +86: where a phone of the mainland starts, and nothing else
}

// ParseSearchQuery brings q into normal form. It reports false for a text that can
// find nobody by rule: fewer than three digits of a number.
func ParseSearchQuery(q string) (SearchQuery, bool) {
	s := NameKey(q)
	number, abroad := dialled(s)
	if !abroad {
		return SearchQuery{s: s}, !digits(s) || len(s) >= minDigits
	}
	if national, home := strings.CutPrefix(number, mainland); home {
		return SearchQuery{national, true}, len(national) >= minDigits
	}
	return SearchQuery{s: number}, len(number) > minDigits // and the +
}

// dialled is the beginning of a number in its E.164 form, if s is one: behind a
// +, or behind 00, with which accounts and last four digits may begin, too, and
// hence with more than the area.
func dialled(s string) (string, bool) {
	number, plus := strings.CutPrefix(s, "+")
	rest, zeros := strings.CutPrefix(s, "00")
	if zeros {
		number = rest
	}
	number = "+" + strings.ReplaceAll(number, "-", "")
	inArea := slices.ContainsFunc(areas, func(a string) bool { return len(number) > len(a) && strings.HasPrefix(number, a) })
	return number, (plus && number == "+" || digits(number[1:])) && (plus || zeros && inArea)
}

// IsZero reports whether nothing was typed.
func (t SearchQuery) IsZero() bool { return t.s == "" }

// String is what the terms that t finds begin with.
func (t SearchQuery) String() string { return t.s }

// Normal is the normal form: no two texts that find different people have one.
func (t SearchQuery) Normal() string {
	if t.phone {
		return mainland + t.s
	}
	return t.s
}

// Phone is the number, if the text is a whole one.
func (t SearchQuery) Phone() (Phone, bool) {
	p, err := ParsePhone(t.s)
	return p, err == nil
}

// IsDigits reports whether t has nothing but digits.
func (t SearchQuery) IsDigits() bool { return digits(t.s) }

// Finds reports whether t finds the person whose term it is.
func (t SearchQuery) Finds(term string) bool {
	four, marked := strings.CutSuffix(term, lastFourMark)
	switch {
	case t.phone:
		return strings.HasPrefix(term, t.s) && digits(term) && mobile(mainland, term)
	case marked:
		return four == t.s
	}
	return strings.HasPrefix(term, t.s)
}

// First is the first of the person's terms that t finds. A person is listed at
// that term alone, so that nobody appears twice.
func (t SearchQuery) First(s Staff) (string, bool) {
	for _, term := range s.Terms() {
		if t.Finds(term) {
			return term, true
		}
	}
	return "", false
}

// Bucket is the part of a term that spreads the terms of one scope over
// partitions: the first character or, since all mainland numbers begin with 1,
// the digits that it begins with, three at the most. A text and the terms that
// it finds share a bucket, as a text is never just one or two digits.
func Bucket(term string) string {
	n := 0
	for n < min(minDigits, len(term)) && term[n] >= '0' && term[n] <= '9' {
		n++
	}
	if n > 0 {
		return term[:n]
	}
	_, size := utf8.DecodeRuneInString(term)
	return term[:size]
}

// Bucket is where the terms that t finds are kept.
func (t SearchQuery) Bucket() string { return Bucket(t.s) }
