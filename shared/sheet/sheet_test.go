package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"chaoxi/shared/roster"
)

// isHeader knows a row with a name and a phone.
func isHeader(cells []string) bool {
	return slices.Contains(cells, "姓名") && slices.Contains(cells, "手机号")
}

// written are the rows of the first sheet, one a line: the number, then the cells. Kinds
// other than text are named.
func written(t *testing.T, file []byte, format roster.Format) string {
	t.Helper()
	book, err := Open(file, format, isHeader)
	if err != nil {
		t.Fatal(err)
	}
	return rowsOf(t, book.Sheets[0])
}

func rowsOf(t *testing.T, s roster.Sheet) string {
	t.Helper()
	var b strings.Builder
	for row, err := range s.Rows {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%d:", row.Number)
		for _, c := range row.Cells {
			b.WriteString(" " + shown(c))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func shown(c roster.Cell) string {
	s := map[roster.Kind]string{
		roster.Empty: "–", roster.Text: fmt.Sprintf("%q", c.Text), roster.Number: c.Text, roster.Bool: c.Text, roster.Error: c.Text, roster.Formula: "formula",
		roster.Merged: "merged", roster.Garbled: fmt.Sprintf("garbled%q", c.Text),
	}[c.Kind]
	if !c.Date.IsZero() {
		s += fmt.Sprintf("=%04d-%02d", c.Date.Year, c.Date.Month)
		if !c.Date.NoDay {
			s += fmt.Sprintf("-%02d", c.Date.Day)
		}
	}
	return s
}

// zipped is a zip of these files, names and contents in turn.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	rootRels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookRels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="/xl/worksheets/Sheet2.xml"/>` +
		`<Relationship Id="r3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/chartsheet" Target="chartsheets/sheet1.xml"/>` +
		`<Relationship Id="r4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/>` +
		`<Relationship Id="r5" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
	bookXML = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>`
)

// workbookOf is a workbook with one sheet of these rows, and what stands behind them.
// files are further parts, or others in place of the usual ones.
func workbookOf(t testing.TB, rows, behind string, files ...string) []byte {
	t.Helper()
	all := []string{"_rels/.rels", rootRels, "xl/workbook.xml", bookXML, "xl/_rels/workbook.xml.rels", bookRels,
		"xl/worksheets/sheet1.xml", `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData>` + behind + `</worksheet>`}
	for i := 0; i < len(files); i += 2 {
		if at := slices.Index(all, files[i]); at >= 0 {
			all[at+1] = files[i+1]
			continue
		}
		all = append(all, files[i], files[i+1])
	}
	return zipped(t, all...)
}

// compound is the beginning of a compound file with a stream of this name.
func compound(stream string) []byte {
	b := append(slices.Clone(oleMark), make([]byte, 512)...)
	for _, u := range utf16.Encode([]rune(stream)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return append(b, make([]byte, 64)...)
}

func TestWhatIsNoSpreadsheet(t *testing.T) {
	odt := zipped(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>")
	docx := zipped(t, "_rels/.rels", strings.ReplaceAll(rootRels, "xl/workbook.xml", "word/document.xml"), "word/document.xml", "<document/>")
	xlsb := zipped(t, "_rels/.rels", strings.ReplaceAll(rootRels, "workbook.xml", "workbook.bin"), "xl/workbook.bin", "\x83\x01")
	good := workbookOf(t, `<row r="1"><c r="A1"><v>1</v></c></row>`, "")
	for _, tt := range []struct {
		name      string
		file      []byte
		csv, xlsx roster.Reason // 0: it is one
	}{
		{"nothing", nil, roster.NoContent, roster.NoContent},
		{"blanks behind a byte order mark", []byte("\xEF\xBB\xBF \r\n\t"), roster.NoContent, roster.NoContent},
		{"a workbook with a password", compound("EncryptedPackage"), roster.HasPassword, roster.HasPassword},
		{"an old workbook", compound("Workbook"), roster.OldWorkbook, roster.OldWorkbook},
		{"an older workbook", compound("Book"), roster.OldWorkbook, roster.OldWorkbook},
		{"an old document", compound("WordDocument"), roster.NotWorkbook, roster.NotWorkbook},
		{"a web page", []byte("\r\n<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table><tr><td>姓名"), roster.WebPage, roster.WebPage},
		{"a table alone", []byte("<TABLE border=1><tr>"), roster.WebPage, roster.WebPage},
		{"a web page with its pictures", []byte("MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n"), roster.WebPage, roster.WebPage},
		{"XML Spreadsheet 2003", []byte("<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">"), roster.XML2003, roster.XML2003},
		{"Unicode text", []byte("\xFF\xFE\xD3\x59\x0D\x54"), roster.IsUTF16, roster.IsUTF16},
		{"Unicode text the other way round", []byte("\xFE\xFF\x59\xD3"), roster.IsUTF16, roster.IsUTF16},
		{"a CSV", []byte("姓名,手机号\n张敏,13700000004\n"), 0, roster.IsCSV},
		{"a CSV in GB 18030", []byte("\xD0\xD5\xC3\xFB,\xCA\xD6\xBB\xFA\xBA\xC5\n"), 0, roster.IsCSV},
		{"a CSV whose title is in angle brackets", []byte("<人员名单>\n姓名,手机号\n"), 0, roster.IsCSV},
		{"a picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), roster.NotWorkbook, roster.NotWorkbook},
		{"a workbook", good, roster.IsXLSX, 0},
		{"half a workbook", good[:len(good)/2], roster.IsXLSX, roster.Damaged},
		{"an OpenDocument", odt, roster.IsXLSX, roster.NotWorkbook},
		{"a document", docx, roster.IsXLSX, roster.NotWorkbook},
		{"a binary workbook", xlsb, roster.IsXLSX, roster.NotWorkbook},
		{"a zip of something", zipped(t, "名单.txt", "张敏"), roster.IsXLSX, roster.NotWorkbook},
		{"no sheet to be seen", workbookOf(t, "", "", "xl/workbook.xml", strings.ReplaceAll(bookXML, `sheetId=`, `state="hidden" sheetId=`)), roster.IsXLSX, roster.NoContent},
	} {
		for format, want := range map[roster.Format]roster.Reason{roster.CSV: tt.csv, roster.XLSX: tt.xlsx} {
			var got roster.Reason
			book, err := Open(tt.file, format, isHeader)
			if u := (*roster.Unreadable)(nil); errors.As(err, &u) {
				got = u.Reason
			}
			if got != want || (err == nil) != (want == 0) || (book == nil) != (want != 0) {
				t.Errorf("%s as %s: %v, want reason %d", tt.name, format, err, want)
			}
		}
	}
}

func TestReadWorkbook(t *testing.T) {
	styles := `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd;@"/><numFmt numFmtId="165" formatCode="[$-804]yyyy&quot;年&quot;m&quot;月&quot;"/><numFmt numFmtId="166" formatCode="0&quot;day&quot;"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="57"/><xf numFmtId="166"/><xf numFmtId="14"/><xf numFmtId="49"/></cellXfs></styleSheet>`
	for _, tt := range []struct {
		name, rows, behind string
		files              []string
		want               string
	}{
		{"types", `<row r="2"><c r="A2" t="inlineStr"><is><t>张敏</t></is></c><c r="B2"><v>13700000004</v></c><c r="C2" t="b"><v>1</v></c><c r="D2" t="e"><v>#N/A</v></c><c r="F2" t="str"><f>A1</f><v>甲</v></c></row>`, "", nil,
			`2: "张敏" 13700000004 TRUE #N/A – "甲"` + "\n"},
		{"an ID card that became a number", `<row r="1"><c r="A1"><v>3.3010619900307E+17</v></c><c r="B1"><v>330106199003071000</v></c></row>`, "", nil, "1: 3.3010619900307E+17 330106199003071000\n"},
		{"formulas", `<row r="1"><c r="A1"><f>B1</f></c><c r="B1"><f>C1</f><v></v></c><c r="C1" t="str"><f>D1</f><v></v></c><c r="D1"><f>1+1</f><v>2</v></c><c r="E1" t="str"><f>A1</f></c></row>`, "", nil, "1: formula formula – 2 formula\n"},
		{"rows and cells that do not say where they are", `<row><c><v>1</v></c><c r="C1"><v>3</v></c><c><v>4</v></c></row><row r="5"><c><v>5</v></c></row><row><c><v>6</v></c></row>`, "", nil, "1: 1 – 3 4\n5: 5\n6: 6\n"},
		{"rows without content", `<row r="1" ht="20"/><row r="2"><c r="A2" s="1"/><c r="B2" t="inlineStr"><is><t>　</t></is></c></row><row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576" s="1"/></row>`, "", nil, "1048576: 1\n"},
		{"dates", `<row r="1"><c r="A1" s="1"><v>31321</v></c><c r="B1" s="2"><v>31321</v></c><c r="C1" s="3"><v>31321</v></c><c r="D1" s="4"><v>31321</v></c><c r="E1" s="5"><v>31321.5</v></c><c r="F1" s="0"><v>1985.1</v></c><c r="G1" s="6"><v>19851001</v></c><c r="H1" s="99"><v>1</v></c></row>`, "",
			[]string{"xl/styles.xml", styles}, "1: 31321=1985-10-01 31321=1985-10 31321=1985-10 31321 31321.5=1985-10-01 1985.1 19851001 1\n"},
		{"what is no day", `<row r="1"><c r="A1" s="1"><v>0</v></c><c r="B1" s="1"><v>1</v></c><c r="C1" s="1"><v>59</v></c><c r="D1" s="1"><v>60</v></c><c r="E1" s="1"><v>61</v></c><c r="F1" s="1"><v>-1</v></c><c r="G1" s="1"><v>2958465</v></c><c r="H1" s="1"><v>2958466</v></c><c r="I1" s="1"><v>1e300</v></c></row>`, "",
			[]string{"xl/styles.xml", styles}, "1: 0 1=1900-01-01 59=1900-02-28 60 61=1900-03-01 -1 2958465=9999-12-31 2958466 1e300\n"},
		{"days from 1904", `<row r="1"><c r="A1" s="1"><v>29859</v></c><c r="B1" s="1"><v>0</v></c></row>`, "",
			[]string{"xl/styles.xml", styles, "xl/workbook.xml", strings.ReplaceAll(bookXML, "<sheets>", `<workbookPr date1904="1"/><sheets>`)}, "1: 29859=1985-10-01 0=1904-01-01\n"},
		{"a date in ISO 8601", `<row r="1"><c r="A1" t="d"><v>1985-10-01T00:00:00</v></c></row>`, "", nil, "1: \"1985-10-01T00:00:00\"=1985-10-01\n"},
		{"shared strings with runs and a phonetic guide", `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>`, "",
			[]string{"xl/sharedStrings.xml", `<sst><si><t>张敏</t><rPh sb="0" eb="1"><t>zhāng</t></rPh><phoneticPr/></si><si><r><t>临江</t></r><r><rPr/><t xml:space="preserve">区 </t></r></si><si><t/></si></sst>`}, "1: \"张敏\" \"临江区 \"\n"},
		{"escapes", `<row r="1"><c t="inlineStr"><is><t>一_x000D_
二_x005F_x000D__xD83D__xDE00__xZZZZ_</t></is></c></row>`, "", nil, "1: \"一\\n二_x000D_😀_xZZZZ_\"\n"},
		{"a quotation mark that keeps a text from being a formula", `<row r="1"><c t="inlineStr"><is><t>'-9cD</t></is></c><c t="inlineStr"><is><t>''=x</t></is></c><c t="inlineStr"><is><t>'abc</t></is></c></row>`, "", nil, "1: \"-9cD\" \"'=x\" \"'abc\"\n"},
		{"a character that was lost", `<row r="1"><c t="inlineStr"><is><t>张` + lost + `</t></is></c></row>`, "", nil, "1: garbled\"张\ufffd\"\n"},
		{"prefixes", "", "", []string{"xl/worksheets/sheet1.xml", `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>张敏</x:t></x:is></x:c><x:c r="B1"><x:v>2</x:v></x:c></x:row></x:sheetData><x:mergeCells><x:mergeCell ref="B1:C1"/></x:mergeCells></x:worksheet>`}, "1: \"张敏\" 2 merged\n"},
		{"merged cells", `<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>9</v></c></row><row r="2"><c r="A2"><v>2</v></c></row><row r="3"><c r="B3"><v>3</v></c></row><row r="4"><c r="C4" s="1"/></row><row r="5"><c r="A5"><v>5</v></c></row>`,
			`<mergeCells count="2"><mergeCell ref="C2:C4"/><mergeCell ref="A1:B1"/></mergeCells>`, nil, "1: 1 merged\n2: 2\n3: – 3 merged\n5: 5\n"},
		{"no rows", "", "", []string{"xl/worksheets/sheet1.xml", `<worksheet><sheetData/></worksheet>`}, ""},
		{"names of parts in other letters", "", "", []string{"xl/workbook.xml", strings.ReplaceAll(bookXML, `r:id="r1"`, `r:id="r2"`), `xl\worksheets\sheet2.xml`, `<worksheet><sheetData><row><c><v>7</v></c></row></sheetData></worksheet>`}, "1: 7\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := written(t, workbookOf(t, tt.rows, tt.behind, tt.files...), roster.XLSX); got != tt.want {
				t.Errorf("read\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestVisibleSheets(t *testing.T) {
	file := workbookOf(t, `<row><c><v>1</v></c></row>`, "",
		"xl/worksheets/sheet2.xml", `<worksheet><sheetData><row><c><v>2</v></c></row></sheetData></worksheet>`, "xl/chartsheets/sheet1.xml", `<chartsheet/>`, "xl/vbaProject.bin", "Sub Auto_Open()",
		"xl/workbook.xml", `<workbook xmlns:rel="r"><sheets><sheet name="字典" sheetId="3" state="veryHidden" rel:id="r1"/><sheet name="图" sheetId="4" rel:id="r3"/><sheet name="二" sheetId="2" state="visible" rel:id="r2"/><sheet name="一" sheetId="1" rel:id="r1"/><sheet name="无" sheetId="9" rel:id="r9"/></sheets></workbook>`)
	book, err := Open(file, roster.XLSX, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range book.Sheets {
		got = append(got, s.Name+" "+rowsOf(t, s), rowsOf(t, s)) // a second reading begins anew
	}
	if want := []string{"二 1: 2\n", "1: 2\n", "一 1: 1\n", "1: 1\n"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

// TestStopped: whoever has read enough gets no further row.
func TestStopped(t *testing.T) {
	for format, file := range map[roster.Format][]byte{
		roster.XLSX: workbookOf(t, strings.Repeat(`<row><c><v>1</v></c></row>`, 9), ""),
		roster.CSV:  []byte(strings.Repeat("1\n", 9)),
	} {
		book, err := Open(file, format, nil)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for row, err := range book.Sheets[0].Rows {
			if n++; err != nil || row.Number != n {
				t.Fatal(row, err)
			}
			if n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("%s: %d rows", format, n)
		}
	}
}

func TestDamagedSheets(t *testing.T) {
	sheet := func(s string) []string { return []string{"xl/worksheets/sheet1.xml", s} }
	for _, tt := range []struct {
		name, rows, behind string
		files              []string
		row                int // where it is noticed
	}{
		{"rows out of order", `<row r="3"/><row r="2"/>`, "", nil, 3},
		{"a row that is none", `<row r="1"/><row r="x"/>`, "", nil, 1},
		{"a row too far down", `<row r="1048577"/>`, "", nil, 0},
		{"a cell that is none", `<row r="1"><c r="1"/></row>`, "", nil, 1},
		{"a cell too far right", `<row r="1"><c r="XFE1"/></row>`, "", nil, 1},
		{"a shared string that is not there", `<row r="7"><c t="s"><v>0</v></c></row>`, "", nil, 7},
		{"merged cells that are none", `<row r="1"/>`, `<mergeCells><mergeCell ref="B2:A1"/></mergeCells>`, nil, 0},
		{"broken XML", `<row r="1"><c></row>&nope;`, "", nil, 1},
		{"rows that do not end", "", "", sheet(`<worksheet><sheetData><row r="4"><c><v>1</v></c></row>`), 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, err := Open(workbookOf(t, tt.rows, tt.behind, tt.files...), roster.XLSX, nil)
			if err != nil {
				t.Fatal(err)
			}
			var last error
			for _, err := range book.Sheets[0].Rows {
				last = err
			}
			if u := (*roster.Unreadable)(nil); !errors.As(last, &u) || u.Reason != roster.Damaged || u.Row != tt.row || u.Sheet != "名单" {
				t.Errorf("%v, want a broken row %d", last, tt.row)
			}
		})
	}
	for name, files := range map[string][]string{
		"shared strings": {"xl/sharedStrings.xml", "<sst><"},
		"styles":         {"xl/styles.xml", "<styleSheet><"},
		"relationships":  {"xl/_rels/workbook.xml.rels", "<"},
	} {
		if _, err := Open(workbookOf(t, "", "", files...), roster.XLSX, nil); err == nil {
			t.Errorf("broken %s were read", name)
		}
	}
}

// TestBombs: a small file that unpacks to much is given up before it has cost much.
func TestBombs(t *testing.T) {
	few := limits{part: 4 << 20, strings: 1 << 20, book: 8 << 20, texts: 1000}
	blank := strings.Repeat(" ", int(few.part))
	for name, files := range map[string][]string{
		"a sheet":                   {"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + blank + "</sheetData></worksheet>"},
		"a text":                    {"xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>" + blank + "</t></is></c></row></sheetData></worksheet>"},
		"shared strings":            {"xl/sharedStrings.xml", "<sst>" + blank[:few.strings] + "</sst>"},
		"many short shared strings": {"xl/sharedStrings.xml", "<sst>" + strings.Repeat("<si/>", few.texts+1) + "</sst>"},
		"styles":                    {"xl/styles.xml", "<styleSheet>" + blank + "</styleSheet>"},
		"one part as many sheets": {
			"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + blank[:few.part/2] + "</sheetData></worksheet>",
			"xl/workbook.xml", strings.ReplaceAll(bookXML, "</sheets>", strings.Repeat(`<sheet name="二" r:id="r1"/>`, 20)+"</sheets>"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			book, err := openWorkbook(workbookOf(t, "", "", files...), few)
			for i := 0; err == nil && i < len(book.Sheets); i++ {
				for _, e := range book.Sheets[i].Rows {
					err = e
				}
			}
			if u := (*roster.Unreadable)(nil); !errors.As(err, &u) || u.Reason != roster.TooMuch {
				t.Errorf("%v, want that it is too much", err)
			}
		})
	}
	file := workbookOf(t, "", "", "xl/sharedStrings.xml", strings.Repeat(" ", int(usual.strings)+1))
	if _, err := Open(file, roster.XLSX, nil); err == nil || len(file) > 64<<10 {
		t.Errorf("a file of %d bytes that unpacks to %d was read", len(file), usual.strings)
	}
}

func TestReadCSV(t *testing.T) {
	// 姓名,手机号 and 张敏,1 in GB 18030. FE 9F is a private character there that
	// stands for 䶮, 81 30 begins a code of four bytes.
	const gbHeader, gbRow = "\xD0\xD5\xC3\xFB,\xCA\xD6\xBB\xFA\xBA\xC5\n", "\xD5\xC5\xC3\xF4,1\n"
	for _, tt := range []struct{ name, file, want string }{
		{"UTF-8", "姓名,手机号\n张敏,1\n", "1: \"姓名\" \"手机号\"\n2: \"张敏\" \"1\"\n"},
		{"a byte order mark before a quoted header", "\xEF\xBB\xBF\"姓名\",手机号\r\n张敏,1\r\n", "1: \"姓名\" \"手机号\"\n2: \"张敏\" \"1\"\n"},
		{"GB 18030", gbHeader + gbRow, "1: \"姓名\" \"手机号\"\n2: \"张敏\" \"1\"\n"},
		{"GB 18030 below a title", "\xC3\xFB\xB5\xA5\n\n" + gbHeader, "1: \"名单\"\n3: \"姓名\" \"手机号\"\n"},
		{"GB 18030 of four bytes", gbHeader + "\x82\x35\x87\x38,1\n", "1: \"姓名\" \"手机号\"\n2: \"䶵\" \"1\"\n"},
		{"one bad cell in UTF-8", "姓名,手机号\n张\xD0\xD5,1\n李,2\n", "1: \"姓名\" \"手机号\"\n2: garbled\"张\ufffd\" \"1\"\n3: \"李\" \"2\"\n"},
		{"one bad cell in GB 18030", gbHeader + "\xD5\xC5\xFF,1\n" + gbRow, "1: \"姓名\" \"手机号\"\n2: garbled\"张\ufffd\" \"1\"\n3: \"张敏\" \"1\"\n"},
		{"a mark, whatever follows", "\xEF\xBB\xBF" + "\xD0\xD5,1\n", "1: garbled\"\ufffd\" \"1\"\n"},
		{"no header, UTF-8", "张敏,1\n", "1: \"张敏\" \"1\"\n"},
		{"no header, GB 18030", gbRow, "1: \"张敏\" \"1\"\n"},
		{"empty lines count", "姓名,手机号\n\n\r\n张敏,1\n,\n李,2", "1: \"姓名\" \"手机号\"\n4: \"张敏\" \"1\"\n6: \"李\" \"2\"\n"},
		{"lines in a cell count once", "\n姓名,手机号\n\"张\r\n\n敏\",1\n\n李,2\n", "2: \"姓名\" \"手机号\"\n3: \"张\\n\\n敏\" \"1\"\n5: \"李\" \"2\"\n"},
		{"rows of any length", "姓名,手机号\n张敏\n李,2,,3,,\n", "1: \"姓名\" \"手机号\"\n2: \"张敏\"\n3: \"李\" \"2\" – \"3\"\n"},
		{"the separator that Excel obeys", "sep=;\r\n姓名;手机号\r\n张,敏;1\r\n", "1: \"姓名\" \"手机号\"\n2: \"张,敏\" \"1\"\n"},
		{"a quoted separator, a tab", "\"SEP=\t\"\n姓名\t手机号\n", "1: \"姓名\" \"手机号\"\n"},
		{"lines of an old Mac", "姓名,手机号\r张敏,1\r", "1: \"姓名\" \"手机号\"\n2: \"张敏\" \"1\"\n"},
		{"made harmless", "姓名,手机号\n'-a,'+86\n''=b,''c\n", "1: \"姓名\" \"手机号\"\n2: \"-a\" \"+86\"\n3: \"'=b\" \"''c\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := written(t, []byte(tt.file), roster.CSV); got != tt.want {
				t.Errorf("read\n%swant\n%s", got, tt.want)
			}
		})
	}
}

// A file that is read a row at a time says what it says as a whole, wherever a block of it
// ends, in either encoding and beyond what tells the encoding.
func TestOpenCSV(t *testing.T) {
	for _, encode := range []func(string) string{
		func(s string) string { return s },
		func(s string) string { b, _ := simplifiedchinese.GB18030.NewEncoder().String(s); return b },
	} {
		line := encode("欧阳晓明,手机号一三七零零零零零零零零,办公室地址\n")
		for shift := range 3 {
			var file strings.Builder
			file.WriteString(encode("姓名,手机号" + strings.Repeat("x", shift) + ",手机号\n"))
			n := 1 + roster.MaxBytes/len(line) + 1
			file.WriteString(strings.Repeat(line, n-1))
			file.WriteString("\n\xFF,2\n")
			text := file.String()
			book, err := OpenCSV(strings.NewReader(text), int64(len(text)), isHeader)
			if err != nil {
				t.Fatal(err)
			}
			last, other := roster.Row{}, 0
			for row, err := range book.Sheets[0].Rows {
				if err != nil {
					t.Fatal(err)
				}
				if row.Number > 1 && shown(row.At(0)) != `"欧阳晓明"` {
					other++
				}
				last = row
			}
			if other != 1 || last.Number != n+2 || last.At(0).Kind != roster.Garbled || last.At(1).Text != "2" {
				t.Errorf("%d rows are read otherwise, and the last one is %+v, want row %d", other, last, n+2)
			}
		}
	}
	for name, file := range map[string]string{"a workbook": "PK\x03\x04", "nothing": "\n"} {
		if _, err := OpenCSV(strings.NewReader(file), int64(len(file)), isHeader); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
	whole := "张敏\xE5\xBC,李\xF0\x9F\x98\x80\xE6"
	for n := range len(whole) {
		got, err := io.ReadAll(asUTF8(iotest.OneByteReader(strings.NewReader(whole[:n]))))
		if want := strings.ToValidUTF8(whole[:n], lost); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v, want %q", whole[:n], got, err, want)
		}
	}
}

func TestStrayQuotes(t *testing.T) {
	for file, row := range map[string]int{
		"姓名,手机号\n\n张\"敏\",1\n":       3,
		"\"姓名\n\n\",手机号\n\"张\"敏,1\n": 2,
		"姓名,手机号\n\"张敏,1\n":           2,
	} {
		book, err := Open([]byte(file), roster.CSV, isHeader)
		if err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range book.Sheets[0].Rows {
			last = err
		}
		if u := (*roster.Unreadable)(nil); !errors.As(last, &u) || u.Reason != roster.StrayQuote || u.Row != row {
			t.Errorf("%q: %v, want row %d", file, last, row)
		}
	}
}

func TestFormats(t *testing.T) {
	for code, want := range map[string]string{
		"": "", "General": "", "0": "", "@": "", "0.00E+00": "", "h:mm": "", "[h]:mm": "", `0"years"`: "", `#,##0\d`: "", "[Red]0;[Yellow]0": "", "mm:ss": "",
		"yyyy-mm-dd": "day", "yyyy/m/d;@": "day", "[$-F800]dddd, mmmm dd, yyyy": "day", `m"月"d"日"`: "day", "d-mmm": "day", "YYYY.MM.DD": "day",
		"yyyy.mm": "month", "mmm-yy": "month", `yyyy"年"m"月"`: "month", "yyyy": "month",
	} {
		f := formatOf(code)
		if got := map[[2]bool]string{{true, false}: "day", {true, true}: "month"}[[2]bool{f.isDate, f.noDay}]; got != want || f.noDay && !f.isDate {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
	days, months := []int{14, 15, 16, 22, 28, 29, 30, 31, 51, 53, 54, 58}, []int{17, 27, 36, 50, 52, 57}
	for id := range 60 {
		f := formatOf(builtIn[id])
		if f.isDate != (slices.Contains(days, id) || slices.Contains(months, id)) || f.noDay != slices.Contains(months, id) {
			t.Errorf("built-in %d, %q: %+v", id, builtIn[id], f)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("姓名,手机号\n张敏,1\n"), false)
	f.Add([]byte("sep=;\r\n\"a\n\";b"), false)
	f.Add(workbookOf(f, `<row r="2"><c r="B2" t="s"><v>0</v></c><c t="inlineStr"><is><t>_x000D_</t></is></c></row>`, `<mergeCells><mergeCell ref="A1:B2"/></mergeCells>`, "xl/sharedStrings.xml", "<sst><si><t>x</t></si></sst>"), true)
	f.Fuzz(func(t *testing.T, file []byte, xlsx bool) {
		format := map[bool]roster.Format{true: roster.XLSX, false: roster.CSV}[xlsx]
		book, err := Open(file, format, isHeader)
		if err != nil {
			if u := (*roster.Unreadable)(nil); !errors.As(err, &u) || u.Flaw().Zh == "" {
				t.Fatal(err)
			}
			return
		}
		checkBook(t, book)
	})
}

// FuzzSheet breaks the XML of a sheet, which FuzzOpen hardly gets at behind the zip.
func FuzzSheet(f *testing.F) {
	f.Add(`<row r="2"><c r="B2" t="s"><v>0</v></c><c s="1"><v>31321</v></c><c t="b"><v>1</v></c></row>`, `<mergeCells><mergeCell ref="A1:B2"/></mergeCells>`)
	f.Add(`<row><c t="inlineStr"><is><t>_x005F_x000D_</t><rPh><t>a</t></rPh></is></c></row>`, ``)
	f.Fuzz(func(t *testing.T, rows, behind string) {
		book, err := Open(workbookOf(t, rows, behind), roster.XLSX, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkBook(t, book)
	})
}

// checkBook reads all, and checks what holds of any book.
func checkBook(t *testing.T, book *Book) {
	t.Helper()
	if len(book.Sheets) == 0 {
		t.Fatal("no sheet")
	}
	for _, s := range book.Sheets {
		last := 0
		for row, err := range s.Rows {
			if err != nil {
				if u := (*roster.Unreadable)(nil); !errors.As(err, &u) || u.Flaw().Zh == "" {
					t.Fatal(err)
				}
				continue
			}
			if row.Number <= last || len(row.Cells) == 0 || row.Cells[len(row.Cells)-1].Kind == roster.Empty || len(row.Cells) > maxColumns+maxCovered {
				t.Fatalf("row %d after %d with %d cells", row.Number, last, len(row.Cells))
			}
			last = row.Number
		}
	}
}
