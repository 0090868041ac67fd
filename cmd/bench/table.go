package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// table is printed as Markdown, with its columns aligned, so that it reads the
// same on a terminal and in docs/bench.
type table struct {
	title string
	rows  [][]string // the first is the heading
}

func newTable(title string, heading ...string) *table {
	return &table{title: title, rows: [][]string{heading}}
}

// add adds a row: strings stand at the left of their columns, numbers at the right.
func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	fmt.Fprintf(w, "\n## %s\n\n", t.title)
	for n, row := range t.rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				fmt.Fprintf(w, "| %s%s ", cell, pad)
			} else {
				fmt.Fprintf(w, "| %s%s ", pad, cell)
			}
		}
		fmt.Fprintln(w, "|")
		if n == 0 {
			for i, width := range widths {
				rule, end := strings.Repeat("-", width+1), ":"
				if i == 0 {
					end = "-"
				}
				fmt.Fprint(w, "|", rule, end)
			}
			fmt.Fprintln(w, "|")
		}
	}
	fmt.Fprintln(w)
}

// quantile is the smallest value that at least the part q of all does not exceed.
func quantile[T cmp.Ordered](all []T, q float64) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func median[T cmp.Ordered](all []T) T { return quantile(all, 0.5) }

// middle is the median of one number of each of all.
func middle[E any, T cmp.Ordered](all []E, number func(E) T) T {
	numbers := make([]T, len(all))
	for i, e := range all {
		numbers[i] = number(e)
	}
	return median(numbers)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

func units(n float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0") }

func verdict(held bool) string {
	if held {
		return "PASS"
	}
	return "FAIL"
}

// say tells whoever waits what is being done, apart from the tables.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
