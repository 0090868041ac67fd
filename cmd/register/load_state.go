package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
)

// loadState is how far a load is. It is kept in a file while a load is not done.
type loadState struct {
	File   string // digest
	Table  string
	People int           // in the file
	Again  map[int]again // who of them comes again
	Done   int           // from the top
	Report int64         // how many bytes of the report tell of those who are done

	Added, Changed, Unchanged, Refused int
}

// count counts what became of one more person.
func (s *loadState) count(r jobs.Result) {
	s.Done++
	switch {
	case r.Outcome == jobs.OutcomeRefused:
		s.Refused++
	case r.Outcome == jobs.OutcomeUnchanged:
		s.Unchanged++
	case r.Created:
		s.Added++
	default:
		s.Changed++
	}
}

// progress says how far the load is, of whom this run has done some in a time.
func (s *loadState) progress(done int, took time.Duration) string {
	text := fmt.Sprintf("%d of %d people, %d refused", s.Done, s.People, s.Refused)
	if seconds := took.Seconds(); seconds > 0 && done > 0 {
		rate := float64(done) / seconds
		left := time.Duration(float64(s.People-s.Done) / rate * float64(time.Second))
		text += fmt.Sprintf(", %.0f a second, %s left", rate, left.Round(time.Second))
	}
	return text
}

// loadReport is the CSV of those who were refused.
type loadReport struct {
	file *os.File
	size int64 // in the file
	to   *bufio.Writer
	rows *csv.Writer
}

// byteOrderMark is what spreadsheet programs know UTF-8 by.
const byteOrderMark = "\uFEFF"

// openReport opens a report of which the first bytes count. What follows was written by
// a run that was killed before it noted so. 0 is a new report.
func openReport(name string, size int64) (*loadReport, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	r := &loadReport{file: file, size: size}
	if err := r.begin(); err != nil {
		file.Close()
		return nil, fmt.Errorf("the report %s: %w", name, err)
	}
	return r, nil
}

func (r *loadReport) begin() error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < r.size {
		return errors.New("it is shorter than the earlier run has left it")
	}
	if err := r.file.Truncate(r.size); err != nil {
		return err
	}
	if _, err := r.file.Seek(r.size, io.SeekStart); err != nil {
		return err
	}
	r.to = bufio.NewWriter(r.file)
	r.rows = csv.NewWriter(r.to)
	r.rows.UseCRLF = true
	if r.size > 0 {
		return nil
	}
	if _, err := r.to.WriteString(byteOrderMark); err != nil {
		return err
	}
	return r.rows.Write([]string{"行", "姓名", "列", "问题", "代码"})
}

// add writes why somebody was refused: a row for each thing that is wrong, in the words
// of an import.
func (r *loadReport) add(one jobs.Result) error {
	if one.Outcome != jobs.OutcomeRefused {
		return nil
	}
	for _, f := range one.Errors {
		if err := r.rows.Write([]string{strconv.Itoa(f.Row), roster.Harmless(one.Name), roster.Harmless(f.Column), f.Zh, f.Code}); err != nil {
			return err
		}
	}
	return nil
}

// flush brings what was added to the disk, and returns how long the report is then.
func (r *loadReport) flush() (int64, error) {
	r.rows.Flush()
	if err := errors.Join(r.rows.Error(), r.to.Flush(), r.file.Sync()); err != nil {
		return 0, fmt.Errorf("write the report: %w", err)
	}
	at, err := r.file.Seek(0, io.SeekCurrent)
	return at, err
}

// Close closes the report.
func (r *loadReport) Close() error { return r.file.Close() }
