package account

import (
	"errors"
	"strings"
	"testing"

	"chaoxi/shared/fault"
)

func TestSeal(t *testing.T) {
	const place = "2026-03-02T08:00:00.000Z#+8613700000007"
	old, now := []byte("a key of thirty-two bytes, or so"), []byte("another of thirty-two bytes, too")
	made := CursorCodec{Keys{Current: old}, []string{"sign-ins", "GE_1"}}
	cursor := made.Encode(place)
	if cursor != made.Encode(place) {
		t.Error("one place has two cursors")
	}
	if strings.Contains(cursor, "1370000") {
		t.Errorf("the cursor shows its place: %s", cursor)
	}
	flipped := []byte(cursor)
	flipped[len(flipped)/2] ^= 1

	for _, tt := range []struct {
		name   string
		open   CursorCodec
		cursor string
		want   string
		bad    bool
	}{
		{"its own", made, cursor, place, false},
		{"the beginning", made, "", "", false},
		{"after the key was rotated", CursorCodec{Keys{Current: now, Previous: old}, made.Bound}, cursor, place, false},
		{"after it was rotated twice", CursorCodec{Keys{Current: now}, made.Bound}, cursor, "", true},
		{"of another caller", CursorCodec{made.Keys, []string{"sign-ins", "GE_2"}}, cursor, "", true},
		{"of another list", CursorCodec{made.Keys, []string{"sign-insGE_1"}}, cursor, "", true},
		{"with one more filter", CursorCodec{made.Keys, []string{"sign-ins", "GE_1", ""}}, cursor, "", true},
		{"changed", made, string(flipped), "", true},
		{"cut short", made, cursor[:10], "", true},
		{"too long", made, cursor + "AAAA", "", true},
		{"no base64", made, "*", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.open.Decode(tt.cursor)
			if got != tt.want || errors.Is(err, fault.FieldInvalid) != tt.bad || !tt.bad && err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	if made.Encode("") != "" {
		t.Error("the end has a cursor")
	}
}
