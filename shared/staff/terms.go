package staff

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"chaoxi/shared/fold"
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

// A term costs a row in each heading of the tree that the person stands below. So a name
// has at most maxNameTerms of them, and a person at most so many that there are not many
// more than maxRows rows: whoever has posts all over the province is found by less. At
// least the whole name, the account and the phone always find a person.
const (
	maxNameTerms = 24
	maxRows      = 500
)

// term is a text that finds a person.
type term struct {
	text string
	// shown is how much of the text may be looked for by who sees the person masked:
	// so many characters from its start, or all of it. Below 0, any beginning may.
	shown int
}

// Terms returns the texts that find the person, whose terms have rows in so many lists,
// sorted: of the name, the pinyin, the account and the phone. A text with which another
// one begins is not among them: whatever finds it finds the other.
func (s Staff) Terms(lists int) []string {
	var texts []string
	for _, t := range s.terms(lists) {
		texts = append(texts, t.text)
	}
	return slices.Compact(texts)
}

// terms returns the terms, sorted by text.
func (s Staff) terms(lists int) []term {
	var all []term
	add := func(text string, shown int) {
		if text != "" && (!isDigits(text) || len(text) >= minDigits) {
			all = append(all, term{text, shown})
		}
	}
	account := s.Account.String()
	shown := -1
	if _, like := s.Account.AsPhone(); like {
		shown = 0 // the phone has terms of its own
	} else if _, like := s.Account.AsIDCard(); like {
		shown = idCardShown
	}
	add(account, shown)
	if spelled := searched(account); spelled != account {
		add(spelled, shown)
	}
	if n := s.Phone.National(); n != "" {
		add(n, s.Phone.shown())
		all = append(all, term{n[len(n)-lastFour:] + lastFourMark, -1})
		if area := s.Phone.Area(); area != mainland {
			all = append(all, term{s.Phone.E164(), len(area) + s.Phone.shown()}) // for "+8526", which has too few digits behind the area to be looked for alone
		}
	}
	most := max(1, min(maxNameTerms, maxRows/max(1, lists)-2-len(all))) // 2 rows of each list are no terms; of an odd record up to 4
	for i, text := range s.nameTerms() {
		if i == most {
			break
		}
		add(text, -1)
	}
	slices.SortFunc(all, func(a, b term) int { return cmp.Or(strings.Compare(a.text, b.text), a.shown-b.shown) })
	kept := all[:0]
	for i, t := range all {
		if !slices.ContainsFunc(all[i+1:], t.isBeginningOf) {
			kept = append(kept, t)
		}
	}
	return kept
}

// isBeginningOf reports whether whatever finds t finds the longer term other, too.
func (t term) isBeginningOf(other term) bool {
	return len(other.text) > len(t.text) && strings.HasPrefix(other.text, t.text) && other.shown < 0 && !strings.HasSuffix(other.text, lastFourMark)
}

// nameTerms returns the terms of the name and of its readings, each once. The first
// ones find most.
func (s Staff) nameTerms() []string {
	var texts []string
	add := func(text string) {
		if text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	key := unspelled(NameKey(s.Name))
	spelled := umlauts.Replace(key)
	add(key)
	add(spelled)
	readings := s.Pinyin.spellings()
	for _, syllables := range readings {
		add(searched(strings.Join(syllables, "")))
	}
	for _, syllables := range readings {
		add(initials(syllables))
		if n := max(1, s.Pinyin.Surname); len(syllables) > n+1 { // wangxm, ouyangxm, as colleagues write it
			add(searched(strings.Join(syllables[:n], "") + initials(syllables[n:])))
		}
	}
	ends := []string{}
	for i := range key { // by rune
		ends = append(ends, key[i:])
	}
	longest := len(ends)
	for _, syllables := range readings {
		longest = max(longest, len(syllables))
	}
	for i := range longest {
		if i < len(ends) {
			add(ends[i])
			if spelled != key {
				add(umlauts.Replace(ends[i]))
			}
		}
		for _, syllables := range readings {
			if i < len(syllables) {
				add(searched(strings.Join(syllables[i:], "")))
				add(initials(syllables[i:]))
			}
		}
	}
	return texts
}

// unspelled is a NameKey without marks, apostrophes and dashes: zeng'jing, zēng-jìng
// and zengjing are one.
func unspelled(key string) string {
	return strings.Map(func(r rune) rune {
		if isDash(r) || strings.ContainsRune("'’‘ʼ`", r) {
			return -1
		}
		return r
	}, fold.Unmarked(key))
}

// searched is unspelled with one spelling for the ü of lü, nü, lüe and nüe. People type
// lv, lyu or lu for it.
func searched(key string) string { return umlauts.Replace(unspelled(key)) }

var umlauts = strings.NewReplacer("lyu", "lu", "lv", "lu", "nv", "nu")

// spellings returns the readings, and of those with a nü also that with nyu, as
// passports have it: in the middle of a text it cannot be told from the yu of chenyu.
func (p Pinyin) spellings() [][]string {
	all := p.Readings()
	for _, syllables := range all {
		if !slices.ContainsFunc(syllables, isNu) {
			continue
		}
		passport := slices.Clone(syllables)
		for i, s := range passport {
			if isNu(s) {
				passport[i] = "nyu" + s[len("nv"):]
			}
		}
		all = append(all, passport)
	}
	return all
}

func isNu(syllable string) bool { return strings.HasPrefix(syllable, "nv") }

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
	s := searched(NameKey(q))
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

// Finds reports whether t finds a person who has term, for who may see the person
// whole.
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

// MayHide reports whether t is a part of a number that a mask hides: it has to read
// many rows to find the few people whom it may.
func (t SearchQuery) MayHide() bool { return isDigits(strings.TrimPrefix(t.s, "+")) }

// TermRange is a stretch of the sorted terms, from First to Last.
type TermRange struct{ First, Last string }

// Has reports whether the term stands there.
func (r TermRange) Has(term string) bool { return r.First <= term && term <= r.Last }

// Ranges are where the terms stand that t finds. Whole is for a caller who may see
// numbers whole, of some people at least. For all others a text with more digits than a
// mask shows leaves out the terms that go on with a digit: they are not even read, since
// the time and the pages that it takes would tell whether there are any. So nobody
// else is found by them: an account that has more digits behind the text neither.
func (t SearchQuery) Ranges(whole bool) []TermRange {
	last := t.s + string(utf8.MaxRune)
	switch {
	case whole || !t.Hides():
		return []TermRange{{t.s, last}}
	case t.phone:
		return nil
	case len(t.s) == idCardLength-1: // X is a digit of a card, too
		return []TermRange{{t.s, t.s + "/" + string(utf8.MaxRune)}}
	}
	return []TermRange{{t.s, t.s + "/" + string(utf8.MaxRune)}, {t.s + ":", last}} // '0' to '9' stand between
}

// FindsAny reports whether t finds one of the terms. Whole is that of Ranges.
func (t SearchQuery) FindsAny(terms []string, whole bool) bool {
	ranges := t.Ranges(whole)
	return slices.ContainsFunc(terms, func(term string) bool {
		return t.Finds(term) && slices.ContainsFunc(ranges, func(r TermRange) bool { return r.Has(term) })
	})
}

// Hides reports whether numbers may begin with t of which a mask shows less than t has.
// It passes over the third digit of numbers of other areas, of which masks show two.
func (t SearchQuery) Hides() bool {
	digits, plus := strings.CutPrefix(t.s, "+")
	switch {
	case !isDigits(digits) || len(digits) <= minDigits:
		return false
	case t.phone:
		return true
	case plus:
		return len(digits) > len("852")+2
	}
	return len(digits) < idCardLength && strings.Contains(idCardProvinces, digits[:2]+" ") || beginsMobile(digits)
}

// beginsMobile reports whether mobile numbers of any area may begin with the digits, and
// go on.
func beginsMobile(digits string) bool {
	for n := len(digits) + 1; n <= len("13700000004"); n++ {
		number := digits + strings.Repeat("0", n-len(digits))
		if slices.ContainsFunc(areas, func(area string) bool { return isMobile(area, number) }) {
			return true
		}
	}
	return false
}

// First returns the first term of s that t finds. s stands in so many lists. A search
// shows the person at that term only, so that nobody appears twice. Who may not see the
// person's numbers finds them by what the mask shows of their beginning, by the last
// four digits of a phone, or by a whole number: otherwise eleven questions would
// undo the mask. First reports false if t does not find s.
func (t SearchQuery) First(s Staff, lists int, whole bool) (string, bool) {
	for _, term := range s.terms(lists) {
		shown := term.shown < 0 || t.s == term.text || len(t.s) <= term.shown
		if t.Finds(term.text) && (whole || shown && slices.ContainsFunc(t.Ranges(false), func(r TermRange) bool { return r.Has(term.text) })) {
			return term.text, true
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
