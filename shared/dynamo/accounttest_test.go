package dynamo_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// TestAccountStore holds the Store to what the use cases of package account are
// promised. The store of maps passes the same suite.
func TestAccountStore(t *testing.T) {
	ctx := context.Background()
	accounttest.Suite(t, func(t testing.TB) accounttest.UnderTest {
		db, tableName := dynamotest.New(t)
		s := maintain.Over(db, tableName, dynamotest.AtOnce)
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		return accounttest.UnderTest{
			All: s.Store,
			PutPerson: func(p account.Person) {
				check(s.Register(ctx, p, audit.Entry{ID: p.Staff.Account.String(), At: time.Unix(0, 0), Subject: audit.OfStaff(p.Staff.Code), Action: audit.AddStaff}))
			},
			PutOrgs: func(orgs ...staff.Org) { check(s.LoadOrgs(ctx, orgs, staff.Orgs{})) },
			PutRequest: func(r account.RecoveryRequest) {
				_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &tableName, Item: table.RecoveryToItem(r)})
				check(err)
			},
			Audit: func(c staff.EmployeeCode) []string {
				found, err := s.AuditEntries(ctx, admin.AuditRange{Of: c, To: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), Limit: 100})
				check(err)
				var lines []string
				for _, e := range found.Entries { // newest first
					if e.Entry.Action != audit.AddStaff {
						lines = append([]string{accounttest.AuditLine(e.Entry)}, lines...)
					}
				}
				return lines
			},
		}
	})
}
