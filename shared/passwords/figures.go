package passwords

import (
	"slices"
	"strconv"
	"strings"
)

// What else is easily guessed: figures and walks over the keyboard. A password of
// these has at least leastFigures characters of them. It may have up to looseDigits
// other digits if it has a year (Zm@20261), four letters of a walk (Zm@qwer1), or at
// least leastBesideLoose characters of figures: 00004 is more likely the end of a phone.
const (
	leastFigures     = 4
	looseDigits      = 2
	leastBesideLoose = 6
)

// madeOfFigures reports whether the lower-case word consists of runs, repetitions,
// dates, years and walks over the keyboard, with anything hung on them and at most so
// many loose digits.
func madeOfFigures(word string, loose int) bool {
	ends := make([][]int, len(word)) // where the figures end that begin at an index
	for start := range word {
		for end := start + 2; end <= len(word); end++ {
			if isFigure(word[start:end]) {
				ends[start] = append(ends[start], end)
			}
		}
	}
	back := []byte(word)
	slices.Reverse(back)
	for _, start := range cuts(word) {
		for _, cut := range cuts(string(back)) {
			if end := len(word) - cut; start < end && figures(word[:end], start, ends, loose) {
				return true
			}
		}
	}
	return false
}

// cuts returns where what is hung on the beginning of word may end: nowhere, or behind
// one of its first letters. Digits and symbols are not cut off: they are part of the
// figures, or loose.
func cuts(word string) []int {
	all := []int{0}
	for i := range len(word) {
		if isDigit(word[i]) || len(all) > hung {
			break
		}
		if isLetter(word[i]) {
			all = append(all, i+1)
		}
	}
	return all
}

// figures reports whether word[start:] consists of figures, which end where ends says.
// Symbols are nothing. At most so many digits may be loose.
func figures(word string, start int, ends [][]int, loose int) bool {
	best := make([]struct { // of word[i:], with as few loose digits as possible
		loose, covered int
		sure           bool // has a year, or a walk over letters
	}, len(word)+1)
	for i := len(word) - 1; i >= start; i-- {
		best[i] = best[i+1]
		switch c := word[i]; {
		case isLetter(c):
			best[i].loose += looseDigits + 1 // never
		case isDigit(c):
			best[i].loose++
		}
		for _, end := range ends[i] {
			if end > len(word) {
				break
			}
			now := best[end]
			now.covered += end - i
			now.sure = now.sure || isDate(word[i:end]) || end-i >= 4 && !isDigits(word[i:end])
			if now.loose < best[i].loose || now.loose == best[i].loose && now.covered > best[i].covered {
				best[i] = now
			}
		}
	}
	all := best[start]
	return all.loose == 0 && all.covered >= leastFigures || all.loose <= loose && (all.sure || all.covered >= leastBesideLoose)
}

// isFigure reports whether s is one figure.
func isFigure(s string) bool {
	switch n := len(s); {
	case n >= 3 && (isRepeated(s, 1) || isWalk(s)):
		return true
	case !isDigits(s):
		return false
	case isRepeated(s, 1), n >= 4 && isRepeated(s, 2), n >= 6 && isRepeated(s, 3), strings.Contains(luckyNumbers, " "+s+" "), isDate(s):
		return true
	}
	return len(s) >= 6 && isListed(s)
}

// luckyNumbers are chosen for their sound, or for their place on the keys of a phone.
const luckyNumbers = " 520 521 1314 2580 147 258 369 159 357 753 951 741 852 963 168 188 518 588 688 918 110 119 120 886 13579 2468 "

// isRepeated reports whether s is its first n characters over and over.
func isRepeated(s string, n int) bool {
	return len(s)%n == 0 && len(s) > n && s[n:] == s[:len(s)-n]
}

// straight are walked over in both directions: rows and columns of the keyboard, the
// alphabet, the digits.
const straight = "01234567890-= qwertyuiop[]\\ asdfghjkl;' zxcvbnm,./ abcdefghijklmnopqrstuvwxyz " +
	"1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik, 9ol. 0p;/ 4esz 5rdx 6tfc 7ygv 8uhb 9ijn 0okm "

// zigzags are walked over likewise, between two rows or columns.
const zigzags = "1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 qawsedrftgyhujikolp zaxscdvfbgnhmj " +
	"a1s2d3f4g5h6j7k8l9 z1x2c3v4b5n6m7 a1b2c3d4e5f6g7h8i9 1a2b3c4d5e6f7g8h9i "

func isWalk(s string) bool {
	back := []byte(s)
	slices.Reverse(back)
	on := func(keys string) bool { return strings.Contains(keys, s) || strings.Contains(keys, string(back)) }
	return on(straight) || len(s) > 3 && on(zigzags)
}

// isDate reports whether the digits s are a year of our time, a month of one, or a day:
// 1990, 199003, 19900307, 900307, 07031990, 03071990.
func isDate(s string) bool {
	part := func(from, to int) int {
		n, _ := strconv.Atoi(s[from:to])
		return n
	}
	day := func(month, day int) bool { return 1 <= month && month <= 12 && 1 <= day && day <= 31 }
	year := func(y int) bool { return firstYear <= y && y <= lastYear }
	switch len(s) {
	case 4:
		return year(part(0, 4))
	case 6:
		yy := part(0, 2)
		return year(part(0, 4)) && day(part(4, 6), 1) || (yy >= firstYear%100 || yy <= lastBirth%100) && day(part(2, 4), part(4, 6))
	case 8:
		return year(part(0, 4)) && day(part(4, 6), part(6, 8)) || year(part(4, 8)) && (day(part(0, 2), part(2, 4)) || day(part(2, 4), part(0, 2)))
	}
	return false
}

// The years that people choose: of a birth, and those in which passwords are made.
const (
	firstYear = 1940
	lastBirth = 2015
	lastYear  = 2039
)

// unshifted is the lower-case word as it would be without the shift key.
func unshifted(word string) string {
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune(`!@#$%^&*()_+{}|:"<>?~`, r); i >= 0 {
			return rune("1234567890-=[]\\;',./`"[i])
		}
		return r
	}, word)
}
