//go:build ignore

// generate writes the tables that pinyin.go embeds, from the dictionary of
// github.com/mozillazg/go-pinyin (MIT, see LICENSE.go-pinyin):
//
//	syllables.txt  every syllable, one per line, padded to six letters
//	common.bin     two bytes for each rune of U+3400–U+9FFF, big-endian: the line
//	               number in syllables.txt of its usual reading, 0 if it has none
//	rare.bin       five bytes for each other rune that has a reading, sorted: three
//	               for the rune, two for the line number
//	dictionary.txt the characters whose usual reading the national dictionary does not
//	               know, one per line, sorted: the readings that it has, then the usual
//	               one
//
// The national dictionary is 通用规范汉字字典 of 2013, as Unicode's kTGHZ2013 has it
// (Unihan 16.0.0, Unicode License V3, see LICENSE.unicode). The argument is the file
// kTGHZ2013.txt of github.com/mozillazg/pinyin-data, commit 82759f9 (MIT):
//
//	go run generate.go kTGHZ2013.txt
//
// Run it after a new version of either.
package main

import (
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	dict "github.com/mozillazg/go-pinyin"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run generate.go kTGHZ2013.txt")
	}
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

	contents := map[string][]byte{"syllables.txt": []byte(text.String()), "common.bin": common, "rare.bin": rare, "dictionary.txt": dictionary(args)}
	for name, content := range contents {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// dictionary is the content of dictionary.txt.
func dictionary(args dict.Args) []byte {
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var text strings.Builder
	for line := range strings.Lines(string(content)) {
		line, _, _ = strings.Cut(line, "#")
		code, marked, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "U+")), ":")
		if !ok {
			continue
		}
		r, err := strconv.ParseInt(code, 16, 32)
		if err != nil {
			log.Fatal(err)
		}
		var readings []string
		for reading := range strings.SplitSeq(strings.TrimSpace(marked), ",") {
			toneless := strings.Map(func(r rune) rune {
				if r >= 0x300 && r <= 0x36F {
					return -1
				}
				return r
			}, strings.ReplaceAll(norm.NFD.String(reading), "u\u0308", "v"))
			if !slices.Contains(readings, toneless) {
				readings = append(readings, toneless)
			}
		}
		if usual := plain(dict.SinglePinyin(rune(r), args)[0]); !slices.Contains(readings, usual) {
			fmt.Fprintf(&text, "%c %s %s\n", r, strings.Join(readings, " "), usual)
		}
	}
	return []byte(text.String())
}

// plain takes tones and accents off letters of which the dictionary's Normal style
// leaves them on: ê (诶) and m (呣).
func plain(s string) string {
	return strings.NewReplacer("\u0300", "", "\u0304", "", "\u030c", "", "ê", "e", "ế", "e", "ề", "e").Replace(s)
}
