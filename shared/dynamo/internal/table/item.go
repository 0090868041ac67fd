package table

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/staff"
)

// Item is an item, or one image of it in the stream: its attributes by name.
type Item = map[string]types.AttributeValue

// KeyOf is the primary key of an item.
func KeyOf(item Item) Key { return Key{Str(item["pk"]), Str(item["sk"])} }

// Str is a string attribute; "" where there is none, or one of another type.
func Str(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// kindOf names the kind of an item for an error. It leaves out the rest of the key,
// which may be a phone.
func kindOf(k Key) string {
	for i := range k.PK {
		if k.PK[i] == '#' {
			return k.PK[:i]
		}
	}
	return k.PK
}

// Values are the placeholders of one expression.
type Values map[string]any

// AV is what the SDK takes: nil where there are no placeholders.
func (v Values) AV() Item {
	if len(v) == 0 {
		return nil
	}
	m, err := attributevalue.MarshalMap(v)
	if err != nil {
		panic(fmt.Sprintf("dynamo: placeholder that cannot be marshalled: %v", err)) // a bug that any test of the method meets
	}
	return m
}

// NewItem makes an item of a struct with dynamodbav tags.
func NewItem(k Key, kind string, v any) Item {
	item, err := attributevalue.MarshalMap(v)
	if err != nil {
		panic(fmt.Sprintf("dynamo: %s that cannot be marshalled: %v", kind, err)) // likewise
	}
	for name, value := range k.AV() {
		item[name] = value
	}
	item["kind"] = &types.AttributeValueMemberS{Value: kind}
	item["schema"] = &types.AttributeValueMemberN{Value: "1"}
	return item
}

// Decode reads an item into a struct with dynamodbav tags; no item leaves it zero.
func Decode(item Item, v any) error {
	if item == nil {
		return nil
	}
	if err := attributevalue.UnmarshalMap(item, v); err != nil {
		return fmt.Errorf("read an item of kind %q: %w", Str(item["kind"]), err)
	}
	return nil
}

// Times are stored as milliseconds since 1970, but for `expires`, which the table's
// TTL reads as seconds. TTL only tidies up: conditions compare the time themselves.

// Millis is a time as stored, 0 for none.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Instant is a time as read: Millis backwards.
func Instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// StringSet is a string set: what ADD adds to.
type StringSet []string

// MarshalDynamoDBAttributeValue implements attributevalue.Marshaler.
func (s StringSet) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberSS{Value: s}, nil
}

// Parsed is parse(s); what it refuses is noted in bad.
func Parsed[T any](parse func(string) (T, error), s string, bad *error) T {
	v, err := parse(s)
	if err != nil {
		*bad = err
	}
	return v
}

// CodeStrings are organisation codes as they are stored.
func CodeStrings(codes []staff.OrgCode) []string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = c.String()
	}
	return all
}
