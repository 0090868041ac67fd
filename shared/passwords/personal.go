package passwords

import (
	"slices"
	"strings"
)

// Personal is what others know of a person, and try first.
type Personal struct {
	Account    string
	Names      [][]string // the readings of the name, each as syllables
	Surname    int        // how many syllables of each reading are the surname
	Phones     []string   // in digits: the national number, the short number
	BirthDates []string   // YYYY-MM-DD
	IDCard     string
	Units      [][]string // the readings of the names of units, each as syllables
}

// dates are those of birth: the one on file, and the one on the ID card, which may
// differ.
func (of Personal) dates() []string {
	id := of.IDCard
	if len(id) != 18 {
		return of.BirthDates
	}
	return append(slices.Clip(of.BirthDates), id[6:10]+"-"+id[10:12]+"-"+id[12:14])
}

// From how many characters on a part of the person counts wherever it stands. A name
// counts from four letters, because li or yue are in too many words; an account from
// three; numbers from six digits in a row, because by chance a password has six digits
// of a phone about once in 170,000. Shorter parts count if the password has no other
// letters, or no other digits beside them: Li#48271, Lanhua#0004.
const (
	personalAccount = 3
	personalPinyin  = 4
	personalDigits  = 6
	personalRun     = 4
)

// CheckPersonal refuses a password that is made of the person: in upper or lower case,
// with the usual substitutions (@ for a), or with symbols in between. It has
//
//   - the account, or the name with surname or given name first;
//   - six digits in a row of a phone or of the ID card, or just four;
//   - the date of birth, in any usual order;
//   - no other letters than the name and the unit spelled whole, by initials, or in
//     part, and words of the list.
func CheckPersonal(p string, of Personal) Flaw {
	p = strings.ToLower(p)
	names, units := spellings(of.Names), spellings(of.Units)
	for _, n := range names {
		names = append(names, turned(n, of.Surname))
	}
	switch {
	case contains(p, strings.ToLower(of.Account), personalAccount):
		return FlawAccount
	case slices.ContainsFunc(names, func(n []string) bool { return contains(p, strings.Join(n, ""), personalPinyin) }):
		return FlawName
	case slices.ContainsFunc(units, func(u []string) bool { return contains(p, strings.Join(u, ""), personalPinyin) }):
		return FlawUnit
	case slices.ContainsFunc(of.Phones, func(number string) bool { return containsSix(p, number) || containsRun(p, number) }):
		return FlawPhone
	case slices.ContainsFunc(of.dates(), func(date string) bool { return containsDate(p, date) }):
		return FlawBirthDate
	case containsSix(p, strings.ToLower(of.IDCard)) || slices.ContainsFunc(runs(p), func(run string) bool { return strings.HasSuffix(of.IDCard, run) }):
		return FlawIDCard
	}
	for _, letters := range lettersOf(p) {
		units := units
		if len(letters) < hungWord && !inOneRun(p, letters) {
			units = nil // three letters of a long name are anywhere by chance
		}
		if flaw := madeOf(letters, names, units); flaw != FlawNone {
			return flaw
		}
	}
	// Wangf@abc123: each run of letters is of the person, or says nothing.
	found := FlawNone
	for _, run := range strings.FieldsFunc(p, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if len(run) <= 2 {
			continue // by chance
		}
		if flaw := madeOf(run, names, units); flaw != FlawNone {
			found = flaw
		} else if !isListed(run) && !isWalk(run) {
			return FlawNone
		}
	}
	return found
}

// contains reports whether the lower-case password p contains word, read with any
// substitution. A word shorter than least must be all the letters of p.
func contains(p, word string, least int) bool {
	if word == "" {
		return false
	}
	from, to := letters(p)
	for _, s := range substitutions {
		sought := s.undo(word)
		if len(word) < least {
			if s.undo(p[from:to]) == sought {
				return true
			}
			continue
		}
		read := s.undo(p)
		if strings.Contains(read, sought) {
			return true
		}
		if bare := withoutSymbols(sought); len(bare) >= least && strings.Contains(withoutSymbols(read), bare) {
			return true
		}
	}
	return false
}

// containsSix reports whether the lower-case password p contains six characters in a row
// of number, with any symbols in between.
func containsSix(p, number string) bool {
	plain := withoutSymbols(p)
	for i := 0; i+personalDigits <= len(number); i++ {
		if strings.Contains(plain, number[i:i+personalDigits]) {
			return true
		}
	}
	return false
}

// containsRun reports whether a run of four or more digits in p is a part of number.
func containsRun(p, number string) bool {
	return slices.ContainsFunc(runs(p), func(run string) bool { return strings.Contains(number, run) })
}

// containsDate reports whether the password contains the date, which is YYYY-MM-DD, as
// people write it: with the year first or last, in two digits or in four. Month and
// day alone must be all digits of a run.
func containsDate(p, date string) bool {
	part := strings.Split(date, "-")
	if len(part) != 3 || len(part[0]) != 4 {
		return false
	}
	plain := withoutSymbols(p)
	month, day := part[1], part[2]
	days := []string{month + day, day + month}
	if m, d := strings.TrimPrefix(month, "0"), strings.TrimPrefix(day, "0"); m+d != month+day {
		days = append(days, m+d, d+m)
	}
	for i, md := range days {
		for j, year := range []string{part[0], part[0][2:]} {
			if i >= 2 && j == 1 { // 9037 is too short to mean a date
				continue
			}
			if strings.Contains(plain, year+md) || strings.Contains(plain, md+year) {
				return true
			}
		}
	}
	return strings.Contains(plain, part[0]+month) || slices.ContainsFunc(runs(p), func(run string) bool { return slices.Contains(days, run) })
}

// runs are the runs of four or more digits in p, as it stands and without symbols.
func runs(p string) []string {
	var all []string
	for _, s := range []string{p, withoutSymbols(p)} {
		all = append(all, strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })...)
	}
	return slices.DeleteFunc(all, func(run string) bool { return len(run) < personalRun })
}

// lettersOf are all letters of the lower-case password p, read as it stands, and
// between the first and the last letter also with substitutions undone.
func lettersOf(p string) []string {
	onlyLetters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if 'a' <= r && r <= 'z' {
				return r
			}
			return -1
		}, s)
	}
	from, to := letters(p)
	all := []string{onlyLetters(p)}
	for _, s := range substitutions[1:] {
		if read := onlyLetters(s.undo(p[from:to])); !slices.Contains(all, read) {
			all = append(all, read)
		}
	}
	return all
}

// inOneRun reports whether the letters stand together in p, in any reading.
func inOneRun(p, letters string) bool {
	return slices.ContainsFunc(substitutions[:], func(s substitution) bool { return strings.Contains(s.undo(p), letters) })
}
