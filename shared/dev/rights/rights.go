// Package rights tells what functions do to the table, as IAM sees it: which action on
// which partitions. Tests note it of each call that a function makes, hold it against
// the function's record (functions/<name>/testdata/calls.txt), and write the record
// with -update. The conditions in template.yaml follow from the records.
//
// It allows and refuses nothing itself: shared/dev/check/deploy holds template.yaml
// against the records, and make rights asks an evaluator of IAM policies.
//
// Look first at Call, then at Of.
package rights

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Call is one action on one kind of partition.
type Call struct {
	Action      string // of IAM, without its service, such as PutItem
	Partitions  string // a pattern, such as RATE#failures#*
	Transaction bool   // whether it was a part of a transaction

	// Attributes are the names, sorted, that a put or an update of a person's partition
	// has outside a transaction: dynamodb:Attributes. It is nil for anything else.
	Attributes []string
}

// String writes a call as a line of a record.
func (c Call) String() string {
	s := c.Action + " " + c.Partitions
	if c.Transaction {
		s += " in a transaction"
	}
	if len(c.Attributes) > 0 {
		s += ": " + strings.Join(c.Attributes, " ")
	}
	return s
}

var line = regexp.MustCompile(`^([A-Z][A-Za-z]+) ([^ ]+)( in a transaction)?(?:: ([a-z0-9_ ]+))?$`)

// Parse reads a line of a record.
func Parse(s string) (Call, error) {
	m := line.FindStringSubmatch(s)
	if m == nil {
		return Call{}, fmt.Errorf("not a call: %q", s)
	}
	c := Call{Action: m[1], Partitions: m[2], Transaction: m[3] != ""}
	if m[4] != "" {
		c.Attributes = strings.Fields(m[4])
	}
	return c, nil
}

// Pattern returns the pattern of IAM for all partitions of one kind: a key up to its
// first "#", of counts and of the audit up to the second one.
func Pattern(partition string) string {
	parts := strings.SplitN(partition, "#", 3)
	switch {
	case len(parts) == 1:
		return partition
	case len(parts) == 3 && slices.Contains(divided, parts[0]):
		return parts[0] + "#" + parts[1] + "#*"
	}
	return parts[0] + "#*"
}

// divided are the kinds of partitions whose second part is a kind, too.
var divided = []string{"RATE", "AUDIT"}

// Person is the pattern of the partitions of people, whose attributes a call tells.
const Person = "STAFF#*"

// Of returns the calls that a request to DynamoDB comes to; the body is that of the
// request. The parts of a transaction are calls of their own.
func Of(operation string, body []byte) ([]Call, error) {
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, fmt.Errorf("read a request to DynamoDB: %w", err)
	}
	var calls []Call
	add := func(action string, p part, transaction bool) error {
		c := Call{Action: action, Partitions: Pattern(p.partition()), Transaction: transaction}
		if p.partition() == "" {
			return fmt.Errorf("%s names no partition: %s", operation, body)
		}
		if c.Partitions == Person && !transaction && (action == "PutItem" || action == "UpdateItem") {
			c.Attributes = p.attributes()
			if action == "UpdateItem" && r.ReturnValues != "NONE" {
				return fmt.Errorf("an update of %s asks for all attributes, though it may have these alone: %s", Person, body)
			}
		}
		calls = append(calls, c)
		return nil
	}
	var err error
	switch operation {
	case "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query":
		err = add(operation, r.part, false)
	case "BatchGetItem", "BatchWriteItem":
		for _, items := range r.RequestItems {
			var parts []part
			if parts, err = items.parts(); err != nil {
				break
			}
			for _, p := range parts {
				if err == nil {
					err = add(operation, p, false)
				}
			}
		}
	case "TransactWriteItems":
		for _, item := range r.TransactItems {
			for kind, p := range item {
				if err == nil {
					err = add(kind+"Item", p, true)
				}
			}
		}
	default:
		err = fmt.Errorf("no function calls %s", operation)
	}
	return calls, err
}

// request is the body of any of the requests that functions make.
type request struct {
	part
	ReturnValues  string
	RequestItems  map[string]batch
	TransactItems []map[string]part
}

// part names the item that it reads or writes.
type part struct {
	Key, Item                 map[string]text
	UpdateExpression          string
	ConditionExpression       string
	KeyConditionExpression    string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues map[string]text
}

type text struct{ S string }

// batch is the part of a batch for one table: keys to read, or items to write.
type batch json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (b *batch) UnmarshalJSON(data []byte) error {
	*b = slices.Clone(data)
	return nil
}

func (b batch) parts() ([]part, error) {
	var reads struct{ Keys []map[string]text }
	if err := json.Unmarshal(b, &reads); err == nil {
		parts := make([]part, len(reads.Keys))
		for i, key := range reads.Keys {
			parts[i].Key = key
		}
		return parts, nil
	}
	var writes []struct{ PutRequest, DeleteRequest part }
	if err := json.Unmarshal(b, &writes); err != nil {
		return nil, fmt.Errorf("read a batch: %w", err)
	}
	parts := make([]part, len(writes))
	for i, w := range writes {
		parts[i] = w.PutRequest
		if w.PutRequest.Item == nil {
			parts[i] = w.DeleteRequest
		}
	}
	return parts, nil
}

// partition is the partition key. A query has its own as the value :pk.
func (p part) partition() string {
	switch {
	case p.Key != nil:
		return p.Key["pk"].S
	case p.Item != nil:
		return p.Item["pk"].S
	}
	return p.ExpressionAttributeValues[":pk"].S
}

var (
	name     = regexp.MustCompile(`[#:]?[A-Za-z_][A-Za-z0-9_]*`)
	keywords = []string{
		"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN",
		"attribute_exists", "attribute_not_exists", "if_not_exists", "list_append", "begins_with", "contains", "size", "attribute_type",
	}
)

// attributes are those of the key, of the item, and of both expressions.
func (p part) attributes() []string {
	all := []string{"pk", "sk"}
	for attribute := range p.Item {
		all = append(all, attribute)
	}
	for _, word := range name.FindAllString(p.UpdateExpression+" "+p.ConditionExpression, -1) {
		switch {
		case strings.HasPrefix(word, ":") || slices.Contains(keywords, word):
			continue
		case strings.HasPrefix(word, "#"):
			word = p.ExpressionAttributeNames[word]
		}
		all = append(all, word)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
