package admin

import (
	"strconv"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// editable is the rule for who may change an organisation. It answers
// OrgMissing if the caller does not see it, at the field path if the request
// names it there. It answers PermissionDenied if the caller sees it, but holds
// OrgEdit elsewhere.
func editable(c account.Caller, o staff.Org, path string) error {
	if !ScopeOf(c, account.StaffRead).Covers(o) {
		missing := fault.OrgMissing.Becausef("%s is out of sight", o.Code)
		if path != "" {
			missing = missing.AtField(path, fault.NoSuch)
		}
		return missing
	}
	if !ScopeOf(c, account.OrgEdit).Covers(o) {
		return fault.PermissionDenied.Becausef("%s does not reach %s", account.OrgEdit, o.Code)
	}
	return nil
}

// maxOrgDepth is how many levels the tree may have.
const maxOrgDepth = 12

// orgName is the name after an edit.
func orgName(bad *fault.Fields, f optional.Value[string], was string) string {
	if !f.Set {
		return was
	}
	name, err := staff.ParseOrgName(f.OrZero())
	if err != nil {
		bad.Add("name", staff.Flaw(err))
	} else if name == "" {
		bad.Add("name", fault.Required)
	}
	return name
}

// orgOrder is the order after an edit.
func orgOrder(bad *fault.Fields, f optional.Value[int], was int) int {
	switch {
	case !f.Set:
		return was
	case f.Null:
		bad.Add("order", fault.Required)
	case f.Value < 1 || f.Value > staff.MaxOrder:
		bad.Add("order", fault.Range)
	}
	return f.Value
}

// orgDivision is the division after an edit. It must lie in that of the
// organisation above, if that one has any. It need not be in the table of
// divisions. An organisation that moves keeps its division until somebody edits
// it, even if it lies elsewhere than the new parent's.
func orgDivision(bad *fault.Fields, f optional.Value[string], was string, above staff.Org) string {
	switch d := f.OrZero(); {
	case !f.Set || d == was && d != "":
		return was
	case d == "":
		bad.Add("division", fault.Required)
	case !staff.IsDivision(d) || d[:2] == "00":
		bad.Add("division", fault.Invalid)
	case above.Division != "" && !staff.DivisionCovers(above.Division, d):
		bad.Add("division", fault.Disagrees)
	}
	return f.OrZero()
}

// orgChanges are the fields in which two states of an organisation differ.
func orgChanges(was, now staff.Org) []audit.Change {
	var all []audit.Change
	add := func(field, old, new string) {
		if old != new {
			all = append(all, audit.Change{Field: field, Old: old, New: new})
		}
	}
	add("name", was.Name, now.Name)
	add("type", string(was.Type), string(now.Type))
	add("parent", was.Parent().String(), now.Parent().String())
	add("division", was.Division, now.Division)
	add("order", number(was.Order), number(now.Order))
	if was.Closed != now.Closed {
		add("closed", strconv.FormatBool(was.Closed), strconv.FormatBool(now.Closed))
	}
	return all
}
