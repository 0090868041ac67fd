package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"chaoxi/shared/fold"
	"chaoxi/shared/roster"
)

// lost stands for bytes that are no character in the file's encoding.
const lost = "\uFFFD"

// openCSV reads the rows of a file that begins with head.
func openCSV(file io.ReaderAt, size int64, head []byte, isHeader func([]string) bool) *Book {
	text := textOf(head, isHeader)
	return &Book{[]roster.Sheet{{Rows: csvRows(func() (io.Reader, rune) { return text.of(io.NewSectionReader(file, 0, size)) })}}}
}

// text says how the bytes of a CSV are read.
type text struct {
	decoded func(io.Reader) io.Reader
	skipped int64 // bytes of a mark at the beginning
	oldMac  bool  // lines end with CR alone
}

// textOf is how a CSV is read that begins with head. The header decides on the encoding:
// nobody who writes Chinese gets known headers by reading the wrong one. Where it does
// not, the file is UTF-8 if it could be. Each byte that is no character becomes U+FFFD,
// and no such byte changes the encoding of the rest.
func textOf(head []byte, isHeader func([]string) bool) text {
	t := text{decoded: asUTF8, oldMac: bytes.IndexByte(head, '\n') < 0}
	if bytes.HasPrefix(head, utf8Mark) {
		t.skipped = int64(len(utf8Mark))
		return t
	}
	if t.hasHeader(head, isHeader) {
		return t
	}
	gb := t
	gb.decoded = func(r io.Reader) io.Reader { return simplifiedchinese.GB18030.NewDecoder().Reader(r) }
	if gb.hasHeader(head, isHeader) || !utf8.Valid(whole(head)) {
		return gb
	}
	return t
}

// whole is the beginning of a file without a character of UTF-8 at its end that goes on
// behind it.
func whole(head []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(head); i++ {
		if last := head[len(head)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return head[:len(head)-i]
			}
			break
		}
	}
	return head
}

// of is the text of a file in UTF-8, with LF at the ends of lines, and what stands between
// its cells. A first line such as "sep=;", which Excel obeys and does not show, is not a
// part of it.
func (t text) of(file io.ReadSeeker) (io.Reader, rune) {
	_, _ = file.Seek(t.skipped, io.SeekStart) // a place in memory, or one that reading will complain about
	r := t.decoded(file)
	if t.oldMac {
		r = lineFeeds{r}
	}
	lines := bufio.NewReader(r)
	first, _ := lines.Peek(len("\"sep=;\"\r\n"))
	line, _, ended := bytes.Cut(first, []byte("\n"))
	said := bytes.Trim(bytes.TrimSuffix(line, []byte("\r")), `"`)
	if len(said) != len("sep=")+1 || !strings.EqualFold(string(said[:4]), "sep=") || bytes.IndexByte([]byte(",;\t|"), said[4]) < 0 {
		return lines, ','
	}
	if _, err := lines.Discard(len(line)); err == nil && ended {
		_, _ = lines.Discard(1)
	}
	return lines, rune(said[4])
}

// asUTF8 reads a text in UTF-8, with U+FFFD for bytes that are no character.
func asUTF8(r io.Reader) io.Reader { return &utf8Reader{from: r, block: make([]byte, 32<<10)} }

type utf8Reader struct {
	from  io.Reader
	block []byte
	kept  int    // bytes at the beginning of the block, of a character that is not whole yet
	text  []byte // what is to be read next
	err   error
}

func (u *utf8Reader) Read(b []byte) (int, error) {
	for len(u.text) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		n, err := u.from.Read(u.block[u.kept:])
		have := u.block[:u.kept+n]
		done := have
		if err == nil {
			done = whole(have)
		}
		u.text, u.err = bytes.ToValidUTF8(done, []byte(lost)), err
		u.kept = copy(u.block, have[len(done):])
	}
	n := copy(b, u.text)
	u.text = u.text[n:]
	return n, nil
}

// lineFeeds reads a text whose lines end with CR alone, as old Macs wrote them.
type lineFeeds struct{ io.Reader }

func (l lineFeeds) Read(b []byte) (int, error) {
	n, err := l.Reader.Read(b)
	for i, c := range b[:n] {
		if c == '\r' {
			b[i] = '\n'
		}
	}
	return n, err
}

// headRows and headBytes are how far down a header is looked for to tell the encoding.
const (
	headRows  = 50
	headBytes = 64 << 10
)

// hasHeader reports whether one of the first rows of a file that begins with head is a
// header, if it is read so.
func (t text) hasHeader(head []byte, isHeader func([]string) bool) bool {
	if isHeader == nil {
		return false
	}
	r := newCSV(t.of(bytes.NewReader(head[:min(len(head), headBytes)])))
	for range headRows {
		cells, err := r.Read()
		if err != nil {
			return false
		}
		if isHeader(cells) {
			return true
		}
	}
	return false
}

func newCSV(text io.Reader, comma rune) *csv.Reader {
	r := csv.NewReader(text)
	r.Comma, r.FieldsPerRecord = comma, -1
	return r
}

// csvRows reads the rows of a CSV. Empty lines are rows, too, in the numbering of a
// program that opens the file, although package csv passes over them.
func csvRows(open func() (io.Reader, rune)) iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		r := newCSV(open())
		for n, next := 1, 1; ; n++ { // next is the line behind the row before
			record, err := r.Read()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					yield(roster.Row{}, brokenOff(err, n, next))
				}
				return
			}
			line, _ := r.FieldPos(0)
			n += line - next
			next = line + 1
			row := roster.Row{Number: n, Cells: make([]roster.Cell, len(record))}
			for i, s := range record {
				row.Cells[i] = textCell(s)
				next += strings.Count(s, "\n")
			}
			if row, ok := trimmed(row); ok && !yield(row, nil) {
				return
			}
		}
	}
}

// brokenOff is the error for row n, or for one below it if empty lines follow. Package csv
// counts lines, which would contradict the row, so its error is not kept whole.
func brokenOff(err error, n, next int) *roster.Unreadable {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return &roster.Unreadable{Reason: roster.Damaged, Row: n, Cause: err}
	}
	return &roster.Unreadable{Reason: roster.StrayQuote, Row: n + parse.StartLine - next, Cause: parse.Err}
}

// textCell is the cell with a text as a file has it.
func textCell(s string) roster.Cell {
	s = newlines.Replace(roster.Unquoted(s))
	switch {
	case s == "":
		return roster.Cell{}
	case strings.Contains(s, lost):
		return roster.Cell{Kind: roster.Garbled, Text: s}
	}
	return roster.Cell{Kind: roster.Text, Text: s}
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// trimmed is the row without the empty cells at its end. ok is false for a row without
// content: what covers it is merged with cells above, or is blank.
func trimmed(row roster.Row) (_ roster.Row, ok bool) {
	for len(row.Cells) > 0 && row.Cells[len(row.Cells)-1].Kind == roster.Empty {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	return row, slices.ContainsFunc(row.Cells, hasContent)
}

func hasContent(c roster.Cell) bool {
	switch c.Kind {
	case roster.Empty, roster.Merged:
		return false
	case roster.Text:
		return fold.Typed(c.Text) != ""
	}
	return true
}
