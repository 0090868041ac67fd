// Package roster says what a spreadsheet of people is: its columns, and what its rows
// and cells may hold. The import reads rosters; the export and the import's template
// write them. They share Columns, so that an exported file can be imported.
//
// It reads and writes no file (package sheet does), and it judges no value (package
// staff does). It finds the header and tells the rows of people from all others, and puts
// the rows of one person together.
//
// Look first at [Columns], then at [Cell] and [Read]; [Open] reads files of any length, one
// person after the other.
package roster

import (
	"iter"
	"slices"
	"strings"
)

// Format is a kind of file.
type Format string

// The formats that are read and written.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// The most that one file may have. An answer of Lambda has 6 MB at the most, and base64
// makes 5.6 MB of 4 MiB.
const (
	MaxBytes    = 4 << 20
	MaxImported = 10_000 // rows
	MaxExported = 20_000
)

// Kind is what a cell holds.
type Kind uint8

// The kinds of cells.
const (
	Empty   Kind = iota
	Text         // Text is the text
	Number       // Text has the digits as the file keeps them, such as 3.3010619900307E+17
	Bool         // Text is TRUE or FALSE
	Error        // Text is the error, such as #N/A after a VLOOKUP that found nothing
	Formula      // a formula whose result the file does not have
	Merged       // covered by merged cells, and not the first of them
	Garbled      // a text of which some characters were lost; they are U+FFFD in Text
)

// Cell is one cell as the file keeps it, not as a program shows it. A program shows an ID
// card that was typed as a number with some digits gone, and a date in whichever form the
// machine prefers.
type Cell struct {
	Kind Kind
	Text string
	Date Date // of a Number that is shown as a date, or a Text that the file marks as one
	// Format is the code of the format in which a number is shown, such as yyyy-mm-dd.
	// It is "" for General.
	Format string
}

// Date is the day that a cell with a date means.
type Date struct {
	Year       int16
	Month, Day uint8
	// NoDay says that the cell shows a year and a month only. Day is then whatever the
	// program made up, which is mostly 1.
	NoDay bool
}

// IsZero reports whether d is the zero value: no date.
func (d Date) IsZero() bool { return d == Date{} }

// Row is a row that has some content.
type Row struct {
	Number int    // the sheet's own, from 1
	Cells  []Cell // by column, A first; what is behind the last one is empty
}

// At is the cell in column i, Empty behind the last one.
func (r Row) At(i int) Cell {
	if i < 0 || i >= len(r.Cells) {
		return Cell{}
	}
	return r.Cells[i]
}

// Sheet is a sheet that is not hidden.
type Sheet struct {
	Name string // "" in a CSV
	// Rows reads the rows from the top, each time anew. Rows without content are left
	// out. An error, which is an *Unreadable, ends them.
	Rows iter.Seq2[Row, error]
}

// Table is what is written into a file: one sheet with one row of headers.
type Table struct {
	Name    string // of the sheet
	Columns []Column
	// Stars says that headers of columns that must be filled have a star behind them.
	Stars bool
	// Choices are the labels of dictionaries, by dictionary. A workbook offers them in the
	// cells of the columns of such a dictionary.
	Choices map[string][]string
	Rows    [][]string // by column; what is behind the last one is empty
}

// Headers are the headers of the table.
func (t Table) Headers() []string {
	all := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		all[i] = c.Header
		if t.Stars {
			all[i] = c.Title()
		}
	}
	return all
}

// ColumnName is the name of column i as programs show it: A for 0, Z for 25, AA for 26.
func ColumnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// formulaSigns are the characters that make a program take a text for a formula when it
// opens a CSV, or when somebody edits the cell.
const formulaSigns = "=+-@\t\r"

// Harmless returns s so that no program takes it for a formula: with a ' before it, if it
// begins with a sign that makes one. Unquoted takes it back.
func Harmless(s string) string {
	if beginsFormula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// Unquoted takes away the one ' that Harmless, or a careful program, put before s.
func Unquoted(s string) string {
	if strings.HasPrefix(s, "'") && beginsFormula(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func beginsFormula(s string) bool { return s != "" && strings.IndexByte(formulaSigns, s[0]) >= 0 }

// Of is the column with this key. ok reports whether there is one.
func Of(key string) (c Column, ok bool) {
	i := slices.IndexFunc(Columns, func(c Column) bool { return c.Key == key })
	if i < 0 {
		return Column{}, false
	}
	return Columns[i], true
}
