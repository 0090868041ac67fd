package staff

import (
	"errors"
	"strings"
	"testing"
)

func TestParsePhone(t *testing.T) {
	for _, s := range []string{
		"13700000003", "+8613700000003", "0086 137-0000-0003", "１３７ ００００ ０００３", // as ever
		"\u206813700000003\u2069", "\u202d13700000003\u202c", "13700000003\u200b", "\ufeff13700000003", // as other programs copy it
		"137\u20100000\u20100003", "137\u22120000\u22120003", "137–0000–0003", "137－0000－0003", "137.0000.0003", "137．0000．0003", "137/0000/0003",
		"(+86)13700000003", "（+86）137 0000 0003", "(0086)13700000003", "+86 (0) 137-0000-0003", "(137) 0000-0003",
		"'13700000003", "’13700000003", "tel:+86-137-0000-0003", "TEL: 13700000003", "'+86 137 0000 0003",
		"8613700000003", "86 137 0000 0003", "86-13700000003", "013700000003", "0 137 0000 0003", "+86 0137 0000 0003", "0086 013700000003",
		"13700000003\n", "\t13700000003\r\n",
	} {
		if p, err := ParsePhone(s); err != nil || p.E164() != "+8613700000003" {
			t.Errorf("%+q is %s, %v", s, p.E164(), err)
		}
		if name := ParseSignInName(s); name.Normal() != "+8613700000003" {
			t.Errorf("%+q signs in as %+q", s, name.Normal())
		}
	}
	for s, want := range map[string]string{
		"+852 6123 4567": "+85261234567", "(+853) 6612-3456": "+85366123456", "+886 0912 345 678": "+886912345678", "00886-912345678": "+886912345678",
		"14612345678": "+8614612345678", "14812345678": "+8614812345678", "14912345678": "+8614912345678", "19212345678": "+8619212345678", // whoever has got the range
	} {
		if p, err := ParsePhone(s); err != nil || p.E164() != want {
			t.Errorf("%q is %s, %v", s, p.E164(), err)
		}
	}
	for s, want := range map[string]error{
		"": ErrPhone, "85291234567": ErrPhone, "886912345678": ErrPhone, "12345678901": ErrPhone, "1370000000": ErrPhone, "137000000033": ErrPhone,
		"861370000000": ErrPhone, "86137000000033": ErrPhone, "0013700000003": ErrPhone, "+1 202 555 0100": ErrPhone, "00137": ErrPhone, "137a00000003": ErrPhone,
		"0013700000003'": ErrPhone, "+86+13700000003": ErrPhone, "86008613700000003": ErrPhone, "1３7#0000003": ErrPhone,
		"137*****003": ErrMasked, "+86 137＊＊＊＊＊003": ErrMasked, strings.Repeat("1", 21): ErrTooLong,
	} {
		if p, err := ParsePhone(s); !errors.Is(err, want) {
			t.Errorf("%+q is %s, %v", s, p.E164(), err)
		}
	}
}

func TestParsePhoneIn(t *testing.T) {
	for _, tt := range []struct{ area, typed, want string }{
		{"+86", "13700000003", "+8613700000003"}, {"+886", "0912-345-678", "+886912345678"}, {"+886", "912345678", "+886912345678"}, {"+852", "6123 4567", "+85261234567"},
		{"+86", "+852 6123 4567", "+85261234567"}, {"+852", "8613700000003", "+8613700000003"}, {"+852", "tel:+86-137-0000-0003", "+8613700000003"}, // its own area counts
		{"+86", "912345678", ""}, {"+886", "13700000003", ""}, {"+1", "2025550100", ""}, {"", "13700000003", ""},
	} {
		if p, err := ParsePhoneIn(tt.area, tt.typed); p.E164() != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s %s is %s, %v", tt.area, tt.typed, p.E164(), err)
		}
	}
}

// TestIs: what is typed, and whose name it is.
func TestIs(t *testing.T) {
	for _, tt := range []struct {
		file, typed string
		want        bool
	}{
		{"周强", "周强", true}, {"周强", "周 强", true}, {"周强", "周强\u200b", true}, {"周强", "周\u00ad强", true}, {"周强", "周强2", false}, {"周强", "", false}, {"", "\u200b", true},
		{"Li Ming", "ＬＩ　ming", true}, {"José", "Jose\u0301", true}, {"José", "Jose", false}, {"H\u0331", "ẖ", true},

		{"张敏(大)", "张敏", true}, {"张敏2", "张敏", true}, {"张敏(大)", "张敏（大）", true}, {"张敏(大)", "张敏(小)", false}, {"张敏2", "张敏3", false},
		{"张敏【大】", "张敏", true}, {"张敏１", "张敏", true}, {"张敏(大)", "张", false}, {"张敏(大)", "大", false}, {"2", "", false}, {"(大)", "", false}, {"张敏)", "张敏", false},

		{"阿依古丽·买买提", "阿依古丽.买买提", true}, {"阿依古丽·买买提", "阿依古丽．买买提", true}, {"阿依古丽·买买提", "阿依古丽\ua78f买买提", true},
		{"阿依古丽·买买提", "阿依古丽\u25cf买买提", true}, {"阿依古丽·买买提", "阿依古丽-买买提", true}, {"阿依古丽·买买提", "阿依古丽—买买提", true},
		{"阿依古丽·买买提", "阿依古丽 买买提", true}, {"阿依古丽·买买提", "阿依古丽买买提", true}, {"阿依古丽.买买提", "阿依古丽·买买提", true}, {"阿依古丽。买买提", "阿依古丽·买买提", true},
		{"阿依古丽·买买提", "阿依古丽/买买提", false}, {"J. Smith", "J Smith", false}, {"Ann-Marie", "AnnMarie", false},

		{"⻩磊", "黄磊", true}, {"黄磊", "⻩磊", true}, {"王爱⺠", "王爱民", true}, {"⻢云", "马云", true}, {"王⻜", "王飞", true}, {"⻰飞", "龙飞", true}, {"龙飞", "⻰⻜", true},
		{"王\ue863", "王䶮", true}, {"王䶮", "王\ue863", true}, {"刘\ue844", "刘䜣", true}, {"刘䜣", "刘\ue844", true}, {"張敏", "张敏", false}, {"黃磊", "黄磊", false},
		{"张\U000E0100敏", "张敏", true}, {"葛伟", "葛\ufe00伟", true},
	} {
		if got := (Staff{Name: tt.file}).Is(tt.typed); got != tt.want {
			t.Errorf("%+q is the name of %+q: %t", tt.typed, tt.file, got)
		}
	}
}

func TestParseSignInName(t *testing.T) {
	for in, want := range map[string]string{
		"zhouqiang\u200b": "zhouqiang", " ＷangFang\u3000": "wangfang", "\u202d13700000003\u202c": "+8613700000003", "wang\u00adfang": "wangfang", "85291234567": "85291234567",
	} {
		if got := ParseSignInName(in).Normal(); got != want {
			t.Errorf("%+q signs in as %q, want %q", in, got, want)
		}
		if a, err := ParseAccount(in); err == nil && ParseSignInName(a.String()).Normal() != want {
			t.Errorf("%+q is the account %q, want %q", in, a, want)
		}
	}
}

// TestHasOwnAccount: a number that anybody may recognise is nobody else's account.
func TestHasOwnAccount(t *testing.T) {
	s := Staff{Phone: Phone{"+86", "13700000003"}, IDCard: "330199199003070018"}
	for account, want := range map[string]bool{
		"wangfang": true, "13700000003": true, "8613700000003": true, "013700000003": true, "137.0000.0003": true, "13700000004": false, "8613700000004": false,
		"330199199003070018": true, "330199199003070034": false, "11010519491231002x": false, "330199199003070019": true, "100106199003070011": true, // the last two are no ID cards
	} {
		s.Account = Account{account}
		if s.HasOwnAccount() != want {
			t.Errorf("%s is theirs: %t", account, !want)
		}
	}
	s = Staff{Account: Account{"11010519491231002x"}, IDCard: "11010519491231002X"}
	if !s.HasOwnAccount() {
		t.Error("a card that ends in X")
	}
}

func FuzzNameKey(f *testing.F) {
	for _, s := range []string{"阿依古丽·买买提", "张敏(大)", "H \u0331", "张.·.李", "张 -- 李", "İ", "e\u200b \u0301", "·\u0301a", "王\ue863", "⻩-磊"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := NameKey(s)
		if again := NameKey(key); again != key {
			t.Errorf("%+q has the key %+q, and that has %+q", s, key, again)
		}
		if name, err := ParseName(s); err == nil {
			if again, err := ParseName(name); again != name || err != nil {
				t.Errorf("%+q is kept as %+q, and that as %+q, %v", s, name, again, err)
			}
			if name != "" && NameKey(name) != key {
				t.Errorf("%+q has the key %+q, and as kept %+q", s, key, NameKey(name))
			}
		}
	})
}
