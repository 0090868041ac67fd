package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Holder is P2: a person with known devices and sessions; the zero Holder for a code
// that nobody has. It reads the person's whole partition, which a rule keeps to a
// few kilobytes.
func (s *Store) SignInState(ctx context.Context, c staff.EmployeeCode) (account.SignInState, error) {
	items, err := s.table.Query(ctx, table.StaffPK(c), "")
	if err != nil {
		return account.SignInState{}, err
	}
	var h account.SignInState
	var staffSide, accountSide table.Item
	for _, item := range items {
		switch table.Str(item["kind"]) {
		case table.StaffKind:
			staffSide = item
		case "account":
			accountSide = item
		case "device":
			d, err := table.DeviceFromItem(item)
			if err != nil {
				return account.SignInState{}, err
			}
			h.Devices = append(h.Devices, d)
		case "session":
			ses, err := table.SessionFromItem(item)
			if err != nil {
				return account.SignInState{}, err
			}
			h.Sessions = append(h.Sessions, ses)
		}
	}
	h.Person, err = table.PersonFrom(staffSide, accountSide)
	return h, err
}

// SessionAndAccount is S2: a token's session and account. Each is zero if it does
// not exist. Every authorised request reads them first.
func (s *Store) SessionAndAccount(ctx context.Context, t account.Token) (account.Session, account.Account, error) {
	sessionKey, accountKey := table.SessionKey(t.Staff, t.Secret.Hash()), table.AccountKey(t.Staff)
	items, err := s.table.GetItems(ctx, sessionKey, accountKey)
	if err != nil {
		return account.Session{}, account.Account{}, err
	}
	ses, err := table.SessionFromItem(items[sessionKey])
	if err != nil {
		return account.Session{}, account.Account{}, err
	}
	a, err := table.AccountFromItem(items[accountKey])
	return ses, a, err
}

// StartSession is S1: a session, lines of the history, and its slot. It also deletes
// the sessions that have ended. All calls are made side by side. It fails with
// ErrSwapped if the slots are no longer slots.Was; a session without a slot does not
// count.
func (s *Store) StartSession(ctx context.Context, ses account.Session, history []account.SignIn, slots account.SlotSwap) error {
	return s.startSession(ctx, ses, history, slots, func(ctx context.Context) error { return s.swapSlots(ctx, ses, slots) })
}

// StartProved is S9: what StartSession writes, for a session that began with a second
// step. In one transaction it spends the ticket, swaps the slots, and writes the device
// if there is one: a person whose answer was lost finds either the ticket or the device.
// It fails with TicketInvalid if the ticket has another code, and with ErrSwapped if
// slots or epoch are no longer as read.
func (s *Store) StartProved(ctx context.Context, t account.Ticket, ses account.Session, history []account.SignIn, d *account.Device, slots account.SlotSwap) error {
	writes := []table.TxWrite{s.spendTicket(t), s.txSlots(ses, slots)}
	if d != nil {
		writes = append(writes, s.table.TxPut(table.DeviceToItem(ses.Staff, *d), "", nil, nil))
	}
	return s.startSession(ctx, ses, history, slots, func(ctx context.Context) error { return s.table.Transact(ctx, writes...) })
}

// startSession writes a session and lines of the history, and deletes the sessions that
// have ended. Beside that it has swap write the slots.
func (s *Store) startSession(ctx context.Context, ses account.Session, history []account.SignIn, slots account.SlotSwap, swap func(context.Context) error) error {
	writes := []func(context.Context) error{
		func(ctx context.Context) error { return s.table.PutItem(ctx, table.SessionToItem(ses), "", nil, nil) },
		swap,
	}
	for _, line := range history {
		writes = append(writes, func(ctx context.Context) error { return s.AddSignIn(ctx, ses.Staff, line) })
	}
	for _, hash := range slots.Ended {
		writes = append(writes, func(ctx context.Context) error { return s.table.DeleteItem(ctx, table.SessionKey(ses.Staff, hash)) })
	}
	return table.Parallel(ctx, writes...)
}

// RenewSession is S7: a session in the place of another one, in one transaction. It
// spends the ticket, writes the session, deletes the one whose slot it takes, and swaps
// the slots. It fails with TicketInvalid if the ticket has another code or the other
// session is gone, and with ErrSwapped if slots or epoch are no longer as read.
func (s *Store) RenewSession(ctx context.Context, t account.Ticket, ses account.Session, slots account.SlotSwap) error {
	writes := []table.TxWrite{s.spendTicket(t), s.table.TxPut(table.SessionToItem(ses), "", nil, nil), s.txSlots(ses, slots)}
	for _, hash := range slots.Ended {
		writes = append(writes, s.table.TxDelete(table.SessionKey(ses.Staff, hash), "attribute_exists(pk)", nil, table.RefuseWith(fault.TicketInvalid)))
	}
	return s.table.Transact(ctx, writes...)
}

// txSlots swaps the slots of sessions in a transaction, which fails with ErrSwapped if
// slots or epoch are no longer as read.
func (s *Store) txSlots(ses account.Session, slots account.SlotSwap) table.TxWrite {
	condition, v := slotsAre(slots)
	v[":epoch"] = ses.Epoch
	return s.table.TxUpdate(table.AccountKey(ses.Staff), "SET seats = :now", condition+" AND epoch = :epoch", v, table.RefuseWith(account.ErrSwapped))
}

// slotsAre is the condition that an account has the slots that were read, and the
// values for it and for the slots that are to be written.
func slotsAre(slots account.SlotSwap) (string, table.Values) {
	v := table.Values{":now": table.SlotItems(slots.Now)}
	if len(slots.Was) == 0 {
		return "attribute_exists(pk) AND attribute_not_exists(seats)", v
	}
	v[":was"] = table.SlotItems(slots.Was)
	return "seats = :was", v
}

// swapSlots writes the slots of sessions. It fails with ErrSwapped if somebody else
// has written them meanwhile.
func (s *Store) swapSlots(ctx context.Context, ses account.Session, slots account.SlotSwap) error {
	condition, v := slotsAre(slots)
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.AccountKey(ses.Staff), Expression: "SET seats = :now", Condition: condition, Values: v, Quiet: true,
		OnConditionFailed: func(item table.Item) error {
			a, err := table.AccountFromItem(item)
			if err == nil && account.HasSlot(a.Slots, ses.Hash) {
				return nil // our own write, whose answer was lost
			}
			return cmp.Or(err, account.ErrSwapped)
		},
	})
	return err
}

// TouchSession is S3: a session was used at a moment, with administrative for
// administration. A session that was deleted stays deleted, and an earlier moment than
// the stored one of the same use changes nothing.
func (s *Store) TouchSession(ctx context.Context, ses account.Session, at time.Time, administrative bool) error {
	expression, condition := "SET last_used_ms = :at", "attribute_exists(pk) AND last_used_ms < :at"
	if administrative {
		expression += ", administered_ms = :at"
		// Not last_used_ms: another request of the same moment may have written that.
		condition = "attribute_exists(pk) AND (attribute_not_exists(administered_ms) OR administered_ms < :at)"
	}
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.SessionKey(ses.Staff, ses.Hash), Expression: expression, Condition: condition, Values: table.Values{":at": table.Millis(at)}, Quiet: true,
		OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}

// Sessions is S4: all sessions of a person, also those that are over.
func (s *Store) Sessions(ctx context.Context, c staff.EmployeeCode) ([]account.Session, error) {
	items, err := s.table.Query(ctx, table.StaffPK(c), table.SessionPrefix)
	if err != nil {
		return nil, err
	}
	sessions := make([]account.Session, len(items))
	for i, item := range items {
		if sessions[i], err = table.SessionFromItem(item); err != nil {
			return nil, err
		}
	}
	return sessions, nil
}

// EndSessions is S5: sessions are deleted, each that was live in one transaction with
// its line of the history. One that does not exist is no error, and leaves no line.
func (s *Store) EndSessions(ctx context.Context, c staff.EmployeeCode, ends []account.SessionEnd) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16) // there may be many: those that are over stay until time to live deletes them
	for _, end := range ends {
		g.Go(func() error {
			k := table.SessionKey(c, end.Hash)
			if end.Line == nil {
				return s.table.DeleteItem(ctx, k)
			}
			err := s.table.Transact(ctx, s.table.TxDelete(k, "attribute_exists(pk)", nil, table.RefuseWith(errSessionOver)), s.table.TxPut(table.SignInToItem(c, *end.Line), "", nil, nil))
			if errors.Is(err, errSessionOver) {
				return nil
			}
			return err
		})
	}
	return g.Wait()
}

// errSessionOver says that a session was ended already.
var errSessionOver = errors.New("the session is over already")

// AddSignIn is S10: one line of a person's history.
func (s *Store) AddSignIn(ctx context.Context, c staff.EmployeeCode, line account.SignIn) error {
	return s.table.PutItem(ctx, table.SignInToItem(c, line), "", nil, nil)
}

// SignIns is S6: at most limit lines of a person's history, newest first, eventually
// consistent. It begins behind the place after ("" for the newest). It leaves out
// what is older than since, which time to live may not have deleted yet.
func (s *Store) SignIns(ctx context.Context, c staff.EmployeeCode, since time.Time, after string, limit int) ([]account.SignIn, error) {
	pk, oldest := table.SignInsPK(c), table.SortTime(since)
	if after != "" && after < oldest { // an old cursor: every line behind it is too old
		return nil, nil
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, KeyConditionExpression: aws.String("pk = :pk AND sk >= :since"), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(limit)),
		ExpressionAttributeValues: table.Values{":pk": pk, ":since": oldest}.AV(),
	}
	if after != "" {
		in.ExclusiveStartKey = table.Key{PK: pk, SK: after}.AV()
	}
	out, err := s.table.DB.Query(ctx, in)
	if err != nil {
		return nil, table.Outage(fmt.Errorf("query the sign-ins: %w", err))
	}
	lines := make([]account.SignIn, len(out.Items))
	for i, item := range out.Items {
		if lines[i], err = table.SignInFromItem(item); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// Devices is S8: those of a person's devices that have one of the MACs.
func (s *Store) Devices(ctx context.Context, c staff.EmployeeCode, macs []string) ([]account.Device, error) {
	keys := make([]table.Key, len(macs))
	for i, mac := range macs {
		keys[i] = table.DeviceKey(c, mac)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var found []account.Device
	for _, k := range keys {
		if item, ok := items[k]; ok {
			d, err := table.DeviceFromItem(item)
			if err != nil {
				return nil, err
			}
			found = append(found, d)
		}
	}
	return found, nil
}
