package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// accountItem is an account.Account as stored, beside the person.
type accountItem struct {
	Password      string       `dynamodbav:"password_hash,omitempty"`
	Past          []string     `dynamodbav:"past_hashes,omitempty"`
	PasswordSetAt int64        `dynamodbav:"password_set_ms,omitempty"`
	Epoch         int64        `dynamodbav:"epoch"`
	DeviceEpoch   int64        `dynamodbav:"device_epoch"`
	ClearedAt     int64        `dynamodbav:"cleared_ms,omitempty"`
	Grants        []grantItem  `dynamodbav:"grants,omitempty"`
	Recovery      recoveryMark `dynamodbav:"recovery"`
	Seats         []seatItem   `dynamodbav:"seats,omitempty"`
}

type seatItem struct {
	Hash string `dynamodbav:"hash"`
	At   int64  `dynamodbav:"at_ms"`
}

func seatItems(seats []account.SessionSlot) []seatItem {
	var items []seatItem // nil where there are none: an empty list would be stored
	for _, s := range seats {
		items = append(items, seatItem{s.Hash, millis(s.At)})
	}
	return items
}

type grantItem struct {
	ID    string   `dynamodbav:"id"`
	Type  string   `dynamodbav:"type"`
	Org   string   `dynamodbav:"org"`
	Added []string `dynamodbav:"added,omitempty"`
}

type recoveryMark struct {
	ID    string `dynamodbav:"id,omitempty"`
	Day   int64  `dynamodbav:"day_ms,omitempty"`
	Count int    `dynamodbav:"count,omitempty"`
}

func accountToItem(c staff.EmployeeCode, a account.Account) map[string]types.AttributeValue {
	it := accountItem{
		Password: a.Password, Past: a.Past, PasswordSetAt: millis(a.PasswordSetAt), Epoch: a.Epoch, DeviceEpoch: a.DeviceEpoch, ClearedAt: millis(a.ClearedAt),
		Recovery: markOf(a.Recovery), Grants: grantItems(a.Grants), Seats: seatItems(a.Slots),
	}
	return itemOf(accountKey(c), "account", it)
}

func grantItems(grants []account.Grant) []grantItem {
	items := make([]grantItem, len(grants))
	for i, g := range grants {
		items[i] = grantItem{ID: g.ID, Type: string(g.Type), Org: g.Org.String()}
		for _, p := range g.Added {
			items[i].Added = append(items[i].Added, string(p))
		}
	}
	return items
}

func markOf(r account.LastRecovery) recoveryMark {
	return recoveryMark{r.ID, millis(r.Day), r.Count}
}

func accountFromItem(item map[string]types.AttributeValue) (account.Account, error) {
	var it accountItem
	if err := into(item, &it); err != nil {
		return account.Account{}, err
	}
	a := account.Account{
		Password: it.Password, Past: it.Past, PasswordSetAt: instant(it.PasswordSetAt), Epoch: it.Epoch, DeviceEpoch: it.DeviceEpoch, ClearedAt: instant(it.ClearedAt),
		Recovery: account.LastRecovery{ID: it.Recovery.ID, Day: instant(it.Recovery.Day), Count: it.Recovery.Count},
	}
	for _, s := range it.Seats {
		a.Slots = append(a.Slots, account.SessionSlot{Hash: s.Hash, At: instant(s.At)})
	}
	for _, g := range it.Grants {
		org, err := staff.ParseOrgCode(g.Org)
		if err != nil {
			return account.Account{}, fmt.Errorf("read a grant: %w", err)
		}
		grant := account.Grant{ID: g.ID, Type: account.GrantType(g.Type), Org: org}
		for _, p := range g.Added {
			grant.Added = append(grant.Added, account.Permission(p))
		}
		a.Grants = append(a.Grants, grant)
	}
	return a, nil
}

// deviceItem and sessionItem lie in the person's partition.
type deviceItem struct {
	MAC     string `dynamodbav:"mac"`
	Name    string `dynamodbav:"device_name,omitempty"`
	Until   int64  `dynamodbav:"until_ms"`
	Epoch   int64  `dynamodbav:"epoch"`
	Expires int64  `dynamodbav:"expires"`
}

func deviceToItem(c staff.EmployeeCode, d account.Device) map[string]types.AttributeValue {
	return itemOf(deviceKey(c, d.MAC), "device", deviceItem{d.MAC, d.Name, millis(d.Until), d.Epoch, d.Until.Unix()})
}

type sessionItem struct {
	Hash       string `dynamodbav:"hash"`
	ID         string `dynamodbav:"id"`
	Staff      string `dynamodbav:"staff"`
	Client     string `dynamodbav:"client"`
	DeviceName string `dynamodbav:"device_name,omitempty"`
	Epoch      int64  `dynamodbav:"epoch"`
	CreatedAt  int64  `dynamodbav:"created_ms"`
	LastUsed   int64  `dynamodbav:"last_used_ms"`
	ProvedAt   int64  `dynamodbav:"proved_ms,omitempty"`
	Expires    int64  `dynamodbav:"expires"`
}

func sessionFromItem(item map[string]types.AttributeValue) (account.Session, error) {
	if item == nil {
		return account.Session{}, nil
	}
	var it sessionItem
	if err := into(item, &it); err != nil {
		return account.Session{}, err
	}
	c, err := staff.ParseEmployeeCode(it.Staff)
	if err != nil {
		return account.Session{}, fmt.Errorf("read a session: %w", err)
	}
	return account.Session{
		Hash: it.Hash, ID: it.ID, Staff: c, Client: account.Client(it.Client), DeviceName: it.DeviceName, Epoch: it.Epoch,
		CreatedAt: instant(it.CreatedAt), LastUsed: instant(it.LastUsed), ProvedAt: instant(it.ProvedAt),
	}, nil
}

// Holder is P2: the person's whole partition, a few kilobytes by rule.
func (s *Store) Holder(ctx context.Context, c staff.EmployeeCode) (account.SignInState, error) {
	items, err := s.query(ctx, staffPK(c), "")
	if err != nil {
		return account.SignInState{}, err
	}
	var h account.SignInState
	var staffSide, accountSide map[string]types.AttributeValue
	for _, item := range items {
		switch text(item["kind"]) {
		case StaffKind:
			staffSide = item
		case "account":
			accountSide = item
		case "device":
			var d deviceItem
			if err := into(item, &d); err != nil {
				return account.SignInState{}, err
			}
			h.Devices = append(h.Devices, account.Device{MAC: d.MAC, Name: d.Name, Until: instant(d.Until), Epoch: d.Epoch})
		case "session":
			one, err := sessionFromItem(item)
			if err != nil {
				return account.SignInState{}, err
			}
			h.Sessions = append(h.Sessions, one)
		}
	}
	h.Person, err = personFrom(staffSide, accountSide)
	return h, err
}

// FindName is N1: whose name it is, with the misses of the name.
func (s *Store) FindName(ctx context.Context, name staff.SignInName, missKey string) (staff.EmployeeCode, account.Failures, error) {
	code, all, err := s.findName(ctx, name, guardKey(missKey))
	if err != nil {
		return code, account.Failures{}, err
	}
	return code, all[0], nil
}

// FindSignIn is N2: whose name it is, with the failures of the name and of the
// name on this device.
func (s *Store) FindSignIn(ctx context.Context, name staff.SignInName, guards []string) (staff.EmployeeCode, []account.Failures, error) {
	keys := make([]key, len(guards))
	for i, g := range guards {
		keys[i] = guardKey(g)
	}
	return s.findName(ctx, name, keys...)
}

func (s *Store) findName(ctx context.Context, name staff.SignInName, counts ...key) (staff.EmployeeCode, []account.Failures, error) {
	k := signInNameKey(name)
	items, err := s.getAll(ctx, append([]key{k}, counts...)...)
	if err != nil {
		return staff.EmployeeCode{}, nil, err
	}
	code, err := owner(items[k])
	if err != nil {
		return code, nil, err
	}
	all := make([]account.Failures, len(counts))
	for i, c := range counts {
		if all[i], err = failuresFromItem(items[c]); err != nil {
			return code, nil, err
		}
	}
	return code, all, nil
}

// ChangePassword is P3: the password with its epochs, of an activation the state,
// the device, the audit, in one transaction that stands on the ticket. The ticket
// stays: the epoch that it is for is over, so it opens nothing any more, and who
// comes with it again, because the answer was lost, can be told that it is done.
func (s *Store) ChangePassword(ctx context.Context, c account.PasswordChange) error {
	who := c.Ticket.Staff
	steps := []step{
		s.check(ticketKey(c.Ticket.ID), "code_mac = :mac", values{":mac": c.Ticket.Code}, means(fault.TicketInvalid)),
		s.update(accountKey(who),
			"SET password_hash = :hash, past_hashes = :past, password_set_ms = :now, cleared_ms = :now ADD epoch :one, device_epoch :one",
			"epoch = :epoch", values{":hash": c.Hash, ":past": c.Past, ":now": millis(c.At), ":one": 1, ":epoch": c.Ticket.Epoch},
			means(fault.TicketInvalid)),
	}
	action := "set_password"
	if c.Activate {
		action = "activate"
		steps = append([]step{s.update(staffKey(who),
			"SET account_state = :active, activated_ms = :now ADD revision :one",
			"account_state = :pending AND employment = :here",
			values{":active": string(staff.Active), ":pending": string(staff.Pending), ":here": string(staff.InService), ":now": millis(c.At), ":one": 1},
			notPending)}, steps...)
	} else {
		steps = append(steps, s.check(staffKey(who), "account_state = :active AND employment = :here",
			values{":active": string(staff.Active), ":here": string(staff.InService)}, means(fault.TicketInvalid)))
	}
	if c.Device != nil {
		steps = append(steps, s.put(deviceToItem(who, *c.Device), "", nil, nil))
	}
	return s.transact(ctx, append(steps, s.audit(auditEntry{
		ID: c.ID, At: c.At, Actor: who, Subject: who.String(), Action: action, Call: c.Call,
	})...)...)
}

// notPending explains why somebody is no longer waiting for activation.
func notPending(item map[string]types.AttributeValue) error {
	p, err := StaffFromItem(item)
	if err == nil && p.CanSignIn() {
		return fault.AlreadyActive
	}
	return unless(err, fault.TicketInvalid)
}

func unless(err, why error) error {
	if err != nil {
		return err
	}
	return why
}

// Rehash is P4: a stronger hash of the same password. If the password has
// changed meanwhile there is nothing left to strengthen.
func (s *Store) Rehash(ctx context.Context, c staff.EmployeeCode, was, now string) error {
	_, err := s.do(ctx, change{
		key: accountKey(c), expression: "SET password_hash = :now", condition: "password_hash = :was",
		values: values{":was": was, ":now": now},
		refuse: func(map[string]types.AttributeValue) error { return nil },
	})
	return err
}

// StartSession is S1: the session with its seat, its line in the history and, if
// there is one, the device. Sessions that have ended go beside it.
func (s *Store) StartSession(ctx context.Context, ses account.Session, call account.Call, d *account.Device, seats account.SlotSwap) error {
	item := itemOf(sessionKey(ses.Staff, ses.Hash), "session", sessionItem{
		Hash: ses.Hash, ID: ses.ID, Staff: ses.Staff.String(), Client: string(ses.Client), DeviceName: ses.DeviceName, Epoch: ses.Epoch,
		CreatedAt: millis(ses.CreatedAt), LastUsed: millis(ses.LastUsed), ProvedAt: millis(ses.ProvedAt), Expires: ses.Dies.Unix(),
	})
	line := itemOf(key{signInsPK(ses.Staff), sortTime(ses.CreatedAt) + "#" + ses.ID}, "sign_in", signInItem{
		At: millis(ses.CreatedAt), Client: string(ses.Client), DeviceName: ses.DeviceName, Address: call.Address,
		SecondStep: !ses.ProvedAt.IsZero(), Expires: ses.CreatedAt.Add(account.SignInHistoryLife).Unix(),
	})
	fns := []func(context.Context) error{
		func(ctx context.Context) error { return s.insert(ctx, item, "", nil, nil) },
		func(ctx context.Context) error { return s.insert(ctx, line, "", nil, nil) },
		func(ctx context.Context) error { return s.swapSeats(ctx, ses, seats) },
	}
	if d != nil {
		fns = append(fns, func(ctx context.Context) error { return s.insert(ctx, deviceToItem(ses.Staff, *d), "", nil, nil) })
	}
	for _, hash := range seats.Ended {
		fns = append(fns, func(ctx context.Context) error { return s.drop(ctx, sessionKey(ses.Staff, hash)) })
	}
	return parallel(ctx, fns...)
}

// swapSeats writes the seats of sessions, unless somebody else has meanwhile.
func (s *Store) swapSeats(ctx context.Context, ses account.Session, seats account.SlotSwap) error {
	condition, v := "attribute_exists(pk) AND attribute_not_exists(seats)", values{":now": seatItems(seats.Now)}
	if len(seats.Was) > 0 {
		condition, v[":was"] = "seats = :was", seatItems(seats.Was)
	}
	_, err := s.do(ctx, change{
		key: accountKey(ses.Staff), expression: "SET seats = :now", condition: condition, values: v,
		refuse: func(item map[string]types.AttributeValue) error {
			a, err := accountFromItem(item)
			if err == nil && account.HasSlot(a.Slots, ses.Hash) {
				return nil // our own write, whose answer was lost
			}
			return unless(err, account.ErrSwapped)
		},
	})
	return err
}

// signInItem is a line of the sign-in history.
type signInItem struct {
	At         int64  `dynamodbav:"at_ms"`
	Client     string `dynamodbav:"client"`
	DeviceName string `dynamodbav:"device_name,omitempty"`
	Address    string `dynamodbav:"address"`
	SecondStep bool   `dynamodbav:"second_step"`
	Expires    int64  `dynamodbav:"expires"`
}

// SessionAndAccount is S2: what every authorised request reads first.
func (s *Store) SessionAndAccount(ctx context.Context, t account.Token) (account.Session, account.Account, error) {
	sk, ak := sessionKey(t.Staff, t.Secret.Hash()), accountKey(t.Staff)
	items, err := s.getAll(ctx, sk, ak)
	if err != nil {
		return account.Session{}, account.Account{}, err
	}
	ses, err := sessionFromItem(items[sk])
	if err != nil {
		return account.Session{}, account.Account{}, err
	}
	a, err := accountFromItem(items[ak])
	return ses, a, err
}

// TouchSession is S3. A session that is gone stays gone, and the later of two
// uses counts.
func (s *Store) TouchSession(ctx context.Context, ses account.Session, at time.Time) error {
	_, err := s.do(ctx, change{
		key: sessionKey(ses.Staff, ses.Hash), expression: "SET last_used_ms = :at",
		condition: "attribute_exists(pk) AND last_used_ms < :at", values: values{":at": millis(at)},
		refuse: func(map[string]types.AttributeValue) error { return nil },
	})
	return err
}
