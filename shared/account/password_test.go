package account

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"chaoxi/shared/staff"
)

func TestCheckPassword(t *testing.T) {
	tests := []struct {
		name, password string
		want           PasswordFlaw
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
		{"a walk with a tail", "Qwer1234!", FlawCommon},
		{"Chinese habit with a tail", "Woaini520!", FlawCommon},
		{"substitutions and a tail", "P@ssw0rd99", FlawCommon},

		// Dropping and undoing, in either order and both.
		{"common as it stands", "1qaz@WSX", FlawCommon},
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
		{"digits that stay digits", "A1b2c3d4!", FlawCommon},
		{"letters too few for a base", "Aa123456!", FlawCommon},
		{"letters too few, behind", "123456aA!", FlawCommon},
		{"a symbol in the midst", "Aa@123456", FlawCommon},
		{"symbols in the midst", "Pass#word1", FlawCommon},
		{"a short walk", "Qwe#8253", FlawCommon},
		{"the first letters", "Abc@1234", FlawCommon},
		{"one letter repeated", "AAAAaaaa11", FlawCommon},
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
		{"a date", "Zm19900307", FlawCommon},
		{"a date with a general beginning", "Aa19900307", FlawCommon},
		{"a date in six digits", "Zm@900307", FlawCommon},
		{"a date in six digits of this century", "Zm@150307", FlawCommon},
		{"a date with the day first", "Zm07031990", FlawCommon},
		{"a date in parts", "Zm1990-03-07", FlawCommon},
		{"a month", "Zm@202611", FlawCommon},
		{"a day", "Zqm@0307", FlawCommon},
		{"a run", "Zm@123456", FlawCommon},
		{"a run of another beginning", "Hz@123456", FlawCommon},
		{"a run and a dot", "Zj123456.", FlawCommon},
		{"a run behind three letters", "Czj@123456", FlawCommon},
		{"a longer run", "Lj@12345678", FlawCommon},
		{"a run backwards", "Lj@87654321", FlawCommon},
		{"a run before the letters", "123456@Lj", FlawCommon},
		{"letters on either side", "Lj@123456qw", FlawCommon},
		{"two letters that are one", "Mm123456!", FlawCommon},
		{"a run by the shift key", "Zmq!@#$%^1", FlawCommon},
		{"a repeated figure", "Hao@88888888", FlawCommon},
		{"two repeated figures", "Zm@666888", FlawCommon},
		{"two figures in turn", "Zm@686868", FlawCommon},
		{"three figures in turn", "Zm@456456", FlawCommon},
		{"numbers for their sound", "Zm@5201314", FlawCommon},
		{"a year", "Sjj@2026!", FlawCommon},
		{"a year of another unit", "Zzb@2026!", FlawCommon},
		{"a year and two symbols", "Fgw@2026!!", FlawCommon},
		{"a year and a run", "Zm@2026123", FlawCommon},
		{"a year and one digit", "Zm@20261!", FlawCommon},

		// Walks over the keyboard.
		{"columns, once with shift", "1qaz@WSX3edc", FlawCommon},
		{"columns, twice with shift", "!QAZ@WSX3edc", FlawCommon},
		{"two rows in turn, with shift", "1q2w#E$R", FlawCommon},
		{"columns backwards", "zaq1ZSE$xsw2", FlawCommon},
		{"columns from below", "Vfr4%TGB", FlawCommon},
		{"rows and digits", "Poiu)(*&", FlawCommon},
		{"a row, and a walk that nobody has listed", "Bnm,P0o9", FlawCommon},
		{"a walk and a year", "Tgb%2026", FlawCommon},

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
		{"three digits beside a year", "Zm@2026482", FlawNone},
		{"random", "x7#Qm2!vTz", FlawNone},
		{"random with substitutions", "@7$1!0|3aB", FlawNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := CheckPassword(tt.password); got != tt.want {
				t.Errorf("CheckPassword(%q) = %q, want %q", tt.password, got, tt.want)
			}
		})
	}
}

func TestCheckPersonal(t *testing.T) {
	const phone = "13700000003"
	wangFang := []string{"wang", "fang"}
	tests := []struct {
		name, password string
		account, phone string
		pinyin         []string
		want           PasswordFlaw
	}{
		{"nothing of the person", "Chaoxi#4927", "wangfang", phone, wangFang, FlawNone},
		{"nothing known of the person", "Chaoxi#4927", "", "", nil, FlawNone},

		{"the account", "Fangfang88#x", "fangfang88", phone, wangFang, FlawPersonal},
		{"the account inside", "xxFANGFANG88#", "fangfang88", phone, wangFang, FlawPersonal},
		{"the account with digits for letters", "F4ngf4ng88#x", "fangfang88", phone, wangFang, FlawPersonal},
		{"an account with dots", "W.fang_3#K", "w.fang_3", phone, wangFang, FlawPersonal},
		{"an account without its dots", "Wfang3#Kqt", "w.fang_3", phone, wangFang, FlawPersonal},
		{"part of the account", "Fangfang#4927", "fangfang88", phone, wangFang, FlawNone},
		{"three letters", "Berlin#4927", "lin", phone, wangFang, FlawPersonal},
		{"two letters inside a word", "Berlin#4927", "li", phone, wangFang, FlawNone},
		{"two letters and digits", "48#Li#4927", "li", phone, wangFang, FlawPersonal},
		{"an account of symbols", "Chaoxi#4927", "--", phone, wangFang, FlawNone},
		{"a longer account of symbols", "Chaoxi#4927", "-._", phone, wangFang, FlawNone},
		{"an account with little but symbols", "Chaoxi#4927", "a-._", phone, wangFang, FlawNone},

		{"the whole phone", "Wf13700000003", "wf", phone, nil, FlawPersonal},
		{"its last eight", "Kq#00000003", "wf", phone, nil, FlawPersonal},
		{"its last six", "Chaoxi#000003", "wf", phone, nil, FlawPersonal},
		{"six of its middle", "Chaoxi#700000", "wf", phone, nil, FlawPersonal},
		{"written in groups", "Kq#137-0000-00", "wf", phone, nil, FlawPersonal},
		{"its last five", "Chaoxi#00003", "wf", phone, nil, FlawNone},
		{"its last four", "Chaoxi#0003", "wf", phone, nil, FlawNone},
		{"six digits of another", "Chaoxi#493827", "wf", phone, nil, FlawNone},
		{"a phone of eight digits", "Chaoxi#623456", "wf", "51623456", nil, FlawPersonal},
		{"a phone too short to tell", "Chaoxi#4927", "wf", "4927", nil, FlawNone},

		{"the name", "Wangfang#2024", "wf3", phone, wangFang, FlawPersonal},
		{"the name inside", "2024#iWangFangi", "wf3", phone, wangFang, FlawPersonal},
		{"the name with substitutions", "W@ngf4ng#2024", "wf3", phone, wangFang, FlawPersonal},
		{"the name with a symbol between", "Wang.Fang#24", "wf3", phone, wangFang, FlawPersonal},
		{"the name with 1 for i", "L1we1#48271", "", phone, []string{"li", "wei"}, FlawPersonal},
		{"the name with 1 for l", "1iwei#48271K", "", phone, []string{"li", "wei"}, FlawPersonal},
		{"the surname alone", "Wangba#4927", "wf3", phone, wangFang, FlawNone},
		{"the given name alone", "Fangfang#4927", "wf3", phone, wangFang, FlawNone},
		{"four letters inside a word", "Berlina#4927", "", phone, []string{"li", "na"}, FlawPersonal},
		{"three letters of a name inside a word", "Blueyue#4927", "", phone, []string{"yu", "e"}, FlawNone},
		{"three letters of a name and digits", "Yue#48271", "", phone, []string{"yu", "e"}, FlawPersonal},
		{"three letters of a name and substitutions", "Yu3e#48271", "", phone, []string{"yu", "ee"}, FlawPersonal},
		{"a name of two letters inside a word", "Gerlid#4927", "", phone, []string{"li"}, FlawNone},
		{"ü as v", "Lvwei#48271", "", phone, []string{"lv", "wei"}, FlawPersonal},
		{"ü as u", "Luwei#48271", "", phone, []string{"lv", "wei"}, FlawPersonal},
		{"ü as in passports", "Lyuwei#48271", "", phone, []string{"lv", "wei"}, FlawPersonal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := CheckPersonal(tt.password, tt.account, tt.phone, tt.pinyin); got != tt.want {
				t.Errorf("CheckPersonal(%q, %q, %q, %q) = %q, want %q", tt.password, tt.account, tt.phone, tt.pinyin, got, tt.want)
			}
		})
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
	for _, base := range strings.Fields(commonPasswords) {
		from, to := letters(base)
		if to-from != len(base) || len(base) < 5 || len(base) > 12 {
			continue
		}
		password := strings.ToUpper(base[:1]) + base[1:] + "@12"
		if got := CheckPassword(password); got != FlawCommon {
			t.Errorf("CheckPassword(%q) = %q", password, got)
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
	passed := slices.DeleteFunc(slices.Clone(leaked[:3000]), func(p string) bool { return CheckPassword(p) == FlawCommon })
	if len(passed) > 30 {
		t.Errorf("%d of 3,000 pass: %v", len(passed), passed)
	}
	if passed := slices.DeleteFunc(leaked[3000:], func(p string) bool { return CheckPassword(p) == FlawCommon }); len(passed) > 820 {
		t.Errorf("%d of 1,000 that are not listed pass: %v", len(passed), passed)
	}
}

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
			switch CheckPassword(string(p)) {
			case FlawCommon:
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

func FuzzCheckPassword(f *testing.F) {
	for _, seed := range []string{"Chaoxi#4927", "P@ssw0rd99", "12345678", "!@#$%^&*", "潮汐Aa#4927\xff", "@7$1!0|3aB", ""} {
		f.Add(seed, "wang.fang", "13700000003", "lv wei")
	}
	f.Fuzz(func(t *testing.T, password, account, phone, pinyin string) {
		// The rules are called in this order, but neither may rely on it.
		isCommon(strings.ToLower(password))
		switch flaw := CheckPersonal(password, account, phone, strings.Fields(pinyin)); flaw {
		case FlawNone, FlawPersonal:
		default:
			t.Errorf("CheckPersonal(%q, …) = %q", password, flaw)
		}
		flaw := CheckPassword(password)
		if flaw == FlawPersonal || flaw == FlawReused {
			t.Errorf("CheckPassword(%q) = %q", password, flaw)
		}
		if flaw == FlawNone && (len(password) < shortestPassword || len(password) > longestPassword || isListed(strings.ToLower(password))) {
			t.Errorf("CheckPassword(%q) lets it pass", password)
		}
	})
}

func BenchmarkCheckPassword(b *testing.B) {
	for _, password := range []string{"Chaoxi#4927", "Password@123", "K#4827193548271!"} {
		b.Run(password, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				CheckPassword(password)
			}
		})
	}
}

func BenchmarkCheckPersonal(b *testing.B) {
	for b.Loop() {
		CheckPersonal("Chaoxi#4927", "wangfang", "13700000003", []string{"wang", "fang"})
	}
}

// TestSimilarToAnyReading: a name is in a password however it is read.
func TestSimilarToAnyReading(t *testing.T) {
	account, err := staff.ParseAccount("z0193")
	if err != nil {
		t.Fatal(err)
	}
	p := Person{Staff: staff.Staff{Account: account, Pinyin: staff.Pinyin{Syllables: []string{"zeng", "li"}, SurnameOther: [][]string{{"ceng"}}}}}
	for password, want := range map[string]bool{"Zengli#83": true, "Cengli#83": true, "Tengli#83": false} {
		if got := similar(nil, password, p) != nil; got != want {
			t.Errorf("%s is like the name: %v", password, got)
		}
	}
	p.Staff.Pinyin = staff.Pinyin{Syllables: []string{"li", "chang", "jiang"}, Surname: 1, GivenOther: [][]string{{"zhang", "jiang"}}}
	for password, want := range map[string]bool{"Lichangjiang1": true, "Lizhangjiang1": true, "Lijiang#2837": false} {
		if got := similar(nil, password, p) != nil; got != want {
			t.Errorf("%s is like the name: %v", password, got)
		}
	}
	p.Staff.Pinyin = staff.Pinyin{}
	if similar(nil, "Z0193#abc", p) == nil {
		t.Error("the account is in the password of somebody whose name is not spelled")
	}
}
