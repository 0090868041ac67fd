package dynamo_test

import (
	"crypto/rand"
	"errors"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

func recoveryRows() []faultRow {
	return []faultRow{
		decideRecovery("approve a recovery request", admin.DecisionInput{Decision: admin.Approve, PhoneConfirmed: true, HowConfirmed: "当面核对"}, func(c *faultCase, r account.RecoveryRequest) error {
			return want(r.State == account.RecoveryApproved && r.Phone == c.phone("139") && r.Epoch == 1 && r.HowConfirmed == "当面核对", "%+v", r)
		}),
		decideRecovery("reject a recovery request", admin.DecisionInput{Decision: admin.Reject, Reason: "未能确认本人"}, func(_ *faultCase, r account.RecoveryRequest) error {
			return want(r.State == account.RecoveryRejected && r.Rejection == "未能确认本人" && r.Phone.IsZero(), "%+v", r)
		}),
	}
}

// decideRecovery is a row of deciding a request of the case's person.
func decideRecovery(name string, in admin.DecisionInput, verify func(*faultCase, account.RecoveryRequest) error) faultRow {
	return faultRow{
		name: name, route: "POST /v1/admin/recovery-requests/{id}/decision", retryAnswer: "already_decided", setup: (*faultCase).withPerson,
		prepare: func(c *faultCase) {
			var err error
			c.id, err = staff.NewID(rand.Reader)
			c.Must(err)
			p := c.personNow()
			p.Account.Recovery = account.LastRecovery{ID: c.id, Day: world.Start, Count: 1}
			c.Put(table.AccountToItem(p.Staff.Code, p.Account))
			c.Put(table.RecoveryToItem(account.RecoveryRequest{
				ID: c.id, Staff: p.Staff.Code, State: account.RecoveryPending, Reason: "手机丢了", Created: world.Start, Expires: c.Now().Add(7 * 24 * time.Hour),
			}))
		},
		send: func(c *faultCase, s *maintain.Store) error {
			settings := account.Defaults()
			uc := admin.DecideRecovery{
				Store: s, Notices: account.Notices{Store: s, Sender: c, Keys: c.Keys, Settings: settings}, Keys: c.Keys, Settings: settings, Now: c.Now, Random: rand.Reader,
			}
			by := c.superWith(account.StaffEdit)
			k, err := uc.Load(c.Context(), by, c.id)
			if err != nil {
				return err
			}
			_, err = uc.Run(c.Context(), c.Call, by, k, in)
			return err
		},
		verify: func(c *faultCase) error {
			r, err := c.Store.RecoveryRequest(c.Context(), c.id)
			return errors.Join(err, verify(c, r), want(len(c.sent(c.phone("139"))) <= 1, "%d texts", len(c.sent(c.phone("139")))))
		},
	}
}
