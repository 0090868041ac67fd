package passwords

import "strings"

// letters returns where the first letter of the lower-case word begins and where the
// last one ends. Without letters both are 0.
func letters(word string) (from, to int) {
	isLetter := func(r rune) bool { return 'a' <= r && r <= 'z' }
	from = strings.IndexFunc(word, isLetter)
	if from < 0 {
		return 0, 0
	}
	return from, strings.LastIndexFunc(word, isLetter) + 1
}

func withoutSymbols(word string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, word)
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func countLetters(word string) int {
	n := 0
	for i := range len(word) {
		if isLetter(word[i]) {
			n++
		}
	}
	return n
}
