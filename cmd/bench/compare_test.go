package main

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
)

// printed is what a bench of an older revision writes, with make's words above it.
const printed = `CGO_ENABLED=0 go build -o build/bin/ ./functions/health

### Cold start against the floor (medians of 51 starts or more each, in turn)

| function |  MB |   ms | floor ms | ratio |           ≤ 1.25 |
|----------|----:|-----:|---------:|------:|-----------------:|
| floor    | 8.1 | 2.39 |     2.29 |  1.04 |             PASS |
| me       | 9.9 | 2.72 |     2.40 |  1.13 | PASS, above 1.10 |


### unit administrator of 街道 (774 people in sight; 100 runs of each)

| operation         | page of | p50 1000 | 30000 | ratio |      |
|-------------------|--------:|---------:|------:|------:|-----:|
| a person's record |         |     2.22 |  2.42 |  1.07 | FAIL |

Of the function's time of a sign-in, one argon2id verification is 41.28 ms (here, right after).
`

func TestParseTables(t *testing.T) {
	got, err := parseTables(printed)
	if err != nil {
		t.Fatal(err)
	}
	want := []*table{
		{"Cold start against the floor (medians of 51 starts or more each, in turn)", [][]string{
			{"function", "MB", "ms", "floor ms", "ratio", "≤ 1.25"},
			{"floor", "8.1", "2.39", "2.29", "1.04", "PASS"},
			{"me", "9.9", "2.72", "2.40", "1.13", "PASS, above 1.10"},
		}},
		{"unit administrator of 街道 (774 people in sight; 100 runs of each)", [][]string{
			{"operation", "page of", "p50 1000", "30000", "ratio", ""},
			{"a person's record", "", "2.22", "2.42", "1.07", "FAIL"},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := got[0].name(); got != "Cold start against the floor" {
		t.Errorf("the name is %q", got)
	}
	if got, want := failures(got), []string{"unit administrator of 街道: a person's record"}; !reflect.DeepEqual(got, want) {
		t.Errorf("failures are %q, want %q", got, want)
	}
}

// TestParsePrinted: this revision's tables are read as they were made.
func TestParsePrinted(t *testing.T) {
	starts, flows := newTable("Starts (in turn)", "function", "ms", ""), newTable("Flows", "step", "trips")
	starts.add("login", "2.43", verdict(true))
	starts.add("web", none, "")
	flows.add("verify-login", "4")
	var text bytes.Buffer
	starts.print(&text)
	flows.print(&text)
	got, err := parseTables(text.String())
	if err != nil {
		t.Fatal(err)
	}
	if want := []*table{starts, flows}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParseTablesRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"a row that is too short":   {"# T\n| step | ms |\n|------|---:|\n| login |\n", "T: the row login has 1 cells, the heading 2"},
		"two rows of the same name": {"# T\n| step | ms |\n|------|---:|\n| login | 1 |\n| login | 2 |\n", "T: two rows are called login"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseTables(tt.text); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	tables := func(rows string) []*table {
		t.Helper()
		parsed, err := parseTables(rows)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	const starts = "# Starts (n = 51)\n| function | MB | ms | ratio | ratio | ≤ 1.25 |\n|---|--:|--:|--:|--:|--:|\n"
	// The machine is twice as slow in each run as in the run before.
	this := side{
		tables(starts + "| login | 9.0 | 1.10 | 1.00 | 5.00 | PASS |\n| fresh | 8.0 | 2.00 | 1.00 | 1.00 | PASS |\n"),
		tables(starts + "| login | 9.0 | 4.40 | 1.00 | 5.00 | PASS |\n| fresh | 8.0 | 8.00 | 1.00 | 1.00 | PASS |\n"),
		tables(starts + "| login | 9.0 | 17.60 | 1.00 | 5.00 | FAIL |\n| fresh | 8.0 | 32.00 | 1.00 | 1.00 | PASS |\n"),
	}
	const flows = "# Flows\n| step | trips | at most | WRU | ms beyond |\n|---|--:|--:|--:|--:|\n| login | 4 | 4 | 0 | |\n| verify | 3 | 4 | 0 | 1.5 |\n"
	that := side{
		tables(starts + "| login | 9.0 | 2.00 | 1.00 | 4.00 | PASS |\n| gone | 8.5 | 3.00 | 1.00 | 1.00 | PASS |\n" + flows),
		tables(starts + "| login | 9.0 | 8.00 | 1.00 | 4.00 | PASS |\n| gone | 8.5 | 12.00 | 1.00 | 1.00 | PASS |\n" + flows),
		tables(starts + "| login | 9.0 | 32.00 | 1.00 | 4.00 | PASS |\n| gone | 8.5 | 48.00 | 1.00 | 1.00 | PASS |\n" + flows),
	}
	var text strings.Builder
	for _, table := range compare(this, that) {
		table.print(&text)
	}
	want := `
## Starts (this, that, this ÷ that; rounds: 3)

| function             |  MB | that |    ÷ |   ms |  that |    ÷ | ratio | that |    ÷ | ratio | that |    ÷ |
|----------------------|----:|-----:|-----:|-----:|------:|-----:|------:|-----:|-----:|------:|-----:|-----:|
| login                | 9.0 |  9.0 | 1.00 | 4.40 |  8.00 | 1.10 |  1.00 | 1.00 | 1.00 |  5.00 | 4.00 | 1.25 |
| fresh                | 8.0 |    – |    – | 8.00 |     – |    – |  1.00 |    – |    – |  1.00 |    – |    – |
| gone                 |   – |  8.5 |    – |    – | 12.00 |    – |     – | 1.00 |    – |     – | 1.00 |    – |
| median of the ratios |     |      | 1.00 |      |       | 1.10 |       |      | 1.00 |       |      | 1.25 |


## Flows (this, that, this ÷ that; rounds: 3)

| step                 | trips | that | ÷ | WRU | that | ÷ | ms beyond | that | ÷ |
|----------------------|------:|-----:|--:|----:|-----:|--:|----------:|-----:|--:|
| login                |     – |    4 | – |   – |    0 | – |           |      |   |
| verify               |     – |    3 | – |   – |    0 | – |         – |  1.5 | – |
| median of the ratios |       |      | – |     |      | – |           |      | – |

`
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", text.String(), want)
	}
}

func TestRatioInTurn(t *testing.T) {
	for name, tt := range map[string]struct {
		this, that []string
		want       float64
		none       bool
	}{
		"one round": {this: []string{"3"}, that: []string{"2"}, want: 1.5},
		"the machine becomes twice as slow from run to run": {this: []string{"3", "12", "48"}, that: []string{"4", "16", "64"}, want: 1.5},
		"one run is disturbed":                              {this: []string{"3", "3", "3", "99"}, that: []string{"2", "2", "2", "2"}, want: 1.5},
		"nothing, and nothing before":                       {this: []string{"0", "0"}, that: []string{"0", "0"}, want: 1},
		"nothing, and something before":                     {this: []string{"0", "0"}, that: []string{"4", "4"}, want: 0},
		"something, and nothing before":                     {this: []string{"4", "4"}, that: []string{"0", "0"}, want: math.Inf(1)},
		"one run beside two others":                         {this: []string{"", "8", ""}, that: []string{"1", "4", none}, want: 4},
		"one run beside one other":                          {this: []string{"", "8"}, that: []string{"", "4"}, want: 2},
		"no round has both":                                 {this: []string{"", "8"}, that: []string{"1", ""}, none: true},
		"words":                                             {this: []string{"PASS"}, that: []string{"PASS"}, none: true},
		"what is no number":                                 {this: []string{"NaN"}, that: []string{"+Inf"}, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := ratioInTurn(tt.this, tt.that)
			if got != tt.want && math.Abs(got-tt.want) > 1e-9 || ok == tt.none {
				t.Errorf("got %v, %t; want %v, %t", got, ok, tt.want, !tt.none)
			}
		})
	}
}

func TestRatioCell(t *testing.T) {
	for want, ratio := range map[string]float64{"1.00": 1, "0.67": 2.0 / 3, "12.50": 12.5, "∞": math.Inf(1)} {
		if got := ratioCell(ratio); got != want {
			t.Errorf("%v is %s, want %s", ratio, got, want)
		}
	}
}
