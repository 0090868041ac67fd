package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"chaoxi/shared/staff"
)

// Keys makes MACs of what must not be readable in storage: codes, device secrets,
// lockout keys, cursors. To rotate, the current key is made the previous one: its
// MACs still verify.
type Keys struct{ Current, Previous []byte }

// MAC is a hexadecimal HMAC-SHA256 of parts under the current key. Each use has a
// label of its own, so that the MAC of one use is worthless for another. The message
// has the lengths of the parts, so that "ab", "c" and "a", "bc" differ.
func (k Keys) MAC(label string, parts ...string) string { return mac(k.Current, label, parts) }

// AllMACs is the MAC under the current key and, if there is one, under the previous
// key, in this order.
func (k Keys) AllMACs(label string, parts ...string) []string {
	all := []string{mac(k.Current, label, parts)}
	if len(k.Previous) > 0 {
		all = append(all, mac(k.Previous, label, parts))
	}
	return all
}

// Verify reports, in constant time, whether m is a MAC of parts.
func (k Keys) Verify(m, label string, parts ...string) bool {
	ok := 0
	for _, want := range k.AllMACs(label, parts...) {
		ok |= subtle.ConstantTimeCompare([]byte(want), []byte(m))
	}
	return ok == 1
}

func mac(key []byte, label string, parts []string) string {
	h := hmac.New(sha256.New, key)
	for _, p := range append([]string{label}, parts...) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		io.WriteString(h, p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Secret is a bearer secret: a ticket, or the random half of a session's token.
// It never prints. Storage keeps only its Hash.
type Secret struct{ s string }

// secretBytes is how many random bytes a secret has (43 characters).
const secretBytes = 32

// NewSecret draws a secret.
func NewSecret(random io.Reader) (Secret, error) {
	s, err := randomText(random, secretBytes)
	return Secret{s}, err
}

// ParseSecret takes what a client sent. It refuses nothing: a text that is not in the
// form of a secret has the hash of none.
func ParseSecret(s string) Secret { return Secret{s} }

// Reveal is the secret itself, for the answer to the client.
func (s Secret) Reveal() string { return s.s }

// Hash is what is stored. SHA-256 is enough, because the secret is as long as a key.
func (s Secret) Hash() string {
	sum := sha256.Sum256([]byte(s.s))
	return hex.EncodeToString(sum[:])
}

func (s Secret) String() string { return "[secret]" }

// Format implements [fmt.Formatter], so that verbs such as %#v hide it, too.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// randomText is n random bytes in the URL-safe alphabet.
func randomText(random io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("draw %d random bytes: %w", n, err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// newCode draws six digits; all codes are equally likely.
func newCode(random io.Reader) (string, error) {
	const codes, unbiased = 1_000_000, 1<<32 - 1<<32%1_000_000
	for {
		var b [4]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("draw a code: %w", err)
		}
		if n := uint64(binary.BigEndian.Uint32(b[:])); n < unbiased {
			return fmt.Sprintf("%06d", n%codes), nil
		}
	}
}

// DeviceSecret reports whether s is in the form of a device's secret.
func DeviceSecret(s string) bool {
	return len(s) >= 22 && len(s) <= 128 && strings.Trim(s, urlSafe) == ""
}

const urlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// isID reports whether s is in the form of NewID.
func isID(s string) bool { return staff.IsID(s) }
