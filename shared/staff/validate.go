package staff

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"chaoxi/shared/fault"
)

// The longest values of the record, in characters.
const (
	MaxName          = 50
	MaxShortNumber   = 20
	MaxHomeAddress   = 200
	MaxTitle         = 100
	MaxEmail         = 254
	MaxOfficePhone   = 40
	MaxOfficeAddress = 200
	MaxOrder         = 1<<31 - 1
)

// Why a value is refused.
var (
	ErrTooLong = errors.New("too long")
	ErrForm    = errors.New("not in the right form")
	ErrMasked  = errors.New("masked")
)

// Plain brings a text of one line into normal form: NFKC, trimmed. It refuses
// more than max characters and what does not print.
func Plain(s string, max int) (string, error) {
	s = strings.TrimSpace(norm.NFKC.String(s))
	switch {
	case utf8.RuneCountInString(s) > max:
		return "", ErrTooLong
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unseen):
		return "", ErrForm
	}
	return s, nil
}

// Flaw is what a value that does not parse is answered with.
func Flaw(err error) fault.FieldCode {
	switch {
	case errors.Is(err, ErrTooLong):
		return fault.TooLong
	case errors.Is(err, ErrMasked):
		return fault.Masked
	}
	return fault.Invalid
}

// unseen reports whether nobody could tell that r is there: control characters,
// breaks of lines, characters without a width or that turn the direction of what
// follows. A name with one of them on file could not be typed by its person. The
// replacement character is what the gateway makes of bytes that are no UTF-8.
func unseen(r rune) bool {
	return r == unicode.ReplacementChar || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// ParseName takes a name of which something is left in the form that names are
// compared in.
func ParseName(s string) (string, error) {
	name, err := Plain(s, MaxName)
	if err == nil && name != "" && NameKey(name) == "" {
		return "", ErrForm
	}
	return name, err
}

// ParseEmail takes an address with a local part and a domain of two labels or
// more. Whether mail arrives there is known only to who sends some.
func ParseEmail(s string) (string, error) {
	s, err := Plain(s, MaxEmail)
	if err != nil || s == "" {
		return s, err
	}
	local, domain, _ := strings.Cut(s, "@")
	labels := strings.Split(domain, ".")
	good := len(local) <= 64 && len(labels) > 1
	for _, atom := range strings.Split(local, ".") {
		good = good && atom != "" && asciiOf(atom, "!#$%&'*+-/=?^_`{|}~")
	}
	for _, l := range labels {
		good = good && l != "" && len(l) <= 63 && asciiOf(l, "-") && l[0] != '-' && l[len(l)-1] != '-'
	}
	if !good {
		return "", ErrForm
	}
	return s, nil
}

// asciiOf reports whether s has only ASCII letters, digits and characters of others.
func asciiOf(s, others string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(others, r)
	})
}

// ParseDate takes a day of the calendar, YYYY-MM-DD, not before 1900 and not to come.
func ParseDate(s string, today time.Time) (string, error) {
	s = strings.TrimSpace(norm.NFKC.String(s))
	if s == "" {
		return "", nil
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil || day.Year() < 1900 || day.After(today) {
		return "", ErrForm
	}
	return s, nil
}

// ParseIDCard takes a citizen's number (GB 11643): six digits of a division,
// the day of birth, three digits in sequence, a check digit.
func ParseIDCard(s string, today time.Time) (string, error) {
	s = strings.ToUpper(strings.TrimSpace(norm.NFKC.String(s)))
	switch {
	case s == "":
		return "", nil
	case strings.Contains(s, "*"):
		return "", ErrMasked
	case len(s) != 18 || !digits(s[:17]) || s[0] == '0' || idCardCheck(s) != s[17]:
		return "", ErrForm
	}
	if _, err := ParseDate(idCardBirth(s), today); err != nil {
		return "", err
	}
	return s, nil
}

// idCardCheck is the check character that the first 17 digits ask for
// (ISO 7064, MOD 11-2).
func idCardCheck(s string) byte {
	sum := 0
	for i := range 17 {
		sum = (sum + int(s[i]-'0')) * 2 % 11
	}
	return "10X98765432"[sum]
}

func idCardBirth(s string) string { return s[6:10] + "-" + s[10:12] + "-" + s[12:14] }

// The codes of GB/T 2261.1 that an ID card can agree with. The others (unknown,
// not stated) contradict none.
const (
	Male   = "1"
	Female = "2"
)

// IDCardAgrees reports whether the number of s says the same as the date of
// birth and the gender, as far as they are filled in.
func (s Staff) IDCardAgrees() (birth, gender bool) {
	if len(s.IDCard) != 18 {
		return true, true
	}
	odd := s.IDCard[16]%2 == 1
	return s.BirthDate == "" || s.BirthDate == idCardBirth(s.IDCard),
		!(s.Gender == Male && !odd || s.Gender == Female && odd)
}

// MaskIDCard shows the first four characters and the last two: the prefecture
// that issued the card, and enough to tell two cards apart. The date of birth,
// which stands beside it in the record, leaves the rest to guess.
func MaskIDCard(s string) string {
	if len(s) <= 6 {
		return strings.Repeat("*", len(s))
	}
	return s[:4] + strings.Repeat("*", len(s)-6) + s[len(s)-2:]
}
