package dynamo_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
)

// TestCallerAtTheWrite sends each writing request of the administration, in the rows
// of the fault table, and changes the caller after they were judged: right before the
// write. The request must be refused and change nothing.
func TestCallerAtTheWrite(t *testing.T) {
	for subject, rows := range faultTables() {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			w := newFaultWorld(t)
			for _, row := range rows {
				if !strings.Contains(row.route, " /v1/admin/") {
					continue
				}
				for _, tt := range []struct {
					name   string
					change func(*account.Account)
					want   string
				}{
					{"frozen", func(a *account.Account) { a.Epoch++ }, "session_expired"},
					{"without any grant", func(a *account.Account) { a.Grants = nil }, "permission_denied"},
					{"with a lesser grant", func(a *account.Account) { a.Grants[0].Type, a.Grants[0].Added = account.AuditGrant, nil }, "permission_denied"},
				} {
					if row.anyGrant && tt.name == "with a lesser grant" {
						continue
					}
					t.Run(row.name+" by who is "+tt.name, func(t *testing.T) {
						w.T = t
						w.tryLapsed(row, tt.change, tt.want)
					})
				}
			}
			w.T = t
			w.Agrees("after all rows", world.Unfollowed)
		})
	}
}

// tryLapsed sends the request of a row while change is made to the accounts of its
// callers.
func (w *faultWorld) tryLapsed(row faultRow, change func(*account.Account), code string) {
	w.Helper()
	c := w.newCases(row, 1)[0]
	if row.prepare != nil {
		row.prepare(c)
	}
	callers := []account.Caller{w.super, w.deputy}
	entries := func() (n int) {
		for _, by := range callers {
			n += len(w.Partition("AUDIT#BY#" + by.Staff.String()))
		}
		return n
	}
	var was []account.Account
	before := entries()
	rival := beforeWrite(func() {
		for _, by := range callers {
			now := w.PersonOf(by.Staff).Account
			was = append(was, now)
			now.Grants = append([]account.Grant(nil), now.Grants...)
			change(&now)
			w.Put(table.AccountToItem(by.Staff, now))
		}
	})
	err := row.send(c, maintain.Over(w.DB, w.Table, rival))
	if was == nil {
		w.Fatalf("nothing was written: %v", err)
	}
	for i, by := range callers {
		w.Put(table.AccountToItem(by.Staff, was[i]))
	}
	if got := errorCode(err); got != code {
		w.Errorf("answered %v, want %s", err, code)
	}
	if after := entries(); after != before {
		w.Errorf("%d entries in the audit", after-before)
	}
	if row.verify(c) == nil {
		w.Errorf("it was done all the same")
	}
}

// beforeWrite runs rival once, right before the first transaction.
func beforeWrite(rival func()) func(*dynamodb.Options) {
	once := sync.OnceFunc(rival)
	return func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Rival", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				if _, is := in.Parameters.(*dynamodb.TransactWriteItemsInput); is {
					once()
				}
				return next.HandleInitialize(ctx, in)
			}), middleware.After)
		})
	}
}
