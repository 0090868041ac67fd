package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strconv"
	"strings"
	"unicode/utf16"

	"chaoxi/shared/roster"
)

// limits are the most that is unpacked of a workbook. A zip of 4 MiB can hold some 4 GB,
// and a workbook can name one part as many sheets.
type limits struct {
	part    int64 // bytes of one part
	strings int64 // bytes of the shared strings, which stay in memory
	book    int64 // bytes of everything that is read, each time that it is read
	texts   int   // shared strings, however short
}

// usual are the limits of Open. 10,000 rows of 25 columns take some 10 MB.
var usual = limits{part: 64 << 20, strings: 24 << 20, book: 256 << 20, texts: 1 << 20}

// The size of a sheet in Excel.
const (
	maxRows    = 1 << 20
	maxColumns = 1 << 14
)

var (
	errTooMuch = errors.New("more than is read")
	errDamaged = errors.New("damaged")
)

// workbook is what all sheets of an .xlsx share.
type workbook struct {
	parts    map[string]*zip.File // by name, in lower case
	limits   limits
	left     int64          // bytes that may still be unpacked
	texts    []string       // the shared strings
	formats  []numberFormat // by the cells' attribute s
	date1904 bool
}

// openWorkbook reads what the sheets share.
func openWorkbook(file []byte, most limits) (*Book, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, &roster.Unreadable{Reason: roster.Damaged, Cause: err}
	}
	w := &workbook{parts: map[string]*zip.File{}, limits: most, left: most.book}
	for _, f := range archive.File {
		w.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
		if f.Flags&1 != 0 {
			return nil, &roster.Unreadable{Reason: roster.HasPassword}
		}
	}
	sheets, err := w.open()
	if err != nil {
		return nil, unreadable(err, "", 0)
	}
	if sheets == nil {
		return nil, &roster.Unreadable{Reason: roster.NotWorkbook}
	}
	book := &Book{}
	for _, s := range sheets {
		book.Sheets = append(book.Sheets, roster.Sheet{Name: s.name, Rows: w.rows(s)})
	}
	if len(book.Sheets) == 0 {
		return nil, &roster.Unreadable{Reason: roster.NoContent}
	}
	return book, nil
}

// unreadable is an error of the package as others are told of it.
func unreadable(err error, sheet string, row int) *roster.Unreadable {
	if errors.Is(err, errTooMuch) {
		return &roster.Unreadable{Reason: roster.TooMuch, Sheet: sheet, Row: row}
	}
	return &roster.Unreadable{Reason: roster.Damaged, Sheet: sheet, Row: row, Cause: err}
}

// part is a sheet of a workbook.
type part struct{ name, file string }

// open reads the workbook and what it names. The result is nil if the zip is something
// else: a document, a workbook of another program, a folder that somebody has packed.
func (w *workbook) open() ([]part, error) {
	root, err := w.links("_rels/.rels")
	if err != nil {
		return nil, err
	}
	main := "xl/workbook.xml"
	for _, l := range root {
		if l.kind == "officeDocument" {
			main = l.target
		}
	}
	if w.parts[main] == nil || path.Ext(main) != ".xml" {
		return nil, nil
	}
	links, err := w.links(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"))
	if err != nil {
		return nil, err
	}
	sheets, err := w.visible(main, links)
	if sheets == nil || err != nil {
		return nil, err
	}
	for _, l := range links {
		switch l.kind {
		case "sharedStrings":
			err = w.readTexts(l.target)
		case "styles":
			err = w.readFormats(l.target)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.kind, err)
		}
	}
	return sheets, nil
}

// link is a relationship of a part to another one.
type link struct{ kind, target string }

// links reads the relationships of a part by their ids. A file that is not there has
// none.
func (w *workbook) links(file string) (map[string]link, error) {
	found := map[string]link{}
	if w.parts[file] == nil {
		return found, nil
	}
	folder := path.Dir(path.Dir(file))
	err := w.each(file, func(e xml.StartElement) error {
		if target := attr(e, "Target"); e.Name.Local == "Relationship" && attr(e, "TargetMode") != "External" {
			if !strings.HasPrefix(target, "/") {
				target = path.Join(folder, target)
			}
			found[attr(e, "Id")] = link{path.Base(attr(e, "Type")), strings.ToLower(strings.TrimPrefix(target, "/"))}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("relationships: %w", err)
	}
	return found, nil
}

// visible are the sheets of cells that are not hidden. The result is nil if main is not a
// workbook.
func (w *workbook) visible(main string, links map[string]link) ([]part, error) {
	var sheets []part
	err := w.each(main, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbook":
			sheets = []part{}
		case "workbookPr":
			w.date1904 = isTrue(attr(e, "date1904"))
		case "sheet":
			l := links[linkID(e)]
			if state := attr(e, "state"); l.kind == "worksheet" && w.parts[l.target] != nil && state != "hidden" && state != "veryHidden" {
				sheets = append(sheets, part{attr(e, "name"), l.target})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	return sheets, nil
}

// linkID is the attribute r:id, whatever its prefix is.
func linkID(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Space != "" && a.Name.Local == "id" {
			return a.Value
		}
	}
	return ""
}

// unpack opens a part, of which no more than most bytes are read.
func (w *workbook) unpack(file string, most int64) (io.ReadCloser, error) {
	r, err := w.parts[file].Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return &bounded{r, w, most}, nil
}

// bounded reads a part, and fails when it, or the workbook, is longer than allowed.
type bounded struct {
	io.ReadCloser
	book *workbook
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	b.book.left -= int64(n)
	if b.left < 0 || b.book.left < 0 {
		return 0, errTooMuch
	}
	return n, err
}

// each calls f with each start of an element in a part.
func (w *workbook) each(file string, f func(xml.StartElement) error) error {
	return w.tokens(file, w.limits.part, func(t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok {
			return f(e)
		}
		return nil
	})
}

// tokens calls f with each token of a part. Prefixes stay as they are written, since no
// part has two elements that differ by them alone.
func (w *workbook) tokens(file string, most int64, f func(xml.Token) error) error {
	r, err := w.unpack(file, most)
	if err != nil {
		return err
	}
	defer r.Close()
	for token, err := range rawTokens(r) {
		if err != nil {
			return err
		}
		if err := f(token); err != nil {
			return err
		}
	}
	return nil
}

// rawTokens are the tokens of r, each good until the next one. An error ends them.
func rawTokens(r io.Reader) iter.Seq2[xml.Token, error] {
	return func(yield func(xml.Token, error) bool) {
		d := xml.NewDecoder(r)
		for {
			t, err := d.RawToken()
			if err != nil && errors.Is(err, io.EOF) {
				return
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// readTexts reads the shared strings.
func (w *workbook) readTexts(file string) error {
	if w.parts[file] == nil {
		return nil
	}
	var t textReader
	return w.tokens(file, w.limits.strings, func(token xml.Token) error {
		t.take(token)
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "si" {
			if len(w.texts) == w.limits.texts {
				return errTooMuch
			}
			w.texts = append(w.texts, unescaped(t.flush()))
		}
		return nil
	})
}

// textReader gathers a text from its runs, without the phonetic guide that may stand
// beside them.
type textReader struct {
	text    []byte
	open    bool // inside t
	skipped int  // how deep inside a phonetic guide
}

func (r *textReader) take(token xml.Token) {
	switch t := token.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case "rPh":
			r.skipped++
		case "t":
			r.open = r.skipped == 0
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "rPh":
			r.skipped--
		case "t":
			r.open = false
		}
	case xml.CharData:
		if r.open {
			r.text = append(r.text, t...)
		}
	}
}

// flush returns the text, and begins a new one.
func (r *textReader) flush() string {
	s := string(r.text)
	*r = textReader{text: r.text[:0]}
	return s
}

// unescaped returns a text without the escapes of characters that XML cannot hold:
// _x000D_ is a carriage return, and _x005F_ the line with which such an escape would
// begin.
func unescaped(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		u, ok := escape(s[i:])
		if !ok {
			b.WriteByte(s[i])
			i++
			continue
		}
		i += escapeLen
		r := rune(u)
		if utf16.IsSurrogate(r) {
			if low, ok := escape(s[i:]); ok {
				if pair := utf16.DecodeRune(r, rune(low)); pair != '\uFFFD' {
					r, i = pair, i+escapeLen
				}
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

const escapeLen = len("_x000D_")

// escape is the code unit of the escape that s begins with.
func escape(s string) (uint16, bool) {
	if len(s) < escapeLen || s[:2] != "_x" || s[6] != '_' {
		return 0, false
	}
	u, err := strconv.ParseUint(s[2:6], 16, 16)
	return uint16(u), err == nil
}

// attr is the attribute with this name and no prefix.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

func isTrue(s string) bool { return s == "1" || s == "true" || s == "on" }
