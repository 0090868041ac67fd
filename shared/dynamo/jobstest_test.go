package dynamo_test

import (
	"fmt"
	"testing"

	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/jobs"
	"chaoxi/shared/jobs/jobstest"
	"chaoxi/shared/staff"
)

// TestJobStore holds the Store to the same tests as the maps of jobstest. A job is made
// by the write that asks for it: here by changes of an organisation.
func TestJobStore(t *testing.T) {
	jobstest.Suite(t, func(t *testing.T) jobstest.UnderTest {
		db, table := dynamotest.New(t)
		store := maintain.Over(db, table, dynamotest.AtOnce)
		code, err := staff.ParseOrgCode(fmt.Sprintf("GO_%032x", 1))
		if err != nil {
			t.Fatal(err)
		}
		org := staff.Org{Code: code, Name: "省", Type: staff.GroupOrg, Division: "330000", Path: []staff.OrgCode{code}, Version: 1}
		if err := store.LoadOrgs(t.Context(), []staff.Org{org}, staff.Orgs{}); err != nil {
			t.Fatal(err)
		}
		return jobstest.UnderTest{All: store.Store, Add: func(j jobs.NewJob) {
			t.Helper()
			was := org
			org.Version++
			err := store.WriteOrg(t.Context(), admin.OrgChange{
				Was: was, Now: org, Job: &j, Audit: audit.Entry{ID: j.ID, At: j.CreatedAt, Actor: j.Owner, Subject: audit.OfOrg(code), Action: audit.UpdateOrg},
			})
			if err != nil {
				t.Fatal(err)
			}
		}}
	})
}
