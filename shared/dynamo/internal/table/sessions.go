package table

import (
	"fmt"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// DeviceItem is an account.Device as stored, in the person's partition.
type DeviceItem struct {
	MAC     string `dynamodbav:"mac"`
	Name    string `dynamodbav:"device_name,omitempty"`
	Until   int64  `dynamodbav:"until_ms"`
	Epoch   int64  `dynamodbav:"epoch"`
	Expires int64  `dynamodbav:"expires"`
}

// DeviceToItem returns the item of a device of the person c.
func DeviceToItem(c staff.EmployeeCode, d account.Device) Item {
	expires := d.Until
	if d.Kept.After(d.Until) {
		expires = d.Kept
	}
	return NewItem(DeviceKey(c, d.MAC), "device", DeviceItem{d.MAC, d.Name, Millis(d.Until), d.Epoch, expires.Unix()})
}

// DeviceFromItem reads a device.
func DeviceFromItem(item Item) (account.Device, error) {
	var it DeviceItem
	if err := Decode(item, &it); err != nil {
		return account.Device{}, err
	}
	return account.Device{MAC: it.MAC, Name: it.Name, Until: Instant(it.Until), Kept: time.Unix(it.Expires, 0).UTC(), Epoch: it.Epoch}, nil
}

// SessionItem is an account.Session as stored, in the person's partition.
type SessionItem struct {
	Hash         string `dynamodbav:"hash"`
	ID           string `dynamodbav:"id"`
	Staff        string `dynamodbav:"staff"`
	Client       string `dynamodbav:"client"`
	DeviceName   string `dynamodbav:"device_name,omitempty"`
	Epoch        int64  `dynamodbav:"epoch"`
	CreatedAt    int64  `dynamodbav:"created_ms"`
	LastUsed     int64  `dynamodbav:"last_used_ms"`
	ProvedAt     int64  `dynamodbav:"proved_ms,omitempty"`
	Administered int64  `dynamodbav:"administered_ms,omitempty"`
	Expires      int64  `dynamodbav:"expires"`
}

// SessionToItem returns the item of a session.
func SessionToItem(s account.Session) Item {
	return NewItem(SessionKey(s.Staff, s.Hash), "session", SessionItem{
		Hash: s.Hash, ID: s.ID, Staff: s.Staff.String(), Client: string(s.Client), DeviceName: s.DeviceName, Epoch: s.Epoch, CreatedAt: Millis(s.CreatedAt),
		LastUsed: Millis(s.LastUsed), ProvedAt: Millis(s.ProvedAt), Administered: Millis(s.Administered), Expires: s.Dies.Unix(),
	})
}

// SessionFromItem reads a session. A nil item gives the zero Session.
func SessionFromItem(item Item) (account.Session, error) {
	if item == nil {
		return account.Session{}, nil
	}
	var it SessionItem
	if err := Decode(item, &it); err != nil {
		return account.Session{}, err
	}
	c, err := staff.ParseEmployeeCode(it.Staff)
	if err != nil {
		return account.Session{}, fmt.Errorf("read a session: %w", err)
	}
	return account.Session{
		Hash: it.Hash, ID: it.ID, Staff: c, Client: account.Client(it.Client), DeviceName: it.DeviceName, Epoch: it.Epoch,
		CreatedAt: Instant(it.CreatedAt), LastUsed: Instant(it.LastUsed), ProvedAt: Instant(it.ProvedAt), Administered: Instant(it.Administered),
	}, nil
}

// slotItem is an account.SessionSlot as stored.
type slotItem struct {
	Hash string `dynamodbav:"hash"`
	At   int64  `dynamodbav:"at_ms"`
}

// SlotItems returns what the attribute seats of an account stores.
func SlotItems(slots []account.SessionSlot) []slotItem {
	var items []slotItem // nil if there are none: an empty list would be stored
	for _, s := range slots {
		items = append(items, slotItem{s.Hash, Millis(s.At)})
	}
	return items
}

// signInItem is an account.SignIn as stored.
type signInItem struct {
	At         int64  `dynamodbav:"at_ms"`
	Outcome    string `dynamodbav:"outcome"`
	Client     string `dynamodbav:"client,omitempty"`
	DeviceName string `dynamodbav:"device_name,omitempty"`
	Address    string `dynamodbav:"address,omitempty"`
	Expires    int64  `dynamodbav:"expires"`
}

// SignInToItem returns the item of a line of a person's sign-in history.
func SignInToItem(c staff.EmployeeCode, l account.SignIn) Item {
	return signInToItem(SignInKey(c, l), "sign_in", l, account.SignInHistoryLife)
}

// TxHistory are lines of a person's history as steps of a transaction.
func (c *Client) TxHistory(who staff.EmployeeCode, lines []account.SignIn) []TxWrite {
	var writes []TxWrite
	for _, l := range lines {
		writes = append(writes, c.TxPut(SignInToItem(who, l), "", nil, nil))
	}
	return writes
}

// NobodysSignIn returns an item of the size of SignInToItem, of a failure whose name is
// nobody's. Nobody reads it.
func NobodysSignIn(mac string, l account.SignIn) Item {
	return signInToItem(NobodysKey(mac, l.At, l.ID), NobodysKind, l, NobodysLife)
}

func signInToItem(k Key, kind string, l account.SignIn, life time.Duration) Item {
	return NewItem(k, kind, signInItem{Millis(l.At), string(l.Outcome), string(l.Client), l.DeviceName, l.Address, l.At.Add(life).Unix()})
}

// What a failure leaves whose name is nobody's: the kind of these items, and how long
// they are kept.
const (
	NobodysKind = "nobodys"
	NobodysLife = time.Hour
)

// SignInFromItem reads a line of the history. Lines from before there were outcomes
// are of sign-ins that succeeded.
func SignInFromItem(item Item) (account.SignIn, error) {
	var it signInItem
	if err := Decode(item, &it); err != nil {
		return account.SignIn{}, err
	}
	if it.Outcome == "" {
		it.Outcome = string(account.WasSignedIn)
	}
	sk := Str(item["sk"])
	_, id, _ := strings.Cut(sk, "#")
	id, _, _ = strings.Cut(id, "#")
	return account.SignIn{
		Place: sk, ID: id, At: Instant(it.At), Outcome: account.Outcome(it.Outcome), Client: account.Client(it.Client), DeviceName: it.DeviceName, Address: it.Address,
	}, nil
}
