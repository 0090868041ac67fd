package sheet

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/roster"
)

// numberFormat is how a number is shown.
type numberFormat struct {
	code          string // "" for General
	isDate, noDay bool
}

// builtIn are the formats that a file names by number alone. Those from 27 on depend on
// the language; these are the Chinese ones (ECMA-376, 18.8.30).
var builtIn = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yyyy h:mm",
	27: `yyyy"年"m"月"`, 28: `m"月"d"日"`, 29: `m"月"d"日"`, 30: "m-d-yy", 31: `yyyy"年"m"月"d"日"`,
	36: `yyyy"年"m"月"`, 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
	50: `yyyy"年"m"月"`, 51: `m"月"d"日"`, 52: `yyyy"年"m"月"`, 53: `m"月"d"日"`, 54: `m"月"d"日"`, 57: `yyyy"年"m"月"`, 58: `m"月"d"日"`,
}

// formatOf judges a code. A date has a year in it, or a day beside a month.
func formatOf(code string) numberFormat {
	letters := formatLetters(code)
	has := func(r rune) bool { return strings.ContainsRune(letters, r) }
	f := numberFormat{code: code, isDate: has('y') || has('d') && has('m'), noDay: !has('d')}
	if strings.EqualFold(code, "General") || code == "G/通用格式" {
		f.code = ""
	}
	f.noDay = f.noDay && f.isDate
	return f
}

// formatLetters are the letters of a code, in lower case, that stand for parts of a
// number: not what is in quotes or brackets, not what a backslash, a star or a line takes
// along. What follows a semicolon is for other numbers.
func formatLetters(code string) string {
	var b strings.Builder
	closing := rune(0)
	skip := false
	for _, r := range strings.ToLower(code) {
		switch {
		case skip:
			skip = false
		case closing != 0:
			if r == closing {
				closing = 0
			}
		case r == '"':
			closing = '"'
		case r == '[':
			closing = ']'
		case r == '\\', r == '*', r == '_':
			skip = true
		case r == ';':
			return b.String()
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// readFormats reads the formats of the cells.
func (w *workbook) readFormats(file string) error {
	if w.parts[file] == nil {
		return nil
	}
	custom, inCells := map[int]string{}, false
	return w.tokens(file, w.limits.part, func(token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "numFmt":
				if id, err := strconv.Atoi(attr(t, "numFmtId")); err == nil {
					custom[id] = attr(t, "formatCode")
				}
			case t.Name.Local == "cellXfs":
				inCells = true
			case t.Name.Local == "xf" && inCells:
				id, _ := strconv.Atoi(attr(t, "numFmtId")) // absent or broken: General
				code, ok := custom[id]
				if !ok {
					code = builtIn[id]
				}
				w.formats = append(w.formats, formatOf(code))
			}
		case xml.EndElement:
			inCells = inCells && t.Name.Local != "cellXfs"
		}
		return nil
	})
}

// lastSerial is the number of 9999-12-31, the last day that Excel knows.
const lastSerial = 2_958_465

// dateOf is the day that a number means, or none. Excel counts the days from 1900-01-01
// as 1 and takes 1900 for a leap year, so all days after that February are one more than
// they should be. Workbooks of old Macs count from 1904-01-01 as 0.
func (w *workbook) dateOf(digits string, f numberFormat) roster.Date {
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n >= lastSerial+1 {
		return roster.Date{}
	}
	days := int(n)
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case w.date1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days == 0 || days == 60: // 1900-01-00 and 1900-02-29
		return roster.Date{}
	case days < 60:
		days++
	}
	return dateAt(first.AddDate(0, 0, days), f.noDay)
}

func dateAt(t time.Time, noDay bool) roster.Date {
	if t.Year() > 9999 {
		return roster.Date{}
	}
	return roster.Date{Year: int16(t.Year()), Month: uint8(t.Month()), Day: uint8(t.Day()), NoDay: noDay}
}
