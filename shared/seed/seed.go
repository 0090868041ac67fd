// Package seed has the data with which a new system begins: the dictionaries.
// `register bootstrap` and the demo register copy them into the table, where
// administrators may edit them. Nothing else reads them from here.
package seed

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"chaoxi/shared/staff"
)

// dictionaries lists the codes and labels of each dictionary, in their order. The
// ranks (ZHI_JI) are those of the Civil Servants Law of 2018 and of 《公务员职务与职级并行规定》
// (2019). Sex (XING_BIE) is after GB/T 2261.1, political status (ZHENG_ZHI_MIAN_MAO)
// after GB/T 4762.
//
//go:embed dictionaries.json
var dictionaries []byte

// Dictionaries returns the entries with which a new system begins. All are enabled.
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
