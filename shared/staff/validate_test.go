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
		})
	}
}

// TestAccountMasked: an account that is a phone is no way around the mask of the phone.
func TestAccountMasked(t *testing.T) {
	for in, want := range map[string]string{
		"wangfang": "wangfang", "w13700000003": "w13700000003", "1370000": "1370000", "13700000003": "+86 137*****003", "137-0000-0003": "+86 137*****003",
		"008613700000003": "+86 137*****003", "0085261234567": "+852 61****67",
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
	for in, want := range map[string]string{"11010519491231002X": "1101************2X", "123456": "******", "": ""} {
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
	for in, want := range map[string]error{"": nil, "1990-03-07": nil, "2024-02-29": nil, "2023-02-29": ErrForm, "1899-12-31": ErrForm, "2026-03-03": ErrForm, "1990-3-7": ErrForm, "19900307": ErrForm} {
		if _, err := ParseDate(in, noon); !errors.Is(err, want) {
			t.Errorf("ParseDate(%q): %v", in, err)
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
	}
	for _, tt := range tests {
		if got, err := ParseName(tt.in); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("ParseName(%q) = %q, %v", tt.in, got, err)
		}
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

func TestPlainPrints(t *testing.T) {
	for _, s := range []string{"张\u200b敏", "\ufeff张敏", "张\u202e敏", "张\ufffd敏", "张\u2028敏", "张\n敏", "张\u00ad敏", "张\x00敏"} {
		if got, err := Plain(s, 50); !errors.Is(err, ErrForm) {
			t.Errorf("Plain(%q) = %q, %v", s, got, err)
		}
	}
	for in, want := range map[string]string{" 张　敏 ": "张 敏", "阿依古丽·买买提": "阿依古丽·买买提", "𠮷田\ue000": "𠮷田\ue000", "1\u00a0号": "1 号", "é": "é"} {
		if got, err := Plain(in, 50); got != want || err != nil {
			t.Errorf("Plain(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}
