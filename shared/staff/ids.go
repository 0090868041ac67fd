package staff

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// EmployeeCode names a person: GE_ and 32 hexadecimal digits in lower case. Only
// ParseEmployeeCode and NewEmployeeCode make one.
type EmployeeCode struct{ s string }

// OrgCode names an organisation: GO_ and 32 hexadecimal digits in lower case. Only
// ParseOrgCode and NewOrgCode make one.
type OrgCode struct{ s string }

// PostID names a post: 22 characters of the URL-safe alphabet (128 random bits).
// Only ParsePostID and NewPostID make one.
type PostID struct{ s string }

// ParseEmployeeCode takes a code in exactly its form. Callers answer the error as
// they answer a code that does not exist.
func ParseEmployeeCode(s string) (EmployeeCode, error) {
	if !hasCodeForm(s, "GE_") {
		return EmployeeCode{}, fmt.Errorf("not an employee code: %.40q", s)
	}
	return EmployeeCode{s}, nil
}

// ParseOrgCode takes a code in exactly its form, like ParseEmployeeCode.
func ParseOrgCode(s string) (OrgCode, error) {
	if !hasCodeForm(s, "GO_") {
		return OrgCode{}, fmt.Errorf("not an organisation code: %.40q", s)
	}
	return OrgCode{s}, nil
}

// ParsePostID takes an id in exactly its form, like ParseEmployeeCode.
func ParsePostID(s string) (PostID, error) {
	if len(s) != 22 || !isURLSafe(s) {
		return PostID{}, fmt.Errorf("not a post id: %.40q", s)
	}
	return PostID{s}, nil
}

// NewEmployeeCode makes a code from 16 bytes that it reads from random.
func NewEmployeeCode(random io.Reader) (EmployeeCode, error) {
	s, err := randomHex(random, "GE_")
	return EmployeeCode{s}, err
}

// NewOrgCode makes a code from 16 bytes that it reads from random.
func NewOrgCode(random io.Reader) (OrgCode, error) {
	s, err := randomHex(random, "GO_")
	return OrgCode{s}, err
}

// NewPostID makes an id from 16 bytes that it reads from random.
func NewPostID(random io.Reader) (PostID, error) {
	s, err := NewID(random)
	return PostID{s}, err
}

// NewID makes an id that needs no secrecy, of an audit entry, a job or a request:
// 22 characters of the URL-safe alphabet, from 16 bytes of random.
func NewID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// IsID reports whether s is in the form of NewID.
func IsID(s string) bool { return len(s) == 22 && isURLSafe(s) }

// String is the code as the API and the table have it.
func (c EmployeeCode) String() string { return c.s }

// String is the code as the API and the table have it.
func (c OrgCode) String() string { return c.s }

// String is the id as the API and the table have it.
func (p PostID) String() string { return p.s }

// Compare orders codes as [strings.Compare] orders their texts.
func (c OrgCode) Compare(o OrgCode) int { return strings.Compare(c.s, o.s) }

// IsZero reports whether c is the zero value, which names nobody.
func (c EmployeeCode) IsZero() bool { return c.s == "" }

// IsZero reports whether c is the zero value, which names no organisation.
func (c OrgCode) IsZero() bool { return c.s == "" }

// IsZero reports whether p is the zero value, which names no post.
func (p PostID) IsZero() bool { return p.s == "" }

// hasCodeForm reports whether s is prefix and 32 hexadecimal digits in lower case.
func hasCodeForm(s, prefix string) bool {
	if len(s) != len(prefix)+32 || s[:len(prefix)] != prefix {
		return false
	}
	for _, c := range s[len(prefix):] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isURLSafe(s string) bool {
	for _, c := range s {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

func randomHex(random io.Reader, prefix string) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return prefix + hex.EncodeToString(b[:]), nil
}
