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
	want := append([]string{"0003 "}, strings.Fields("13700000003 cengxiaoming cengxm cxm ming xiaoming xm zengxiaoming zengxm01 zxm 小明 明 曾小明")...)
	if got := zeng().Terms(1); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if got := (Staff{Name: "李7"}).Terms(1); !slices.Equal(got, []string{"李7"}) {
		t.Errorf("%q: a lone digit is searched by nobody", got)
	}
}

// A text that is no term because another one begins with it finds the person all the same,
// and so does each beginning of it.
func TestTermsThatBegin(t *testing.T) {
	s := zeng()
	for _, account := range []string{"zengxm01", "0003", "00034", "13700000003"} {
		s.Account = Account{account}
		for _, text := range append(s.nameTerms(), account, "zengxm", "13700000003") {
			for end := range text {
				q, ok := ParseSearchQuery(text[:end] + string([]rune(text[end:])[:1]))
				if _, found := q.First(s, 1, true); ok && !found && !q.IsZero() {
					t.Errorf("%q does not find who has the account %s and the terms %q", q, account, s.Terms(1))
				}
			}
		}
	}
}

// TestTermsOfACompoundSurname: 欧阳晓明 is ouyangxm to his colleagues.
func TestTermsOfACompoundSurname(t *testing.T) {
	s := Staff{Name: "欧阳晓明", Pinyin: Pinyin{Syllables: []string{"ou", "yang", "xiao", "ming"}, Surname: 2}}
	terms := s.Terms(1)
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
	old := s.Terms(1)
	s.Pinyin.GivenOther = [][]string{{"zhang", "jiang"}}
	terms := s.Terms(1)
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
		if first, found := text.First(zeng(), 1, true); ok && (first != tt.first || found != (tt.first != "")) {
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
			if first, _ := text.First(s, 1, true); first != *want {
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
		if first, _ := text.First(s, 1, true); !ok || first != want {
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
		for _, term := range s.Terms(1) {
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

// TestTermsOfSpelling: ü, tones, and what stands between syllables.
func TestTermsOfSpelling(t *testing.T) {
	si := Staff{Name: "吕思源", Pinyin: Pinyin{Syllables: []string{"lv", "si", "yuan"}, Surname: 1, SurnameOther: [][]string{{"lu"}, {"lyu"}}}}
	nu := Staff{Name: "王女青", Pinyin: Pinyin{Syllables: []string{"wang", "nv", "qing"}, Surname: 1}}
	lue := Staff{Name: "王略", Pinyin: Pinyin{Syllables: []string{"wang", "lve"}, Surname: 1}}
	mid := Staff{Name: "陈玉", Pinyin: Pinyin{Syllables: []string{"chen", "yu"}, Surname: 1}}
	jing := Staff{Name: "曾静", Pinyin: Pinyin{Syllables: []string{"zeng", "jing"}, Surname: 1, SurnameOther: [][]string{{"ceng"}}}}
	silva := Staff{Name: "José O’Brien-Silva", Account: Account{"li-wei.lv"}, Pinyin: Pinyin{Syllables: []string{"jos", "o", "brien", "silva"}}}
	latin := Staff{Name: "Alyusha", Account: Account{"lyu88"}, Pinyin: Pinyin{Syllables: []string{"alyusha"}}}
	for _, tt := range []struct {
		s     Staff
		q     string
		found bool
	}{
		{si, "lvsiyuan", true}, {si, "lyusiyuan", true}, {si, "lusiyuan", true}, {si, "lüsiyuan", true}, {si, "lǚsiyuan", true}, {si, "LǙ Sī-yuán", true},
		{si, "lu\u0308siyuan", true}, {si, "l", true}, {si, "lv", true}, {si, "lu", true}, {si, "lüs", true}, {si, "lsy", true}, {si, "lusy", true}, {si, "lisiyuan", false},
		{nu, "wangnüqing", true}, {nu, "wangnvqing", true}, {nu, "wangnuqing", true}, {nu, "wangnyuqing", true}, {nu, "nǚqing", true}, {nu, "nyu", true}, {nu, "wangnyq", false},
		{lue, "wanglüe", true}, {lue, "wanglve", true}, {lue, "wanglue", true}, {lue, "wanglyue", true},
		{mid, "chenyu", true}, {mid, "cheny", true}, {mid, "chenyù", true}, {mid, "chenu", false},
		{jing, "zēngjìng", true}, {jing, "zeng'jing", true}, {jing, "zeng’jing", true}, {jing, "zeng-jing", true}, {jing, "zeng jing", true}, {jing, "ZENG‐JING", true}, {jing, "ceng'j", true},
		{silva, "jose", true}, {silva, "josé", true}, {silva, "o'brien", true}, {silva, "obrien-silva", true}, {silva, "silva", true}, {silva, "silv", true}, {silva, "li-w", true}, {silva, "liwei", true}, {silva, "li-wei.lv", true},
		{latin, "aly", true}, {latin, "alyusha", true}, {latin, "ly", true}, {latin, "lyu8", true}, {latin, "lyu88", true},
	} {
		text, ok := ParseSearchQuery(tt.q)
		term, found := text.First(tt.s, 1, false)
		if !ok || found != tt.found {
			t.Errorf("%q finds %s: %t", tt.q, tt.s.Name, found)
		}
		if found && text.Bucket() != Bucket(term) {
			t.Errorf("%q looks into %q, not %q", tt.q, text.Bucket(), Bucket(term))
		}
	}
}

// TestTermsOfDots: a name is found by its parts, whatever stands between them on file and
// in the search.
func TestTermsOfDots(t *testing.T) {
	for _, name := range []string{"阿依古丽·买买提", "阿依古丽.买买提", "阿依古丽-买买提"} {
		for _, q := range []string{"古丽·买", "古丽.买", "古丽．买", "古丽买", "丽 买买提"} {
			text, _ := ParseSearchQuery(q)
			if _, found := text.First(Staff{Name: name}, 1, false); !found {
				t.Errorf("%s does not find %s", q, name)
			}
		}
	}
	for _, name := range []string{"⻩磊", "黄磊"} {
		for _, q := range []string{"⻩", "黄磊", "huanglei"} {
			text, _ := ParseSearchQuery(q)
			if _, found := text.First(Staff{Name: name, Pinyin: Pinyin{Syllables: []string{"huang", "lei"}, Surname: 1}}, 1, false); !found {
				t.Errorf("%s does not find %s", q, name)
			}
		}
	}
}

// TestTermsOfHiddenNumbers: who sees a number masked finds it by what the mask shows.
func TestTermsOfHiddenNumbers(t *testing.T) {
	phone := Staff{Account: Account{"zhangmin"}, Phone: Phone{"+86", "13700000004"}}
	own := Staff{Account: Account{"13700000004"}, Phone: phone.Phone}
	hong := Staff{Account: Account{"a1"}, Phone: Phone{"+852", "61234567"}}
	card := Staff{Account: Account{"330199199003070018"}, IDCard: "330199199003070018"}
	digits := Staff{Account: Account{"20190001"}}
	for _, tt := range []struct {
		s             Staff
		q             string
		masked, whole bool
	}{
		{phone, "137", true, true}, {phone, "1370", false, true}, {phone, "13700", false, true}, {phone, "1370000000", false, true}, {phone, "13700000004", true, true},
		{phone, "0004", true, true}, {phone, "004", false, false}, {phone, "+86137", true, true}, {phone, "+861370", false, true}, {phone, "0086 1370", false, true}, {phone, "137-0000", false, true},
		{own, "137", true, true}, {own, "1370", false, true}, {own, "1370000000", false, true}, {own, "13700000004", true, true}, {own, "0004", true, true},
		{hong, "+852", true, true}, {hong, "+85261", true, true}, {hong, "+852612", false, true}, {hong, "612", false, true}, {hong, "61234567", true, true}, {hong, "4567", true, true},
		{card, "330", true, true}, {card, "3301", false, true}, {card, "33019919900307001", false, true}, {card, "330199199003070018", true, true},
		{digits, "201", true, true}, {digits, "2019", true, true}, {digits, "20190", true, true}, {phone, "zhang", true, true},
	} {
		text, ok := ParseSearchQuery(tt.q)
		_, masked := text.First(tt.s, 1, false)
		_, whole := text.First(tt.s, 1, true)
		if !ok || masked != tt.masked || whole != tt.whole {
			t.Errorf("%q finds %s, %s: %t masked, %t whole", tt.q, tt.s.Account.s, tt.s.Phone.E164(), masked, whole)
		}
		if tt.s.Phone != (Phone{}) && text.IsDigits() && !text.MayHide() {
			t.Errorf("%q may hide nothing", tt.q)
		}
	}
}

// TestRanges: who sees all numbers masked has none of them read that the mask hides.
func TestRanges(t *testing.T) {
	for _, tt := range []struct {
		q            string
		read, hidden []string // terms
	}{
		{"137", []string{"137", "13700000004", "137abc", "137 "}, nil},
		{"1370", []string{"1370", "1370 ", "1370abc", "1370-a", "1370.a", "1370_a", "1370@a", "1370张"}, []string{"13700000004", "13709999999", "137012"}},
		{"13700", []string{"13700", "13700a"}, []string{"13700000004"}},
		{"1370000000", []string{"1370000000"}, []string{"13700000004"}},
		{"13700000004", []string{"13700000004"}, nil},
		{"+861370", nil, []string{"13700000004"}},
		{"6123", []string{"6123 ", "6123a"}, []string{"61234567", "612301199003070012"}},
		{"9123", []string{"9123 "}, []string{"912345678"}},
		{"+852612", []string{"+852612"}, []string{"+85261234567"}},
		{"+85261", []string{"+85261234567"}, nil},
		{"330", []string{"330199199003070018"}, nil},
		{"3301", []string{"3301 "}, []string{"330199199003070018"}},
		{"33019919900307001", []string{"33019919900307001"}, []string{"330199199003070018", "33019919900307001x"}},
		{"330199199003070018", []string{"330199199003070018"}, nil},
		{"2019", []string{"20190001", "2019 ", "2019abc"}, nil}, // no number begins so
		{"zhang", []string{"zhang", "zhang1", "zhangmin"}, nil},
	} {
		q, _ := ParseSearchQuery(tt.q)
		in := func(whole bool, term string) bool {
			return slices.ContainsFunc(q.Ranges(whole), func(r TermRange) bool { return r.Has(term) })
		}
		for _, term := range tt.read {
			if !in(false, term) || !in(true, term) {
				t.Errorf("%q does not read %q", tt.q, term)
			}
		}
		for _, term := range tt.hidden {
			if in(false, term) || !in(true, term) {
				t.Errorf("%q reads %q, or does not for who sees it whole", tt.q, term)
			}
		}
	}
}

// TestTermsAreBounded: the person who stands in most lists costs a few hundred rows, and
// is still found by what matters.
func TestTermsAreBounded(t *testing.T) {
	const levels = 12
	orgs := Orgs{}
	add := func(n int, above Org) Org {
		o := Org{Code: orgCode(n), Type: GroupOrg, Order: 1}.Under(above)
		if len(o.Path) == levels {
			o.Type = UnitOrg
		}
		orgs[o.Code] = o
		return o
	}
	root := add(0, Org{})
	s := Staff{
		Code: EmployeeCode{"GE_" + strings.Repeat("1", 32)}, Name: strings.Repeat("一二三四五", 10), Account: Account{"li-wei.lv"}, Phone: Phone{"+852", "61234567"},
		Employment: InService,
		Pinyin:     Pinyin{Syllables: strings.Fields(strings.Repeat("lv er san si wu ", 10)), Surname: 1, SurnameOther: [][]string{{"li"}, {"la"}}, GivenOther: [][]string{slices.Repeat([]string{"nv"}, 49)}},
	}
	rows := func() int { return len(IndexEntryOf(s, orgs).Rows(s.Code)) }
	for post := range MaxActivePosts {
		above := root
		for level := 1; level < levels; level++ {
			above = add(1+post*levels+level, above)
		}
		s.Posts = append(s.Posts, Post{Unit: above.Code, Org: above.Code, JobType: MainJob, Active: true})
		lists := len(ScopesOf(s, orgs)) - len(s.Posts)
		if n := s.TermLists(orgs); n != lists {
			t.Errorf("%d lists, want %d", n, lists)
		}
		most := maxRows
		if lists > 50 {
			most = 9 * lists
		}
		most += 2 * len(s.Posts) // each unit's lists
		if n := rows(); n > most {
			t.Errorf("%d posts in %d lists: %d rows", post+1, lists, n)
		}
		for _, q := range []string{s.Name, "61234567", "+852", "4567", "li-wei", "liwei.lv"} {
			text, _ := ParseSearchQuery(q)
			if _, found := text.First(s, lists, true); !found {
				t.Errorf("%q does not find who stands in %d lists", q, lists)
			}
		}
	}
	if n := rows(); n > 1000 {
		t.Errorf("%d rows in %d lists", n, s.TermLists(orgs))
	}
	t.Logf("%d rows in %d lists", rows(), s.TermLists(orgs))

	// At a usual place nothing is left out, but of long names.
	s = zeng()
	if most, few := s.Terms(17), s.Terms(1); !slices.Equal(most, few) {
		t.Errorf("%q in 17 lists, %q in one", most, few)
	}
	for _, name := range []string{strings.Repeat("张", 50), "阿不都热合曼·买买提"} {
		s := Staff{Name: name, Pinyin: Pinyin{Syllables: strings.Fields(strings.Repeat("a bu du re he man mai mai ti ", 6)[:3*len([]rune(name))])}}
		if n := len(s.Terms(1)); n > maxNameTerms {
			t.Errorf("%s has %d terms", name, n)
		}
	}
}
