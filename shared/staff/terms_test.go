package staff

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func zeng() Staff {
	return Staff{
		Name: "曾小 明", Account: Account{"zengxm01"}, Phone: Phone{"+86", "13700000003"},
		Pinyin: Pinyin{Syllables: []string{"zeng", "xiao", "ming"}, SurnameOther: [][]string{{"ceng"}}},
	}
}

func TestTerms(t *testing.T) {
	want := append([]string{"0003 "}, strings.Fields("13700000003 cengxiaoming cengxm cxm m ming xiaoming xm zengxiaoming zengxm zengxm01 zxm 小明 明 曾小明")...)
	if got := zeng().Terms(); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if got := (Staff{Name: "李7"}).Terms(); !slices.Equal(got, []string{"李7"}) {
		t.Errorf("%q: a lone digit is searched by nobody", got)
	}
}

// TestTermsOfACompoundSurname: 欧阳晓明 is ouyangxm to his colleagues.
func TestTermsOfACompoundSurname(t *testing.T) {
	s := Staff{Name: "欧阳晓明", Pinyin: Pinyin{Syllables: []string{"ou", "yang", "xiao", "ming"}, Surname: 2}}
	terms := s.Terms()
	for term, want := range map[string]bool{"ouyangxm": true, "ouyxm": false, "oyxm": true, "ouyangxiaoming": true} {
		if slices.Contains(terms, term) != want {
			t.Errorf("%q among %q: %t", term, terms, !want)
		}
	}
}

// A name of several readings is found by each, whoever was written before the
// given name had any by those of old.
func TestTermsOfEachReading(t *testing.T) {
	s := Staff{Name: "曾长江", Pinyin: Pinyin{Syllables: []string{"zeng", "chang", "jiang"}, Surname: 1, SurnameOther: [][]string{{"ceng"}}}}
	old := s.Terms()
	s.Pinyin.GivenOther = [][]string{{"zhang", "jiang"}}
	terms := s.Terms()
	for _, term := range []string{"zengchangjiang", "cengchangjiang", "zengzhangjiang", "cengzhangjiang", "zhangjiang", "zj", "zengzj", "zzj"} {
		if !slices.Contains(terms, term) {
			t.Errorf("%q is not among %q", term, terms)
		}
	}
	if slices.ContainsFunc(old, func(term string) bool { return !slices.Contains(terms, term) }) {
		t.Errorf("%q\nwithout the other reading %q", terms, old)
	}
	s.Pinyin.GivenOther = slices.Repeat(s.Pinyin.GivenOther, 9)
	if n := len(s.Pinyin.Readings()); n != MaxReadings {
		t.Errorf("%d readings", n)
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		q     string
		ok    bool
		first string // of 曾小明's terms; "" finds nobody
	}{
		{"小", true, "小明"},
		{"曾 小·明", true, "曾小明"},
		{"ＺＥＮＧＸ", true, "zengxiaoming"},
		{"cengxm", true, "cengxm"},
		{"xm", true, "xm"},
		{"zengxm0", true, "zengxm01"},
		{"iao", true, ""},
		{"137", true, "13700000003"},
		{"0003", true, "0003 "},
		{"000", true, ""}, // neither where the phone starts nor its last four
		{"0003 ", true, "0003 "},
		{"13", false, ""},
		{"7", false, ""},

		// The beginning of the number as it is dialled from abroad.
		{"+86137", true, "13700000003"},
		{"+86 137-00", true, "13700000003"},
		{"0086137", true, "13700000003"},
		{"+8613700000003", true, "13700000003"},
		{"+860003", true, ""},
		{"+8613", false, ""},
		{"+86", false, ""},
		{"+", false, ""},
		{"0086", true, ""}, // might be anybody's last four
		{"+852137", true, ""},
	}
	for _, tt := range tests {
		text, ok := ParseSearchQuery(tt.q)
		if ok != tt.ok {
			t.Errorf("%q: taken %t", tt.q, ok)
		}
		if first, found := text.First(zeng()); ok && (first != tt.first || found != (tt.first != "")) {
			t.Errorf("%q finds %q, want %q", tt.q, first, tt.first)
		}
	}
}

// Four digits are the end of a phone or an account; only of the latter is less found.
func TestTextOfFourDigits(t *testing.T) {
	account, phone := Staff{Account: Account{"1234"}}, Staff{Account: Account{"a"}, Phone: Phone{"+86", "13700001234"}}
	both := Staff{Account: account.Account, Phone: phone.Phone}
	for _, tt := range []struct {
		q                    string
		account, phone, both string
	}{
		{"1234", "1234", "1234 ", "1234"},
		{"123", "1234", "", "1234"},
		{"12345", "", "", ""},
		{"+861234", "", "", ""},
		{"+861370", "", "13700001234", "13700001234"},
	} {
		text, _ := ParseSearchQuery(tt.q)
		for want, s := range map[*string]Staff{&tt.account: account, &tt.phone: phone, &tt.both: both} {
			if first, _ := text.First(s); first != *want {
				t.Errorf("%q finds %q, want %q", tt.q, first, *want)
			}
		}
	}
}

// A number of another area is found from its start, also where behind the area
// stand fewer digits than a search takes.
func TestTextOfAnotherArea(t *testing.T) {
	s := Staff{Account: Account{"a"}, Phone: Phone{"+852", "61234567"}}
	for q, want := range map[string]string{
		"+8526": "+85261234567", "008526": "+85261234567", "+852 6123-4": "+85261234567", "+852": "+85261234567", "612": "61234567", "4567": "4567 ",
		"+8536": "", "00852": "", "+86612": "", "+852612345678": "", "852612": "",
	} {
		text, ok := ParseSearchQuery(q)
		if first, _ := text.First(s); !ok || first != want {
			t.Errorf("%q (%t) finds %q, want %q", q, ok, first, want)
		}
		if want != "" && text.Bucket() != Bucket(want) {
			t.Errorf("%q looks into %q, not %q", q, text.Bucket(), Bucket(want))
		}
	}
}

// TestBucket: a text looks into one partition, so every term that it finds must
// be there, and a partition's name must be text.
func TestBucket(t *testing.T) {
	for name, want := range map[string]string{"张三": "张", "zhang": "z", "13700000003": "137", "0003": "000", "3com": "3", "33com": "33", "007张三": "007", "07张三": "07", "7": "7", "#": "#"} {
		if got := Bucket(name); got != want {
			t.Errorf("Bucket(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzBucket(f *testing.F) {
	for _, name := range []string{"张三", "007张三", "张3号", "阿依古丽·买买提", "Q1w2", "3 ·com", "１２三"} {
		f.Add(name, 3)
	}
	f.Fuzz(func(t *testing.T, name string, n int) {
		s := Staff{Name: strings.ToValidUTF8(name, "")}
		for _, term := range s.Terms() {
			if !utf8.ValidString(Bucket(term)) || Bucket(term) == "" {
				t.Fatalf("Bucket(%q) = %q", term, Bucket(term))
			}
			if n < 0 || n > len(term) {
				n = len(term)
			}
			text, ok := ParseSearchQuery(strings.ToValidUTF8(term[:n], ""))
			if ok && !text.IsZero() && text.Finds(term) && text.Bucket() != Bucket(term) {
				t.Fatalf("%q finds %q but looks into %q, not %q", text, term, text.Bucket(), Bucket(term))
			}
		}
	})
}
