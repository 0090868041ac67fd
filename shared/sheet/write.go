package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"chaoxi/shared/roster"
)

// Write returns the table as a file. A text that a program would take for a formula has a
// ' before it, which Open takes away again.
func Write(format roster.Format, t roster.Table) ([]byte, error) {
	if format == roster.XLSX {
		return writeWorkbook(t)
	}
	return writeCSV(t)
}

// writeCSV writes UTF-8 with a byte order mark, without which Excel takes it for GBK, and
// lines as Windows ends them.
func writeCSV(t roster.Table) ([]byte, error) {
	var b bytes.Buffer
	b.Write(utf8Mark)
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	line := make([]string, len(t.Columns))
	for _, row := range slices.Concat([][]string{t.Headers()}, t.Rows) {
		for i := range line {
			line[i] = roster.Harmless(cellOf(row, i))
		}
		if err := w.Write(line); err != nil {
			return nil, fmt.Errorf("write a row: %w", err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func cellOf(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}

// choicesSheet has the labels that cells offer. It is hidden. An inline list would hold
// 255 characters, and a comma in a label would make two of it.
const choicesSheet = "选项"

// writeWorkbook writes one sheet, whose header stays in sight, and a hidden one with the
// choices. The stream writer writes what surrounds the rows when it is made and flushed,
// and leaves out without an error what is set too late. So all of it is set first.
func writeWorkbook(t roster.Table) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close() // removes the temporary file of a long sheet
	w := workbookWriter{f, t}
	if err := w.write(); err != nil {
		return nil, fmt.Errorf("write a workbook: %w", err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("pack a workbook: %w", err)
	}
	return b.Bytes(), nil
}

type workbookWriter struct {
	*excelize.File
	table roster.Table
}

func (w workbookWriter) write() error {
	for _, step := range []func() error{w.begin, w.dimension, w.panes, w.choices, w.rows} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// begin names the sheet, and the workbook, which would else say that somebody else made
// it in 2006.
func (w workbookWriter) begin() error {
	if err := w.SetSheetName("Sheet1", w.table.Name); err != nil {
		return err
	}
	return w.SetDocProps(&excelize.DocProperties{Title: w.table.Name, Creator: w.table.Name})
}

// dimension says how large the sheet is. Some readers believe it, and would see one cell.
func (w workbookWriter) dimension() error {
	last, err := excelize.CoordinatesToCellName(max(1, len(w.table.Columns)), 1+len(w.table.Rows))
	if err != nil {
		return err
	}
	return w.SetSheetDimension(w.table.Name, "A1:"+last)
}

func (w workbookWriter) panes() error {
	return w.SetPanes(w.table.Name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}}})
}

// choices writes the hidden sheet, a column for each list, and offers the lists in the
// rows that there are and in those that may be added.
func (w workbookWriter) choices() error {
	lists := 0
	for i, c := range w.table.Columns {
		labels := w.table.Choices[c.Dictionary]
		if len(labels) == 0 {
			continue
		}
		if lists++; lists == 1 {
			if _, err := w.NewSheet(choicesSheet); err != nil {
				return err
			}
			if err := w.SetSheetVisible(choicesSheet, false); err != nil {
				return err
			}
		}
		column := roster.ColumnName(lists - 1)
		if err := w.SetSheetCol(choicesSheet, column+"1", &labels); err != nil {
			return err
		}
		list := excelize.NewDataValidation(true)
		list.SetSqref(fmt.Sprintf("%[1]s2:%[1]s%[2]d", roster.ColumnName(i), 1+max(len(w.table.Rows), roster.MaxImported)))
		list.SetSqrefDropList(fmt.Sprintf("%[1]s!$%[2]s$1:$%[2]s$%[3]d", choicesSheet, column, len(labels)))
		list.SetError(excelize.DataValidationErrorStyleStop, c.Header, "请从下拉列表中选择")
		if err := w.AddDataValidation(w.table.Name, list); err != nil {
			return err
		}
	}
	return nil
}

// The widths of columns, in characters of the usual font, of which an ideograph takes two.
const (
	leastWidth = 8
	mostWidth  = 40
	margin     = 2
)

// widthOf is the width of a text.
func widthOf(s string) int {
	n := 0
	for _, r := range s {
		if n++; utf8.RuneLen(r) > 2 {
			n++
		}
	}
	return n
}

// widths are the widths of the columns.
func (w workbookWriter) widths() []float64 {
	all := make([]float64, len(w.table.Columns))
	fit := func(row []string) {
		for i := range min(len(row), len(all)) {
			if all[i] < float64(min(len(row[i])+margin, mostWidth)) { // no text is wider than its bytes are many
				all[i] = max(all[i], float64(min(max(widthOf(row[i])+margin, leastWidth), mostWidth)))
			}
		}
	}
	fit(w.table.Headers())
	for _, row := range w.table.Rows {
		fit(row)
	}
	return all
}

// asText is the number of the built-in format of text. In a cell of General an ID card that
// somebody types becomes a number.
const asText = 49

func (w workbookWriter) rows() error {
	header, err := w.NewStyle(&excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	if err != nil {
		return err
	}
	text, err := w.NewStyle(&excelize.Style{NumFmt: asText})
	if err != nil {
		return err
	}
	out, err := w.NewStreamWriter(w.table.Name)
	if err != nil {
		return err
	}
	widths := w.widths()
	for i, c := range w.table.Columns {
		if err := out.SetColWidth(i+1, i+1, widths[i]); err != nil {
			return err
		}
		if c.Whole {
			continue
		}
		if err := out.SetColStyle(i+1, i+1, text); err != nil {
			return err
		}
	}
	// The same cells serve each row, since it is written at once.
	cells, values := make([]excelize.Cell, len(w.table.Columns)), make([]any, len(w.table.Columns))
	for i, h := range w.table.Headers() {
		cells[i] = excelize.Cell{StyleID: header, Value: h}
		values[i] = &cells[i]
	}
	if err := out.SetRow("A1", values); err != nil {
		return err
	}
	for n, row := range w.table.Rows {
		for i, c := range w.table.Columns {
			if values[i] = nil; cellOf(row, i) != "" {
				cells[i] = cellFor(c, row[i], text)
				values[i] = &cells[i]
			}
		}
		if err := out.SetRow("A"+strconv.Itoa(n+2), values); err != nil {
			return err
		}
	}
	return out.Flush()
}

// cellFor is what excelize writes for a text: a number in a column of whole numbers, else
// text.
func cellFor(c roster.Column, s string, text int) excelize.Cell {
	if c.Whole {
		if n, err := strconv.Atoi(s); err == nil {
			return excelize.Cell{Value: n}
		}
	}
	return excelize.Cell{StyleID: text, Value: roster.Harmless(s)}
}
