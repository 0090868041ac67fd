package admin

import (
	"context"
	"fmt"

	"chaoxi/shared/fault"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// ImportTemplate is the file that people fill in for an import: the columns that an import
// reads, with the labels of dictionaries to choose from.
type ImportTemplate struct {
	Dictionaries *staff.DictionaryList
	Write        func(roster.Format, roster.Table) ([]byte, error)
}

// Run returns the file. It answers FieldInvalid for a format that is none.
func (uc ImportTemplate) Run(ctx context.Context, format roster.Format) ([]byte, error) {
	var bad fault.Fields
	if checkFormat(&bad, string(format)); bad.Err() != nil {
		return nil, bad.Err()
	}
	words, err := uc.Dictionaries.Run(ctx)
	if err != nil {
		return nil, err
	}
	t := roster.Table{Name: "人员", Stars: true, Choices: map[string][]string{}}
	for _, c := range roster.Columns {
		if !c.OnlyShown {
			t.Columns = append(t.Columns, c)
		}
	}
	for _, e := range words {
		if e.Enabled {
			t.Choices[e.Dictionary] = append(t.Choices[e.Dictionary], e.Label)
		}
	}
	file, err := uc.Write(format, t)
	if err != nil {
		return nil, fault.Internal.Because(fmt.Errorf("write the template: %w", err))
	}
	return file, nil
}
