package staff

import (
	_ "embed"
	"strings"
)

// divisions are the province's administrative divisions of GB/T 2260 at county
// level and above, as the Ministry of Civil Affairs lists them (since the changes
// of 2021), and 330199 临江区, the made-up district of the demo register: code,
// space, name, newline, sorted.
//
//go:embed divisions.txt
var divisions string

// DivisionName is the name of a division, "" if the table does not have its code.
// Such a code may be used all the same: development zones get theirs before any
// table lists them.
func DivisionName(code string) string {
	if !IsDivision(code) {
		return ""
	}
	_, after, found := strings.Cut("\n"+divisions, "\n"+code+" ")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(after, "\n")
	return name
}
