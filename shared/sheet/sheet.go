// Package sheet reads and writes spreadsheets: workbooks (.xlsx) and CSV.
//
// It gives what a file keeps, not what a program would show: the digits of a number, the
// day of a date, the error of a formula. It judges no value, runs no macro and no formula,
// and follows no link out of a file. What the cells are is said by package roster, so that
// the domain can read rows without knowing files.
//
// Workbooks are read by a pass over the tokens of their XML, which gives types, formats
// and merged cells at once, and keeps one row in memory at a time. They are written by
// excelize. docs/decisions.md has the reasons.
//
// Look first at [Open], which has a whole file in memory, and [NewWriter].
package sheet

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"chaoxi/shared/roster"
)

// Book is a file that has been opened.
type Book struct {
	Sheets []roster.Sheet // those that are not hidden, in their order; at least one
}

// Open opens a file of the announced format. isHeader recognises a row of headers; only a
// CSV needs it, to tell UTF-8 from GB 18030. The error is a *roster.Unreadable.
func Open(file []byte, format roster.Format, isHeader func(cells []string) bool) (*Book, error) {
	if reason := sniff(file, format); reason != 0 {
		return nil, &roster.Unreadable{Reason: reason}
	}
	if format == roster.XLSX {
		return openWorkbook(file, usual)
	}
	return openCSV(bytes.NewReader(file), int64(len(file)), file, isHeader), nil
}

// OpenCSV opens a CSV of any size, of which it keeps a row at a time in memory. What Open
// tells by the whole file, OpenCSV tells by its first 4 MiB. There is no such way for a
// workbook: its rows name texts that stand elsewhere in the file, so all of these would have to
// be in memory.
func OpenCSV(file io.ReaderAt, size int64, isHeader func(cells []string) bool) (*Book, error) {
	head := make([]byte, min(size, roster.MaxBytes))
	if _, err := file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, &roster.Unreadable{Reason: roster.Damaged, Cause: err}
	}
	if reason := sniff(head, roster.CSV); reason != 0 {
		return nil, &roster.Unreadable{Reason: reason}
	}
	return openCSV(file, size, head, isHeader), nil
}

// What files begin with.
var (
	utf8Mark = []byte("\xEF\xBB\xBF")
	zipMark  = []byte("PK\x03\x04")
	oleMark  = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") // a compound file: .xls, .et, or an encrypted workbook
)

// sniff says why the file is none of the announced format, as far as its beginning tells,
// or 0. Libraries say "not a valid zip file" to most of these.
func sniff(file []byte, format roster.Format) roster.Reason {
	content := bytes.TrimSpace(bytes.TrimPrefix(file, utf8Mark))
	switch {
	case len(content) == 0:
		return roster.NoContent
	case bytes.HasPrefix(file, oleMark):
		return sniffOLE(file)
	case bytes.HasPrefix(file, []byte("\xFF\xFE")), bytes.HasPrefix(file, []byte("\xFE\xFF")):
		return roster.IsUTF16
	case bytes.HasPrefix(file, zipMark):
		if format == roster.CSV {
			return roster.IsXLSX
		}
		return 0
	}
	if reason := sniffMarkup(content); reason != 0 {
		return reason
	}
	switch {
	case bytes.IndexByte(file, 0) >= 0:
		return roster.NotWorkbook
	case format == roster.XLSX && isText(content):
		return roster.IsCSV
	case format == roster.XLSX:
		return roster.NotWorkbook
	}
	return 0
}

// sniffOLE tells compound files apart by the names of their streams.
func sniffOLE(file []byte) roster.Reason {
	has := func(name string) bool {
		var wide []byte
		for _, r := range name {
			wide = append(wide, byte(r), 0)
		}
		return bytes.Contains(file, wide)
	}
	switch {
	case has("EncryptedPackage"):
		return roster.HasPassword
	case has("Workbook"), has("Book"):
		return roster.OldWorkbook
	}
	return roster.NotWorkbook
}

// sniffMarkup recognises the two kinds of markup that are named .xls, or 0.
func sniffMarkup(content []byte) roster.Reason {
	head := bytes.ToLower(content[:min(len(content), 4<<10)])
	isMarkup := head[0] == '<'
	switch {
	case isMarkup && bytes.Contains(head, []byte("urn:schemas-microsoft-com:office:spreadsheet")):
		return roster.XML2003
	case isMarkup && (bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<table")) || bytes.Contains(head, []byte("<!doctype html"))),
		bytes.HasPrefix(head, []byte("mime-version:")):
		return roster.WebPage
	}
	return 0
}

// isText reports whether the beginning of a file could be somebody's writing, in UTF-8 or
// GB 18030.
func isText(content []byte) bool {
	control := func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }
	head := content[:min(len(content), 4<<10)]
	return bytes.IndexFunc(head, control) < 0 && utf8.RuneCount(head) > 0
}
