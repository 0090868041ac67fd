package account

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"chaoxi/shared/staff"
)

// TestMAC pins the form: what is stored was made with it.
func TestMAC(t *testing.T) {
	keys := Keys{Current: []byte("a key of thirty-two bytes, or so")}
	const want = "670a0cb6a3609bd48289b9b5f6eda1d99f438e5e79365513bc9a09359f58f8a4"
	if got := keys.MAC("code", "ticket", "402917"); got != want {
		t.Errorf("it is %s, was %s", got, want)
	}
}

// TestNoTwoListsCollide checks that a MAC tells apart where one part ends and
// the next begins, and what it is for.
func TestNoTwoListsCollide(t *testing.T) {
	keys := Keys{Current: []byte("a key of thirty-two bytes, or so")}
	lists := [][]string{
		{"a"}, {"a", ""}, {"", "a"}, {"a", "", ""}, {"a", "bc"}, {"ab", "c"}, {"abc"}, {"a", "b", "c"}, {"abc", ""}, {"a\x00", "bc"}, {"a", "\x00bc"},
		{"code", "x"}, {"codex"}, {"code"}, {}, {""},
		{"a", "\x00\x00\x00\x00\x00\x00\x00\x01b"}, {"a\x00\x00\x00\x00\x00\x00\x00\x01b"},
	}
	seen := map[string][]string{}
	for _, list := range lists {
		for _, label := range []string{"code", "device", ""} {
			m := keys.MAC(label, list...)
			all := append([]string{label}, list...)
			if other, ok := seen[m]; ok {
				t.Errorf("%q and %q have one MAC", all, other)
			}
			seen[m] = all
		}
	}
	if err := quick.Check(func(a, b []string) bool {
		return slices.Equal(a, b) == (keys.MAC("l", a...) == keys.MAC("l", b...)) && !keys.Verify(keys.MAC("l", a...), "m", a...)
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestRotation(t *testing.T) {
	first, second, third := []byte(strings.Repeat("1", 32)), []byte(strings.Repeat("2", 32)), []byte(strings.Repeat("3", 32))
	made := Keys{Current: first}.MAC("code", "x")
	rotated := Keys{Current: second, Previous: first}
	if !rotated.Verify(made, "code", "x") {
		t.Error("what the previous key made no longer verifies")
	}
	if (Keys{Current: third, Previous: second}).Verify(made, "code", "x") {
		t.Error("what the key before the previous one made still verifies")
	}
	if rotated.MAC("code", "x") != (Keys{Current: second}).MAC("code", "x") {
		t.Error("new ones are not made with the current key")
	}
	if got := rotated.AllMACs("code", "x"); !slices.Equal(got, []string{Keys{Current: second}.MAC("code", "x"), made}) {
		t.Errorf("Each: %q", got)
	}
	if got := (Keys{Current: first}).AllMACs("code", "x"); !slices.Equal(got, []string{made}) {
		t.Errorf("Each without a previous key: %q", got)
	}
}

func TestVerify(t *testing.T) {
	keys := Keys{Current: []byte("a key of thirty-two bytes, or so")}
	m := keys.MAC("code", "x")
	for name, tt := range map[string]struct {
		mac, label string
		parts      []string
		want       bool
	}{
		"the MAC":            {m, "code", []string{"x"}, true},
		"of another label":   {m, "device", []string{"x"}, false},
		"of other parts":     {m, "code", []string{"y"}, false},
		"of more parts":      {m, "code", []string{"x", "x"}, false},
		"nothing":            {"", "code", []string{"x"}, false},
		"a part of it":       {m[:63], "code", []string{"x"}, false},
		"more than it":       {m + "0", "code", []string{"x"}, false},
		"in capital letters": {strings.ToUpper(m), "code", []string{"x"}, false},
	} {
		if got := keys.Verify(tt.mac, tt.label, tt.parts...); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	s, err := NewSecret(bytes.NewReader(bytes.Repeat([]byte{0xfb}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(s.Reveal()) || ParseSecret(s.Reveal()) != s {
		t.Errorf("it is %q", s.Reveal())
	}
	if h := s.Hash(); !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(h) || strings.Contains(h, s.Reveal()) || h == ParseSecret("x").Hash() {
		t.Errorf("its hash is %q", h)
	}
	token := Token{Secret: s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{s, &s, token, Ticket{ID: s}, []Secret{s}, map[string]Secret{"s": s}, SignedIn{Token: token}, fmt.Errorf("with %v", s)} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, s.Reveal()) {
				t.Errorf("%s of %T prints it", verb, v)
			}
		}
	}
}

func TestNewCode(t *testing.T) {
	draw := func(numbers ...uint32) (string, error) {
		var b []byte
		for _, n := range numbers {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		return newCode(bytes.NewReader(b))
	}
	for _, tt := range []struct {
		numbers []uint32
		want    string
	}{
		{[]uint32{0}, "000000"},
		{[]uint32{42}, "000042"},
		{[]uint32{999_999}, "999999"},
		{[]uint32{1_000_000}, "000000"},
		{[]uint32{4_293_999_999}, "999999"},
		{[]uint32{4_294_000_000, 7}, "000007"}, // from here on some codes would come more often than others
		{[]uint32{1<<32 - 1, 1<<32 - 1, 123_456}, "123456"},
	} {
		if got, err := draw(tt.numbers...); got != tt.want || err != nil {
			t.Errorf("%d: %q, %v, want %q", tt.numbers, got, err, tt.want)
		}
	}
	if _, err := draw(1<<32 - 1); !errors.Is(err, io.EOF) {
		t.Errorf("out of randomness: %v", err)
	}

	const draws = 200_000
	random := rand.NewChaCha8([32]byte{2})
	var places [6][10]int
	for range draws {
		code, err := newCode(random)
		if err != nil || len(code) != 6 {
			t.Fatalf("%q, %v", code, err)
		}
		for i, c := range code {
			places[i][c-'0']++
		}
	}
	for i := range places {
		for d, n := range places[i] {
			if n < draws/10*97/100 || n > draws/10*103/100 {
				t.Errorf("%d comes %d times at place %d of %d codes", d, n, i, draws)
			}
		}
	}
}

func TestIDs(t *testing.T) {
	random := rand.NewChaCha8([32]byte{3})
	seen := map[string]bool{}
	for range 1000 {
		id, err := staff.NewID(random)
		if err != nil || !isID(id) || seen[id] {
			t.Fatalf("%q, %v, again: %v", id, err, seen[id])
		}
		seen[id] = true
	}
	if _, err := staff.NewID(strings.NewReader("fifteen bytes..")); err == nil {
		t.Error("an id of too little")
	}
	if _, err := NewSecret(strings.NewReader("short")); err == nil {
		t.Error("a secret of too little")
	}
}

func TestDeviceSecrets(t *testing.T) {
	for s, want := range map[string]bool{
		strings.Repeat("a", 21):          false,
		strings.Repeat("a", 22):          true,
		strings.Repeat("a", 128):         true,
		strings.Repeat("a", 129):         false,
		"AZaz09_-AZaz09_-AZaz09_-":       true,
		"AZaz09_-AZaz09_-AZaz09_+":       false,
		"AZaz09_-AZaz09_-AZaz09_=":       false,
		"AZaz09_- AZaz09_-AZaz09_":       false,
		strings.Repeat("潮", 22):          false,
		strings.Repeat("a", 22) + "\x00": false,
		"":                               false,
	} {
		if DeviceSecret(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestIsID(t *testing.T) {
	for s, want := range map[string]bool{
		"hT5mZc0QvR2yXk8LsB4nJw": true, "hT5mZc0QvR2yXk8LsB4n_-": true, "": false, "hT5mZc0QvR2yXk8LsB4nJ": false,
		"hT5mZc0QvR2yXk8LsB4nJw2": false, "hT5mZc0QvR2yXk8LsB4n#w": false, strings.Repeat("号", 22): false,
	} {
		if isID(s) != want {
			t.Errorf("isID(%q) = %t", s, !want)
		}
	}
}
