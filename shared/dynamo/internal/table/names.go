package table

import (
	"fmt"

	"chaoxi/shared/staff"
)

// NameOwner is whose name an item of NAME# or PHONE# is; of no item, nobody's.
func NameOwner(item Item) (staff.EmployeeCode, error) {
	if item == nil {
		return staff.EmployeeCode{}, nil
	}
	c, err := staff.ParseEmployeeCode(Str(item["owner"]))
	if err != nil {
		return c, fmt.Errorf("read a name's owner: %w", err)
	}
	return c, nil
}

// NameItem claims a name for c.
func NameItem(k Key, c staff.EmployeeCode) Item {
	return NewItem(k, "name", struct {
		Owner string `dynamodbav:"owner"`
	}{c.String()})
}
