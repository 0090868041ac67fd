#!/usr/bin/env bash
# A workbook that excelize's StreamWriter wrote has one cell for openpyxl in read-only mode.
#
# Seen with github.com/xuri/excelize/v2 v2.11.1 and openpyxl 3.1.5, 2026-12-01: the sheet says
# <dimension ref="A1"/> however many rows are written. openpyxl with read_only=True believes
# it: max_row and max_column are 1, and iter_rows gives one cell. There is no error on either
# side. Without read_only openpyxl reads all cells, and so do programs for people.
#
# SetSheetDimension before NewStreamWriter helps, as the second file shows. Whoever reads such
# files can call reset_dimensions() first.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
export GOFLAGS=-mod=mod GOPATH="$dir/go"

cat >go.mod <<'MOD'
module dimension

go 1.26

require github.com/xuri/excelize/v2 v2.11.1
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"log"

	"github.com/xuri/excelize/v2"
)

func write(name, dimension string) error {
	f := excelize.NewFile()
	defer f.Close()
	if dimension != "" {
		if err := f.SetSheetDimension("Sheet1", dimension); err != nil {
			return err
		}
	}
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	for i, row := range [][]any{{"name", "unit"}, {"a", 1}, {"b", 2}} {
		if err := w.SetRow(fmt.Sprint("A", i+1), row); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.SaveAs(name)
}

func main() {
	for name, dimension := range map[string]string{"as-written.xlsx": "", "with-dimension.xlsx": "A1:B3"} {
		if err := write(name, dimension); err != nil {
			log.Fatal(err)
		}
	}
}
GO
go run .

python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5
venv/bin/python - <<'PY'
import openpyxl

seen = {}
for name in "as-written", "with-dimension":
    for read_only in True, False:
        book = openpyxl.load_workbook(name + ".xlsx", read_only=read_only)
        sheet = book.worksheets[0]
        seen[name, read_only] = [[c.value for c in row] for row in sheet.iter_rows()]
        print(f"{name:15} read_only={read_only!s:5} max_row={sheet.max_row} {seen[name, read_only]}")
        book.close()

book = openpyxl.load_workbook("as-written.xlsx", read_only=True)
sheet = book.worksheets[0]
sheet.reset_dimensions()
reset = [[c.value for c in row] for row in sheet.iter_rows()]
print("after reset_dimensions()", reset)

whole = [["name", "unit"], ["a", 1], ["b", 2]]
assert seen["as-written", True] == [["name"]], "that has changed"
assert seen["as-written", False] == seen["with-dimension", True] == seen["with-dimension", False] == reset == whole
PY
