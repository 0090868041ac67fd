package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// TestAdminStore holds the Store to the same tests as the maps of admintest.
func TestAdminStore(t *testing.T) {
	admintest.Suite(t, func(t *testing.T, seed admintest.Seed) admintest.Stores {
		db, tableName := dynamotest.New(t)
		store := maintain.Over(db, tableName, dynamotest.AtOnce)
		orgs := staff.Orgs{}
		for _, o := range seed.Orgs {
			orgs[o.Code] = o
		}
		if err := store.LoadOrgs(t.Context(), seed.Orgs, orgs); err != nil {
			t.Fatal(err)
		}
		if err := store.LoadDictionaries(t.Context(), seed.Dictionaries); err != nil {
			t.Fatal(err)
		}
		if err := store.LoadPeople(t.Context(), seed.People, orgs); err != nil {
			t.Fatal(err)
		}
		for _, r := range seed.Requests {
			if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tableName, Item: table.RecoveryToItem(r)}); err != nil {
				t.Fatal(err)
			}
			if err := (account.IndexQueue{Store: store}).Run(t.Context(), r.ID); err != nil {
				t.Fatal(err)
			}
		}
		for guard, f := range seed.Failures {
			if _, err := store.SwapFailures(t.Context(), guard, account.Failures{}, f); err != nil {
				t.Fatal(err)
			}
		}
		return store.Store
	})
}
