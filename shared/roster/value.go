package roster

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/staff"
)

// longest is how many characters of a cell are kept. It is more than any field may have.
const longest = 400

// oneLine is a text without breaks of its lines and without blanks at its ends.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "_x000D_", " ")), " ")
}

// nothing are the words that people write where there is nothing to say. Strokes alone say
// the same.
var nothing = []string{"无", "暂无", "没有", "空", "待完善", "未知", "n/a", "null"}

// saysNothing reports whether a text stands for an empty cell.
func saysNothing(s string) bool {
	s = fold.Lower(s)
	return slices.Contains(nothing, s) || strings.Trim(s, "-—–－―/\\_.、 ") == ""
}

// shortened is a long number as a program shows it. A CSV that was saved so has lost the
// digits behind.
var shortened = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+[0-9]+$`)

// valueOf is what a cell says in the column c, "" for nothing, or what is wrong with it.
// A value of a dictionary becomes its code, a date YYYY-MM-DD. Whether the value may be
// that of a record, package staff judges later.
func valueOf(c Column, cell Cell, words staff.Dictionaries) (string, *fault.FieldCode) {
	flawed := func(f fault.FieldCode) (string, *fault.FieldCode) { return "", &f }
	switch cell.Kind {
	case Empty:
		return "", nil
	case Merged:
		return flawed(fault.CellMerged)
	case Error:
		return flawed(fault.CellError)
	case Formula:
		return flawed(fault.CellFormula)
	case Garbled:
		return flawed(fault.CellGarbled)
	case Bool:
		return flawed(fault.Invalid)
	}
	if !cell.Date.IsZero() {
		return dayIn(c, cell.Date)
	}
	if cell.Kind == Number {
		return numberIn(c, cell, words)
	}
	s := strings.TrimSpace(strings.ReplaceAll(cell.Text, "_x000D_", ""))
	if c.Key != "homeAddress" && c.Key != "officeAddress" {
		s = oneLine(s)
	}
	switch {
	case strings.ContainsRune(s, utf8.RuneError):
		return flawed(fault.CellGarbled)
	case utf8.RuneCountInString(s) > longest:
		return flawed(fault.TooLong)
	case saysNothing(s) && !(c.Key == "gender" && fold.Lower(s) == "未知"):
		return "", nil
	case shortened.MatchString(fold.Typed(s)):
		return flawed(lost(c))
	}
	return meaning(c, s, words)
}

// dayIn is valueOf a cell with a date.
func dayIn(c Column, d Date) (string, *fault.FieldCode) {
	switch {
	case c.Key != "birthDate":
		return "", &fault.CellDate
	case d.NoDay:
		return "", &fault.DateNoDay
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day), nil
}

// lost is what is said of a number whose last digits are gone.
func lost(c Column) fault.FieldCode {
	if c.Key == "idCard" {
		return fault.IDCardLost
	}
	return fault.NumberLost
}

// exact is the number from which on a spreadsheet does not keep each digit.
const exact = 1e15

// numberIn is valueOf a cell with a number.
func numberIn(c Column, cell Cell, words staff.Dictionaries) (string, *fault.FieldCode) {
	flawed := func(f fault.FieldCode) (string, *fault.FieldCode) { return "", &f }
	n, err := strconv.ParseFloat(cell.Text, 64)
	switch {
	case err != nil || math.IsInf(n, 0) || math.IsNaN(n):
		return flawed(fault.Invalid)
	case c.Key == "idCard", math.Abs(n) >= exact:
		return flawed(lost(c))
	case c.Key == "birthDate" && n != math.Trunc(n):
		return flawed(fault.DateAmbiguous)
	}
	return meaning(c, strconv.FormatFloat(n, 'f', -1, 64), words)
}

// meaning is what a text says in the column c.
func meaning(c Column, s string, words staff.Dictionaries) (string, *fault.FieldCode) {
	var flaw *fault.FieldCode
	switch {
	case c.Key == "birthDate":
		return dateIn(s)
	case c.Dictionary != "":
		code, ok := choice(c.Dictionary, s, words)
		if !ok {
			flaw = &fault.NotChoice
		}
		return code, flaw
	case c.Key == "name":
		return name(s), nil
	case c.Key == "order":
		n, err := strconv.ParseInt(fold.Typed(s), 10, 64)
		if err != nil {
			return "", &fault.Invalid
		}
		return strconv.FormatInt(n, 10), nil
	}
	return s, nil
}

// name is a name without the blanks with which two characters are made as wide as three.
func name(s string) string {
	isChinese := !strings.ContainsFunc(s, func(r rune) bool { return !fold.IsHan(r) && !unicode.IsSpace(r) })
	if isChinese {
		return strings.Join(strings.Fields(s), "")
	}
	return s
}

var (
	wholeDate = regexp.MustCompile(`^([0-9]{4})(?:[-/.年])([0-9]{1,2})(?:[-/.月])([0-9]{1,2})日?(?: 0{1,2}:00(:00)?)?$`)
	packed    = regexp.MustCompile(`^([0-9]{4})([0-9]{2})([0-9]{2})$`)
	monthOnly = regexp.MustCompile(`^[0-9]{4}([-/.年][0-9]{1,2}月?|[0-9]{2})$`)
	twoDigits = regexp.MustCompile(`^[0-9]{1,2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}日?$`)
	yearOnly  = regexp.MustCompile(`^[0-9]{4}年?$`)
)

// dateIn reads a day as people write it. A year alone is what who may not see the day is
// shown, and stays as it is.
func dateIn(s string) (string, *fault.FieldCode) {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Pd, r) || r == '−' {
			return '-'
		}
		return r
	}, fold.Typed(s))
	compact := strings.Join(strings.Fields(s), "")
	for _, form := range []*regexp.Regexp{wholeDate, packed} {
		m := form.FindStringSubmatch(s)
		if m == nil {
			m = form.FindStringSubmatch(compact)
		}
		if m == nil {
			continue
		}
		y, _ := strconv.Atoi(m[1])
		mo, _ := strconv.Atoi(m[2])
		d, _ := strconv.Atoi(m[3])
		day := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
		if day.Day() != d || int(day.Month()) != mo {
			return "", &fault.Invalid
		}
		return day.Format(time.DateOnly), nil
	}
	switch {
	case yearOnly.MatchString(compact):
		return compact[:4], nil
	case monthOnly.MatchString(compact):
		return "", &fault.DateNoDay
	case twoDigits.MatchString(compact):
		return "", &fault.DateYear
	}
	return "", &fault.Invalid
}

// saidFor are words that people write for a label.
var saidFor = map[string]string{
	"男": "男性", "女": "女性", "未知": "未知的性别", "未说明": "未说明的性别",
	"党员": "中共党员", "中国共产党党员": "中共党员", "预备党员": "中共预备党员", "中国共产党预备党员": "中共预备党员",
	"团员": "共青团员", "中国共产主义青年团团员": "共青团员", "无党派": "无党派人士", "无党派民主人士": "无党派人士", "普通居民": "群众",
}

// choice is the code of a dictionary's entry that is named by code or label. A code that is
// a number may have lost the 0 before it, and one that begins with + this sign.
func choice(dictionary, s string, words staff.Dictionaries) (string, bool) {
	said := key(s)
	if label, ok := saidFor[said]; ok {
		said = label
	}
	for _, e := range words {
		if e.Dictionary != dictionary {
			continue
		}
		code, label := key(e.Code), key(e.Label)
		if said == code || said == label || "0"+said == code || "+"+strings.TrimPrefix(said, "00") == code ||
			dictionary == staff.DictAreaCode && said+code == label {
			return e.Code, true
		}
	}
	return "", false
}

// key is a text as texts are compared: folded, without blanks.
func key(s string) string { return strings.Join(strings.Fields(fold.Lower(s)), "") }
