package accounttest_test

import (
	"testing"

	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

func TestStore(t *testing.T) {
	accounttest.Suite(t, func(testing.TB) accounttest.UnderTest {
		s := accounttest.New()
		return accounttest.UnderTest{All: s, PutPerson: s.PutPerson, PutOrgs: s.PutOrgs, PutRequest: s.PutRequest, Audit: func(c staff.EmployeeCode) []string {
			var lines []string
			for _, e := range s.Entries() {
				if e.Subject == audit.OfStaff(c) {
					lines = append(lines, accounttest.AuditLine(e))
				}
			}
			return lines
		}}
	})
}
