package dynamo

import (
	"cmp"
	"context"
	"errors"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// PersonBeside is M1: both sides of a person, the failures of a lock key, and the owner
// of a phone. The owner is the zero code if nobody has the phone, or if it is zero.
func (s *Store) PersonBeside(ctx context.Context, c staff.EmployeeCode, lockKey string, phone staff.Phone) (account.Person, account.Failures, staff.EmployeeCode, error) {
	var nobody staff.EmployeeCode
	keys := []table.Key{table.StaffKey(c), table.AccountKey(c), table.LockKey(lockKey)}
	if !phone.IsZero() {
		keys = append(keys, table.PhoneNameKey(phone))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return account.Person{}, account.Failures{}, nobody, err
	}
	p, err := table.PersonFrom(items[table.StaffKey(c)], items[table.AccountKey(c)])
	if err != nil {
		return account.Person{}, account.Failures{}, nobody, err
	}
	failures, err := table.FailuresFromItem(items[table.LockKey(lockKey)])
	if err != nil || phone.IsZero() {
		return p, failures, nobody, err
	}
	whose, err := table.NameOwner(items[table.PhoneNameKey(phone)])
	return p, failures, whose, err
}

// ReplacePassword is M2: a password, the epoch and the audit, in one transaction. It
// fails with SessionExpired if the epoch is not r.Epoch. It does not check the
// person's state again: whatever takes the right to sign in away raises the epoch.
func (s *Store) ReplacePassword(ctx context.Context, r account.PasswordReplacement) error {
	return s.table.Transact(ctx, append([]table.TxWrite{
		s.table.TxUpdate(table.AccountKey(r.Staff),
			"SET password_hash = :hash, past_hashes = :past, password_set_ms = :now, cleared_ms = :now ADD epoch :one", "epoch = :epoch",
			table.Values{":hash": r.Hash, ":past": r.Past, ":now": table.Millis(r.At), ":one": 1, ":epoch": r.Epoch}, table.RefuseWith(fault.SessionExpired)),
	}, append(s.table.TxHistory(r.Staff, r.History), s.table.TxAudit(r.Audit)...)...)...)
}

// ReplacePhone is M3: a new phone in one transaction. It spends the ticket and
// writes the record, the unique name, the epochs and the audit. It fails with
// TicketInvalid if the ticket, the epoch, the phone, the account or the state is no
// longer as read, and with PhoneTaken.
//
// Other fields may be edited meanwhile. But the audit entry names the version of the
// record, so ReplacePhone then tries again with the new version, up to five times.
func (s *Store) ReplacePhone(ctx context.Context, r account.PhoneReplacement) error {
	for range 5 {
		var edited editedMeanwhile
		err := s.replacePhone(ctx, r)
		if !errors.As(err, &edited) {
			return err
		}
		r.Was.Version = edited.version
	}
	return fault.Unavailable.Becausef("%s was edited five times meanwhile", r.Was.Code)
}

// editedMeanwhile says that the record has got another version since it was read,
// and that all fields that matter are the same.
type editedMeanwhile struct{ version int64 }

func (e editedMeanwhile) Error() string { return "the record was edited meanwhile" }

func (s *Store) replacePhone(ctx context.Context, r account.PhoneReplacement) error {
	was, now := r.Was, r.Was
	now.Phone = r.Ticket.Phone
	now.Version++
	writes := []table.TxWrite{
		s.spendTicket(r.Ticket),
		s.table.TxUpdate(table.StaffKey(was.Code), "SET phone_area = :area, phone_national = :phone, version = :version ADD revision :one",
			"phone_area = :oldArea AND phone_national = :oldPhone AND account = :account AND account_state = :active AND employment = :here AND version = :was",
			table.Values{
				":area": now.Phone.Area(), ":phone": now.Phone.National(), ":one": 1, ":oldArea": was.Phone.Area(), ":oldPhone": was.Phone.National(),
				":account": was.Account.String(), ":active": string(staff.Active), ":here": string(staff.InService), ":was": was.Version, ":version": now.Version,
			}, func(item table.Item) error {
				current, err := table.StaffFromItem(item)
				if err == nil && current.Version != was.Version && current.Phone == was.Phone && current.Account == was.Account && current.CanSignIn() {
					return editedMeanwhile{current.Version}
				}
				return cmp.Or[error](err, fault.TicketInvalid)
			}),
		s.table.TxUpdate(table.AccountKey(was.Code), "ADD epoch :one, device_epoch :one", "epoch = :epoch",
			table.Values{":one": 1, ":epoch": r.Ticket.Epoch}, table.RefuseWith(fault.TicketInvalid)),
	}
	writes = append(append(writes, s.nameWrites(was, now)...), s.table.TxHistory(was.Code, r.History)...)
	return s.table.Transact(ctx, append(writes, s.table.TxAuditOfRecord(r.Audit, was, now)...)...)
}
