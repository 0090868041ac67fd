package streamapi

import (
	"encoding/json"
	"time"
)

// Event is a batch of records as Lambda hands it over. aws-lambda-go has such a type,
// too, but converts the items to types of its own. Here they stay JSON, until the
// Decoder reads them.
type Event struct {
	Records []record `json:"Records"`
}

// Record is one change of one item.
type Record struct {
	Event         string // INSERT, MODIFY or REMOVE
	PK, SK        string // the key of the item
	Sequence      string // the number by which Lambda knows the record
	By            string // the principal that changed the item; "" if the stream does not say
	Before, After []byte // the item in DynamoDB's JSON; empty if there was none
}

// record is a Record with the time of the change, which only this package needs.
type record struct {
	Record
	at time.Time // of the change; zero if the stream does not say
}

// UnmarshalJSON implements [json.Unmarshaler] for a record of the event (AWS Lambda
// developer guide, "Using AWS Lambda with Amazon DynamoDB").
func (r *record) UnmarshalJSON(b []byte) error {
	type text struct {
		S string `json:"S"`
	}
	var wire struct {
		Event string `json:"eventName"`
		User  struct {
			Principal string `json:"principalId"`
		} `json:"userIdentity"`
		Change struct {
			At   float64 `json:"ApproximateCreationDateTime"` // seconds since 1970
			Keys struct {
				PK text `json:"pk"`
				SK text `json:"sk"`
			} `json:"Keys"`
			Sequence string          `json:"SequenceNumber"`
			Before   json.RawMessage `json:"OldImage"`
			After    json.RawMessage `json:"NewImage"`
		} `json:"dynamodb"`
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	c := wire.Change
	r.Record = Record{wire.Event, c.Keys.PK.S, c.Keys.SK.S, c.Sequence, wire.User.Principal, c.Before, c.After}
	if c.At > 0 {
		r.at = time.UnixMilli(int64(c.At * 1000))
	}
	return nil
}

// Reply tells Lambda which records failed. If none did, its list is empty.
type Reply struct {
	BatchItemFailures []Failure `json:"batchItemFailures"`
}

// Failure is a record that failed, by its sequence number.
type Failure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}
