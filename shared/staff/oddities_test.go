package staff

import (
	"slices"
	"testing"
)

func TestOddities(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*Staff)
		want []Oddity
	}{
		{"nothing odd", func(*Staff) {}, nil},
		{"a name with a dot, and one with a suffix", func(s *Staff) { s.Name = "阿依古丽·买买提(大)" }, nil},
		{"a box for a character", func(s *Staff) { s.Name = "王□明" }, []Oddity{OddName}},
		{"a question mark of full width", func(s *Staff) { s.Name = "王？明" }, []Oddity{OddName}},
		{"a star", func(s *Staff) { s.Name = "王*明" }, []Oddity{OddName}},
		{"a private character", func(s *Staff) { s.Name = "王\U000F0000明" }, []Oddity{OddName}},
		{"the day of the ID card", func(s *Staff) { s.IDCard, s.BirthDate = "330106199003072313", "1990-03-07" }, nil},
		{"another day", func(s *Staff) { s.IDCard, s.BirthDate = "330106199003072313", "1990-03-08" }, []Oddity{OddBirthDate}},
		{"no day", func(s *Staff) { s.IDCard = "330106199003072313" }, nil},
		{"both", func(s *Staff) { s.Name, s.IDCard, s.BirthDate = "王〓", "330106199003072313", "1991-03-07" }, []Oddity{OddName, OddBirthDate}},
		{"somebody who has left", func(s *Staff) { s.Name, s.Employment = "王〓", Left }, nil},
	} {
		s := wang()
		if tt.edit(&s); !slices.Equal(s.Oddities(), tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, s.Oddities(), tt.want)
		}
		e := IndexEntryOf(s, tree())
		for _, o := range []Oddity{OddName, OddBirthDate} {
			n := 0
			for _, row := range e.Rows(s.Code) {
				if row.Kind == o.List() {
					n++
				}
			}
			if want := len(e.Scopes); slices.Contains(tt.want, o) && n != want || !slices.Contains(tt.want, o) && n != 0 {
				t.Errorf("%s: %d rows of %s", tt.name, n, o)
			}
		}
	}
}
