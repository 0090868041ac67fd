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

// The lengths of the longest values of the record, in characters; MaxOrder is the
// highest 排序码 of a post.
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

// The reasons to refuse a value. Flaw translates them for the answer. ErrMasked is
// for a value with stars, which a client has got masked and sends back.
var (
	ErrTooLong = errors.New("too long")
	ErrForm    = errors.New("not in the right form")
	ErrMasked  = errors.New("masked")
)

// Plain brings a text of one line into normal form: NFKC, trimmed. It answers
// ErrTooLong for more than max characters, and ErrForm for a text with characters
// that nobody could see, such as control characters.
func Plain(s string, max int) (string, error) {
	s = strings.TrimSpace(norm.NFKC.String(s))
	switch {
	case utf8.RuneCountInString(s) > max:
		return "", ErrTooLong
	case !utf8.ValidString(s) || strings.ContainsFunc(s, isInvisible):
		return "", ErrForm
	}
	return s, nil
}

// Flaw returns the code with which an error of Plain or of a Parse function is
// answered.
func Flaw(err error) fault.FieldCode {
	switch {
	case errors.Is(err, ErrTooLong):
		return fault.TooLong
	case errors.Is(err, ErrMasked):
		return fault.Masked
	}
	return fault.Invalid
}

// isInvisible reports whether r cannot be seen: control characters, line breaks,
// characters without a width, characters that turn the direction of the text. If a
// stored name had one, its person could not type that name. The replacement
// character counts, too: the gateway puts it in place of bytes that are not UTF-8.
func isInvisible(r rune) bool {
	return r == unicode.ReplacementChar || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// ParseName takes the name of a person or of an organisation, or "". It refuses a name
// of which NameKey leaves nothing, such as "···". A rule for people alone does not
// belong here. Names that are stored already are not parsed again.
func ParseName(s string) (string, error) {
	name, err := Plain(s, MaxName)
	if err == nil && name != "" && NameKey(name) == "" {
		return "", ErrForm
	}
	return name, err
}

// ParseEmail takes an address with a local part and a domain of two labels or more,
// or "". It does not tell whether mail arrives there.
func ParseEmail(s string) (string, error) {
	s, err := Plain(s, MaxEmail)
	if err != nil || s == "" {
		return s, err
	}
	local, domain, _ := strings.Cut(s, "@")
	labels := strings.Split(domain, ".")
	good := len(local) <= 64 && len(labels) > 1
	for _, atom := range strings.Split(local, ".") {
		good = good && atom != "" && isASCIIWith(atom, "!#$%&'*+-/=?^_`{|}~")
	}
	for _, l := range labels {
		good = good && l != "" && len(l) <= 63 && isASCIIWith(l, "-") && l[0] != '-' && l[len(l)-1] != '-'
	}
	if !good {
		return "", ErrForm
	}
	return s, nil
}

// isASCIIWith reports whether s has only ASCII letters, ASCII digits and characters of
// others.
func isASCIIWith(s, others string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(others, r)
	})
}

// ParseDate takes a day of the calendar, YYYY-MM-DD, from 1900 to today, or "".
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

// ParseIDCard takes a citizen's number (GB 11643), or "": six digits of a division,
// eight of the day of birth, three of a sequence, and a check character.
func ParseIDCard(s string, today time.Time) (string, error) {
	s = strings.ToUpper(strings.TrimSpace(norm.NFKC.String(s)))
	switch {
	case s == "":
		return "", nil
	case strings.Contains(s, "*"):
		return "", ErrMasked
	case len(s) != 18 || !isDigits(s[:17]) || s[0] == '0' || idCardCheck(s) != s[17]:
		return "", ErrForm
	}
	if _, err := ParseDate(idCardBirth(s), today); err != nil {
		return "", err
	}
	return s, nil
}

// idCardCheck returns the check character for the first 17 digits of s (ISO 7064,
// MOD 11-2).
func idCardCheck(s string) byte {
	sum := 0
	for i := range 17 {
		sum = (sum + int(s[i]-'0')) * 2 % 11
	}
	return "10X98765432"[sum]
}

// idCardBirth returns the day of birth in an ID card number, as YYYY-MM-DD.
func idCardBirth(s string) string { return s[6:10] + "-" + s[10:12] + "-" + s[12:14] }

// Two codes of gender (GB/T 2261.1), which an ID card can contradict. It contradicts
// none of the others (unknown, not stated).
const (
	Male   = "1"
	Female = "2"
)

// IDCardAgrees reports whether the ID card number agrees with the date of birth, and
// whether it agrees with the gender. A field that is absent agrees with everything.
func (s Staff) IDCardAgrees() (birth, gender bool) {
	if len(s.IDCard) != 18 {
		return true, true
	}
	odd := s.IDCard[16]%2 == 1
	return s.BirthDate == "" || s.BirthDate == idCardBirth(s.IDCard),
		!(s.Gender == Male && !odd || s.Gender == Female && odd)
}

// MaskIDCard returns the number with its first four characters and its last two, and
// stars between: the prefecture that issued the card, and enough to tell two cards
// apart. Even with the date of birth, which stands beside it in the record, the rest
// has to be guessed.
func MaskIDCard(s string) string {
	if len(s) <= 6 {
		return strings.Repeat("*", len(s))
	}
	return s[:4] + strings.Repeat("*", len(s)-6) + s[len(s)-2:]
}
