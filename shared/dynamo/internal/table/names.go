package table

import (
	"fmt"

	"chaoxi/shared/staff"
)

// NameOwner returns who owns the name of a NAME# or PHONE# item. A nil item gives
// the zero code: nobody has that name.
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

// NameItem returns the item that makes c the owner of the name with the key k.
func NameItem(k Key, c staff.EmployeeCode) Item {
	return NewItem(k, "name", struct {
		Owner string `dynamodbav:"owner"`
	}{c.String()})
}
