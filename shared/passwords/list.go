package passwords

import (
	_ "embed"
	"strings"
)

// commonPasswords has one lower-case word a line, sorted. cmd/passwordlist says
// which words, and writes it. It is searched in place, so that it costs nothing at start.
//
//go:embed common.txt
var commonPasswords string

// isListed reports whether word is a line of the list.
func isListed(word string) bool { return word != "" && listed(word) == word }

// listed returns the longest line of the list with which s begins, "" for none.
//
// It looks for s by a binary search over bytes, which goes to the middle byte and then
// back to where that line begins. The last line that is not after s is what s begins
// with, or has with s all that any such line can have.
func listed(s string) string {
	for s != "" {
		last := ""
		for low, high := 0, len(commonPasswords); low < high; {
			middle := low + (high-low)/2
			start := low + strings.LastIndexByte(commonPasswords[low:middle], '\n') + 1
			end := start + strings.IndexByte(commonPasswords[start:], '\n')
			if line := commonPasswords[start:end]; line <= s {
				last, low = line, end+1
			} else {
				high = start
			}
		}
		same := 0
		for same < min(len(s), len(last)) && s[same] == last[same] {
			same++
		}
		if same == len(last) {
			return last
		}
		s = s[:same]
	}
	return ""
}
