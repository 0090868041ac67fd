package account

import (
	"slices"
	"strings"

	"chaoxi/shared/staff"
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

// personal is what is known of p, who works in units of these names.
func personal(p staff.Staff, units [][]string) Personal {
	of := Personal{
		Account: p.Account.String(), Names: p.Pinyin.Readings(), Surname: p.Pinyin.Surname, Phones: []string{p.Phone.National(), p.ShortNumber},
		BirthDates: []string{p.BirthDate}, IDCard: p.IDCard, Units: units,
	}
	if id := p.IDCard; len(id) == 18 {
		of.BirthDates = append(of.BirthDates, id[6:10]+"-"+id[10:12]+"-"+id[12:14])
	}
	return of
}

// worksIn are the organisations whose names a password of s may not be made of: units
// and institutions of the posts that s holds now.
func worksIn(s staff.Staff) []staff.OrgCode {
	return staff.Staff{Posts: s.ActivePosts()}.Orgs()
}

// spell returns the readings of the names of orgs, each as syllables.
func spell(pinyin func(string) staff.Pinyin, orgs staff.Orgs) [][]string {
	var all [][]string
	for _, o := range orgs {
		all = append(all, pinyin(o.Name).Readings()...)
	}
	return all
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
func CheckPersonal(p string, of Personal) PasswordFlaw {
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
	case slices.ContainsFunc(of.BirthDates, func(date string) bool { return containsDate(p, date) }):
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

// turned is the name with the given name first.
func turned(name []string, surname int) []string {
	surname = min(surname, len(name))
	return slices.Concat(name[surname:], name[:surname])
}

// spellings are the readings in lower case. Those that have ü, which is v in them, are
// there with u and with yu, too: 吕 is written lv, lu and lyu.
func spellings(readings [][]string) [][]string {
	var all [][]string
	for _, reading := range readings {
		for i, letter := range []string{"v", "u", "yu"} {
			spelled := make([]string, len(reading))
			for j, syllable := range reading {
				spelled[j] = strings.ReplaceAll(strings.ToLower(syllable), "v", letter)
			}
			if i == 0 || !slices.Equal(spelled, all[len(all)-1]) && strings.Contains(strings.Join(reading, ""), "v") {
				all = append(all, spelled)
			}
		}
	}
	return all
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

// addresses are what colleagues say before a name and behind it, and Aa is what people
// put before anything: Xiaowang, Wangzong, Aawf.
const (
	before = " aa xiao lao da ah "
	behind = " zong ju chu ge jie laoshi zhuren shuji "
)

// madeOf says by what all the letters are spelled: by names and units, one after
// another, or with an address, or with up to three letters hung on one of them, or with
// words of the list.
func madeOf(letters string, names, units [][]string) PasswordFlaw {
	for from := 0; from <= 4 && from <= len(letters); from++ {
		if from > 0 && !strings.Contains(before, " "+letters[:from]+" ") {
			continue
		}
		for to := len(letters); to >= from; to-- {
			if to < len(letters) && !strings.Contains(behind, " "+letters[to:]+" ") {
				continue
			}
			if flaw := spelledBy(letters[from:to], names, units, 2, false); flaw != FlawNone {
				return flaw
			}
		}
	}
	if flaw := spelledBy(letters, names, units, 4, true); flaw != FlawNone {
		return flaw
	}
	for from := 0; from <= hung; from++ {
		for to := len(letters); to >= len(letters)-hung && to-from >= leastInitials; to-- {
			part, least := letters[from:to], 2
			if len(part) < hungWord {
				if len(part) < len(letters)-1 {
					break
				}
				least = leastInitials // one letter behind three initials: Zxmx
			}
			if spelledByName(part, names) >= least {
				return FlawName
			}
			if spelledByUnit(part, units) >= least {
				return FlawUnit
			}
		}
	}
	return FlawNone
}

// leastInitials is how many initials count with one letter hung on them.
const leastInitials = 3

// spelledBy says by what the letters are spelled, in parts of at least so many letters.
// It may use words of the list, but not those alone.
func spelledBy(letters string, names, units [][]string, least int, words bool) PasswordFlaw {
	type way struct {
		possible bool
		flaw     PasswordFlaw
	}
	ways := make([]way, len(letters)+1) // of letters[:i]
	ways[0].possible = true
	for to := range ways {
		for from := 0; from <= to-least && ways[to].flaw == FlawNone; from++ {
			if !ways[from].possible {
				continue
			}
			part, flaw := letters[from:to], ways[from].flaw
			switch {
			case spelledByName(part, names) > 0:
				flaw = FlawName
			case len(part) > 2 && spelledByUnit(part, units) > 1:
				flaw = FlawUnit
			case !words || !isListed(part):
				continue
			}
			ways[to] = way{true, flaw}
		}
	}
	return ways[len(letters)].flaw
}

// spelledByName is spelled for the one of the names that has most of it.
func spelledByName(s string, names [][]string) int {
	most := 0
	for _, name := range names {
		most = max(most, spelled(s, name, false))
	}
	return most
}

// spelledByUnit is the same for units, of which people say some syllables only. Three
// letters must end as the unit does (rsj of ren li zi yuan he she hui bao zhang ju; 委
// stands for 委员会), or they would be found in many by chance.
func spelledByUnit(s string, units [][]string) int {
	most := 0
	for _, unit := range units {
		if len(unit) == 0 {
			continue
		}
		last := unit[len(unit)-1]
		if n := len(unit) - 3; n > 0 && slices.Equal(unit[n:], []string{"wei", "yuan", "hui"}) {
			last = "wei"
		}
		most = max(most, spelled(s, unit, len(s) > 3 || last != "" && s[len(s)-1] == last[0]))
	}
	return most
}

// spelled returns how many of the syllables spell s, 0 if they do not: each whole or by
// its initial, in their order from any of them on. With gaps some may be left out in
// between. Zhang xiao ming spells zhangxm, zxm, zhangx, xming, and with zh as an
// initial zhxm; with gaps also zm.
//
// A name may have many syllables with the same initial, so it looks at each place only
// once.
func spelled(s string, syllables []string, gaps bool) int {
	// next[i] is how many syllables behind the present one spell s[i:] at most.
	next, most := make([]int, len(s)+1), 0
	for j := len(syllables) - 1; j >= 0; j-- {
		here := make([]int, len(s)+1) // with the present one
		for i := range s {
			for _, n := range []int{1, 2, len(syllables[j])} {
				if !begins(s[i:], syllables[j], n) {
					continue
				}
				if i+n == len(s) {
					here[i] = max(here[i], 1)
				} else if next[i+n] > 0 {
					here[i] = max(here[i], 1+next[i+n])
				}
			}
		}
		most = max(most, here[0])
		if gaps {
			for i := range here {
				here[i] = max(here[i], next[i])
			}
		}
		next = here
	}
	return most
}

// begins reports whether s begins with the first n letters of the syllable, and these
// are all of it or its initial.
func begins(s, syllable string, n int) bool {
	return n > 0 && n <= len(syllable) && strings.HasPrefix(s, syllable[:n]) && (n == 1 || n == len(syllable) || syllable[1] == 'h')
}
