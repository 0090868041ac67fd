package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// table has what is hard to write: formulas, lines, escapes, numbers, long labels.
func table() roster.Table {
	column := func(key string) roster.Column {
		c, _ := roster.Of(key)
		return c
	}
	long := strings.Repeat("长", 200)
	return roster.Table{
		Name: "人员名单", Stars: true,
		Columns: []roster.Column{column("name"), column("idCard"), column("gender"), column("jobLevel"), column("order"), column("title")},
		Choices: map[string][]string{staff.DictGender: {"男", "女"}, staff.DictJobLevel: {"一级,二级", long, "其他"}},
		Rows: [][]string{
			{"张敏", "330106199003071234", "女", "其他", "1", "=HYPERLINK(\"x\")"},
			{"-9", "+86", "@x", "\ttab", "999999999", "'=quoted"},
			{"_x000D_", "a\nb", " 空 ", "<&>\"", "", "😀"},
			{"李"},
			{"0012", "", "", "", "not a number", "1e5"},
		},
	}
}

// TestWritten: what is written is read as it was, by our reader and by excelize.
func TestWritten(t *testing.T) {
	want := [][]string{{"姓名*", "身份证号", "性别*", "职级*", "排序码*", "职务"}}
	for _, row := range table().Rows {
		want = append(want, slices.Concat(row, make([]string, 6))[:6])
	}
	for _, format := range []roster.Format{roster.CSV, roster.XLSX} {
		file, err := Write(format, table())
		if err != nil {
			t.Fatal(err)
		}
		book, err := Open(file, format, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(book.Sheets); n != 1 {
			t.Errorf("%s: %d sheets are to be seen", format, n)
		}
		n := 0
		for row, err := range book.Sheets[0].Rows {
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range want[n] {
				kind := roster.Text
				switch {
				case s == "":
					kind = roster.Empty
				case format == roster.XLSX && i == 4 && (n == 1 || n == 2):
					kind = roster.Number
				}
				if got := row.At(i); got.Text != s || got.Kind != kind {
					t.Errorf("%s: row %d: %+v, want %q of kind %d", format, n, got, s, kind)
				}
			}
			n++
		}
		if n != len(want) {
			t.Errorf("%s: %d rows, want %d", format, n, len(want))
		}
	}
}

// TestNoFormula: no cell of a file begins with what makes a formula.
func TestNoFormula(t *testing.T) {
	file, err := Write(roster.CSV, table())
	if err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(string(file), "\xEF\xBB\xBF")
	if !marked || !strings.Contains(text, "\r\n") {
		t.Error("no byte order mark, or no lines as Windows ends them")
	}
	harmless := []string{`'=HYPERLINK(""x"")`, "'-9,'+86,'@x,'\ttab", "''=quoted"}
	for _, s := range harmless {
		if !strings.Contains(text, s) {
			t.Errorf("%q is not in the CSV:\n%s", s, text)
		}
	}
	f := opened(t)
	rows, err := f.GetRows("人员名单", excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != 6 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows {
		for _, s := range row {
			if strings.HasPrefix(s, "=") || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "@") || strings.HasPrefix(s, "\t") {
				t.Errorf("a cell begins a formula: %q", s)
			}
		}
	}
}

func opened(t *testing.T) *excelize.File {
	t.Helper()
	file, err := Write(roster.XLSX, table())
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestAroundTheRows counts in the file what the stream writer leaves out without an error
// if it is set too late.
func TestAroundTheRows(t *testing.T) {
	f := opened(t)
	if d, err := f.GetSheetDimension("人员名单"); err != nil || d != "A1:F6" {
		t.Errorf("dimension %s, %v", d, err)
	}
	if p, err := f.GetPanes("人员名单"); err != nil || !p.Freeze || p.YSplit != 1 || p.TopLeftCell != "A2" {
		t.Errorf("panes %+v, %v", p, err)
	}
	if got := f.GetSheetList(); !slices.Equal(got, []string{"人员名单", "选项"}) || f.GetActiveSheetIndex() != 0 {
		t.Errorf("sheets %q, the active one is %d", got, f.GetActiveSheetIndex())
	}
	if visible, err := f.GetSheetVisible("选项"); err != nil || visible {
		t.Errorf("the choices are to be seen: %v", err)
	}
	lists, err := f.GetDataValidations("人员名单")
	if err != nil {
		t.Fatal(err)
	}
	offered := map[string]string{}
	for _, l := range lists {
		offered[l.Sqref] = l.Formula1
	}
	if want := map[string]string{"C2:C10001": "选项!$A$1:$A$2", "D2:D10001": "选项!$B$1:$B$3"}; !maps.Equal(offered, want) {
		t.Errorf("lists %q, want %q", offered, want)
	}
	labels, err := f.GetCols("选项")
	if err != nil || len(labels) != 2 || labels[1][0] != "一级,二级" || len([]rune(labels[1][1])) != 200 {
		t.Errorf("labels %q, %v", labels, err)
	}
	for column, want := range map[string]float64{"A": 9, "B": 20, "D": 8, "E": 14, "F": 17} {
		if got, err := f.GetColWidth("人员名单", column); err != nil || got != want {
			t.Errorf("column %s is %v wide, want %v; %v", column, got, want, err)
		}
	}
	for _, tt := range []struct {
		cell string
		text bool
	}{{"B1", true}, {"B2", true}, {"B9", true}, {"E2", false}, {"E9", false}} {
		id, err := f.GetCellStyle("人员名单", tt.cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || (style.NumFmt == asText) != tt.text {
			t.Errorf("%s has format %d, %v", tt.cell, style.NumFmt, err)
		}
	}
}

// TestNothingOfAStranger: the file says of nobody else that they made it, and is the same
// each time.
func TestNothingOfAStranger(t *testing.T) {
	var files [2][]byte
	for i := range files {
		var err error
		if files[i], err = Write(roster.XLSX, table()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same table makes two files")
	}
	z, err := zip.NewReader(bytes.NewReader(files[0]), int64(len(files[0])))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open("docProps/core.xml")
	if err != nil {
		t.Fatal(err)
	}
	core, err := io.ReadAll(r)
	if err != nil || bytes.Contains(core, []byte("xuri")) || !regexp.MustCompile(`<dc:creator>人员名单</dc:creator>`).Match(core) {
		t.Errorf("%s, %v", core, err)
	}
}

// TestEmptyTable: a template has no row.
func TestEmptyTable(t *testing.T) {
	for _, format := range []roster.Format{roster.CSV, roster.XLSX} {
		file, err := Write(format, roster.Table{Name: "模板", Columns: roster.Columns, Stars: true})
		if err != nil {
			t.Fatal(err)
		}
		got := written(t, file, format)
		if want := "1:"; strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, want) || strings.Count(got, `"`) != 2*len(roster.Columns) {
			t.Errorf("%s: %s", format, got)
		}
	}
}

func FuzzWritten(f *testing.F) {
	f.Add("张敏", "=1+1")
	f.Add("'''-", "_x005F_")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) || strings.ContainsFunc(a+b, func(r rune) bool { return r < ' ' || r >= 0xFFFD && r <= 0xFFFF }) {
			t.Skip("no text that the register keeps")
		}
		name, _ := roster.Of("name")
		title, _ := roster.Of("title")
		for _, format := range []roster.Format{roster.CSV, roster.XLSX} {
			file, err := Write(format, roster.Table{Name: "表", Columns: []roster.Column{name, title}, Rows: [][]string{{a, b, "beyond"}, {"end"}}})
			if err != nil {
				t.Fatal(err)
			}
			book, err := Open(file, format, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for row, err := range book.Sheets[0].Rows {
				if err != nil {
					t.Fatal(err)
				}
				got[fmt.Sprintf("A%d", row.Number)], got[fmt.Sprintf("B%d", row.Number)] = row.At(0).Text, row.At(1).Text
			}
			if blank := !hasContent(textCell(a)) && !hasContent(textCell(b)); !blank && (got["A2"] != a || got["B2"] != b) || got["A3"] != "end" {
				t.Fatalf("%s: %q and %q came back as %q", format, a, b, got)
			}
		}
	})
}
