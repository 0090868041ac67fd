// Package seed is the data that a fresh system begins with: the dictionaries.
// They are data in the table from then on, which administrators may edit; no rule
// reads them from here. `register bootstrap` and the demo register load them.
package seed

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"chaoxi/shared/staff"
)

// The file lists code and label by dictionary, in their order. Ranks are those of
// the Civil Servants Law of 2018 and of 《公务员职务与职级并行规定》 (2019); sex is
// GB/T 2261.1, political status GB/T 4762.
//
//go:embed dictionaries.json
var dictionaries []byte

// Dictionaries are the default entries, all enabled.
func Dictionaries() (staff.Dictionaries, error) {
	var file []struct {
		Dictionary string      `json:"dictionary"`
		Entries    [][2]string `json:"entries"`
	}
	if err := json.Unmarshal(dictionaries, &file); err != nil {
		return nil, fmt.Errorf("read the default dictionaries: %w", err)
	}
	var all staff.Dictionaries
	for _, d := range file {
		for i, e := range d.Entries {
			all = append(all, staff.DictionaryEntry{Dictionary: d.Dictionary, Code: e[0], Label: e[1], Order: i + 1, Enabled: true})
		}
	}
	return all, nil
}
