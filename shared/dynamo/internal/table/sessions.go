package table

import (
	"fmt"

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

// DeviceToItem returns the item of a known device of the person c.
func DeviceToItem(c staff.EmployeeCode, d account.Device) Item {
	return NewItem(DeviceKey(c, d.MAC), "device", DeviceItem{d.MAC, d.Name, Millis(d.Until), d.Epoch, d.Until.Unix()})
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

// SignInItem is a line of a person's sign-in history.
type SignInItem struct {
	At         int64  `dynamodbav:"at_ms"`
	Client     string `dynamodbav:"client"`
	DeviceName string `dynamodbav:"device_name,omitempty"`
	Address    string `dynamodbav:"address"`
	SecondStep bool   `dynamodbav:"second_step"`
	Expires    int64  `dynamodbav:"expires"`
}
