package dynamo

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

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

type seatItem struct {
	Hash string `dynamodbav:"hash"`
	At   int64  `dynamodbav:"at_ms"`
}

func seatItems(seats []account.Seat) []seatItem {
	var items []seatItem // nil where there are none: an empty list would be stored
	for _, s := range seats {
		items = append(items, seatItem{s.Hash, millis(s.At)})
	}
	return items
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

// Holder is P2: the person's whole partition, a few kilobytes by rule.
func (s *Store) Holder(ctx context.Context, c staff.EmployeeCode) (account.Holder, error) {
	items, err := s.table.query(ctx, staffPK(c), "")
	if err != nil {
		return account.Holder{}, err
	}
	var h account.Holder
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
				return account.Holder{}, err
			}
			h.Devices = append(h.Devices, account.Device{MAC: d.MAC, Name: d.Name, Until: instant(d.Until), Epoch: d.Epoch})
		case "session":
			one, err := sessionFromItem(item)
			if err != nil {
				return account.Holder{}, err
			}
			h.Sessions = append(h.Sessions, one)
		}
	}
	h.Person, err = personFrom(staffSide, accountSide)
	return h, err
}

// SessionAndAccount is S2: what every authorised request reads first.
func (s *Store) SessionAndAccount(ctx context.Context, t account.Token) (account.Session, account.Account, error) {
	sk, ak := sessionKey(t.Staff, t.Secret.Hash()), accountKey(t.Staff)
	items, err := s.table.getAll(ctx, sk, ak)
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

// StartSession is S1: the session with its seat, its line in the history and, if
// there is one, the device. Sessions that have ended go beside it.
func (s *Store) StartSession(ctx context.Context, ses account.Session, call account.Call, d *account.Device, seats account.Seating) error {
	item := itemOf(sessionKey(ses.Staff, ses.Hash), "session", sessionItem{
		Hash: ses.Hash, ID: ses.ID, Staff: ses.Staff.String(), Client: string(ses.Client), DeviceName: ses.DeviceName, Epoch: ses.Epoch,
		CreatedAt: millis(ses.CreatedAt), LastUsed: millis(ses.LastUsed), ProvedAt: millis(ses.ProvedAt), Expires: ses.Dies.Unix(),
	})
	line := itemOf(key{signInsPK(ses.Staff), sortTime(ses.CreatedAt) + "#" + ses.ID}, "sign_in", signInItem{
		At: millis(ses.CreatedAt), Client: string(ses.Client), DeviceName: ses.DeviceName, Address: call.Address,
		SecondStep: !ses.ProvedAt.IsZero(), Expires: ses.CreatedAt.Add(account.SignInHistoryLife).Unix(),
	})
	fns := []func(context.Context) error{
		func(ctx context.Context) error { return s.table.insert(ctx, item, "", nil, nil) },
		func(ctx context.Context) error { return s.table.insert(ctx, line, "", nil, nil) },
		func(ctx context.Context) error { return s.swapSeats(ctx, ses, seats) },
	}
	if d != nil {
		fns = append(fns, func(ctx context.Context) error { return s.table.insert(ctx, deviceToItem(ses.Staff, *d), "", nil, nil) })
	}
	for _, hash := range seats.Ended {
		fns = append(fns, func(ctx context.Context) error { return s.table.drop(ctx, sessionKey(ses.Staff, hash)) })
	}
	return parallel(ctx, fns...)
}

// swapSeats writes the seats of sessions, unless somebody else has meanwhile.
func (s *Store) swapSeats(ctx context.Context, ses account.Session, seats account.Seating) error {
	condition, v := "attribute_exists(pk) AND attribute_not_exists(seats)", values{":now": seatItems(seats.Now)}
	if len(seats.Was) > 0 {
		condition, v[":was"] = "seats = :was", seatItems(seats.Was)
	}
	_, err := s.table.do(ctx, change{
		key: accountKey(ses.Staff), expression: "SET seats = :now", condition: condition, values: v,
		refuse: func(item map[string]types.AttributeValue) error {
			a, err := accountFromItem(item)
			if err == nil && account.Seated(a.Seats, ses.Hash) {
				return nil // our own write, whose answer was lost
			}
			return cmp.Or(err, account.ErrSwapped)
		},
	})
	return err
}

// TouchSession is S3. A session that is gone stays gone, and the later of two
// uses counts.
func (s *Store) TouchSession(ctx context.Context, ses account.Session, at time.Time) error {
	_, err := s.table.do(ctx, change{
		key: sessionKey(ses.Staff, ses.Hash), expression: "SET last_used_ms = :at",
		condition: "attribute_exists(pk) AND last_used_ms < :at", values: values{":at": millis(at)},
		refuse: func(map[string]types.AttributeValue) error { return nil },
	})
	return err
}

// Sessions is S4: a person's sessions, without the rest of the partition.
func (s *Store) Sessions(ctx context.Context, c staff.EmployeeCode) ([]account.Session, error) {
	items, err := s.table.query(ctx, staffPK(c), sessionPrefix)
	if err != nil {
		return nil, err
	}
	sessions := make([]account.Session, len(items))
	for i, item := range items {
		if sessions[i], err = sessionFromItem(item); err != nil {
			return nil, err
		}
	}
	return sessions, nil
}

// EndSessions is S5. A delete that is repeated changes nothing.
func (s *Store) EndSessions(ctx context.Context, c staff.EmployeeCode, hashes []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16) // those that are over stay until the table's time to live takes them
	for _, hash := range hashes {
		g.Go(func() error { return s.table.drop(ctx, sessionKey(c, hash)) })
	}
	return g.Wait()
}

// SignIns is S6: lines of the history, newest first, eventually consistent. What
// is older than since is gone, even where time to live is late.
func (s *Store) SignIns(ctx context.Context, c staff.EmployeeCode, since time.Time, after string, limit int) ([]account.SignIn, error) {
	pk, oldest := signInsPK(c), sortTime(since)
	if after != "" && after < oldest { // a cursor that lay about for so long
		return nil, nil
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table.name, KeyConditionExpression: aws.String("pk = :pk AND sk >= :since"), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(limit)),
		ExpressionAttributeValues: values{":pk": pk, ":since": oldest}.av(),
	}
	if after != "" {
		in.ExclusiveStartKey = key{pk, after}.av()
	}
	out, err := s.table.db.Query(ctx, in)
	if err != nil {
		return nil, outage(fmt.Errorf("query the sign-ins: %w", err))
	}
	lines := make([]account.SignIn, len(out.Items))
	for i, item := range out.Items {
		var it signInItem
		if err := into(item, &it); err != nil {
			return nil, err
		}
		lines[i] = account.SignIn{
			Place: text(item["sk"]), At: instant(it.At), Client: account.Client(it.Client), DeviceName: it.DeviceName, Address: it.Address, SecondStep: it.SecondStep,
		}
	}
	return lines, nil
}
