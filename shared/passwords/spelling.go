package passwords

import (
	"slices"
	"strings"
)

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

// addresses are what colleagues say before a name and behind it, and Aa is what people
// put before anything: Xiaowang, Wangzong, Aawf.
const (
	before = " aa xiao lao da ah "
	behind = " zong ju chu ge jie laoshi zhuren shuji "
)

// madeOf says by what all the letters are spelled: by names and units, one after
// another, or with an address, or with up to three letters hung on one of them, or with
// words of the list.
func madeOf(letters string, names, units [][]string) Flaw {
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
func spelledBy(letters string, names, units [][]string, least int, words bool) Flaw {
	type way struct {
		possible bool
		flaw     Flaw
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
