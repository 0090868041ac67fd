package staff

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestParseIDCard(t *testing.T) {
	tests := []struct {
		name, in, want string
		err            error
	}{
		{"a good number", "11010519491231002X", "11010519491231002X", nil},
		{"small x, full width, spaces", " １１０１０５19491231002x ", "11010519491231002X", nil},
		{"none", "  ", "", nil},
		{"masked", "1101**********002X", "", ErrMasked},
		{"wrong check digit", "110105194912310021", "", ErrForm},
		{"one digit changed", "11010519491231012X", "", ErrForm},
		{"two digits swapped", "11010519491213002X", "", ErrForm},
		{"fifteen digits of the old form", "110105491231002", "", ErrForm},
		{"a letter", "1101051949123100AX", "", ErrForm},
		{"a day that never was", withCheck("33010019990230001"), "", ErrForm},
		{"a day to come", withCheck("33010020990228001"), "", ErrForm},
		{"division beginning with zero", withCheck("03010019990228001"), "", ErrForm},
		{"blanks within", "330199 19900307 0018", "330199199003070018", nil},
		{"blanks and marks", "\u202d330199\u30001990 0307\u200b0018\u202c", "330199199003070018", nil},
		{"absent", "待完善", "", nil},
		{"no such province", "100106199003070011", "", ErrForm},
		{"a county that is gone", withCheck("11010419900307001"), withCheck("11010419900307001"), nil},
		{"Taiwan", withCheck("71000019900307001"), withCheck("71000019900307001"), nil},
		{"Taiwan, living here", withCheck("83000019900307001"), withCheck("83000019900307001"), nil},
		{"Hong Kong", withCheck("81000019900307001"), withCheck("81000019900307001"), nil},
		{"a foreigner who lives here", withCheck("91133019900307001"), withCheck("91133019900307001"), nil},
		{"no province any more", withCheck("72000019900307001"), "", ErrForm},
		{"a child", withCheck("33019920150101001"), "", ErrForm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseIDCard(tt.in, noon)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("ParseIDCard(%q) = %q, %v", tt.in, got, err)
			}
		})
	}
}

// withCheck completes 17 digits by the weights of GB 11643 as its table has them.
func withCheck(s string) string {
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return s + "10X98765432"[sum%11:][:1]
}

func FuzzIDCardCheck(f *testing.F) {
	f.Add("33010019990228001")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) == 17 && isDigits(s) {
			if want := withCheck(s); idCardCheck(s) != want[17] {
				t.Errorf("%s: %c, want %c", s, idCardCheck(s), want[17])
			}
		}
	})
}

func TestIDCardAgrees(t *testing.T) {
	woman := withCheck("33010019900307002")
	tests := []struct {
		name          string
		in            Staff
		birth, gender bool
	}{
		{"no card", Staff{BirthDate: "1990-03-08", Gender: Male}, true, true},
		{"agrees", Staff{IDCard: woman, BirthDate: "1990-03-07", Gender: Female}, true, true},
		{"nothing to agree with", Staff{IDCard: woman}, true, true},
		{"other gender", Staff{IDCard: woman, Gender: Male}, true, false},
		{"gender not stated", Staff{IDCard: woman, Gender: "9"}, true, true},
		{"other day", Staff{IDCard: woman, BirthDate: "1990-03-08"}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if birth, gender := tt.in.IDCardAgrees(); birth != tt.birth || gender != tt.gender {
				t.Errorf("birth %t, gender %t", birth, gender)
			}
			if warnings := tt.in.Warnings(); (len(warnings) == 0) != tt.birth {
				t.Errorf("warnings %v", warnings)
			}
		})
	}
}

// TestAccountMasked: an account that is a phone is no way around the mask of the phone.
func TestAccountMasked(t *testing.T) {
	for in, want := range map[string]string{
		"wangfang": "wangfang", "w13700000003": "w13700000003", "1370000": "1370000", "13700000003": "+86 137*****003", "137-0000-0003": "+86 137*****003",
		"008613700000003": "+86 137*****003", "0085261234567": "+852 61****67",
		"8613700000003": "+86 137*****003", "013700000003": "+86 137*****003", "137.0000.0003": "+86 137*****003",
		"330199199003070018": "330*************18", "330199199003070019": "330199199003070019", "11010519491231002x": "110*************2X",
	} {
		a, err := ParseAccount(in)
		if err != nil {
			t.Fatal(err)
		}
		if a.Masked() != want || a.LogValue().String() != want || a.String() != in {
			t.Errorf("%s is shown as %s, logged as %s, looked for as %s", in, a.Masked(), a.LogValue(), a)
		}
	}
	for _, masked := range []string{"+86 137*****003", "137＊＊003", "a*"} {
		if _, err := ParseAccount(masked); !errors.Is(err, ErrMasked) {
			t.Errorf("%s: %v", masked, err)
		}
	}
}

func TestMaskIDCard(t *testing.T) {
	for in, want := range map[string]string{"11010519491231002X": "110*************2X", "330199199003070018": "330*************18", "123456": "******", "": ""} {
		if got := MaskIDCard(in); got != want {
			t.Errorf("MaskIDCard(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseEmail(t *testing.T) {
	good := []string{"", "a@b.cn", "wang.fang+gov@data.zj.gov.cn", "Ｗang@zj.cn"}
	bad := []string{"a", "a@b", "@b.cn", "a@.cn", "a@b.", "a b@c.cn", "a@b@c.cn", "a..b@c.cn", ".a@c.cn", "王@c.cn", "a@-c.cn", "a@c\n.cn",
		strings.Repeat("a", 65) + "@c.cn"}
	for _, s := range good {
		if _, err := ParseEmail(s); err != nil {
			t.Errorf("%q is refused: %v", s, err)
		}
	}
	for _, s := range bad {
		if _, err := ParseEmail(s); !errors.Is(err, ErrForm) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if _, err := ParseEmail(strings.Repeat("a.", 130) + "@c.cn"); !errors.Is(err, ErrTooLong) {
		t.Errorf("a long one: %v", err)
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]error{
		"": nil, "待完善": nil, "1990-03-07": nil, "1988-02-29": nil, "１９９０－０３－０７": nil, "1990\u201003\u201007\u200b": nil, "1989-02-29": ErrForm, "1990-3-7": ErrForm, "19900307": ErrForm,
		"2012-03-02": nil, "2012-03-03": ErrForm, "2015-01-01": ErrForm, "2026-03-02": ErrForm, "2027-01-01": ErrForm, // 14 today, or not yet
		"1925-03-03": nil, "1925-03-02": ErrForm, "1900-01-01": ErrForm, // 100, or 101 today
	} {
		if _, err := ParseDate(in, noon); !errors.Is(err, want) {
			t.Errorf("ParseDate(%+q): %v", in, err)
		}
	}
	for now, want := range map[string]error{"2026-03-02T15:59:59Z": ErrForm, "2026-03-02T16:00:00Z": nil} { // midnight in Beijing
		now, _ := time.Parse(time.RFC3339, now)
		if _, err := ParseDate("2012-03-03", now); !errors.Is(err, want) {
			t.Errorf("14 years on the third of March, at %s: %v", now, err)
		}
	}
}

func TestParseName(t *testing.T) {
	tests := []struct {
		in, want string
		err      error
	}{
		{"  张　敏 ", "张 敏", nil}, {"阿依古丽·买买提", "阿依古丽·买买提", nil}, {"", "", nil}, {"···", "", ErrForm}, {"张\x00敏", "", ErrForm},
		{strings.Repeat("张", 50), strings.Repeat("张", 50), nil}, {strings.Repeat("张", 51), "", ErrTooLong},
		{strings.Repeat("张\u200b", 50), strings.Repeat("张", 50), nil},
		{"张敏（大）", "张敏(大)", nil}, {"张敏2", "张敏2", nil}, {"O'Brien-Smith", "O'Brien-Smith", nil}, {"J. R. 王", "J. R. 王", nil}, {"José", "José", nil},
		{"李〇", "李〇", nil}, {"\U000323B0", "\U000323B0", nil},

		// What nobody sees.
		{"王\u200b芳", "王芳", nil}, {"张\U000E0100敏", "张敏", nil}, {"葛\U000E0100伟", "葛伟", nil},
		{"\uffa0", "", nil}, {"\u115f", "", nil}, {"\u034f", "", nil}, {"待完善", "", nil}, {"\u0301", "", ErrForm}, {"\u2800", "", ErrForm},
		{"\ufdd0", "", ErrStandIn}, {"\uffff", "", ErrStandIn}, {"\u0378", "", ErrStandIn}, {"王\ue000", "", ErrStandIn}, {"王\ufffd", "", ErrStandIn},

		// What stands for something that was lost.
		{"王*芳", "", ErrMasked}, {"王＊", "", ErrMasked}, {"*", "", ErrMasked}, {"王﹡芳", "", ErrMasked},
		{"王?", "", ErrStandIn}, {"王？", "", ErrStandIn}, {"王□", "", ErrStandIn}, {"王■", "", ErrStandIn}, {"王◇", "", ErrStandIn}, {"王×芳", "", ErrStandIn}, {"王〓", "", ErrStandIn},
		{"王○芳", "", ErrStandIn}, {"王✕", "", ErrStandIn}, {"王_芳", "", ErrStandIn}, {"王##", "", ErrStandIn}, {"??", "", ErrStandIn}, {"王\ufffc", "", ErrStandIn},

		// The dot.
		{"阿依古丽.买买提", "阿依古丽·买买提", nil}, {"阿依古丽．买买提", "阿依古丽·买买提", nil}, {"阿依古丽。买买提", "阿依古丽·买买提", nil},
		{"阿依古丽•买买提", "阿依古丽·买买提", nil}, {"阿依古丽・买买提", "阿依古丽·买买提", nil}, {"阿依古丽･买买提", "阿依古丽·买买提", nil},
		{"阿依古丽‧买买提", "阿依古丽·买买提", nil}, {"阿依古丽∙买买提", "阿依古丽·买买提", nil}, {"阿依古丽⋅买买提", "阿依古丽·买买提", nil},
		{"阿依古丽\ua78f买买提", "阿依古丽·买买提", nil}, {"阿依古丽\u2e31买买提", "阿依古丽·买买提", nil}, {"阿依古丽●买买提", "阿依古丽·买买提", nil},
		{"阿依古丽-买买提", "阿依古丽·买买提", nil}, {"阿依古丽——买买提", "阿依古丽·买买提", nil}, {"阿依古丽 · 买买提", "阿依古丽·买买提", nil},
		{"Ann-Marie", "Ann-Marie", nil}, {"王-Smith", "王-Smith", nil}, {"张敏-2", "张敏-2", nil}, {"王●", "", ErrStandIn},

		// One character, several code points.
		{"⻩磊", "黄磊", nil}, {"王爱⺠", "王爱民", nil}, {"王\ue863", "王䶮", nil}, {"刘\ue844", "刘䜣", nil},
	}
	for _, tt := range tests {
		if got, err := ParseName(tt.in); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("ParseName(%+q) = %+q, %v", tt.in, got, err)
		}
		if again, err := ParseName(tt.want); again != tt.want || err != nil {
			t.Errorf("%+q is taken as %+q, %v", tt.want, again, err)
		}
	}
}

func TestParseOrgName(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		err      error
	}{
		{"重复科（一）", "重复科（一）", nil}, {" 人事科\u200b ", "人事科", nil}, {"A×B联络处", "A×B联络处", nil}, {"···", "", ErrForm}, {"待完善", "", nil}, {"人事\n科", "", ErrForm},
	} {
		if got, err := ParseOrgName(tt.in); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("ParseOrgName(%+q) = %+q, %v", tt.in, got, err)
		}
	}
	if NameKey("重复科（一）") != NameKey("重复科(一)") {
		t.Error("two spellings of one name have two keys")
	}
}

func TestDivisionCovers(t *testing.T) {
	tests := []struct {
		wide, narrow string
		want         bool
	}{
		{"330000", "330199", true}, {"330000", "330000", true}, {"330100", "330199", true}, {"330100", "330200", false},
		{"330199", "330199", true}, {"330199", "330100", false}, {"340000", "330199", false}, {"330000", "", false}, {"", "330199", false}, {"33", "330199", false},
	}
	for _, tt := range tests {
		if got := DivisionCovers(tt.wide, tt.narrow); got != tt.want {
			t.Errorf("DivisionCovers(%q, %q) = %t", tt.wide, tt.narrow, got)
		}
	}
}

func TestOrgHeads(t *testing.T) {
	tests := []struct {
		name, division, parent string
		want                   []string
	}{
		{"the root", "330000", "", []string{"330000"}},
		{"a city below its province", "330100", "330000", []string{"330100"}},
		{"a district below its city", "330199", "330100", []string{"330199"}},
		{"a unit like its district", "330199", "330199", nil},
		{"a branch in a district, below the province's own unit", "330199", "330000", []string{"330199", "330100"}},
		{"a branch in another city", "330299", "330199", []string{"330299", "330200"}},
		{"an org without a division", "", "330000", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, d := range DivisionsAround(tt.division) {
				if (Org{Division: tt.division}).IsTopOf(d, tt.parent) {
					got = append(got, d)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("heads %v, want %v", got, tt.want)
			}
		})
	}
}

func TestArrange(t *testing.T) {
	post := func(title string, job JobType, active bool) Post {
		return Post{Title: title, JobType: job, Active: active}
	}
	in := []Post{post("ended", MainJob, false), post("second", ConcurrentJob, true), post("main", MainJob, true), post("third", SecondedJob, true)}
	for range 12 {
		in = append(in, post("older", ConcurrentJob, false))
	}
	var titles []string
	for _, p := range Arrange(in) {
		titles = append(titles, p.Title)
	}
	want := append([]string{"main", "second", "third", "ended"}, slices.Repeat([]string{"older"}, 9)...)
	if !slices.Equal(titles, want) {
		t.Errorf("%v", titles)
	}
	if in[0].Title != "ended" {
		t.Error("the caller's posts were changed")
	}
}

type fakeDictionaryStore struct {
	reads int
	err   error
}

func (s *fakeDictionaryStore) Dictionaries(context.Context) (Dictionaries, error) {
	s.reads++
	return Dictionaries{
		{Dictionary: "ZHI_JI", Code: "b", Order: 2}, {Dictionary: "ZHI_JI", Code: "a", Order: 1}, {Dictionary: "BIAN_ZHI", Code: "c", Order: 9},
	}, s.err
}

func TestDictionaryList(t *testing.T) {
	now := noon
	store := &fakeDictionaryStore{err: errors.New("out of reach")}
	list := &DictionaryList{Store: store, Now: func() time.Time { return now }}
	if _, err := list.Run(t.Context()); !errors.Is(err, store.err) {
		t.Errorf("a failed read: %v", err)
	}
	store.err = nil
	for i, step := range []struct {
		later time.Duration
		reads int
	}{{0, 2}, {59 * time.Second, 2}, {time.Second, 3}} {
		now = now.Add(step.later)
		all, err := list.Run(t.Context())
		if err != nil || store.reads != step.reads {
			t.Fatalf("%d: %d reads, %v", i, store.reads, err)
		}
		if len(all) != 3 || all[0].Code != "c" || all[1].Code != "a" || all[2].Code != "b" {
			t.Errorf("%d: %+v", i, all)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, s := range []string{"张\ufffd敏", "张\u2028敏", "张\n敏", "张\x00敏", "𠮷田\ue000", "\ufdd0", "\uffff", "\u0378", "张\xff", "张\u2800敏", "\x00"} {
		if got, err := Plain(s, 50); !errors.Is(err, ErrForm) && !errors.Is(err, ErrStandIn) {
			t.Errorf("Plain(%+q) = %q, %v", s, got, err)
		}
	}
	for in, want := range map[string]string{
		" 张　敏 ": "张 敏", "阿依古丽·买买提": "阿依古丽·买买提", "1\u00a0号": "1 号", "é": "é", "０５７１－８８": "0571-88", "+1 (2)": "+1 (2)",
		"张\u200b敏": "张敏", "\ufeff张敏": "张敏", "张\u202e敏": "张敏", "张\u00ad敏": "张敏",
		"": "", "\u3000": "", "\uffa0": "", "-": "", "···": "", "\u0301": "", "待完善": "", "待\u200b完善 ": "", "待完善吗": "待完善吗",
	} {
		if got, err := Plain(in, 50); got != want || err != nil {
			t.Errorf("Plain(%+q) = %q, %v, want %q", in, got, err, want)
		}
	}
	if _, err := Plain("张"+strings.Repeat("\u200b", 9)+"敏", 2); err != nil {
		t.Errorf("what nobody sees counts for the length: %v", err)
	}
	if _, err := Plain("㈱", 2); !errors.Is(err, ErrTooLong) {
		t.Errorf("the length before the fold counts: %v", err)
	}
}

// TestFreeText: free text is kept as it was typed.
func TestFreeText(t *testing.T) {
	tests := []struct {
		in, text, lines string // what is kept of it; "!" for a refusal
	}{
		{"处长（主持工作）", "处长（主持工作）", "处长（主持工作）"},
		{"①～Ⅱ，", "①～Ⅱ，", "①～Ⅱ，"},
		{" 三楼\u200b302 ", "三楼302", "三楼302"},
		{"手机丢失\n请先冻结", "!", "手机丢失\n请先冻结"},
		{"手机丢失\r\n\r\n请先冻结\r", "!", "手机丢失\n\n请先冻结"},
		{"手机丢失\u2028请先冻结", "!", "手机丢失\n请先冻结"},
		{"手机\t丢失", "!", "!"},
		{"\ue000", "!", "!"},
		{"王\ue863", "王䶮", "王䶮"},
		{"\u034f", "", ""},
		{"。。。", "", ""},
		{"待完善", "", ""},
		{"e\u0301", "é", "é"},
	}
	for _, tt := range tests {
		for want, parse := range map[*string]func(string, int) (string, error){&tt.text: Text, &tt.lines: Lines} {
			if got, err := parse(tt.in, 50); err != nil && *want != "!" || err == nil && got != *want {
				t.Errorf("%+q is kept as %+q, %v, want %+q", tt.in, got, err, *want)
			}
		}
	}
}
