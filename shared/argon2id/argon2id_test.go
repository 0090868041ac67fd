package argon2id

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// cheap keeps the tests quick; TestHashForm has the default cost.
var cheap = Params{MemoryKiB: 64, Time: 1, Threads: 1}

// The vectors are those of the reference implementation's test.c
// (P-H-C/phc-winner-argon2, CC0), version 19.
func TestVerifyKnownVectors(t *testing.T) {
	tests := []struct {
		name, encoded, password string
		want                    bool
	}{
		{"256 KiB", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password", true},
		{"256 KiB, two lanes", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password", true},
		{"64 MiB", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", true},
		{"64 MiB, another password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94", "differentpassword", true},
		{"wrong password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "Password", false},
		{"no password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Hasher{}.Verify(tt.encoded, tt.password)
			if err != nil || got != tt.want {
				t.Errorf("Verify = %t, %v, want %t", got, err, tt.want)
			}
		})
	}
}

func TestHashForm(t *testing.T) {
	h := Hasher{Random: strings.NewReader("0123456789abcdef")}
	encoded, err := h.Hash("Chaoxi#4927")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"; !strings.HasPrefix(encoded, want) {
		t.Errorf("Hash = %s, want prefix %s", encoded, want)
	}
	if ok, err := h.Verify(encoded, "Chaoxi#4927"); !ok || err != nil {
		t.Errorf("Verify of its own hash = %t, %v", ok, err)
	}
	if h.Outdated(encoded) {
		t.Error("a new hash is outdated")
	}
}

func TestHashSaltsAreFresh(t *testing.T) {
	h := Hasher{Params: cheap}
	first, err1 := h.Hash("Chaoxi#4927")
	second, err2 := h.Hash("Chaoxi#4927")
	if err1 != nil || err2 != nil || first == second {
		t.Errorf("two hashes of one password: %q, %q, %v, %v", first, second, err1, err2)
	}
}

func TestHashRefuses(t *testing.T) {
	broken := errors.New("no entropy")
	tests := []struct {
		name string
		h    Hasher
		want error // nil: any
	}{
		{"broken randomness", Hasher{Params: cheap, Random: iotest.ErrReader(broken)}, broken},
		{"randomness that ends early", Hasher{Params: cheap, Random: bytes.NewReader(make([]byte, saltBytes-1))}, io.ErrUnexpectedEOF},
		{"no lanes", Hasher{Params: Params{MemoryKiB: 64, Time: 1}}, nil},
		{"no passes", Hasher{Params: Params{MemoryKiB: 64, Threads: 1}}, nil},
		{"less memory than its lanes need", Hasher{Params: Params{MemoryKiB: 15, Time: 1, Threads: 2}}, nil},
		{"more memory than it would read again", Hasher{Params: Params{MemoryKiB: maxMemoryKiB + 1, Time: 1, Threads: 1}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			encoded, err := tt.h.Hash("Chaoxi#4927")
			if err == nil || encoded != "" || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Hash = %q, %v, want error %v", encoded, err, tt.want)
			}
		})
	}
}

func TestVerifyMalformed(t *testing.T) {
	const salt, hash = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	tests := map[string]string{
		"empty":                   "",
		"text":                    "Chaoxi#4927",
		"argon2i":                 "$argon2i$v=19$m=256,t=2,p=1$" + salt + "$" + hash,
		"bcrypt":                  "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"text before":             "x$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + hash,
		"text after":              "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + hash + "$",
		"no version":              "$argon2id$m=256,t=2,p=1$" + salt + "$" + hash,
		"version 16":              "$argon2id$v=16$m=256,t=2,p=1$" + salt + "$" + hash,
		"no parameters":           "$argon2id$v=19$$" + salt + "$" + hash,
		"one parameter short":     "$argon2id$v=19$m=256,t=2$" + salt + "$" + hash,
		"one parameter more":      "$argon2id$v=19$m=256,t=2,p=1,k=1$" + salt + "$" + hash,
		"parameters swapped":      "$argon2id$v=19$t=2,m=256,p=1$" + salt + "$" + hash,
		"a sign":                  "$argon2id$v=19$m=+256,t=2,p=1$" + salt + "$" + hash,
		"a leading zero":          "$argon2id$v=19$m=0256,t=2,p=1$" + salt + "$" + hash,
		"text behind a number":    "$argon2id$v=19$m=256x,t=2,p=1$" + salt + "$" + hash,
		"4 TiB of memory":         "$argon2id$v=19$m=4294967295,t=2,p=1$" + salt + "$" + hash,
		"memory beyond 32 bits":   "$argon2id$v=19$m=4294967552,t=2,p=1$" + salt + "$" + hash,
		"just too much memory":    "$argon2id$v=19$m=262145,t=2,p=1$" + salt + "$" + hash,
		"too little memory":       "$argon2id$v=19$m=7,t=2,p=1$" + salt + "$" + hash,
		"no passes":               "$argon2id$v=19$m=256,t=0,p=1$" + salt + "$" + hash,
		"too many passes":         "$argon2id$v=19$m=256,t=17,p=1$" + salt + "$" + hash,
		"no lanes":                "$argon2id$v=19$m=256,t=2,p=0$" + salt + "$" + hash,
		"lanes beyond 8 bits":     "$argon2id$v=19$m=256,t=2,p=257$" + salt + "$" + hash,
		"no salt":                 "$argon2id$v=19$m=256,t=2,p=1$$" + hash,
		"short salt":              "$argon2id$v=19$m=256,t=2,p=1$c29tZQ$" + hash,
		"no hash":                 "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$",
		"short hash":              "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + hash[:16],
		"long hash":               "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + strings.Repeat("A", 88),
		"padded base64":           "$argon2id$v=19$m=256,t=2,p=1$" + salt + "=$" + hash,
		"base64 of another kind":  "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + strings.ReplaceAll(hash, "/", "_"),
		"bits left over":          "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + hash[:len(hash)-1] + "5",
		"a line end":              "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + hash + "\n",
		"a line end in the midst": "$argon2id$v=19$m=256,t=2,p=1$" + salt[:4] + "\r\n" + salt[4:] + "$" + hash,
	}
	for name, encoded := range tests {
		t.Run(name, func(t *testing.T) {
			if ok, err := (Hasher{}).Verify(encoded, "password"); ok || !errors.Is(err, ErrMalformed) {
				t.Errorf("Verify(%q) = %t, %v, want ErrMalformed", encoded, ok, err)
			}
			if !(Hasher{Params: cheap}).Outdated(encoded) {
				t.Errorf("Outdated(%q) = false", encoded)
			}
		})
	}
}

func TestOutdated(t *testing.T) {
	setting := Params{MemoryKiB: 19456, Time: 2, Threads: 1}
	long, short := make([]byte, 32), make([]byte, 16)
	tests := []struct {
		name   string
		stored string
		want   bool
	}{
		{"as the setting", encode(setting, short, long), false},
		{"less memory", encode(Params{19455, 2, 1}, short, long), true},
		{"fewer passes", encode(Params{19456, 1, 1}, short, long), true},
		{"more memory, fewer passes", encode(Params{47104, 1, 1}, short, long), true},
		{"more of everything", encode(Params{47104, 3, 2}, short, long), false},
		{"shorter hash", encode(setting, short, short), true},
		{"shorter salt", encode(setting, short[:8], long), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Hasher{Params: setting}).Outdated(tt.stored); got != tt.want {
				t.Errorf("Outdated(%s) = %t, want %t", tt.stored, got, tt.want)
			}
		})
	}
}

func TestDummy(t *testing.T) {
	for _, h := range []Hasher{{}, {Params: cheap}} {
		r, err := parse(h.Dummy())
		if err != nil {
			t.Fatalf("parse(%s): %v", h.Dummy(), err)
		}
		// The same work as a real record means: the same costs and sizes.
		if r.params != h.params() || len(r.salt) != saltBytes || len(r.hash) != hashBytes {
			t.Errorf("Dummy = %s: other work than a new hash", h.Dummy())
		}
		for _, password := range []string{"", "password", "Chaoxi#4927", "this is the hash of no password."} {
			if ok, err := h.Verify(h.Dummy(), password); ok || err != nil {
				t.Errorf("Verify(dummy, %q) = %t, %v", password, ok, err)
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	h := Hasher{Params: cheap}
	var wg sync.WaitGroup
	for _, password := range []string{"Chaoxi#4927", "Lanhua#8253", "Qinghe#6418", "Yunfan#3075"} {
		wg.Go(func() {
			encoded, err := h.Hash(password)
			if err != nil {
				t.Errorf("Hash: %v", err)
				return
			}
			if ok, err := h.Verify(encoded, password); !ok || err != nil {
				t.Errorf("Verify(%s) = %t, %v", password, ok, err)
			}
			if ok, err := h.Verify(encoded, password+"x"); ok || err != nil {
				t.Errorf("Verify(%sx) = %t, %v", password, ok, err)
			}
		})
	}
	wg.Wait()
}

func FuzzParse(f *testing.F) {
	f.Add(Hasher{}.Dummy())
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Fuzz(func(t *testing.T, encoded string) {
		r, err := parse(encoded)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("parse(%q): %v", encoded, err)
			}
			return
		}
		if again := encode(r.params, r.salt, r.hash); again != encoded {
			t.Errorf("parse(%q) reads what encode writes as %q", encoded, again)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	h := Hasher{}
	dummy := h.Dummy()
	for b.Loop() {
		if _, err := h.Verify(dummy, "Chaoxi#4927"); err != nil {
			b.Fatal(err)
		}
	}
}
