package passwords

import (
	_ "embed"
	"strings"
)

// At each end of a common password people hang on what they like: digits and symbols
// without bound, and up to hung letters, such as their initials: Zm@123456, KPassword1.
//
// A word of the list counts with letters hung on it only from hungWord letters on,
// because three letters with another four are half of all words, and from one more with
// a substitution undone; and not if it is one syllable of pinyin, because Yunxiang is a
// word of its own.
const (
	hung     = 3
	hungWord = 5
)

// The syllables of pinyin that are as long.
const longSyllables = " chang cheng chong chuai chuan chuang guang huang jiang jiong kuang liang niang qiang qiong" +
	" shang sheng shuai shuan shuang xiang xiong zhang zheng zhong zhuai zhuan zhuang "

// common says whether the lower-case word is a common password, or one with a little
// more.
func common(word string) Flaw {
	bare, typed := withoutSymbols(word), unshifted(word)
	switch {
	case madeOfFigures(word, looseDigits), madeOfFigures(bare, looseDigits), madeOfFigures(typed, 0):
		return FlawFigures
	case madeOfWord(word, hung), madeOfWord(bare, 0), madeOfWord(typed, 0), madeOfWord(withoutWalk(word), hung):
		return FlawCommon
	}
	return FlawNone
}

// withoutWalk is the lower-case word without a run of letters at its end that is a walk
// over the keyboard: Hangzhou@qwer1 is hangzhou@1.
func withoutWalk(word string) string {
	_, to := letters(word)
	from := to
	for from > 0 && isLetter(word[from-1]) {
		from--
	}
	if to-from < 3 || !isWalk(word[from:to]) {
		return word
	}
	return word[:from] + word[to:]
}

// madeOfWord reports whether the lower-case word is a word of the list, with anything
// hung on it, and with substitutions undone. It tries every combination: $unshine12 is
// sunshine once the $ is undone and the 12 dropped.
func madeOfWord(word string, hung int) bool {
	for i, s := range substitutions {
		read := s.undo(word)
		if i > 0 && read == word {
			continue
		}
		least := hungWord
		if read != word {
			least++
		}
		before, all := 0, countLetters(word)
		for start := range read {
			if start > 0 && isLetter(word[start-1]) {
				before++
			}
			if before > hung {
				break
			}
			for found := listed(read[start:]); found != ""; found = listed(found[:len(found)-1]) {
				within := countLetters(word[start : start+len(found)])
				after := all - before - within
				if within > 0 && before+after == 0 || after <= hung && within > 0 && len(found) >= least && !strings.Contains(longSyllables, " "+found+" ") {
					return true
				}
			}
		}
	}
	return false
}
