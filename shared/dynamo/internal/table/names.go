package table

import (
	"errors"
	"fmt"

	"chaoxi/shared/staff"
)

// NameOwner returns who owns the name of a NAME#, PHONE# or IDCARD# item. A nil item gives
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

// TxReleaseName gives up the name with the key k, which is who's.
func (c *Client) TxReleaseName(k Key, who staff.EmployeeCode) TxWrite {
	release := c.TxDelete(k, "attribute_not_exists(pk) OR #owner = :who", Values{":who": who.String()}, RefuseWith(errOthersName))
	release.Write.Delete.ExpressionAttributeNames = map[string]string{"#owner": "owner"} // a reserved word
	return release
}

// errOthersName says that the table is wrong: a name that a person gives up belongs
// to somebody else.
var errOthersName = errors.New("a name of this person is kept as somebody else's")
