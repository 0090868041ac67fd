package staff

import (
	"errors"
	"log/slog"
	"strings"
	"unicode"

	"chaoxi/shared/fold"
)

// Phone is a mobile number of mainland China, Hong Kong, Macao or Taiwan. Only
// ParsePhone and ParsePhoneIn make one. It prints masked.
type Phone struct{ area, national string }

// areas are the values of 区号.
var areas = []string{mainland, "+852", "+853", "+886"}

const mainland = "+86"

// ErrPhone says that a text is not a mobile number of the four areas.
var ErrPhone = errors.New("not a phone number")

// maxPhone is the length of the longest number, in characters, without what is
// nothing in it.
const maxPhone = 20

// ParsePhone takes a number as people write it: with its area (+86…, 0086…, and the 13
// digits of 86…; likewise for the other areas, but for the last form), or 11 digits
// alone, which are of the mainland. A 0 before the number is dropped, as one dials it
// (013…, +886 09…). Blanks, dashes, dots, slashes and brackets are nothing, and so are
// an apostrophe or tel: in front. The error is ErrTooLong for more characters than any
// number has, ErrMasked for one with stars, else ErrPhone.
//
// Which numbers are in use is not judged: carriers get new ranges faster than lists
// follow.
func ParsePhone(s string) (Phone, error) { return ParsePhoneIn(mainland, s) }

// ParsePhoneIn does the same with a number that is of the area unless it has its own.
func ParsePhoneIn(area, s string) (Phone, error) {
	s = dialled(s)
	switch {
	case strings.Contains(s, "*"):
		return Phone{}, ErrMasked
	case len(s) > maxPhone:
		return Phone{}, ErrTooLong
	}
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	} else if len(s) == len("8613700000003") && strings.HasPrefix(s, "86") {
		s = "+" + s
	} else if !strings.HasPrefix(s, "+") {
		s = area + s
	}
	for _, a := range areas {
		if national, ok := strings.CutPrefix(s, a); ok {
			national = strings.TrimPrefix(national, "0")
			if !isDigits(national) || !isMobile(a, national) {
				break
			}
			return Phone{a, national}, nil
		}
	}
	return Phone{}, ErrPhone
}

// dialled is what is left of a number as written: its digits and what else may mean
// something.
func dialled(s string) string {
	s = strings.TrimLeft(fold.Lower(s), "'’‘`")
	s = strings.TrimPrefix(s, "tel:")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || isDash(r) || strings.ContainsRune("./()", r) {
			return -1
		}
		return r
	}, s)
}

// isDash reports whether r is a hyphen, a dash or a minus of any width.
func isDash(r rune) bool {
	return unicode.Is(unicode.Pd, r) || r == '−' || r == '˗' || r == '⁃'
}

// isMobile reports whether n has the form of a mobile number in area (ITU-T E.164
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
	keep := p.shown()
	return p.area + " " + p.national[:keep] + strings.Repeat("*", len(p.national)-2*keep) + p.national[len(p.national)-keep:]
}

// shown is how many digits the mask shows at either end of the national number.
func (p Phone) shown() int { return len(p.national) * 3 / 11 }

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
// a phone or an ID card is shown masked, and a client may send that back. Anything
// else is ErrAccount.
func ParseAccount(s string) (Account, error) {
	s = fold.Lower(s)
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
// like a phone or an ID card, that is the person's own number, so it is masked like
// one.
func (a Account) Masked() string {
	if p, like := a.AsPhone(); like {
		return p.Masked()
	}
	if number, like := a.AsIDCard(); like {
		return MaskIDCard(number)
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

// AsIDCard returns the number of the ID card that the account looks like. It reports
// false if the account does not look like one.
func (a Account) AsIDCard() (string, bool) {
	number := strings.ToUpper(a.s)
	return number, isIDCard(number)
}

// HasOwnAccount reports whether the account is the person's to have: one that looks
// like a phone or like an ID card has to be their own.
func (s Staff) HasOwnAccount() bool {
	if p, like := s.Account.AsPhone(); like {
		return p == s.Phone
	}
	if number, like := s.Account.AsIDCard(); like {
		return number == s.IDCard
	}
	return true
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
	return SignInName{normal: fold.Lower(s)}
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

// Dot is the one between the parts of a transcribed name: 阿依古丽·买买提.
const Dot = '·'

// Dotted returns a name in normal form, with Dot for whatever was typed in its place.
func Dotted(name string) string { return dots(fold.Typed(name), string(Dot)) }

// isDot reports whether r is typed for the dot wherever it stands; isDotBetween,
// whether it is one between two Chinese characters.
func isDot(r rune) bool { return strings.ContainsRune("·•・‧∙⋅\ua78f\u2e31", r) }

func isDotBetween(r rune) bool { return isDot(r) || r == '.' || r == '。' || r == '●' || isDash(r) }

// dots puts with in the place of each run of dots between two Chinese characters,
// with the blanks around them.
func dots(name, with string) string {
	var b strings.Builder
	runes := []rune(name)
	for i := 0; i < len(runes); {
		end, seen := i, false
		for end < len(runes) && (isDotBetween(runes[end]) || unicode.IsSpace(runes[end])) {
			seen = seen || isDotBetween(runes[end])
			end++
		}
		switch {
		case seen && i > 0 && end < len(runes) && fold.IsHan(runes[i-1]) && fold.IsHan(runes[end]):
			b.WriteString(with)
		case end == i:
			b.WriteRune(runes[i])
			end++
		default:
			b.WriteString(string(runes[i:end]))
		}
		i = end
	}
	return b.String()
}

// NameKey brings a name into the form in which names are compared and searched:
// folded, in lower case, without blanks and without the dot in names such as
// 阿依古丽·买买提, whatever was typed for it.
func NameKey(name string) string {
	key := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || isDot(r) {
			return -1
		}
		return r
	}, dots(fold.Lower(name), ""))
	return fold.Lower(key) // a mark may stand behind a letter now
}

// Is reports whether name is the person's name. Blanks, dots and case do not count. A
// suffix by which the register tells two people of one name apart, 张敏(大) or 张敏2,
// need not be typed.
func (s Staff) Is(name string) bool {
	typed, key := NameKey(name), NameKey(s.Name)
	return typed == key || typed != "" && typed == withoutSuffix(key)
}

// withoutSuffix returns a NameKey without what stands in brackets at its end, or
// without the digits there.
func withoutSuffix(key string) string {
	for _, brackets := range []string{"()", "[]", "{}", "【】", "〔〕", "〈〉", "《》"} {
		open, closing := brackets[:len(brackets)/2], brackets[len(brackets)/2:]
		if strings.HasSuffix(key, closing) {
			if at := strings.LastIndex(key, open); at >= 0 {
				return key[:at]
			}
		}
	}
	return strings.TrimRight(key, "0123456789")
}

// isDigits reports whether s has nothing but ASCII digits, and at least one.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
