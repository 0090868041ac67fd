package sheet

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/roster"
)

// rows reads the rows of a sheet. The merged cells stand behind the rows in the file, so
// the first reading looks for them before it begins.
func (w *workbook) rows(s part) iter.Seq2[roster.Row, error] {
	var merges []area
	looked := false
	return func(yield func(roster.Row, error) bool) {
		if !looked {
			var err error
			if merges, err = w.merges(s.file); err != nil {
				yield(roster.Row{}, unreadable(err, s.name, 0))
				return
			}
			looked = true
		}
		r := rowReader{book: w, below: merges}
		err := w.tokens(s.file, w.limits.part, func(token xml.Token) error {
			done, err := r.take(token)
			if err != nil || !done {
				return err
			}
			if row, ok := r.complete(); ok && !yield(row, nil) {
				return errStop
			}
			return nil
		})
		if err == nil && r.inCells {
			err = fmt.Errorf("%w: the rows do not end", errDamaged)
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(roster.Row{}, unreadable(err, s.name, r.row.Number))
		}
	}
}

// errStop ends a reading that nobody goes on with.
var errStop = errors.New("stop")

// rowReader makes rows of tokens. row is the one that is being read, or the last one.
type rowReader struct {
	book     *workbook
	row      roster.Row
	below    []area // the merged cells that begin below the row, by their first row
	covering []area // those that have begun, and may reach the row

	// Of the cell that is being read:
	column           int
	kind             string // attribute t
	format           numberFormat
	formula, valued  bool // there is an f, a v
	inValue, inCells bool
	value            []byte
	text             textReader
}

// take reads one token. done tells that a row is complete.
func (r *rowReader) take(token xml.Token) (done bool, err error) {
	r.text.take(token)
	switch t := token.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case "sheetData":
			r.inCells = true
		case "row":
			return false, r.beginRow(t)
		case "c":
			return false, r.beginCell(t)
		case "f":
			r.formula = true
		case "v":
			r.inValue, r.valued = true, true
		}
	case xml.CharData:
		if r.inValue {
			r.value = append(r.value, t...)
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "v":
			r.inValue = false
		case "c":
			return false, r.endCell()
		case "row":
			return r.inCells, nil
		case "sheetData":
			r.inCells = false
		}
	}
	return false, nil
}

// beginRow begins a row. One that does not say its number is the next one.
func (r *rowReader) beginRow(e xml.StartElement) error {
	n := r.row.Number + 1
	if s := attr(e, "r"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n <= r.row.Number || n > maxRows {
			return fmt.Errorf("%w: row %q after row %d", errDamaged, s, r.row.Number)
		}
	}
	r.row = roster.Row{Number: n, Cells: make([]roster.Cell, 0, len(r.row.Cells))}
	r.column = -1
	return nil
}

// beginCell begins a cell. One that does not say its place is the next one.
func (r *rowReader) beginCell(e xml.StartElement) error {
	r.column++
	r.kind, r.format, r.formula, r.valued, r.value = "", numberFormat{}, false, false, r.value[:0]
	for _, a := range e.Attr {
		if a.Name.Space != "" {
			continue
		}
		switch a.Name.Local {
		case "r":
			column, _, ok := place(a.Value)
			if !ok {
				return fmt.Errorf("%w: cell %q", errDamaged, a.Value)
			}
			r.column = column
		case "t":
			r.kind = a.Value
		case "s":
			i, err := strconv.Atoi(a.Value)
			if err == nil && i >= 0 && i < len(r.book.formats) {
				r.format = r.book.formats[i]
			}
		}
	}
	if r.column >= maxColumns {
		return fmt.Errorf("%w: column %d", errDamaged, r.column)
	}
	return nil
}

func (r *rowReader) endCell() error {
	c, err := r.cell()
	if err != nil || c.Kind == roster.Empty {
		return err
	}
	for len(r.row.Cells) <= r.column {
		r.row.Cells = append(r.row.Cells, roster.Cell{})
	}
	r.row.Cells[r.column] = c
	return nil
}

// cell is the cell that has been read.
func (r *rowReader) cell() (roster.Cell, error) {
	inline := r.text.flush()
	value := string(r.value)
	switch r.kind {
	case "inlineStr":
		return textCell(unescaped(inline)), nil
	case "s":
		if value = strings.TrimSpace(value); value == "" {
			return roster.Cell{}, nil
		}
		i, err := strconv.Atoi(value)
		if err != nil || i < 0 || i >= len(r.book.texts) {
			return roster.Cell{}, fmt.Errorf("%w: shared string %q", errDamaged, value)
		}
		return textCell(r.book.texts[i]), nil
	case "str":
		if r.valued {
			return textCell(unescaped(value)), nil
		}
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "" && r.formula:
		return roster.Cell{Kind: roster.Formula}, nil
	case value == "":
		return roster.Cell{}, nil
	case r.kind == "e":
		return roster.Cell{Kind: roster.Error, Text: value}, nil
	case r.kind == "b":
		return roster.Cell{Kind: roster.Bool, Text: map[bool]string{true: "TRUE", false: "FALSE"}[isTrue(value)]}, nil
	case r.kind == "d":
		c := textCell(value)
		if day, err := time.Parse(time.DateOnly, value[:min(len(value), len(time.DateOnly))]); err == nil {
			c.Date = dateAt(day, false)
		}
		return c, nil
	case !isNumber(value):
		return textCell(value), nil
	}
	c := roster.Cell{Kind: roster.Number, Text: value, Format: r.format.code}
	if r.format.isDate {
		c.Date = r.book.dateOf(value, r.format)
	}
	return c, nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return (err == nil || errors.Is(err, strconv.ErrRange)) && strings.Trim(s, "0123456789+-.eE") == ""
}

// area is a block of merged cells, with both ends.
type area struct{ top, left, bottom, right int } // rows from 1, columns from 0

// maxMerges is how many blocks of merged cells a sheet may have, and maxCovered how far to
// the right one is followed.
const (
	maxMerges  = 50_000
	maxCovered = 512
)

// complete is the row that has been read. ok is false if it has no content.
func (r *rowReader) complete() (_ roster.Row, ok bool) {
	for len(r.below) > 0 && r.below[0].top <= r.row.Number {
		r.covering, r.below = append(r.covering, r.below[0]), r.below[1:]
	}
	r.covering = slices.DeleteFunc(r.covering, func(m area) bool { return m.bottom < r.row.Number })
	if slices.ContainsFunc(r.row.Cells, hasContent) {
		r.cover()
	}
	return trimmed(r.row)
}

// cover marks the cells of the row that merged cells cover. What such a cell holds itself
// no program shows.
func (r *rowReader) cover() {
	for _, m := range r.covering {
		for column := m.left; column <= min(m.right, m.left+maxCovered); column++ {
			if r.row.Number == m.top && column == m.left {
				continue
			}
			for len(r.row.Cells) <= column {
				r.row.Cells = append(r.row.Cells, roster.Cell{})
			}
			r.row.Cells[column] = roster.Cell{Kind: roster.Merged}
		}
	}
}

// merges are the merged cells of a sheet, by their first row.
func (w *workbook) merges(file string) ([]area, error) {
	r, err := w.unpack(file, w.limits.part)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	tail, err := behindRows(r)
	if err != nil || tail == nil {
		return nil, err
	}
	var merges []area
	for token, err := range rawTokens(tail) {
		if err != nil {
			return nil, err
		}
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != "mergeCell" {
			continue
		}
		first, last, _ := strings.Cut(attr(e, "ref"), ":")
		left, top, ok := place(first)
		right, bottom, ok2 := place(cmp.Or(last, first))
		if !ok || !ok2 || top == 0 || bottom < top || right < left {
			return nil, fmt.Errorf("%w: merged cells %q", errDamaged, attr(e, "ref"))
		}
		if len(merges) == maxMerges {
			return nil, errTooMuch
		}
		merges = append(merges, area{top, left, bottom, right})
	}
	slices.SortStableFunc(merges, func(a, b area) int { return cmp.Compare(a.top, b.top) })
	return merges, nil
}

// behindRows is what follows the rows of a sheet, or nil if the sheet has none. It looks
// for the end of sheetData, which is many times faster than reading the tokens: inside
// the rows no text can hold it, since < is escaped.
func behindRows(r io.Reader) (io.Reader, error) {
	end := []byte("sheetData>")
	buf, kept := make([]byte, 64<<10), 0
	const before = 64 // room for "</" and a prefix
	for {
		n, err := io.ReadFull(r, buf[kept:])
		have := buf[:kept+n]
		for at := 0; ; {
			i := bytes.Index(have[at:], end)
			if i < 0 {
				break
			}
			at += i
			if open := bytes.LastIndexByte(have[:at], '<'); open >= 0 && open+1 < at && have[open+1] == '/' {
				return io.MultiReader(bytes.NewReader(have[at+len(end):]), r), nil
			}
			at += len(end)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, nil
		case err != nil:
			return nil, err
		}
		kept = copy(buf, have[len(have)-before-len(end):])
	}
}

// place is the column, from 0, and the row, from 1, of a cell such as AB12. The row is 0
// where there is only a column.
func place(s string) (column, row int, ok bool) {
	i := 0
	for ; i < len(s) && s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'; i++ {
		if column = column*26 + int(s[i]|0x20-'a') + 1; column > maxColumns {
			return 0, 0, false
		}
	}
	if i == 0 {
		return 0, 0, false
	}
	if s[i:] != "" {
		n, err := strconv.ParseUint(s[i:], 10, 32)
		if err != nil || n < 1 || n > maxRows {
			return 0, 0, false
		}
		row = int(n)
	}
	return column - 1, row, true
}
