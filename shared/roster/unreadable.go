package roster

import (
	"fmt"

	"chaoxi/shared/fault"
)

// Unreadable says why a file cannot be read, or no further than to some row.
type Unreadable struct {
	Reason Reason
	Sheet  string // the sheet's name, if the fault is in one
	Row    int    // the row that is broken, from 1; 0: the file as a whole
	Cause  error  // what the library said, for the log; may be nil
}

// Reason is what is wrong with a file.
type Reason uint8

// The reasons. Each has its own sentence, which says what to do.
const (
	NoContent   Reason = iota + 1 // no byte, or no sheet to be seen
	HasPassword                   // a workbook that opens with a password
	OldWorkbook                   // .xls or .et of before 2007
	WebPage                       // an HTML table, mostly named .xls
	XML2003                       // XML Spreadsheet 2003, mostly named .xls
	IsCSV                         // text where a workbook was announced
	IsXLSX                        // a zip where a CSV was announced
	NotWorkbook                   // anything else
	IsUTF16                       // Excel's "Unicode text"
	TooMuch                       // longer than is read once it is unpacked
	Damaged                       // broken off, or not as the format says
	StrayQuote                    // a CSV with a quotation mark out of place
)

// flaws are the answers for the reasons.
var flaws = map[Reason]fault.FieldCode{
	NoContent:   fault.FileEmpty,
	HasPassword: fault.FilePassword,
	OldWorkbook: fault.FileOld,
	WebPage:     fault.FileWebPage,
	XML2003:     fault.FileXML2003,
	IsCSV:       fault.FileIsCSV,
	IsXLSX:      fault.FileIsXLSX,
	NotWorkbook: fault.FileUnknown,
	IsUTF16:     fault.FileUTF16,
	TooMuch:     fault.FileTooMuch,
	Damaged:     fault.FileDamaged,
	StrayQuote:  fault.FileQuotes,
}

// Flaw is the code, with its sentences, with which the field of the file is answered.
func (e *Unreadable) Flaw() fault.FieldCode { return flaws[e.Reason] }

// Error is the text for the log.
func (e *Unreadable) Error() string {
	s := "unreadable file: " + e.Flaw().Code
	if e.Sheet != "" {
		s += fmt.Sprintf(", sheet %q", e.Sheet)
	}
	if e.Row > 0 {
		s += fmt.Sprintf(", row %d", e.Row)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Unreadable) Unwrap() error { return e.Cause }
