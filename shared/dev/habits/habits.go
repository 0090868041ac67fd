// Package habits invents people, and passwords as people make them in Chinese offices:
// of their names, their birthdays, their phones, their unit and the year. The rules of
// shared/account are measured by them, in this package's test on a few people and by
// `make bench BENCH=passwords` on more.
//
// All people are invented, and the same at each run. The forms were written for this
// package; no leaked password is among them. Look first at Of.
package habits

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"chaoxi/shared/passwords"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

// Person is somebody who chooses a password.
type Person struct {
	Name, Unit, Phone string
	Born              time.Time
	name, unit        staff.Pinyin
}

// Personal is what the register knows of the person.
func (p Person) Personal() passwords.Personal {
	return passwords.Personal{
		Account: strings.Join(p.name.Syllables, "") + p.Phone[9:], Names: p.name.Readings(), Surname: p.name.Surname, Phones: []string{p.Phone},
		BirthDates: []string{p.Born.Format("2006-01-02")}, IDCard: "330199" + p.Born.Format("20060102") + "0018", Units: p.unit.Readings(),
	}
}

// People invents n people.
func People(n int) []Person {
	r := rand.New(rand.NewPCG(4, 8))
	one := func(from []string) string { return from[r.IntN(len(from))] }
	people := make([]Person, n)
	for i := range people {
		p := Person{
			Name: one(surnames) + one(given), Unit: one(places) + one(bureaus), Phone: fmt.Sprintf("13%09d", r.IntN(1_000_000_000)),
			Born: time.Date(1964+r.IntN(40), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC),
		}
		if r.IntN(3) > 0 {
			p.Name += one(given)
		}
		p.name, p.unit = pinyin.Read(p.Name), pinyin.Read(p.Unit)
		people[i] = p
	}
	return people
}

var (
	surnames = strings.Split("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖", "")
	given    = strings.Split("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文辉力健世广志义兴良海山仁波宁贵福生龙元全胜学祥才发武新利清飞彬富顺信子", "")
	places   = []string{"", "临江区", "杭州市", "浙江省", "江北县"}
	bureaus  = []string{
		"信息中心", "大数据发展管理局", "发展和改革委员会", "卫生健康委员会", "人力资源和社会保障局", "财政局", "教育局", "民政局", "市场监督管理局", "自然资源和规划局",
		"综合行政执法局", "政务服务中心", "应急管理局", "文化广电旅游局", "档案馆",
	}
)

// heads are what a password begins with, by a name for the bench. Parts in braces are of
// the person (parts below).
var heads = []struct{ what, form string }{
	{"name", "{Wang}{fang}"}, {"name", "{wang}{Fang}"}, {"name", "{Wang}{Fang}"}, {"name", "{Fang}{wang}"},
	{"name and initials", "{Wang}{f}"}, {"name and initials", "{Wang}{F}"}, {"name and initials", "{F}{wang}"}, {"name and initials", "{Fang}{w}"},
	{"initials", "{W}{f}"}, {"initials", "{W}{F}x"}, {"initials", "{w}{F}"}, {"initials", "{Aa}{w}{f}"},
	{"surname or given name", "{Wang}"}, {"surname or given name", "{Fang}"}, {"surname or given name", "Xiao{wang}"}, {"surname or given name", "Lao{wang}"},
	{"unit", "{Xxzx}"}, {"unit", "{XXZX}x"}, {"unit", "{Xxzx}{w}{f}"}, {"unit", "{Xinxi}"},
	{"place", "Hangzhou"}, {"place", "Zjhz"}, {"place", "Zhejiang"}, {"place", "Hz"},
	{"habit", "Aa"}, {"habit", "Abc"}, {"habit", "Qwe"}, {"habit", "Admin"}, {"habit", "Mima"}, {"habit", "Zwfw"}, {"habit", "Woaini"}, {"habit", "Qq"},
}

// tails are what follows.
var tails = []string{
	"@123", "@1234", "@12345", "@123456", "123!", "123456.", "@123.", "1234!@#", "@2026", "2026!", "#2025", "@2024!!", "_2026", "@1", "@88", "888!", "@666666", "@520",
	"1314!", "@5201314", "@{1990}", "{1990}!", "{90}!", "@{900307}", "{19900307}", "@{19900307}", "{0307}!", "@{0307}", "@{0003}", "{0003}!", "#{000003}", "@112233",
	"!@#123", "@qwer1", "@abc123", "@123123",
}

// Forms is how many forms of passwords there are.
func Forms() int { return len(heads) * len(tails) }

// Password is one that a person might choose.
type Password struct{ What, Text string }

// Of returns the passwords that p might choose, those that have the length and the
// characters that a password needs.
func Of(p Person) []Password {
	replace := p.parts()
	var all []Password
	for _, head := range heads {
		for _, tail := range tails {
			password := replace.Replace(head.form + tail)
			switch passwords.Check(password) {
			case passwords.FlawLength, passwords.FlawCharacters, passwords.FlawClasses:
			default:
				all = append(all, Password{head.what, password})
			}
		}
	}
	return all
}

// Passes reports whether the rules let somebody choose the password.
func Passes(p Person, password string) bool {
	return passwords.Check(password) == passwords.FlawNone && passwords.CheckPersonal(password, p.Personal()) == passwords.FlawNone
}

// parts replaces the parts in braces, which are written as of 王芳, born on 7 March 1990,
// whose phone ends in 000003, of the unit 信息中心.
func (p Person) parts() *strings.Replacer {
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	initials := func(syllables []string) string {
		all := ""
		for _, s := range syllables {
			all += s[:1]
		}
		return all
	}
	surname, rest := p.name.Syllables[:p.name.Surname], p.name.Syllables[p.name.Surname:]
	wang, fang, unit := strings.Join(surname, ""), strings.Join(rest, ""), p.unit.Syllables
	xinxi := strings.Join(unit[max(0, len(unit)-4):max(2, len(unit)-2)], "")
	return strings.NewReplacer(
		"{wang}", wang, "{Wang}", title(wang), "{fang}", fang, "{Fang}", title(fang),
		"{w}", initials(surname), "{W}", strings.ToUpper(initials(surname)), "{f}", initials(rest), "{F}", strings.ToUpper(initials(rest)), "{Aa}", "Aa",
		"{Xxzx}", title(initials(unit)), "{XXZX}", strings.ToUpper(initials(unit)), "{Xinxi}", title(xinxi),
		"{1990}", p.Born.Format("2006"), "{90}", p.Born.Format("06"), "{900307}", p.Born.Format("060102"), "{19900307}", p.Born.Format("20060102"), "{0307}", p.Born.Format("0102"),
		"{0003}", p.Phone[7:], "{000003}", p.Phone[5:],
	)
}
