package table

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/staff"
)

// Item has the attributes, by name, of an item or of one of its images in the
// stream.
type Item = map[string]types.AttributeValue

// KeyOf returns the primary key of an item.
func KeyOf(item Item) Key { return Key{Str(item["pk"]), Str(item["sk"])} }

// Str returns the value of a string attribute; "" if it is nil or of another type.
func Str(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// kindOf returns what an error may say of a key: its beginning up to the first "#".
// The rest may be a phone.
func kindOf(k Key) string {
	for i := range k.PK {
		if k.PK[i] == '#' {
			return k.PK[:i]
		}
	}
	return k.PK
}

// Values are the placeholders of one expression, with their values.
type Values map[string]any

// AV returns the values as the SDK takes them; nil if there are no placeholders.
func (v Values) AV() Item {
	if len(v) == 0 {
		return nil
	}
	m, err := attributevalue.MarshalMap(v)
	if err != nil {
		panic(fmt.Sprintf("dynamo: placeholder that cannot be marshalled: %v", err)) // a bug; any test of the method meets it
	}
	return m
}

// NewItem makes an item of a key, a kind and a struct with dynamodbav tags.
func NewItem(k Key, kind string, v any) Item {
	item, err := attributevalue.MarshalMap(v)
	if err != nil {
		panic(fmt.Sprintf("dynamo: %s that cannot be marshalled: %v", kind, err)) // a bug, as above
	}
	for name, value := range k.AV() {
		item[name] = value
	}
	item["kind"] = &types.AttributeValueMemberS{Value: kind}
	item["schema"] = &types.AttributeValueMemberN{Value: "1"}
	return item
}

// Decode reads an item into v, a pointer to a struct with dynamodbav tags. A nil
// item leaves the struct as it is.
func Decode(item Item, v any) error {
	if item == nil {
		return nil
	}
	if err := attributevalue.UnmarshalMap(item, v); err != nil {
		return fmt.Errorf("read an item of kind %q: %w", Str(item["kind"]), err)
	}
	return nil
}

// Millis returns a time as stored: in milliseconds since 1970, 0 for the zero time.
// Only the attribute expires is in seconds, because the table's time to live reads
// it. Time to live only tidies up: conditions compare the time themselves.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Instant is Millis read backwards. The time is in UTC.
func Instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// StringSet is stored as a string set, the type to which ADD can add strings.
type StringSet []string

// MarshalDynamoDBAttributeValue implements attributevalue.Marshaler.
func (s StringSet) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberSS{Value: s}, nil
}

// Parsed returns parse(s). If parse fails, its error is in bad. So the caller can
// parse many values and look for an error once.
func Parsed[T any](parse func(string) (T, error), s string, bad *error) T {
	v, err := parse(s)
	if err != nil {
		*bad = err
	}
	return v
}

// OrgCodes reads what OrgBytes or, in rows of an older version, CodeStrings has stored.
func OrgCodes(v types.AttributeValue) ([]staff.OrgCode, error) {
	var texts []string
	switch v := v.(type) {
	case *types.AttributeValueMemberB:
		for code := range slices.Chunk(v.Value, orgBytes) {
			texts = append(texts, orgCodeHead+hex.EncodeToString(code))
		}
	case *types.AttributeValueMemberL:
		for _, c := range v.Value {
			texts = append(texts, Str(c))
		}
	}
	codes := make([]staff.OrgCode, len(texts))
	for i, text := range texts {
		var err error
		if codes[i], err = staff.ParseOrgCode(text); err != nil {
			return nil, fmt.Errorf("read a list of organisations: %w", err)
		}
	}
	return codes, nil
}

// An organisation's code is orgCodeHead and orgBytes bytes in hexadecimal.
const (
	orgCodeHead = "GO_"
	orgBytes    = 16
)

// OrgBytes returns the bytes of organisation codes, one code after the other: half of what
// CodeStrings takes.
func OrgBytes(codes []staff.OrgCode) []byte {
	all := make([]byte, 0, orgBytes*len(codes))
	for _, c := range codes {
		b, err := hex.DecodeString(strings.TrimPrefix(c.String(), orgCodeHead))
		if err != nil {
			panic(fmt.Sprintf("dynamo: the code %s of an organisation: %v", c, err)) // a bug: parsed codes are hexadecimal
		}
		all = append(all, b...)
	}
	return all
}

// CodeStrings returns organisation codes as they are stored.
func CodeStrings(codes []staff.OrgCode) []string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = c.String()
	}
	return all
}
