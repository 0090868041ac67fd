package main

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/xuri/excelize/v2"

	"chaoxi/shared/roster"
	"chaoxi/shared/sheet"
)

const (
	sheetRounds = 7
	readRows    = roster.MaxImported
	writeRows   = roster.MaxExported
)

// sheets measures how long a workbook is read and written, beside the least that its
// library needs for the same.
func sheets(out io.Writer) (bool, error) {
	t := newTable("Workbooks", "of 25 columns", "ms of CPU", "the least", "ms of CPU", "ratio", "at most", "")
	held := true
	row := func(what string, ours func() error, least string, theirs func() error, most float64) error {
		a, b, err := sideBySide(ours, theirs)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		ratio := float64(a) / float64(b)
		held = held && ratio <= most
		ms := func(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d.Microseconds())/1000) }
		t.add(what, ms(a), least, ms(b), fmt.Sprintf("%.2f", ratio), units(most), verdict(ratio <= most))
		return nil
	}
	inline, err := sheet.Write(roster.XLSX, rosterOf(readRows))
	if err != nil {
		return false, err
	}
	shared, err := withSharedStrings(rosterOf(readRows))
	if err != nil {
		return false, err
	}
	for _, f := range []struct {
		what string
		file []byte
	}{{"inline", inline}, {"shared", shared}} {
		what := fmt.Sprintf("read %d rows, %s strings", readRows, f.what)
		if err := row(what, func() error { return readSheet(f.file) }, "its tokens", func() error { return readTokens(f.file) }, 2); err != nil {
			return false, err
		}
	}
	table := rosterOf(writeRows)
	err = row(fmt.Sprintf("write %d rows", writeRows), func() error {
		_, err := sheet.Write(roster.XLSX, table)
		return err
	}, "constants by StreamWriter", writeConstants, 1.5)
	if err != nil {
		return false, err
	}
	t.print(out)
	return held, nil
}

// sideBySide is the CPU time of both: the median of several rounds in which they take
// turns.
func sideBySide(ours, theirs func() error) (time.Duration, time.Duration, error) {
	var a, b []time.Duration
	for range sheetRounds {
		for _, side := range []struct {
			times *[]time.Duration
			run   func() error
		}{{&a, ours}, {&b, theirs}} {
			began := cpu(syscall.RUSAGE_SELF)
			if err := side.run(); err != nil {
				return 0, 0, err
			}
			*side.times = append(*side.times, cpu(syscall.RUSAGE_SELF)-began)
		}
	}
	return median(a), median(b), nil
}

// rosterOf is a roster of so many rows, no two of which are alike.
func rosterOf(rows int) roster.Table {
	t := roster.Table{Name: "人员名单", Columns: roster.Columns}
	for n := range rows {
		row := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			if row[i] = c.Header + strconv.Itoa(n); c.Whole {
				row[i] = strconv.Itoa(n + 1)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// withSharedStrings is the roster as a program writes it that keeps texts apart from cells.
func withSharedStrings(t roster.Table) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	for n, row := range append([][]string{t.Headers()}, t.Rows...) {
		if err := f.SetSheetRow("Sheet1", "A"+strconv.Itoa(n+1), &row); err != nil {
			return nil, err
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// readSheet reads all cells as an import does.
func readSheet(file []byte) error {
	book, err := sheet.Open(file, roster.XLSX, nil)
	if err != nil {
		return err
	}
	rows := 0
	for _, err := range book.Sheets[0].Rows {
		if err != nil {
			return err
		}
		rows++
	}
	if rows != readRows+1 {
		return fmt.Errorf("%d rows were read", rows)
	}
	return nil
}

// readTokens reads the tokens of the sheet and of the shared strings, and does nothing with
// them.
func readTokens(file []byte) error {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err
	}
	for _, part := range z.File {
		if !strings.HasPrefix(part.Name, "xl/worksheets/sheet1") && part.Name != "xl/sharedStrings.xml" {
			continue
		}
		r, err := part.Open()
		if err != nil {
			return err
		}
		for d := xml.NewDecoder(r); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}

// writeConstants writes as many cells as an export, with nothing to fetch and no styles.
func writeConstants() error {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	cells := make([]any, len(roster.Columns))
	for i := range cells {
		cells[i] = "一个单元格的内容"
	}
	for n := range writeRows + 1 {
		if err := w.SetRow("A"+strconv.Itoa(n+1), cells); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = f.WriteToBuffer()
	return err
}
