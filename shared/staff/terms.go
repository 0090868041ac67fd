package staff

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A person is found by terms. What is typed into the search field must be the
// beginning of a term. Every end of the name is a term: 敏 is one of 张敏, so any
// part of the name is the beginning of a term.

// The last lastFour digits of a phone are a term, too. Only all four together find
// it: "137" should find phones that begin with it, not those that end with 1370. So
// the term has a mark behind the digits, a space, which no other term has and which
// is never typed (NameKey removes spaces). Without the mark it could not be told
// from an account of four digits.
const (
	lastFour     = 4
	lastFourMark = " "
)

// Terms returns the texts that find the person, sorted, each once: of the name, the
// pinyin, the account and the phone.
func (s Staff) Terms() []string {
	var terms []string
	add := func(t string) {
		if t != "" && (!isDigits(t) || len(t) >= minDigits) {
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
			terms = append(terms, s.Phone.E164()) // for "+8526", which has too few digits behind the area to be looked for alone
		}
	}

	slices.Sort(terms)
	return slices.Compact(terms)
}

// MaxReadings is how many readings of one name are kept. Each costs rows of the
// index, and is looked for in passwords.
const MaxReadings = 4

// Readings returns the readings of the whole name, at most MaxReadings, each as a
// list of syllables: first the usual one, then those with another surname, then
// all of these with another given name. It is nil for a name without syllables.
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

// initials returns the first letter of each syllable: "zm" of zhang min.
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

// SearchQuery is the text of the search field, in normal form.
type SearchQuery struct {
	s     string
	phone bool // it was typed behind +86: it is the beginning of a mainland phone and nothing else
}

// ParseSearchQuery brings q into normal form. It reports false for fewer than three
// digits of a number, which by rule find nobody.
func ParseSearchQuery(q string) (SearchQuery, bool) {
	s := NameKey(q)
	number, abroad := e164Prefix(s)
	if !abroad {
		return SearchQuery{s: s}, !isDigits(s) || len(s) >= minDigits
	}
	if national, home := strings.CutPrefix(number, mainland); home {
		return SearchQuery{national, true}, len(national) >= minDigits
	}
	return SearchQuery{s: number}, len(number) > minDigits // number begins with a +, which is not a digit
}

// e164Prefix returns s in E.164 form if s is the beginning of a number with an area, and
// whether it is. Such a text begins with +, or with 00, the area and at least one
// digit more. Without the area 00 is not enough: accounts and the last four digits
// of a phone may begin with 00, too.
func e164Prefix(s string) (string, bool) {
	number, plus := strings.CutPrefix(s, "+")
	rest, zeros := strings.CutPrefix(s, "00")
	if zeros {
		number = rest
	}
	number = "+" + strings.ReplaceAll(number, "-", "")
	inArea := slices.ContainsFunc(areas, func(a string) bool { return len(number) > len(a) && strings.HasPrefix(number, a) })
	return number, (plus && number == "+" || isDigits(number[1:])) && (plus || zeros && inArea)
}

// IsZero reports whether nothing was typed.
func (t SearchQuery) IsZero() bool { return t.s == "" }

// String is the text with which the terms begin that t finds.
func (t SearchQuery) String() string { return t.s }

// Normal is the normal form. Texts that find different people have different ones.
func (t SearchQuery) Normal() string {
	if t.phone {
		return mainland + t.s
	}
	return t.s
}

// Phone returns the number. It reports false if the text is not a whole number.
func (t SearchQuery) Phone() (Phone, bool) {
	p, err := ParsePhone(t.s)
	return p, err == nil
}

// IsDigits reports whether t has nothing but digits.
func (t SearchQuery) IsDigits() bool { return isDigits(t.s) }

// Finds reports whether t finds a person who has term.
func (t SearchQuery) Finds(term string) bool {
	four, marked := strings.CutSuffix(term, lastFourMark)
	switch {
	case t.phone:
		return strings.HasPrefix(term, t.s) && isDigits(term) && isMobile(mainland, term)
	case marked:
		return four == t.s
	}
	return strings.HasPrefix(term, t.s)
}

// First returns the first term of s that t finds. A search shows the person at that
// term only, so that nobody appears twice. It reports false if t does not find s.
func (t SearchQuery) First(s Staff) (string, bool) {
	for _, term := range s.Terms() {
		if t.Finds(term) {
			return term, true
		}
	}
	return "", false
}

// Bucket returns the part of a term that stands in the partition key of its rows, so
// that the terms of one scope spread over partitions. It is the first character or,
// of a term that begins with digits, up to three of them: all mainland numbers begin
// with 1. A search query and the terms that it finds have the same bucket, since
// ParseSearchQuery takes no number of one or two digits.
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

// Bucket is the bucket of the terms that t finds.
func (t SearchQuery) Bucket() string { return Bucket(t.s) }
