package staff

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
)

// The lengths of the longest values of the record, in characters; MaxOrder is the
// highest 排序码 of a post, of an organisation and of a choice.
const (
	MaxName          = 50
	MaxShortNumber   = 20
	MaxHomeAddress   = 200
	MaxTitle         = 100
	MaxEmail         = 254
	MaxOfficePhone   = 40
	MaxOfficeAddress = 200
	MaxOrder         = 999_999_999
)

// The reasons to refuse a value. Flaw translates them for the answer. ErrMasked is
// for a value with stars, which a client has got masked and sends back. ErrStandIn is for
// one with a sign in the place of a character that was lost.
var (
	ErrTooLong = errors.New("too long")
	ErrForm    = errors.New("not in the right form")
	ErrMasked  = errors.New("masked")
	ErrStandIn = errors.New("a sign stands for a lost character")
)

// absent is what people write for an absent value.
const absent = "待完善"

// Plain brings a text of one line into the form in which it is compared. It answers
// ErrTooLong for more than max characters, and ErrForm for a text with control
// characters, ErrStandIn for one with characters that say nothing to others. A text that shows nothing,
// and 待完善, are no text: "".
func Plain(s string, max int) (string, error) { return checked(s, fold.Typed(s), max, "") }

// Text takes free text of one line, such as a title, and keeps it as it was typed. It
// is compared after the fold only. The errors are those of Plain.
func Text(s string, max int) (string, error) { return checked(s, fold.Kept(s), max, "") }

// Lines takes free text of one or several lines, such as a reason or an address.
func Lines(s string, max int) (string, error) {
	return checked(s, fold.Kept(lineEnds.Replace(s)), max, "\n")
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// checked is the text s that became of typed, if it may be kept. allowed are the
// control characters that it may have.
func checked(typed, s string, max int, allowed string) (string, error) {
	switch {
	case utf8.RuneCountInString(s) > max:
		return "", ErrTooLong
	case !utf8.ValidString(typed):
		return "", ErrForm
	case fold.IsUnknown(s), strings.ContainsRune(s, utf8.RuneError):
		return "", ErrStandIn
	case strings.ContainsFunc(s, func(r rune) bool { return fold.IsControl(r) && !strings.ContainsRune(allowed, r) }):
		return "", ErrForm
	case !fold.Shows(s) || fold.Typed(s) == absent:
		return "", nil
	}
	return s, nil
}

// Choice returns the code of a dictionary's entry as typed, "" for an absent value.
func Choice(s string) string {
	if s = fold.Typed(s); s == absent {
		return ""
	}
	return s
}

// Flaw returns the code with which an error of Plain or of a Parse function is
// answered.
func Flaw(err error) fault.FieldCode {
	switch {
	case errors.Is(err, ErrTooLong):
		return fault.TooLong
	case errors.Is(err, ErrMasked):
		return fault.Masked
	case errors.Is(err, ErrStandIn):
		return fault.StandIn
	}
	return fault.Invalid
}

// ParseName takes the name of a person, or "". The dot in a transcribed name becomes
// the one that is standard. It refuses a name of which nothing is seen, and one with a
// sign that stands for what was lost, such as □ (ErrStandIn); one with a star is ErrMasked. Names
// that are stored already are not parsed again.
func ParseName(s string) (string, error) {
	typed := fold.Typed(s)
	name, err := Plain(Dotted(s), MaxName)
	switch {
	case err != nil:
		return "", err
	case strings.Contains(typed, "*"):
		return "", ErrMasked
	case strings.ContainsFunc(name, isStandIn), name == "" && strings.ContainsFunc(typed, isStandIn):
		return "", ErrStandIn
	case NameKey(name) == "" && typed != "" && typed != absent:
		return "", ErrForm
	}
	return name, nil
}

// isStandIn reports whether r stands in a name for a character that somebody could not
// type, print or convert: a question mark, a box, a cross. No name has a symbol.
func isStandIn(r rune) bool {
	return unicode.In(r, unicode.Sm, unicode.Sc, unicode.So) || strings.ContainsRune("?¿#_※", r)
}

// ParseOrgName takes the name of an organisation, or "", and keeps it as it was typed.
// It refuses a name of which NameKey leaves nothing, such as "···".
func ParseOrgName(s string) (string, error) {
	name, err := Text(s, MaxName)
	if err == nil && NameKey(name) == "" && fold.Typed(s) != "" && fold.Typed(s) != absent {
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

// Beijing is the time of all China. A day that somebody names, such as "today", is one
// of this time.
var Beijing = time.FixedZone("CST", 8*60*60)

// Staff are of this age, by the day in Beijing.
const (
	minAge = 14
	maxAge = 100
)

// ParseDate takes somebody's day of birth, YYYY-MM-DD, or "". They are 14 to 100 years
// old now.
func ParseDate(s string, now time.Time) (string, error) {
	s = strings.Map(func(r rune) rune {
		if isDash(r) {
			return '-'
		}
		return r
	}, fold.Typed(s))
	if s == "" || s == absent {
		return "", nil
	}
	day, err := time.Parse(time.DateOnly, s)
	year, month, date := now.In(Beijing).Date()
	today := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	if err != nil || day.AddDate(minAge, 0, 0).After(today) || !day.AddDate(maxAge+1, 0, 0).After(today) {
		return "", ErrForm
	}
	return s, nil
}

// ParseIDCard takes a citizen's number (GB 11643), or "": six digits of a division,
// eight of the day of birth, three of a sequence, and a check character. Blanks within
// do not count. Of the division only the province has to exist or have existed: people
// keep the numbers of counties that are gone.
func ParseIDCard(s string, now time.Time) (string, error) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, fold.Typed(s))
	switch {
	case s == "", s == absent:
		return "", nil
	case strings.Contains(s, "*"):
		return "", ErrMasked
	case !isIDCard(s):
		return "", ErrForm
	}
	if _, err := ParseDate(idCardBirth(s), now); err != nil {
		return "", err
	}
	return s, nil
}

// isIDCard reports whether s is 18 characters of the form of GB 11643, with a province,
// a day of the calendar and the right check character.
func isIDCard(s string) bool {
	if len(s) != idCardLength || !isDigits(s[:17]) || idCardCheck(s) != s[17] || !strings.Contains(idCardProvinces, s[:2]+" ") {
		return false
	}
	_, err := time.Parse(time.DateOnly, idCardBirth(s))
	return err == nil
}

const idCardLength = 18

// idCardProvinces are the first two digits that there are (GB/T 2260): the provinces,
// Taiwan (71, also 83), Hong Kong (81), Macao (82), and 9 for foreigners who live here.
const idCardProvinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 " +
	"90 91 92 93 94 95 96 97 98 99 "

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
	if len(s.IDCard) != idCardLength {
		return true, true
	}
	odd := s.IDCard[16]%2 == 1
	return s.BirthDate == "" || s.BirthDate == idCardBirth(s.IDCard),
		!(s.Gender == Male && !odd || s.Gender == Female && odd)
}

// Warnings are what is unusual in the record, and lawful: cadres' files may have another
// date of birth than the ID card.
func (s Staff) Warnings() []fault.Field {
	if birth, _ := s.IDCardAgrees(); !birth {
		return []fault.Field{{Path: "birthDate", FieldCode: fault.NotOfTheIDCard}}
	}
	return nil
}

// MaskIDCard returns the number with its first three characters and its last two, and
// stars between. The first three tell the province and half of the prefecture. The day
// of birth, which stands in the number, stays hidden.
func MaskIDCard(s string) string {
	if len(s) <= 6 {
		return strings.Repeat("*", len(s))
	}
	return s[:idCardShown] + strings.Repeat("*", len(s)-idCardShown-2) + s[len(s)-2:]
}

// idCardShown is how many characters the mask shows of the beginning.
const idCardShown = 3
