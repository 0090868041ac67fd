package account

import (
	"slices"
	"testing"
)

func TestHashes(t *testing.T) {
	a := Account{Password: "now", Past: []string{"before", "long before"}}
	if got := a.Hashes(); !slices.Equal(got, []string{"now", "before", "long before"}) || len(a.Past) != 2 {
		t.Errorf("%q", got)
	}
	if got := (Account{}).Hashes(); got != nil {
		t.Errorf("%q before the first password", got)
	}
}
