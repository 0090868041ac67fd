//go:build ignore

// generate writes the tables that pinyin.go embeds, from the dictionary of
// github.com/mozillazg/go-pinyin (MIT, see LICENSE.go-pinyin):
//
//	syllables.txt  every syllable, one per line, padded to six letters
//	common.bin     two bytes for each rune of U+3400–U+9FFF, big-endian: the line
//	               number in syllables.txt of its usual reading, 0 if it has none
//	rare.bin       five bytes for each other rune that has a reading, sorted: three
//	               for the rune, two for the line number
//
// Run it with go generate after a new version of the dictionary.
package main

import (
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	dict "github.com/mozillazg/go-pinyin"
)

func main() {
	args := dict.NewArgs() // Normal style: no tone, ü as v
	usual := make(map[rune]string)
	for code := range dict.PinyinDict {
		if readings := dict.SinglePinyin(rune(code), args); len(readings) > 0 {
			usual[rune(code)] = plain(readings[0])
		}
	}

	syllables := slices.Compact(slices.Sorted(maps.Values(usual)))
	var text strings.Builder
	line := make(map[string]int)
	for i, s := range syllables {
		if len(s) > 6 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") != "" {
			log.Fatalf("unexpected syllable %q", s)
		}
		fmt.Fprintf(&text, "%-6s\n", s)
		line[s] = i + 1
	}

	var common, rare []byte
	for r := rune(0x3400); r <= 0x9FFF; r++ {
		n := line[usual[r]]
		common = append(common, byte(n>>8), byte(n))
		delete(usual, r)
	}
	for _, r := range slices.Sorted(maps.Keys(usual)) {
		n := line[usual[r]]
		rare = append(rare, byte(r>>16), byte(r>>8), byte(r), byte(n>>8), byte(n))
	}

	for name, content := range map[string][]byte{"syllables.txt": []byte(text.String()), "common.bin": common, "rare.bin": rare} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// plain takes tones and accents off letters of which the dictionary's Normal style
// leaves them on: ê (诶) and m (呣).
func plain(s string) string {
	return strings.NewReplacer("\u0300", "", "\u0304", "", "\u030c", "", "ê", "e", "ế", "e", "ề", "e").Replace(s)
}
