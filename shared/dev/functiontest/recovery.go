package functiontest

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
)

// Raise raises a recovery request of the person who has the account name and is called
// full.
func (w *World) Raise(name, full string) account.Raised {
	w.T.Helper()
	ctx, call := context.Background(), audit.Call{Address: "192.0.2.9"}
	begun, err := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}.Run(ctx, call, name, full, "")
	w.must(err)
	raised, err := account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}.
		Run(ctx, call, account.RaiseRecoveryInput{Ticket: begun.Ticket.Reveal(), Reason: "手机丢了"})
	w.must(err)
	return raised
}

// Approved raises a recovery request as Raise does, and has 陈静 approve it. Texts has
// what the person is told of it.
func (w *World) Approved(name, full string) account.Raised {
	w.T.Helper()
	ctx, raised := context.Background(), w.Raise(name, full)
	chenjing := w.Person("chenjing")
	by := w.Permit(account.Caller{Staff: chenjing.Staff.Code, Epoch: chenjing.Account.Epoch, Grants: chenjing.Account.Grants}, account.StaffEdit)
	decide := admin.DecideRecovery{
		Store: w.Store, Notices: account.Notices{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings}, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random,
	}
	loaded, err := decide.Load(ctx, by, raised.ID)
	w.must(err)
	_, err = decide.Run(ctx, audit.Call{}, by, loaded, admin.DecisionInput{Decision: admin.Approve, PhoneConfirmed: true, HowConfirmed: "本人到场"})
	w.must(err)
	return raised
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}
