package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// none stands where one side has no such figure.
const none = "–"

// limits are columns of numbers that are not measured.
var limits = []string{"at most", "page of"}

// side is what one revision printed: the tables of each round.
type side [][]*table

// compare puts the figures of two revisions side by side. A figure is the median
// of its own side's rounds. A ratio is that of runs in turn: see ratioInTurn.
func compare(this, that side) []*table {
	var all []*table
	for _, o := range outlines(slices.Concat(this, that)) {
		heading := []string{o.first}
		for _, c := range o.columns {
			heading = append(heading, c.name, "that", "÷")
		}
		t := newTable(fmt.Sprintf("%s (this, that, this ÷ that; rounds: %d)", o.name, len(this)), heading...)
		ratios := make([][]float64, len(o.columns))
		for _, name := range o.rows {
			row := []string{name}
			for i, c := range o.columns {
				a, b := this.cells(o.name, name, c), that.cells(o.name, name, c)
				ratio, ok := ratioInTurn(a, b)
				if ok {
					ratios[i] = append(ratios[i], ratio)
				}
				row = append(row, pairedCells(a, b, ratio, ok)...)
			}
			t.add(row...)
		}
		if len(o.rows) > 1 {
			t.add(medianRow(ratios)...)
		}
		all = append(all, t)
	}
	return all
}

// pairedCells are the three cells of one figure. They are empty where neither
// side prints a number.
func pairedCells(a, b []string, ratio float64, ok bool) []string {
	this, that := medianCell(a), medianCell(b)
	switch {
	case this == none && that == none:
		return []string{"", "", ""}
	case !ok:
		return []string{this, that, none}
	}
	return []string{this, that, ratioCell(ratio)}
}

// medianRow tells the median ratio of each figure.
func medianRow(ratios [][]float64) []string {
	row := []string{"median of the ratios"}
	for _, all := range ratios {
		word := none
		if len(all) > 0 {
			word = ratioCell(median(all))
		}
		row = append(row, "", "", word)
	}
	return row
}

// ratioInTurn is what this revision's figure is as a multiple of that one's. The
// runs were made in the order this[0], that[0], this[1], that[1] … Each run is
// compared with the two of the other side right before and right after it, so that
// a machine that becomes slower all the time changes nothing. The ratio is the
// median of these. A single round has one run of each side to compare.
func ratioInTurn(this, that []string) (ratio float64, ok bool) {
	var inTurn, ofRounds []float64
	for i := range this {
		a, b := numberAt(this, i), numberAt(that, i)
		before, after := numberAt(that, i-1), numberAt(this, i+1)
		inTurn = append(inTurn, divide(a, math.Sqrt(before*b)), divide(math.Sqrt(a*after), b))
		ofRounds = append(ofRounds, divide(a, b))
	}
	for _, ratios := range [][]float64{inTurn, ofRounds} {
		ratios = slices.Sorted(slices.Values(slices.DeleteFunc(ratios, math.IsNaN)))
		if n := len(ratios); n > 0 {
			return (ratios[(n-1)/2] + ratios[n/2]) / 2, true
		}
	}
	return 0, false
}

// numberAt is NaN where there is no number.
func numberAt(cells []string, i int) float64 {
	if i < 0 || i >= len(cells) {
		return math.NaN()
	}
	n, ok := number(cells[i])
	if !ok {
		return math.NaN()
	}
	return n
}

// divide takes two zeros for equal.
func divide(a, b float64) float64 {
	if a == b {
		return 1
	}
	return a / b
}

func ratioCell(ratio float64) string {
	if math.IsInf(ratio, 0) {
		return "∞"
	}
	return fmt.Sprintf("%.2f", ratio)
}

// medianCell is the cell with the median number, as it was printed.
func medianCell(cells []string) string {
	var numbers []float64
	for _, cell := range cells {
		if n, ok := number(cell); ok {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return none
	}
	middle := median(numbers)
	return cells[slices.IndexFunc(cells, func(cell string) bool { n, ok := number(cell); return ok && n == middle })]
}

func number(cell string) (float64, bool) {
	n, err := strconv.ParseFloat(cell, 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// outline is what any of several tables of one name have.
type outline struct {
	name, first string // first is the heading above the rows' names
	rows        []string
	columns     []column // the measured ones
}

// outlines are in the order in which the names come up, and so are their rows and
// columns.
func outlines(rounds [][]*table) []*outline {
	var all []*outline
	for _, t := range slices.Concat(rounds...) {
		i := slices.IndexFunc(all, func(o *outline) bool { return o.name == t.name() })
		if i < 0 {
			i, all = len(all), append(all, &outline{name: t.name(), first: t.rows[0][0]})
		}
		o := all[i]
		for _, row := range t.rows[1:] {
			if !slices.Contains(o.rows, row[0]) {
				o.rows = append(o.rows, row[0])
			}
		}
		for _, c := range t.columns() {
			if t.measures(c) && !slices.Contains(o.columns, c) {
				o.columns = append(o.columns, c)
			}
		}
	}
	return all
}

// cells are what stands in one place of a table, one for each round. A cell is
// empty where the round had no such place.
func (s side) cells(table, row string, c column) []string {
	all := make([]string, len(s))
	for round, tables := range s {
		for _, t := range tables {
			if t.name() == table {
				all[round] = t.cell(row, c)
			}
		}
	}
	return all
}

// column is a heading. nth tells apart those with the same text: a table of size
// has several called "ratio".
type column struct {
	name string
	nth  int
}

// name is the title without the counts and settings in brackets behind it.
func (t *table) name() string {
	name, _, _ := strings.Cut(t.title, " (")
	return name
}

// columns are those after the first one, which names the rows.
func (t *table) columns() []column {
	seen := map[string]int{}
	var all []column
	for _, name := range t.rows[0][1:] {
		all = append(all, column{name, seen[name]})
		seen[name]++
	}
	return all
}

// measures reports whether the column has a figure.
func (t *table) measures(c column) bool {
	return !slices.Contains(limits, c.name) && slices.ContainsFunc(t.rows[1:], func(row []string) bool {
		_, ok := number(t.cell(row[0], c))
		return ok
	})
}

func (t *table) cell(row string, c column) string {
	line := slices.IndexFunc(t.rows[1:], func(cells []string) bool { return cells[0] == row })
	place := slices.Index(t.columns(), c)
	if line < 0 || place < 0 {
		return ""
	}
	return t.rows[1+line][1+place]
}

// failures are the rows in which something did not hold.
func failures(tables []*table) []string {
	var all []string
	for _, t := range tables {
		for _, row := range t.rows[1:] {
			if slices.ContainsFunc(row[1:], func(cell string) bool { return strings.HasPrefix(cell, verdict(false)) }) {
				all = append(all, t.name()+": "+row[0])
			}
		}
	}
	return all
}

// parseTables reads what (*table).print wrote, in this revision or in another one.
// It passes over what stands between the tables.
func parseTables(text string) ([]*table, error) {
	var all []*table
	var title string
	var t *table // the one that the line before belongs to
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if heading := strings.TrimLeft(line, "#"); heading != line {
			title = strings.TrimSpace(heading)
		}
		if !strings.HasPrefix(line, "|") {
			t = nil
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case t == nil:
			t = newTable(title, cells...)
			all = append(all, t)
		case strings.Trim(strings.Join(cells, ""), "-:") == "" && len(t.rows) == 1: // the rule below the heading
		case len(cells) != len(t.rows[0]):
			return nil, fmt.Errorf("%s: the row %s has %d cells, the heading %d", title, cells[0], len(cells), len(t.rows[0]))
		case slices.ContainsFunc(t.rows[1:], func(row []string) bool { return row[0] == cells[0] }):
			return nil, fmt.Errorf("%s: two rows are called %s", title, cells[0])
		default:
			t.add(cells...)
		}
	}
	return all, nil
}
