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
	want := strings.Fields("0003 13700000003 cengxiaoming cengxm cxm m ming xiaoming xm zengxiaoming zengxm zengxm01 zxm 小明 明 曾小明")
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
		{"0003", true, "0003"},
		{"000", true, ""}, // neither where the phone starts nor its last four
		{"13", false, ""},
		{"7", false, ""},
	}
	for _, tt := range tests {
		text, ok := ParseText(tt.q)
		if ok != tt.ok {
			t.Errorf("%q: taken %t", tt.q, ok)
		}
		if first, found := text.First(zeng()); ok && (first != tt.first || found != (tt.first != "")) {
			t.Errorf("%q finds %q, want %q", tt.q, first, tt.first)
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
			text, ok := ParseText(strings.ToValidUTF8(term[:n], ""))
			if ok && !text.IsZero() && text.Finds(term) && text.Bucket() != Bucket(term) {
				t.Fatalf("%q finds %q but looks into %q, not %q", text, term, text.Bucket(), Bucket(term))
			}
		}
	})
}
