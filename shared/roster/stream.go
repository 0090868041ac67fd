package roster

import (
	"errors"
	"iter"
	"slices"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Stream is a file that is read one person after the other, however many it has. A
// person's rows must follow each other: a row further down is somebody again, for whom
// Again has the flaw.
type Stream struct {
	Columns map[string]string // as those of Roster
	Ignored []string          // as those of Roster
	sheet   Sheet
	words   staff.Dictionaries
}

// errEnough ends a reading that nobody goes on with.
var errEnough = errors.New("enough")

// Open finds the first sheet that has a header. Its errors are those of Read, but that a
// stream has no most rows. Flaws of single cells are those of the person, as in Read.
func Open(sheets []Sheet, words staff.Dictionaries) (Stream, error) {
	for _, sheet := range sheets {
		anybody := false
		r := reader{words: words, known: map[string]int{}, each: func(Person) error { anybody = true; return errEnough }}
		err := r.readAll(sheet)
		switch {
		case err != nil && !errors.Is(err, errEnough):
			return Stream{}, err
		case r.layout == nil:
			continue
		case !anybody:
			return Stream{}, fault.FieldInvalid.AtField("file", fault.NoPeople)
		}
		return Stream{r.layout.titles, r.layout.ignored, sheet, words}, nil
	}
	return Stream{}, fault.FieldInvalid.AtField("file", fault.HeaderMissing)
}

// People reads the people from the top, each time anew. An error, which is an
// *Unreadable, ends them.
func (s Stream) People() iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		r := reader{words: s.words, known: map[string]int{}, each: func(p Person) error {
			if !yield(p, nil) {
				return errEnough
			}
			return nil
		}}
		if err := r.readAll(s.sheet); err != nil && !errors.Is(err, errEnough) {
			yield(Person{}, err)
		}
	}
}

// UniqueName is a value by which a file says whom a row is about.
type UniqueName struct{ Column, Text string }

// UniqueNames are those of p, the surest first. Somebody who shares one with a row just
// before has none: that row has it.
func (p Person) UniqueNames() []UniqueName {
	if p.has(fault.RowsShare) {
		return nil
	}
	var names []UniqueName
	for _, k := range identifying {
		if text := unique(k, p.Values); text != "" {
			names = append(names, UniqueName{k, text})
		}
	}
	return names
}

// IsSomebody reports whether the file leaves no doubt whom p is about: no other row has one of
// the unique names.
func (p Person) IsSomebody() bool { return !p.has(fault.RowsShare) && !p.has(fault.RowsApart) }

func (p Person) has(flaw fault.FieldCode) bool {
	return slices.ContainsFunc(p.Flaws, func(f fault.Field) bool { return f.Code == flaw.Code })
}

// NameKey is the name of p as names are compared.
func (p Person) NameKey() string { return staff.NameKey(p.Values["name"]) }

// Again is what is wrong with p if a row before, and not next to it, has its unique name
// in a column: it is the same person, or somebody else.
func (s Stream) Again(p Person, column string, row int, same bool) fault.Field {
	code := fault.RowsShare
	if same {
		code = fault.RowsApart
	}
	return p.Place(fault.Field{Path: column, FieldCode: code.Format(row)}, s.Columns)
}
