package pinyin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	dict "github.com/mozillazg/go-pinyin"

	"chaoxi/shared/staff"
)

func TestRead(t *testing.T) {
	tests := []struct {
		name    string
		read    string
		surname int
		other   string
	}{
		{"王芳", "wang fang", 1, ""},
		{"陈静", "chen jing", 1, ""},
		{"吕律", "lv lv", 1, "lu lyu"},
		{"任盈盈", "ren ying ying", 1, ""},

		// Surnames with a reading of their own, and the same character in a given name.
		{"曾静", "zeng jing", 1, "ceng"},
		{"孟曾", "meng zeng", 1, ""},
		{"单雄信", "shan xiong xin", 1, "dan chan"},
		{"單雄信", "shan xiong xin", 1, "dan chan"},
		{"仇英", "qiu ying", 1, "chou"},
		{"解缙", "xie jin", 1, "jie"},
		{"查良镛", "zha liang yong", 1, "cha"},
		{"朴树", "piao shu", 1, "pu po"},
		{"区大相", "ou da xiang", 1, "qu"},
		{"盖宽饶", "ge kuan rao", 1, "gai"},
		{"宓羲", "mi xi", 1, "fu"},
		{"缪荃孙", "miao quan sun", 1, "mou miu"},
		{"乐毅", "yue yi", 1, "le"},
		{"常乐", "chang le", 1, ""},
		{"冼星海", "xian xing hai", 1, ""},
		{"折德扆", "she de yi", 1, "zhe"},
		{"召信臣", "shao xin chen", 1, "zhao"},
		{"繁钦", "po qin", 1, "fan"},
		{"晁盖", "chao gai", 1, "zhao"},
		{"隗嚣", "wei xiao", 1, "kui"},
		{"员半千", "yun ban qian", 1, "yuan"},
		{"华佗", "hua tuo", 1, ""},
		{"纪昀", "ji yun", 1, ""},
		{"燕青", "yan qing", 1, ""},
		{"应采儿", "ying cai er", 1, ""},
		{"尹志平", "yin zhi ping", 1, ""},
		{"翟让", "zhai rang", 1, "di"},
		{"覃塞", "qin sai", 1, "tan"},
		{"吴卜", "wu bu", 1, ""},

		// Compound surnames.
		{"尉迟恭", "yu chi gong", 2, "wei-chi"},
		{"尉缭", "wei liao", 1, "yu"},
		{"长孙无忌", "zhang sun wu ji", 2, "chang-sun"},
		{"万俟卨", "mo qi xie", 2, "wan-qi wan-si"},
		{"万里", "wan li", 1, ""},
		{"澹台灭明", "tan tai mie ming", 2, "dan-tai"},
		{"令狐冲", "ling hu chong", 2, ""},
		{"欧阳修", "ou yang xiu", 2, ""},
		{"司马迁", "si ma qian", 2, ""},
		{"爱新觉罗·溥仪", "ai xin jue luo pu yi", 0, ""},
		{"爱新觉罗溥仪", "ai xin jue luo pu yi", 4, ""},
		{"单于明", "shan yu ming", 1, "dan chan"},

		// Names that are not of Chinese form.
		{"阿依古丽·买买提", "a yi gu li mai mai ti", 0, ""},
		{"单增•平措", "dan zeng ping cuo", 0, ""},
		{"Li Ming", "li ming", 0, ""},
		{"O'Brien-Smith 2", "o brien smith 2", 0, ""},
		{"王A2b", "wang a2b", 1, ""},
		{"A曾", "a ceng", 0, ""},
		{"　曾 静，", "zeng jing", 1, "ceng"},
		{"王，单", "wang dan", 1, ""},

		// Characters outside the common block, and outside the dictionary.
		{"李〇", "li ling", 1, ""},
		{"王㛃", "wang jie", 1, ""},
		{"𬱖𬱖", "di di", 1, ""},
		{"王🙂芳é", "wang fang", 1, ""},
		{"", "", 0, ""},
		{" ·，。", "", 0, ""},
		{"\xff曾\xe6", "zeng", 1, "ceng"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Read(tt.name)
			var other []string
			for _, o := range got.SurnameOther {
				other = append(other, strings.Join(o, "-"))
			}
			if read := strings.Join(got.Syllables, " "); read != tt.read || got.Surname != tt.surname || strings.Join(other, " ") != tt.other {
				t.Errorf("Read(%q) = %q, surname %d, other %q, want %q, %d, %q", tt.name, read, got.Surname, other, tt.read, tt.surname, tt.other)
			}
		})
	}
}

func TestReadGiven(t *testing.T) {
	for name, want := range map[string]string{
		"李长江":     "lichangjiang lizhangjiang",
		"李江长":     "lijiangchang lijiangzhang",
		"王重庆":     "wangchongqing wangzhongqing",
		"赵朝阳":     "zhaochaoyang zhaozhaoyang",
		"常乐":      "changle changyue",
		"张重行":     "zhangchongxing zhangzhongxing zhangchonghang zhangzhonghang",
		"张长重行":    "zhangchangchongxing zhangzhangchongxing zhangchangzhongxing zhangzhangzhongxing", // no more than count
		"曾长乐":     "zengchangle cengchangle zengzhangle zengchangyue",
		"单重庆":     "shanchongqing danchongqing chanchongqing shanzhongqing",
		"长孙行":     "zhangsunxing changsunxing zhangsunhang changsunhang",
		"欧阳娜":     "ouyangna ouyangnuo",
		"王A长":     "wangachang wangazhang",
		"王 长":     "wangchang wangzhang",
		"长":       "chang zhang",
		"王芳":      "wangfang",
		"单增•平措":   "danzengpingcuo",
		"阿依娜·买买提": "ayinamaimaiti",
	} {
		var got []string
		for _, reading := range Read(name).Readings() {
			got = append(got, strings.Join(reading, ""))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is read %q, want %q", name, got, want)
		}
	}
}

// TestReadings: the readings that people say are among those of a name, whatever the
// dictionary of the whole language has first.
func TestReadings(t *testing.T) {
	for name, want := range map[string]string{
		// Transcribed names.
		"阿不都热合曼·买买提": "abudureheman…", "阿卜杜拉·艾合买提": "abudula…", "易卜拉欣·马": "yibulaxin…", "阿什木·努尔": "ashimu…", "古丽.约尔": "guliyueer", "塞皮丁-扎克尔": "saipidingzhakeer",
		"藏巴·多吉": "zangbaduoji cangbaduoji", "仁曾·旺姆": "renzengwangmu", "阿的·木呷": "adimuga", "巴特尔・朝鲁": "bateerchaolu", "查干·格日勒": "chagangerile",
		// Given names.
		"张珩": "zhangheng zhanghang", "刘焘": "liutao liudao", "徐靓": "xuliang xujing", "陈佛生": "chenfosheng", "王玟": "wangmin wangwen", "李箐": "lijing liqing", "王玢": "wangfen wangbin",
		"高铣": "gaoxian", "王擘": "wangbo", "李荠": "liqi", "王阚": "wangkan", "王玚": "wangyang", "魏徵": "weizheng", "甄嬛": "zhenhuan", "林薁": "linyu linao", "王珲": "wanghun wanghui",
		// Surnames.
		"隗静": "weijing kuijing", "阚静": "kanjing hanjing", "钭静": "doujing toujing", "佴静": "naijing erjing",
	} {
		var got []string
		for _, reading := range Read(name).Readings() {
			got = append(got, strings.Join(reading, ""))
		}
		for want := range strings.FieldsSeq(want) {
			if !slices.ContainsFunc(got, func(reading string) bool {
				begins, open := strings.CutSuffix(want, "…")
				return reading == want || open && strings.HasPrefix(reading, begins)
			}) {
				t.Errorf("%s is read %q, not %s", name, got, want)
			}
		}
		if len(got) > staff.MaxReadings {
			t.Errorf("%s has %d readings", name, len(got))
		}
	}
}

// TestFoundByReading: who is named so is found by what people type.
func TestFoundByReading(t *testing.T) {
	for name, q := range map[string]string{
		"阿不都热合曼·买买提": "abudurehe", "阿卜杜拉·艾合买提": "abudula", "易卜拉欣·马": "yibulaxin", "阿什木·努尔": "ashimu", "张珩": "zhangheng", "刘焘": "liutao", "徐靓": "xuliang", "陈佛生": "fosheng",
		"⻩磊": "huanglei", "王\ue863": "wangyan", "吕思源": "lǚsī'yuán", "阿依古丽.买买提": "guli", "欧阳靓": "oyl",
	} {
		query, _ := staff.ParseSearchQuery(q)
		if _, found := query.First(staff.Staff{Name: name, Pinyin: Read(name)}, 9, false); !found {
			t.Errorf("%s does not find %s: %q", q, name, Read(name).Readings())
		}
	}
}

// TestDictionary: each line has one character, and behind its readings the usual one,
// which is not among them.
func TestDictionary(t *testing.T) {
	last := rune(0)
	lines := strings.Split(strings.TrimSpace(dictionary), "\n")
	for _, line := range lines {
		fields := strings.Fields(line)
		r, size := utf8.DecodeRuneInString(fields[0])
		if size != len(fields[0]) || r <= last || len(fields) < 3 {
			t.Errorf("the line %q", line)
			continue
		}
		last = r
		if end := len(fields) - 1; fields[end] != usual(r) || slices.Contains(fields[1:end], usual(r)) || !slices.Equal(inDictionary(r), fields[1:]) {
			t.Errorf("%s: %q, usually %s", fields[0], inDictionary(r), usual(r))
		}
	}
	if len(lines) != 126 || inDictionary('王') != nil || inDictionary('a') != nil {
		t.Errorf("%d lines; 王 is %q", len(lines), inDictionary('王'))
	}
}

// TestTranscribed: each character is there once, first as names have it.
func TestTranscribed(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range transcribed {
		readings := strings.Fields(p.read)
		r, size := utf8.DecodeRuneInString(p.written)
		if size != len(p.written) || seen[p.written] || len(readings) != 2 {
			t.Errorf("%s: not one character, twice, or not two readings", p.written)
		}
		seen[p.written] = true
		if usual := usual(r); !slices.Contains(readings, usual) {
			t.Errorf("%s: %q is not among %q", p.written, usual, readings)
		}
	}
}

func TestGivenAgreesWithTheDictionary(t *testing.T) {
	args := dict.NewArgs()
	args.Heteronym = true
	seen := make(map[string]bool)
	for _, g := range given {
		r, size := utf8.DecodeRuneInString(g.written)
		if size != len(g.written) || seen[g.written] {
			t.Errorf("%s: not one character, or twice", g.written)
		}
		seen[g.written] = true
		known, readings := dict.SinglePinyin(r, args), strings.Fields(g.read)
		if len(readings) < 2 || len(slices.Compact(slices.Sorted(slices.Values(readings)))) != len(readings) {
			t.Errorf("%s: %q are not several readings", g.written, readings)
		}
		for _, reading := range readings {
			if !slices.Contains(known, reading) {
				t.Errorf("%s: the dictionary reads %q, not %q", g.written, known, reading)
			}
		}
		if !slices.Contains(readings, usual(r)) { // whoever types it finds the person
			t.Errorf("%s: %q is not among %q", g.written, usual(r), readings)
		}
	}
}

// normal folds the letters that go-pinyin's Normal style leaves: ê and m with a tone.
var normal = strings.NewReplacer("m\u0300", "m", "m\u0304", "m", "ê\u0304", "e", "ê\u030c", "e", "ế", "e", "ề", "e")

func TestUsualReadingsAreThoseOfTheDictionary(t *testing.T) {
	args := dict.NewArgs()
	known := 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		want := ""
		if _, ok := dict.PinyinDict[int(r)]; ok {
			want = normal.Replace(dict.SinglePinyin(r, args)[0])
			known++
		}
		if got := usual(r); got != want {
			t.Errorf("usual(%c %U) = %q, want %q", r, r, got, want)
		}
	}
	if known < 40_000 {
		t.Errorf("the dictionary knows %d characters only", known)
	}
}

// Readings of surnames that the dictionary does not know.
var beyondDictionary = []string{
	"萬 mo", "贠 yun", "貟 yun", "禇 chu", "黑 he", "谌 shen", "諶 shen",
}

func TestSurnamesAgreeWithTheDictionary(t *testing.T) {
	args := dict.NewArgs()
	args.Heteronym = true
	seen := make(map[string]bool)
	for i, s := range surnames {
		runes := []rune(s.written)
		if len(runes) > longestSurname {
			t.Errorf("%s: longer than longestSurname", s.written)
		}
		if seen[s.written] {
			t.Errorf("%s: twice", s.written)
		}
		seen[s.written] = true
		for _, earlier := range surnames[:i] {
			if earlier.written != s.written && strings.HasPrefix(s.written, earlier.written) {
				t.Errorf("%s: never reached, %s comes first", s.written, earlier.written)
			}
		}

		readings := [][]string{strings.Fields(s.read)}
		if s.other != "" {
			for other := range strings.SplitSeq(s.other, ",") {
				readings = append(readings, strings.Fields(other))
			}
		}
		for n, reading := range readings {
			if len(reading) != len(runes) {
				t.Errorf("%s: %q is not one syllable for each character", s.written, reading)
				continue
			}
			for i, r := range runes {
				known := dict.SinglePinyin(r, args)
				// "lyu" and "lu" are how lv is written in passports and without a ü on the keyboard.
				typed := n > 0 && known[0] == "lv" && (reading[i] == "lu" || reading[i] == "lyu")
				if !typed && !slices.Contains(known, reading[i]) && !slices.Contains(beyondDictionary, fmt.Sprintf("%c %s", r, reading[i])) {
					t.Errorf("%s: the dictionary reads %c as %q, not %q", s.written, r, known, reading[i])
				}
			}
		}

		// Whoever types the reading of everyday text finds the person too.
		everyday := make([]string, len(runes))
		for i, r := range runes {
			everyday[i] = usual(r)
		}
		if !slices.ContainsFunc(readings, func(r []string) bool { return slices.Equal(r, everyday) }) {
			t.Errorf("%s: %q is not among %q", s.written, everyday, readings)
		}
		if s.other == "" && len(runes) == 1 && s.read == usual(runes[0]) {
			t.Errorf("%s: says what is so without it", s.written)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"曾静", "长孙无忌", "阿依古丽·买买提", "Li Ming", "\xff万\xe4俟", "𬱖A1", "单长重行"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := Read(name)
		check := func(syllables []string) {
			for _, s := range syllables {
				if s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
					t.Errorf("Read(%q): syllable %q", name, s)
				}
			}
		}
		check(got.Syllables)
		for _, other := range got.GivenOther {
			check(other)
			if len(other) != len(got.Syllables)-got.Surname {
				t.Errorf("Read(%q): %q for what is behind a surname of %d", name, other, got.Surname)
			}
		}
		if n := len(got.Readings()); n > staff.MaxReadings {
			t.Errorf("Read(%q): %d readings", name, n)
		}
		if got.Surname > len(got.Syllables) {
			t.Errorf("Read(%q): surname of %d in %d syllables", name, got.Surname, len(got.Syllables))
		}
		for _, other := range got.SurnameOther {
			check(other)
			if len(other) != got.Surname {
				t.Errorf("Read(%q): %q for a surname of %d", name, other, got.Surname)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"王晓明", "尉迟敬德", "阿依古丽·买买提"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Read(name)
			}
		})
	}
}
