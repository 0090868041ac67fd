package staff

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Phone is a mobile number of one of the four areas that the register knows.
// Only ParsePhone makes one. It prints masked.
type Phone struct{ area, national string }

// The areas of 区号.
var areas = []string{mainland, "+852", "+853", "+886"}

const mainland = "+86"

// IsArea reports whether s is one of the areas, as +86.
func IsArea(s string) bool { return slices.Contains(areas, s) }

// ErrPhone says that a text is no phone number.
var ErrPhone = errors.New("not a phone number")

// ParsePhone takes 11 digits (mainland), or +86…, 0086… and the like of the
// other areas, with or without spaces and dashes between.
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

// ParsePhoneIn takes the area and the number apart, as the console enters them.
func ParsePhoneIn(area, national string) (Phone, error) {
	if !digits(national) || !mobile(area, national) {
		return Phone{}, ErrPhone
	}
	return Phone{area, national}, nil
}

// mobile is the form of mobile numbers in each area (ITU-T E.164 national
// numbering plans of China, Hong Kong, Macao and Taiwan).
func mobile(area, n string) bool {
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

// E164 is the number in full: +8613700000003.
func (p Phone) E164() string { return p.area + p.national }

// Area is the 区号: +86.
func (p Phone) Area() string { return p.area }

// National is the number without its area.
func (p Phone) National() string { return p.national }

// IsZero reports whether there is no number.
func (p Phone) IsZero() bool { return p.national == "" }

// Masked is what people are shown: +86 186*****178.
func (p Phone) Masked() string {
	if p.IsZero() {
		return ""
	}
	keep := len(p.national) * 3 / 11
	return p.area + " " + p.national[:keep] + strings.Repeat("*", len(p.national)-2*keep) + p.national[len(p.national)-keep:]
}

// String is the masked number, so that printing one by accident does no harm.
func (p Phone) String() string { return p.Masked() }

// LogValue implements [slog.LogValuer] with the masked number.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.Masked()) }

// Account is a sign-in name in its normal form.
type Account struct{ s string }

// ErrAccount says that a text cannot be an account.
var ErrAccount = errors.New("not an account")

// ParseAccount takes 2 to 64 characters of a–z, 0–9, ".", "_", "-" and "@", in
// any case and width. It answers ErrMasked for what may be a masked one.
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

// String is the account as it is stored and looked for. What is shown or written
// down is Masked.
func (a Account) String() string { return a.s }

// Masked is what people are shown, and what the audit keeps: the account, or where
// it looks like a phone, which is then the person's own, what is shown of that.
func (a Account) Masked() string {
	if p, like := a.AsPhone(); like {
		return p.Masked()
	}
	return a.s
}

// LogValue implements [slog.LogValuer] with the masked account.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.Masked()) }

// IsZero reports whether there is no account.
func (a Account) IsZero() bool { return a.s == "" }

// AsPhone is the number that the account looks like, if it does.
func (a Account) AsPhone() (Phone, bool) {
	p, err := ParsePhone(a.s)
	return p, err == nil
}

// SignInName is what a person types into the field 账号: an account or a phone.
type SignInName struct {
	phone  Phone
	normal string
}

// ParseSignInName never fails: a text that is neither is a name that nobody has.
func ParseSignInName(s string) SignInName {
	if p, err := ParsePhone(s); err == nil {
		return SignInName{phone: p, normal: p.E164()}
	}
	return SignInName{normal: strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))}
}

// Phone is the number, if the name is one.
func (n SignInName) Phone() (Phone, bool) { return n.phone, !n.phone.IsZero() }

// Normal is the normal form: the number in full, or the account in lower case.
// Two spellings of one name have one normal form.
func (n SignInName) Normal() string { return n.normal }

// SignInNames are the names that the person can sign in by.
func (s Staff) SignInNames() []SignInName {
	names := []SignInName{ParseSignInName(s.Account.String())}
	if phone := (SignInName{phone: s.Phone, normal: s.Phone.E164()}); !s.Phone.IsZero() && phone != names[0] {
		names = append(names, phone)
	}
	return names
}

// NameKey is the form in which names are compared and searched: NFKC, lower
// case, without spaces and without the dot of names such as 阿依古丽·买买提.
func NameKey(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '·', r == '•', r == '・', r == '‧', r == '∙', r == '⋅':
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
}

// Is reports whether name is the person's, however it is spaced and dotted.
func (s Staff) Is(name string) bool { return NameKey(name) == NameKey(s.Name) }

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
