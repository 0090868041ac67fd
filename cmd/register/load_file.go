package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"chaoxi/shared/roster"
	"chaoxi/shared/sheet"
	"chaoxi/shared/staff"
)

// rosterFile is a CSV with people, which is open.
type rosterFile struct {
	roster.Stream
	file   *os.File
	digest string // of the whole file
}

// openRoster opens a CSV and reads its header.
func openRoster(name string, words staff.Dictionaries) (*rosterFile, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f := &rosterFile{file: file}
	if err := f.open(words); err != nil {
		file.Close()
		return nil, err
	}
	return f, nil
}

func (f *rosterFile) open(words staff.Dictionaries) error {
	hash := sha256.New()
	size, err := io.Copy(hash, f.file)
	if err != nil {
		return err
	}
	f.digest = hex.EncodeToString(hash.Sum(nil))
	book, err := sheet.OpenCSV(f.file, size, roster.IsHeader)
	if why := (*roster.Unreadable)(nil); errors.As(err, &why) && why.Reason == roster.IsXLSX {
		return errors.New("this is a workbook: its texts stand apart from its rows, so it cannot be read a row at a time. Save it as CSV UTF-8")
	}
	if err == nil {
		f.Stream, err = roster.Open(book.Sheets, words)
	}
	if err != nil {
		return unreadable(err)
	}
	return nil
}

// Close closes the file.
func (f *rosterFile) Close() error { return f.file.Close() }

// columns are those that are read, by where they are.
func (f *rosterFile) columns() string { return joined(slices.Collect(maps.Values(f.Columns))) }

// looked is what a look through a file has found.
type looked struct {
	people, flawed int
	again          map[int]again // by the first row of who comes again
}

// again is a row before that is not next to it, of the same person or of somebody else, and
// the column with which it says so.
type again struct {
	Row    int
	Column string
	Same   bool
}

// mostAgain is how many people may come again. More of them are a file in another order.
const mostAgain = 1000

// look goes through the whole file: whether it can be read to its end, and who comes again.
func (f *rosterFile) look(ctx context.Context) (looked, error) {
	index, err := newNameIndex()
	if err != nil {
		return looked{}, err
	}
	defer index.Close()
	var found looked
	for p, err := range f.People() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return looked{}, unreadable(err)
		}
		if found.people++; len(p.Flaws) > 0 {
			found.flawed++
		}
		if err := index.add(p); err != nil {
			return looked{}, err
		}
	}
	if found.again, err = index.again(mostAgain); errors.Is(err, errManyAgain) {
		first := slices.Min(slices.Collect(maps.Keys(found.again)))
		a := found.again[first]
		return looked{}, fmt.Errorf("row %d has the %s of row %d, and there are more than %d such rows. "+
			"The rows of a person must follow each other: sort the file by account, and load it then", first, a.Column, a.Row, mostAgain)
	}
	return found, err
}

// nameBuckets is into how many files a nameIndex divides names: one at a time is in memory.
const nameBuckets = 256

// nameIndex finds who of a file comes again. It keeps the unique names of all people on
// disk, as hashes, because those of a province would take hundreds of megabytes.
type nameIndex struct {
	dir   string
	files []*os.File
	to    []*bufio.Writer
}

// nameMark is what is kept of a unique name: the hashes of it and of the person's name,
// the first of the person's rows, and the column's place among the columns of roster.
type nameMark struct {
	Name   [16]byte
	Person [8]byte
	Row    uint32
	Column uint8
}

func newNameIndex() (*nameIndex, error) {
	dir, err := os.MkdirTemp("", "register-load-")
	if err != nil {
		return nil, err
	}
	x := &nameIndex{dir: dir}
	for n := range nameBuckets {
		file, err := os.Create(filepath.Join(dir, fmt.Sprint(n)))
		if err != nil {
			x.Close()
			return nil, err
		}
		x.files, x.to = append(x.files, file), append(x.to, bufio.NewWriter(file))
	}
	return x, nil
}

// Close removes what is on disk.
func (x *nameIndex) Close() {
	for _, f := range x.files {
		f.Close()
	}
	os.RemoveAll(x.dir)
}

// add keeps the unique names of p.
func (x *nameIndex) add(p roster.Person) error {
	person := sha256.Sum256([]byte(p.NameKey()))
	for _, n := range p.UniqueNames() {
		hash := sha256.Sum256([]byte(n.Text))
		column := slices.IndexFunc(roster.Columns, func(c roster.Column) bool { return c.Key == n.Column })
		m := nameMark{[16]byte(hash[:16]), [8]byte(person[:8]), uint32(p.Row), uint8(column)}
		if err := binary.Write(x.to[hash[16]], binary.BigEndian, m); err != nil {
			return err
		}
	}
	return nil
}

// errManyAgain says that more people come again than are told.
var errManyAgain = errors.New("too many come again")

// again returns who comes again, by their first row. If there are more than most, it
// returns some of them, and errManyAgain.
func (x *nameIndex) again(most int) (map[int]again, error) {
	found := map[int]again{}
	columns := map[int]uint8{}
	for n, file := range x.files {
		if err := x.to[n].Flush(); err != nil {
			return nil, err
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		first := map[[16]byte]nameMark{}
		for r := bufio.NewReader(file); ; {
			var m nameMark
			if err := binary.Read(r, binary.BigEndian, &m); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			had, ok := first[m.Name]
			if !ok {
				first[m.Name] = m
				continue
			}
			row := int(m.Row)
			if column, told := columns[row]; told && column < m.Column { // a surer one is told already
				continue
			}
			columns[row] = m.Column
			found[row] = again{int(had.Row), roster.Columns[m.Column].Key, had.Person == m.Person}
			if len(found) > most {
				return found, errManyAgain
			}
		}
	}
	return found, nil
}
