// Package argon2id makes and checks argon2id hashes of passwords. A hash is a text in
// the PHC string format, which has the parameters beside the salt and the hash:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
//
// It knows no rules about passwords (package account does), never stores or logs one,
// and reads no other algorithm. It refuses a hash whose parameters would take more
// memory or time than a function has.
//
// Look first at [Hasher].
package argon2id

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// ErrMalformed says that a stored text is not an argon2id hash in the PHC format, or
// that its parameters are out of the bounds below. It does not depend on the
// password.
var ErrMalformed = errors.New("malformed argon2id hash")

// The lengths of the salts and hashes that Hash makes.
const (
	saltBytes = 16
	hashBytes = 32
)

// The bounds of hashes that Verify reads. A hash beyond them was damaged or forged,
// and checking it could exhaust the function. maxBytes is for the salt and for the
// hash.
const (
	maxMemoryKiB = 256 << 10
	maxTime      = 16
	maxThreads   = 16
	minSaltBytes = 8
	minHashBytes = 16
	maxBytes     = 64
)

// Params are the cost of one hash: the parameters m, t and p of argon2id.
type Params struct {
	MemoryKiB uint32
	Time      uint32 // passes over the memory
	Threads   uint8
}

// Default has the second set of parameters of OWASP's password storage guide. A hash
// takes some 20 ms of one core. It needs 19 MiB while it runs, and a function serves
// one request at a time, so it never needs more.
var Default = Params{MemoryKiB: 19 << 10, Time: 2, Threads: 1}

func (p Params) inBounds() bool {
	return p.Threads >= 1 && p.Threads <= maxThreads &&
		p.Time >= 1 && p.Time <= maxTime &&
		p.MemoryKiB >= 8*uint32(p.Threads) && p.MemoryKiB <= maxMemoryKiB
}

// Hasher makes and checks hashes. The zero value is ready to use. A Hasher is safe
// for concurrent use if its Random is.
type Hasher struct {
	Params Params    // of new hashes; zero means Default
	Random io.Reader // of salts; nil means crypto/rand
}

// params returns the parameters of new hashes.
func (h Hasher) params() Params {
	if h.Params == (Params{}) {
		return Default
	}
	return h.Params
}

// Hash returns the encoded hash of password with a new salt.
func (h Hasher) Hash(password string) (string, error) {
	p := h.params()
	if !p.inBounds() {
		return "", fmt.Errorf("argon2id: parameters out of bounds: %+v", p)
	}
	random := h.Random
	if random == nil {
		random = rand.Reader
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("read salt: %w", err)
	}
	return encode(p, salt, derive(password, salt, p, hashBytes)), nil
}

// Verify reports whether encoded is the hash of password. It uses the parameters in
// encoded. A wrong password is not an error; the only error wraps ErrMalformed.
func (h Hasher) Verify(encoded, password string) (bool, error) {
	r, err := parse(encoded)
	if err != nil {
		return false, err
	}
	got := derive(password, r.salt, r.params, len(r.hash))
	return subtle.ConstantTimeCompare(got, r.hash) == 1, nil
}

// Outdated reports whether encoded is weaker than a new hash would be, so that an
// attacker could guess faster. Then the caller should replace it while it has the
// password. A malformed hash is outdated, too.
func (h Hasher) Outdated(encoded string) bool {
	r, err := parse(encoded)
	if err != nil {
		return true
	}
	want := h.params()
	return r.params.MemoryKiB < want.MemoryKiB || r.params.Time < want.Time || r.params.Threads < want.Threads ||
		len(r.salt) < saltBytes || len(r.hash) < hashBytes
}

// Dummy returns an encoded hash of no known password, with the current parameters.
// The sign-in of an unknown person verifies against it, so that it takes as long as
// that of a known person. Salt and hash are fixed texts: only the time of Verify
// matters, and start-up need not make a hash.
func (h Hasher) Dummy() string {
	return encode(h.params(), []byte("nobody's salt..."), []byte("this is the hash of no password."))
}

func derive(password string, salt []byte, p Params, size int) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.MemoryKiB, p.Threads, uint32(size))
}

func encode(p Params, salt, hash []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.MemoryKiB, p.Time, p.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
}

type record struct {
	params     Params
	salt, hash []byte
}

// parse accepts only a text that encode could have written, byte for byte. So a hash
// has exactly one spelling.
func parse(encoded string) (record, error) {
	fields := strings.Split(encoded, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" {
		return record{}, fmt.Errorf("%w: not the argon2id form", ErrMalformed)
	}
	if fields[2] != "v="+strconv.Itoa(argon2.Version) {
		return record{}, fmt.Errorf("%w: unknown version", ErrMalformed)
	}
	costs := strings.Split(fields[3], ",")
	if len(costs) != 3 {
		return record{}, fmt.Errorf("%w: not the parameters m, t, p", ErrMalformed)
	}
	memory, okM := cost(costs[0], "m=", 32)
	time, okT := cost(costs[1], "t=", 32)
	threads, okP := cost(costs[2], "p=", 8)
	r := record{params: Params{MemoryKiB: uint32(memory), Time: uint32(time), Threads: uint8(threads)}}
	if !okM || !okT || !okP || !r.params.inBounds() {
		return record{}, fmt.Errorf("%w: parameters out of bounds", ErrMalformed)
	}
	base := base64.RawStdEncoding.Strict()
	var errSalt, errHash error
	r.salt, errSalt = base.DecodeString(fields[4])
	r.hash, errHash = base.DecodeString(fields[5])
	if errSalt != nil || errHash != nil || strings.ContainsAny(encoded, "\r\n") { // the decoder skips line ends
		return record{}, fmt.Errorf("%w: salt or hash is not base64", ErrMalformed)
	}
	if len(r.salt) < minSaltBytes || len(r.salt) > maxBytes || len(r.hash) < minHashBytes || len(r.hash) > maxBytes {
		return record{}, fmt.Errorf("%w: salt or hash too short or too long", ErrMalformed)
	}
	return r, nil
}

// cost reads a parameter such as "m=19456". The number has digits only, no sign and
// no leading zero.
func cost(field, prefix string, bits int) (uint64, bool) {
	digits, ok := strings.CutPrefix(field, prefix)
	if !ok || digits == "" || digits[0] < '1' || digits[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, bits)
	return n, err == nil
}
