package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// counted is what a revision prints for two steps and two ways.
func counted(t *testing.T, loginTrips, listTrips, knownWRU, newRRU, newWRU any) []*table {
	t.Helper()
	tables, err := parseTables(fmt.Sprintf(`
## What a step asks of the table (median of 9 runs)

| step                   | trips | WRU |
|------------------------|------:|----:|
| login: known device    |    %v |   5 |
| admin-search: the list |    %v |   0 |

## DynamoDB for a million of each (USD 0.125 and 0.625 for a million RRU and WRU)

| what is done          | RRU | WRU | USD |
|-----------------------|----:|----:|----:|
| sign in, known device |   5 |  %v |   4 |
| sign in, new device   |  %v |  %v |   9 |
`, loginTrips, listTrips, knownWRU, newRRU, newWRU))
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

func TestDearer(t *testing.T) {
	that := side{counted(t, 4, 3, 5, 10, 10)}
	for _, tt := range []struct {
		name  string
		this  side
		fails []string // rows and figures
		notes int
	}{
		{"the same", that, nil, 0},
		{"cheaper", side{counted(t, 3, 3, 4, 9, 9)}, nil, 0},
		{"as dear as may be", side{counted(t, 4, 3, 6, 12, 12)}, nil, 0},
		{"a trip more", side{counted(t, 5, 3, 5, 10, 10)}, []string{"login: known device trips"}, 0},
		{"a trip more in one round of a busy machine", side{counted(t, 5, 3, 5, 10, 10), counted(t, 4, 3, 5, 10, 10)}, nil, 0},
		{"a trip more elsewhere", side{counted(t, 4, 4, 5, 10, 10)}, nil, 0},
		{"dearer by rules", side{counted(t, 4, 3, 7, 10, 20)}, nil, 6},
		{"dearer than by rules", side{counted(t, 4, 3, 7.5, 10, 20.5)}, []string{"sign in, known device WRU", "sign in, new device WRU"}, 6},
		{"reads by rules", side{counted(t, 4, 3, 5, 13, 10)}, nil, 1},
		{"more reads than by rules", side{counted(t, 4, 3, 5, 13.5, 10)}, []string{"sign in, new device RRU"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, notes, held := dearer(tt.this, that)
			var fails []string
			for _, row := range got.rows[1:] {
				if row[len(row)-1] != verdict(true) {
					fails = append(fails, row[0]+" "+row[1])
				}
			}
			if !slices.Equal(fails, tt.fails) || held != (len(tt.fails) == 0) || len(notes) != tt.notes {
				t.Errorf("fails %v, held %t, notes %q", fails, held, notes)
			}
		})
	}
}

// TestAsked shows that each rule is of a step that a way has.
func TestAsked(t *testing.T) {
	for _, a := range asked {
		if !slices.ContainsFunc(ways, func(w way) bool {
			return slices.ContainsFunc(w.steps, func(s string) bool { return strings.HasPrefix(s, a.step) })
		}) {
			t.Errorf("no way has a step %q", a.step)
		}
	}
}
