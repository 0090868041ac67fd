package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// table is printed as Markdown, with its columns aligned, so that it reads the
// same on a terminal and in docs/performance.md.
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
	fmt.Fprintf(w, "\n### %s\n\n", t.title)
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
func quantile(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func median(all []time.Duration) time.Duration { return quantile(all, 0.5) }

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

func verdict(held bool) string {
	if held {
		return "PASS"
	}
	return "FAIL"
}
