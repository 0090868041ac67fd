package passwords

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/quick"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name, password string
		want           Flaw
	}{
		// Length and characters.
		{"empty", "", FlawLength},
		{"seven characters", "Cx#4927", FlawLength},
		{"eight characters", "Chx#4927", FlawNone},
		{"sixteen characters", "Chaoxi#4927Lanhu", FlawNone},
		{"seventeen characters", "Chaoxi#4927Lanhua", FlawLength},
		{"eight characters of three bytes", "潮汐潮汐潮汐潮汐", FlawCharacters},
		{"seven characters of many bytes", "潮汐Aa#49", FlawLength},
		{"a space", "Chaoxi 4927", FlawCharacters},
		{"a space at the end", "Chaoxi#4927 ", FlawCharacters},
		{"a control character", "Chaoxi#\x004927", FlawCharacters},
		{"delete", "Chaoxi#\x7f4927", FlawCharacters},
		{"full width", "Ｃhaoxi#4927", FlawCharacters},
		{"not UTF-8", "Chaoxi#\xff4927", FlawCharacters},
		{"first and last printable characters", "Qxa!~4927", FlawNone},

		// Classes.
		{"digits alone", "83746591", FlawClasses},
		{"lower and digits", "chaoxi4927", FlawClasses},
		{"upper and lower", "ChaoxiLanhua", FlawClasses},
		{"symbols and digits", "#4927#8253", FlawClasses},
		{"symbols alone", "#-#-#-#-#", FlawClasses},
		{"upper, lower, digits", "Chaoxi4927", FlawNone},
		{"upper, lower, special", "Chaoxi##Lan", FlawNone},
		{"lower, digits, special", "chaoxi#4927", FlawNone},
		{"upper, digits, special", "CHAOXI#4927", FlawNone},
		{"all four", "Chaoxi#4927", FlawNone},

		// The examples of the product page.
		{"a word with a tail", "Password@123", FlawCommon},
		{"a walk with a tail", "Qwer1234!", FlawFigures},
		{"Chinese habit with a tail", "Woaini520!", FlawCommon},
		{"substitutions and a tail", "P@ssw0rd99", FlawCommon},

		// Dropping and undoing, in either order and both.
		{"common as it stands", "1qaz@WSX", FlawFigures},
		{"digits in front", "2024Password", FlawCommon},
		{"symbols on both ends", "##Welcome##1", FlawCommon},
		{"undone in front, dropped behind", "$unshine12!", FlawCommon},
		{"a last letter undone", "2024Jessic@", FlawCommon},
		{"a first letter undone", "@dministrator1", FlawCommon},
		{"1 for i", "Adm1n2024!", FlawCommon},
		{"1 for l", "We1come#2024", FlawCommon},
		{"! for i", "Adm!n2024#", FlawCommon},
		{"! for l", "We!come#2024", FlawCommon},
		{"1 for l and ! for i", "C1!ppers#9", FlawCommon},
		{"every symbol at once", "@dm1n!str4t0r", FlawCommon},
		{"digits that stay digits", "A1b2c3d4!", FlawFigures},
		{"letters too few for a base", "Aa123456!", FlawFigures},
		{"letters too few, behind", "123456aA!", FlawFigures},
		{"a symbol in the midst", "Aa@123456", FlawFigures},
		{"symbols in the midst", "Pass#word1", FlawCommon},
		{"a short walk", "Qwe#8253", FlawCommon},
		{"the first letters", "Abc@1234", FlawFigures},
		{"one letter repeated", "AAAAaaaa11", FlawFigures},
		{"a place", "Hangzhou@2024", FlawCommon},
		{"a password that says so", "Wodemima#88", FlawCommon},
		{"the system's word", "Zhengwu@2024", FlawCommon},
		{"the system's initials", "Zwfw@2024", FlawCommon},

		// Up to three letters hung on what is listed.
		{"a letter before a word", "Kpassword#1", FlawCommon},
		{"a letter on either side", "Xpasswordx#1", FlawCommon},
		{"three letters before a word", "Wlqpassword1", FlawCommon},
		{"three letters behind, after digits", "Password1zmq", FlawCommon},
		{"digits before the letters", "88Zmwoaini!", FlawCommon},
		{"an English word", "Explore1", FlawCommon},
		{"a surname", "Roberts1", FlawCommon},
		{"a digit before a word", "1Pacific", FlawCommon},

		// Figures, with up to three letters hung on them.
		{"a date", "Zm19900307", FlawFigures},
		{"a date with a general beginning", "Aa19900307", FlawFigures},
		{"a date in six digits", "Zm@900307", FlawFigures},
		{"a date in six digits of this century", "Zm@150307", FlawFigures},
		{"a date with the day first", "Zm07031990", FlawFigures},
		{"a date in parts", "Zm1990-03-07", FlawFigures},
		{"a month", "Zm@202611", FlawFigures},
		{"a run", "Zm@123456", FlawFigures},
		{"a run of another beginning", "Hz@123456", FlawFigures},
		{"a run and a dot", "Zj123456.", FlawFigures},
		{"a run behind three letters", "Czj@123456", FlawFigures},
		{"a longer run", "Lj@12345678", FlawFigures},
		{"a run backwards", "Lj@87654321", FlawFigures},
		{"a run before the letters", "123456@Lj", FlawFigures},
		{"letters on either side", "Lj@123456qw", FlawFigures},
		{"two letters that are one", "Mm123456!", FlawFigures},
		{"a run by the shift key", "Zmq!@#$%^1", FlawFigures},
		{"a repeated figure", "Hao@88888888", FlawFigures},
		{"two repeated figures", "Zm@666888", FlawFigures},
		{"two figures in turn", "Zm@686868", FlawFigures},
		{"three figures in turn", "Zm@456456", FlawFigures},
		{"numbers for their sound", "Zm@5201314", FlawFigures},
		{"a year", "Sjj@2026!", FlawFigures},
		{"a year of another unit", "Zzb@2026!", FlawFigures},
		{"a year and two symbols", "Fgw@2026!!", FlawFigures},
		{"a year and a run", "Zm@2026123", FlawFigures},
		{"a year and one digit", "Zm@20261!", FlawFigures},

		// Walks over the keyboard.
		{"columns, once with shift", "1qaz@WSX3edc", FlawFigures},
		{"columns, twice with shift", "!QAZ@WSX3edc", FlawFigures},
		{"two rows in turn, with shift", "1q2w#E$R", FlawFigures},
		{"columns backwards", "zaq1ZSE$xsw2", FlawFigures},
		{"columns from below", "Vfr4%TGB", FlawFigures},
		{"rows and digits", "Poiu)(*&", FlawFigures},
		{"a row, and a walk that nobody has listed", "Bnm,P0o9", FlawFigures},
		{"a walk and a year", "Tgb%2026", FlawFigures},

		// Near misses.
		{"pinyin nobody else chose", "Lanhua#8253", FlawNone},
		{"a common word with four letters before it", "Xyzkpassword#1", FlawNone},
		{"two common words", "Dragon7Teacup#", FlawNone},
		{"one letter among digits", "K#48271935", FlawNone},
		{"one letter behind digits", "48271935#k", FlawNone},
		{"a syllable with three letters before it", "Yunxiang#4827", FlawNone},
		{"a word of four letters with two before it", "Qmtree#4827", FlawNone},
		{"a year behind a word of one's own", "Chaoxi#2026", FlawNone},
		{"a date behind a word of one's own", "Lanhua19900307", FlawNone},
		{"a run behind four letters", "Qmzk#123456", FlawNone},
		{"digits without a figure", "Zm@482753", FlawNone},
		{"a repeated figure and another one", "Zm00004!", FlawNone},
		{"three digits beside a year", "Zm@2026482", FlawNone},
		{"random", "x7#Qm2!vTz", FlawNone},
		{"random with substitutions", "@7$1!0|3aB", FlawNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Check(tt.password); got != tt.want {
				t.Errorf("Check(%q) = %q, want %q", tt.password, got, tt.want)
			}
		})
	}
}

// Of a person, for the tests: 王芳 of the unit 信息中心, and others who differ from her.
func person(edits ...func(*Personal)) Personal {
	of := Personal{
		Account: "wf3", Names: [][]string{{"wang", "fang"}}, Surname: 1, Phones: []string{"13700000003", "560003"},
		BirthDates: []string{"1990-03-07"}, IDCard: "330199199003070018", Units: [][]string{{"xin", "xi", "zhong", "xin"}},
	}
	for _, edit := range edits {
		edit(&of)
	}
	return of
}

func account(s string) func(*Personal) { return func(of *Personal) { of.Account = s } }

func phone(s string) func(*Personal) { return func(of *Personal) { of.Phones = []string{s} } }

// named is a name with a surname of one syllable.
func named(syllables string) func(*Personal) {
	return func(of *Personal) { of.Names = [][]string{strings.Fields(syllables)} }
}

func unit(syllables string) func(*Personal) {
	return func(of *Personal) { of.Units = [][]string{strings.Fields(syllables)} }
}

func TestCheckPersonal(t *testing.T) {
	wangFang := person()
	compound := person(named("ou yang xiu"), func(of *Personal) { of.Surname = 2 })
	foreign := person(named("a yi gu li mai mai ti"), func(of *Personal) { of.Surname = 0 })
	tests := []struct {
		name, password string
		of             Personal
		want           Flaw
	}{
		{"nothing of the person", "Chaoxi#4927", wangFang, FlawNone},
		{"nothing of the person either", "Lanhua#8253", wangFang, FlawNone},
		{"nothing known of the person", "Chaoxi#4927", Personal{}, FlawNone},
		{"empty parts", "Chaoxi#4927", Personal{Names: [][]string{{}}, Phones: []string{""}, BirthDates: []string{"", "--"}, Units: [][]string{{}}}, FlawNone},
		{"no letters", "4927#!4927", wangFang, FlawNone},

		// The account.
		{"the account", "Fangfang88#x", person(account("fangfang88")), FlawAccount},
		{"the account inside", "xxFANGFANG88#", person(account("fangfang88")), FlawAccount},
		{"the account with digits for letters", "F4ngf4ng88#x", person(account("fangfang88")), FlawAccount},
		{"an account with dots", "W.fang_3#K", person(account("w.fang_3")), FlawAccount},
		{"an account without its dots", "Wfang3#Kqt", person(account("w.fang_3")), FlawAccount},
		{"three letters", "Berlin#4927", person(account("lin")), FlawAccount},
		{"two letters inside a word", "Berlin#4927", person(account("li")), FlawNone},
		{"two letters and digits", "48#Li#4927", person(account("li")), FlawAccount},
		{"an account of symbols", "Chaoxi#4927", person(account("--")), FlawNone},
		{"a longer account of symbols", "Chaoxi#4927", person(account("-._")), FlawNone},
		{"an account with little but symbols", "Chaoxi#4927", person(account("a-._")), FlawNone},

		// Phones.
		{"the whole phone", "Xq13700000003", wangFang, FlawPhone},
		{"its last eight", "Kq#00000003", wangFang, FlawPhone},
		{"its last six", "Chaoxi#000003", wangFang, FlawPhone},
		{"six of its middle", "Chaoxi#700000", wangFang, FlawPhone},
		{"written in groups", "Kq#137-0000-00", wangFang, FlawPhone},
		{"its last five", "Chaoxi#00003", wangFang, FlawPhone},
		{"its last four", "Chaoxi#0003", wangFang, FlawPhone},
		{"its last four before letters", "0003#Chaoxi", wangFang, FlawPhone},
		{"its last four, a symbol between", "Chaoxi#00.03", wangFang, FlawPhone},
		{"its first four", "Chaoxi#1370", wangFang, FlawPhone},
		{"its last four among other digits", "Chaoxi#10003", wangFang, FlawNone},
		{"its last three", "Chaoxi#003", wangFang, FlawNone},
		{"six digits of another", "Chaoxi#493827", wangFang, FlawNone},
		{"the short number", "Chaoxi#560003", wangFang, FlawPhone},
		{"a phone of eight digits", "Chaoxi#623456", person(phone("51623456")), FlawPhone},
		{"a phone too short to tell", "Chaoxi#4927", person(phone("927")), FlawNone},

		// The date of birth.
		{"year, month, day", "Chaoxi19900307", wangFang, FlawBirthDate},
		{"with dots", "Chaoxi1990.3.7", wangFang, FlawBirthDate},
		{"with dashes", "Kq#1990-03-07", wangFang, FlawBirthDate},
		{"in six digits", "Chaoxi#900307", wangFang, FlawBirthDate},
		{"day, month, year", "Chaoxi07031990", wangFang, FlawBirthDate},
		{"month, day, year", "Chaoxi03071990", wangFang, FlawBirthDate},
		{"day, month, two digits of the year", "Chaoxi#070390", wangFang, FlawBirthDate},
		{"year and month", "Chaoxi#199003", wangFang, FlawBirthDate},
		{"month and day", "Chaoxi#0307", wangFang, FlawBirthDate},
		{"month and day among other digits", "Chaoxi#90307", wangFang, FlawNone},
		{"the date of another", "Chaoxi#910308", wangFang, FlawNone},
		{"the year alone", "Chaoxi#1990", wangFang, FlawNone},
		{"a date on the ID card alone", "Chaoxi#900307", Personal{IDCard: "330199199003070018"}, FlawBirthDate},
		{"another order of a date on the ID card alone", "Chaoxi#070390", Personal{IDCard: "330199199003070018"}, FlawBirthDate},

		// The ID card.
		{"its last six", "Chaoxi#070018", wangFang, FlawIDCard},
		{"its last four", "Chaoxi#0018", wangFang, FlawIDCard},
		{"its last six with an X", "Chaoxi#07001X", Personal{IDCard: "33019919900307001X"}, FlawIDCard},
		{"its division", "Chaoxi#330199", wangFang, FlawIDCard},

		// The name.
		{"the name", "Wangfang#2024", wangFang, FlawName},
		{"the name inside", "2024#iWangFangi", wangFang, FlawName},
		{"the name with substitutions", "W@ngf4ng#2024", wangFang, FlawName},
		{"the name with a symbol between", "Wang.Fang#24", wangFang, FlawName},
		{"the name with 1 for i", "L1we1#48271", person(named("li wei")), FlawName},
		{"the name with 1 for l", "1iwei#48271K", person(named("li wei")), FlawName},
		{"four letters inside a word", "Berlina#4927", person(named("li na")), FlawName},
		{"three letters of a name inside a word", "Blueyue#4927", person(named("yu e")), FlawNone},
		{"three letters of a name and digits", "Yue#48271", person(named("yu e")), FlawName},
		{"three letters of a name and substitutions", "Yu3e#48271", person(named("yu ee")), FlawName},
		{"a name of two letters inside a word", "Gerlid#4927", person(named("li")), FlawNone},
		{"ü as v", "Lvwei#48271", person(named("lv wei")), FlawName},
		{"ü as u", "Luwei#48271", person(named("lv wei")), FlawName},
		{"ü as in passports", "Lyuwei#48271", person(named("lv wei")), FlawName},
		{"another reading", "Cengli#83", person(func(of *Personal) { of.Names = [][]string{{"zeng", "li"}, {"ceng", "li"}} }), FlawName},

		// Its order and its initials.
		{"surname and initial", "Wangf@2024", wangFang, FlawName},
		{"surname and initial, a symbol between", "Wang_f2024", wangFang, FlawName},
		{"surname and initial with a substitution", "W@ngf#4827", wangFang, FlawName},
		{"surname and initial and a letter more", "Wangfx@4827", wangFang, FlawName},
		{"initial and surname", "Fwang@4827", wangFang, FlawName},
		{"the given name first", "Minzhang90!", person(named("zhang min")), FlawName},
		{"the given name first, inside", "Qminzhangq#9", person(named("zhang min")), FlawName},
		{"initials and four of the phone", "Zm@0004!", person(named("zhang min"), phone("13700000004")), FlawPhone},
		{"initials and five of the phone", "Zm00004!", person(named("zhang min"), phone("13700000004")), FlawPhone},
		{"initials and digits of one's own", "Zm@4827!", person(named("zhang min")), FlawName},
		{"initials at both ends", "Z4827!!m", person(named("zhang min")), FlawName},
		{"initials turned", "Mz@48271", person(named("zhang min")), FlawName},
		{"initials twice", "ZmZm@4827", person(named("zhang min")), FlawName},
		{"initials with zh", "Zhm@4827", person(named("zhang min")), FlawName},
		{"surname, initial and a word", "Zhangmlove@48", person(named("zhang min")), FlawName},
		{"initials and a word", "Zmlove@4827", person(named("zhang min")), FlawNone},
		{"surname and two initials", "ZhangXM1990!", person(named("zhang xiao ming")), FlawName},
		{"two initials and the rest", "Zxming#4827", person(named("zhang xiao ming")), FlawName},
		{"the given name alone", "Xiaoming@4827", person(named("zhang xiao ming")), FlawName},
		{"surname and the last character", "Zhangming@482", person(named("zhang xiao ming")), FlawName},
		{"another name with these characters", "Zhangheng1990!", person(named("zhang heng")), FlawName},
		{"a compound surname alone", "Ouyang#4827", compound, FlawName},
		{"a compound surname and an initial", "Ouyangx#4827", compound, FlawName},
		{"all initials of it", "Oyx#48271", compound, FlawName},
		{"a compound name, turned", "Xiuouyang#48", compound, FlawName},
		{"a transcribed name in part", "Ayiguli@4827", foreign, FlawName},
		{"initials of a transcribed name", "Aygl@48271", foreign, FlawName},
		{"the surname in a longer word", "Wangba#4927", wangFang, FlawNone},
		{"the given name in a longer word", "Fangtao#4927", wangFang, FlawNone},
		{"initials within other letters", "Qwfk#4827", wangFang, FlawNone},
		{"one initial", "W#482719", wangFang, FlawNone},
		{"the given name behind three letters", "Lanhua#8253", person(named("zhang hua")), FlawNone},

		// The unit.
		{"the initials of the unit", "Xxzx@2024", wangFang, FlawUnit},
		{"the unit in pinyin", "Xinxizhongxin#1", wangFang, FlawUnit},
		{"a part of it in pinyin", "Zhongxin#4827", wangFang, FlawUnit},
		{"a part of it and initials", "Xinxizx#4827", wangFang, FlawUnit},
		{"the unit and the person", "WfXxzx@48271", wangFang, FlawUnit},
		{"initials with substitutions", "D$j@48271", person(unit("da shu ju fa zhan guan li ju")), FlawUnit},
		{"what colleagues call it", "Fgw#48271", person(unit("fa zhan he gai ge wei yuan hui")), FlawUnit},
		{"what they call it in three letters", "Rsj#48271", person(unit("ren li zi yuan he she hui bao zhang ju")), FlawUnit},
		{"its first three letters", "Rlz#48271", person(unit("ren li zi yuan he she hui bao zhang ju")), FlawUnit},
		{"three letters that stand together nowhere in it", "Rys#48271", person(unit("ren li zi yuan he she hui bao zhang ju")), FlawNone},
		{"three letters of the unit, apart", "R4s#8j!271", person(unit("ren li zi yuan he she hui bao zhang ju")), FlawNone},
		{"a nickname", "Xiaowang@48", wangFang, FlawName},
		{"a title", "Wangzong@48", wangFang, FlawName},
		{"initials with Aa before them", "Aawf@48271", wangFang, FlawName},
		{"initials with a letter behind", "Zxmx@48271", person(named("zhang xiao ming")), FlawName},
		{"surname, and a walk apart", "Wang@abc48", wangFang, FlawName},
		{"surname, and a word of one's own apart", "Wang@Chaoxi48", wangFang, FlawNone},
		{"the district in it", "Linjiang@58", person(unit("lin jiang qu da shu ju ju")), FlawUnit},
		{"the initials of another unit", "Rsk#482719", wangFang, FlawNone},
		{"one syllable of the unit", "Zhong#48271", wangFang, FlawNone},
		{"two initials of the unit", "Xz#482719", wangFang, FlawNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := CheckPersonal(tt.password, tt.of); got != tt.want {
				t.Errorf("CheckPersonal(%q, %+v) = %q, want %q", tt.password, tt.of, got, tt.want)
			}
		})
	}
}

// TestPersonalAndNotCommon: only the person's data tell that these are bad.
func TestPersonalAndNotCommon(t *testing.T) {
	zhangMin := person(named("zhang min"), phone("13700000004"))
	for _, tt := range []struct {
		password string
		of       Personal
	}{
		{"Wangf@2024", person()},
		{"Minzhang90!", zhangMin},
		{"Zm@0004!", zhangMin},
		{"Zm00004!", zhangMin},
		{"Zm@0307!", zhangMin}, // her birthday
		{"ZhangXM1990!", person(named("zhang xiao ming"))},
		{"Zhangheng1990!", person(named("zhang heng"))},
		{"Xxzx@2024", person()},
		{"Lanhua19900307", person()},
	} {
		if got := Check(tt.password); got != FlawNone {
			t.Errorf("Check(%q) = %q", tt.password, got)
		}
		if got := CheckPersonal(tt.password, tt.of); got == FlawNone {
			t.Errorf("CheckPersonal(%q) = %q", tt.password, got)
		}
	}
}

// TestLongNamesCostLittle: a name of many syllables with one initial has millions of ways
// to spell a few letters.
func TestLongNamesCostLittle(t *testing.T) {
	long := slices.Repeat([]string{"zhong"}, 60)
	of := person(func(of *Personal) { of.Units = slices.Repeat([][]string{long}, 20) })
	if got := CheckPersonal("Zzzzzzzzzzzzzzz1", of); got != FlawUnit {
		t.Errorf("got %q", got)
	}
	if got := CheckPersonal("Zzzzzzzzzzzzzqq1", of); got != FlawUnit { // with two letters hung on it
		t.Errorf("got %q", got)
	}
	if got := CheckPersonal("Zzzzzzzzzzkwvfx1", of); got != FlawNone {
		t.Errorf("got %q", got)
	}
}

func TestCommonPasswordsAreInOrder(t *testing.T) {
	text, ok := strings.CutSuffix(commonPasswords, "\n")
	if !ok {
		t.Fatal("the last line does not end")
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 10_000 {
		t.Errorf("%d entries, the product asks for 10,000", len(lines))
	}
	if len(commonPasswords) > 340<<10 {
		t.Errorf("%d bytes: too much to carry in a function", len(commonPasswords))
	}
	for i, line := range lines {
		if len(line) < 3 || len(line) > longestPassword || strings.ToLower(line) != line || strings.ContainsAny(line, " \r\t") {
			t.Errorf("line %d is %q", i+1, line)
		}
		if i > 0 && lines[i-1] >= line {
			t.Errorf("line %d, %q, is not after %q", i+1, line, lines[i-1])
		}
	}
}

func TestIsListedFindsWhatIsThere(t *testing.T) {
	lines := strings.Fields(commonPasswords)
	for _, line := range lines {
		if !isListed(line) {
			t.Errorf("isListed(%q) = false", line)
		}
	}
	for _, word := range []string{"", "\n", "!", "~~~~~", "chaoxi", "passwor\nd", lines[0] + "\n" + lines[1], lines[0][:2], lines[len(lines)-1] + "z"} {
		if isListed(word) {
			t.Errorf("isListed(%q) = true", word)
		}
	}
	same := func(word string) bool { return isListed(word) == slices.Contains(lines, word) }
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

// Every entry that could be a password is refused as it stands, and every base
// with the tail that people hang on it.
func TestEveryBaseIsRefusedWithATail(t *testing.T) {
	for i, base := range strings.Fields(commonPasswords) {
		if i%5 > 0 {
			continue
		}
		from, to := letters(base)
		if to-from != len(base) || len(base) < 5 || len(base) > 12 {
			continue
		}
		password := strings.ToUpper(base[:1]) + base[1:] + "@12"
		if got := Check(password); !isCommon(password) {
			t.Errorf("Check(%q) = %q", password, got)
		}
	}
}

// TestLeakedPasswords: of the first 3,000 entries of a public list that pass the rules of
// length and characters, at most one in a hundred is let through. The last 1,000 lines
// are from further down on that list, and the product's has none of them as a whole.
func TestLeakedPasswords(t *testing.T) {
	text, err := os.ReadFile("testdata/leaked.txt")
	if err != nil {
		t.Fatal(err)
	}
	leaked := strings.Fields(string(text))
	passed := slices.DeleteFunc(slices.Clone(leaked[:3000]), func(p string) bool { return isCommon(p) })
	if len(passed) > 30 {
		t.Errorf("%d of 3,000 pass: %v", len(passed), passed)
	}
	if passed := slices.DeleteFunc(leaked[3000:], func(p string) bool { return isCommon(p) }); len(passed) > 820 {
		t.Errorf("%d of 1,000 that are not listed pass: %v", len(passed), passed)
	}
}

func isCommon(p string) bool { f := Check(p); return f == FlawCommon || f == FlawFigures }

// TestRandomPasswordsPass: what a generator makes is not called common by chance.
func TestRandomPasswordsPass(t *testing.T) {
	for name, alphabet := range map[string]string{
		"letters and digits":          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
		"all that is on the keyboard": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
	} {
		random := rand.New(rand.NewPCG(1, 2))
		var refused []string
		for n := 0; n < 2000; {
			p := make([]byte, shortestPassword+random.IntN(3))
			for i := range p {
				p[i] = alphabet[random.IntN(len(alphabet))]
			}
			switch Check(string(p)) {
			case FlawCommon, FlawFigures:
				refused = append(refused, string(p))
				n++
			case FlawNone:
				n++
			}
		}
		if len(refused) > 10 {
			t.Errorf("%s: %d of 2,000 are refused: %q", name, len(refused), refused)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"Chaoxi#4927", "P@ssw0rd99", "12345678", "!@#$%^&*", "潮汐Aa#4927\xff", "@7$1!0|3aB", ""} {
		f.Add(seed, "wang.fang", "13700000003", "lv wei")
	}
	f.Fuzz(func(t *testing.T, password, account, phone, pinyin string) {
		if len(password) > 4*longestPassword {
			t.Skip() // never judged so far, and slow
		}
		// The rules are called in this order, but neither may rely on it.
		common(strings.ToLower(password))
		name := [][]string{strings.Fields(pinyin)}
		of := Personal{Account: account, Names: name, Surname: len(password) % 3, Phones: []string{phone}, BirthDates: []string{phone}, IDCard: phone, Units: name}
		switch flaw := CheckPersonal(password, of); flaw {
		case FlawNone, FlawAccount, FlawName, FlawUnit, FlawPhone, FlawIDCard, FlawBirthDate:
		default:
			t.Errorf("CheckPersonal(%q, …) = %q", password, flaw)
		}
		flaw := Check(password)
		if flaw == FlawName || flaw == FlawReused {
			t.Errorf("Check(%q) = %q", password, flaw)
		}
		if flaw == FlawNone && (len(password) < shortestPassword || len(password) > longestPassword || isListed(strings.ToLower(password))) {
			t.Errorf("Check(%q) lets it pass", password)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	for _, password := range []string{"Chaoxi#4927", "Password@123", "K#4827193548271!"} {
		b.Run(password, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Check(password)
			}
		})
	}
}

func BenchmarkCheckPersonal(b *testing.B) {
	for b.Loop() {
		CheckPersonal("Chaoxi#4927", Personal{
			Account: "wangfang", Names: [][]string{{"wang", "fang"}}, Surname: 1, Phones: []string{"13700000003"}, BirthDates: []string{"1990-03-07"},
			IDCard: "330199199003070018", Units: [][]string{{"xin", "xi", "zhong", "xin"}},
		})
	}
}
