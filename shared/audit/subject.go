package audit

import "chaoxi/shared/staff"

// Subject is what an entry is about, in the form in which it is stored and answered:
// the code of a person or of an organisation, or a dictionary entry as
// "dictionary/code".
type Subject string

// OfStaff is the person of a code as a subject.
func OfStaff(c staff.EmployeeCode) Subject { return Subject(c.String()) }

// OfOrg is the organisation of a code as a subject.
func OfOrg(c staff.OrgCode) Subject { return Subject(c.String()) }

// OfDictionaryEntry is an entry of a dictionary as a subject.
func OfDictionaryEntry(dictionary, code string) Subject { return Subject(dictionary + "/" + code) }

// Staff is the code of the person, if the subject is one.
func (s Subject) Staff() (staff.EmployeeCode, bool) {
	c, err := staff.ParseEmployeeCode(string(s))
	return c, err == nil
}

// Org is the code of the organisation, if the subject is one.
func (s Subject) Org() (staff.OrgCode, bool) {
	c, err := staff.ParseOrgCode(string(s))
	return c, err == nil
}
