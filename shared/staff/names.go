package staff

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Phone is a mobile number of mainland China, Hong Kong, Macao or Taiwan. Only
// ParsePhone and ParsePhoneIn make one. It prints masked.
type Phone struct{ area, national string }

// areas are the values of 区号.
var areas = []string{mainland, "+852", "+853", "+886"}

const mainland = "+86"

// IsArea reports whether s is the 区号 of one of the four areas, such as +86.
func IsArea(s string) bool { return slices.Contains(areas, s) }

// ErrPhone says that a text is not a mobile number of the four areas.
var ErrPhone = errors.New("not a phone number")

// ParsePhone takes a number with its area (+86… or 0086…, likewise for the other
// areas), or 11 digits alone, which are of the mainland. There may be spaces and
// dashes between. Otherwise the error is ErrPhone.
func ParsePhone(s string) (Phone, error) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	if !strings.HasPrefix(s, "+") {
		s = mainland + s
	}
	for _, area := range areas {
		if national, ok := strings.CutPrefix(s, area); ok {
			return ParsePhoneIn(area, national)
		}
	}
	return Phone{}, ErrPhone
}

// ParsePhoneIn takes the area (+86) and the number (digits alone) as two texts, as
// the console's form has them. Otherwise the error is ErrPhone.
func ParsePhoneIn(area, national string) (Phone, error) {
	if !isDigits(national) || !isMobile(area, national) {
		return Phone{}, ErrPhone
	}
	return Phone{area, national}, nil
}

// isMobile reports whether n has the form of a isMobile number in area (ITU-T E.164
// national numbering plans of China, Hong Kong, Macao and Taiwan). n has only
// digits.
func isMobile(area, n string) bool {
	switch area {
	case mainland:
		return len(n) == 11 && n[0] == '1' && n[1] >= '3'
	case "+852":
		return len(n) == 8 && n[0] >= '4'
	case "+853":
		return len(n) == 8 && n[0] == '6'
	case "+886":
		return len(n) == 9 && n[0] == '9'
	}
	return false
}

// E164 is the whole number, not masked: +8613700000003.
func (p Phone) E164() string { return p.area + p.national }

// Area is the 区号: +86.
func (p Phone) Area() string { return p.area }

// National is the whole number without its area, not masked: 13700000003.
func (p Phone) National() string { return p.national }

// IsZero reports whether p is the zero value: no number.
func (p Phone) IsZero() bool { return p.national == "" }

// Masked is the number as people are shown it: +86 186*****178. "" for no number.
func (p Phone) Masked() string {
	if p.IsZero() {
		return ""
	}
	keep := len(p.national) * 3 / 11
	return p.area + " " + p.national[:keep] + strings.Repeat("*", len(p.national)-2*keep) + p.national[len(p.national)-keep:]
}

// String is Masked, so that printing a number by accident does no harm.
func (p Phone) String() string { return p.Masked() }

// LogValue implements [slog.LogValuer] with the masked number.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.Masked()) }

// Account is a sign-in name in its normal form.
type Account struct{ s string }

// ErrAccount says that a text cannot be an account.
var ErrAccount = errors.New("not an account")

// ParseAccount takes 2 to 64 characters of a–z, 0–9, ".", "_", "-" and "@", in
// any case and width. A text with a star is ErrMasked: an account that looks like
// a phone is shown masked, and a client may send that back. Anything else is
// ErrAccount.
func ParseAccount(s string) (Account, error) {
	s = strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))
	if strings.Contains(s, "*") {
		return Account{}, ErrMasked
	}
	if len(s) < 2 || len(s) > 64 {
		return Account{}, ErrAccount
	}
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '_', c == '-', c == '@':
		default:
			return Account{}, ErrAccount
		}
	}
	return Account{s}, nil
}

// String is the account as it is stored and looked up. Answers, audit and log have
// Masked instead.
func (a Account) String() string { return a.s }

// Masked is the account as answers, audit and log have it. If the account looks
// like a phone, that is the person's own number, so it is masked like one.
func (a Account) Masked() string {
	if p, like := a.AsPhone(); like {
		return p.Masked()
	}
	return a.s
}

// LogValue implements [slog.LogValuer] with the masked account.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.Masked()) }

// IsZero reports whether a is the zero value: no account.
func (a Account) IsZero() bool { return a.s == "" }

// AsPhone returns the number that the account looks like. It reports false if the
// account does not look like one.
func (a Account) AsPhone() (Phone, bool) {
	p, err := ParsePhone(a.s)
	return p, err == nil
}

// SignInName is the text that a person types into the field 账号: an account or a
// phone.
type SignInName struct {
	phone  Phone
	normal string
}

// ParseSignInName takes any text. One that is neither an account nor a phone is a
// name that nobody has.
func ParseSignInName(s string) SignInName {
	if p, err := ParsePhone(s); err == nil {
		return SignInName{phone: p, normal: p.E164()}
	}
	return SignInName{normal: strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))}
}

// Phone returns the number. It reports false if the name is not a phone.
func (n SignInName) Phone() (Phone, bool) { return n.phone, !n.phone.IsZero() }

// Normal is the normal form: the whole number with its area, or the account in
// lower case. All spellings of one name have the same normal form.
func (n SignInName) Normal() string { return n.normal }

// SignInNames returns the names by which the person can sign in: the account, and
// the phone if there is one and the account is not the same number.
func (s Staff) SignInNames() []SignInName {
	names := []SignInName{ParseSignInName(s.Account.String())}
	if phone := (SignInName{phone: s.Phone, normal: s.Phone.E164()}); !s.Phone.IsZero() && phone != names[0] {
		names = append(names, phone)
	}
	return names
}

// NameKey brings a name into the form in which names are compared and searched:
// NFKC, lower case, without spaces and without the dot in names such as
// 阿依古丽·买买提.
func NameKey(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '·', r == '•', r == '・', r == '‧', r == '∙', r == '⋅':
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
}

// Is reports whether name is the person's name. Spaces, dots and case do not count.
func (s Staff) Is(name string) bool { return NameKey(name) == NameKey(s.Name) }

// isDigits reports whether s has nothing but ASCII isDigits, and at least one.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
