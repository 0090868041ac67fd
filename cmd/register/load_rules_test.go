package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
)

// TestPace counts who may begin in each second.
func TestPace(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	begin := func(p *pace, now time.Time, within time.Duration) int {
		n := 0
		for p.reserve(now) < within {
			n++
		}
		return n
	}
	p := newPace(40)
	if n := begin(p, noon, time.Second); n != 40 {
		t.Errorf("%d in the first second", n)
	}
	if n := begin(p, noon.Add(time.Hour), time.Second); n != 40 {
		t.Errorf("%d after a pause: nothing is saved up", n)
	}
	for i := range 8 { // workers who find out at once
		p.slower(noon.Add(time.Duration(i) * time.Millisecond))
	}
	if n := begin(p, noon.Add(2*time.Hour), time.Second); n != 20 {
		t.Errorf("%d once the table was too busy", n)
	}
	for i := range 20 {
		p.slower(noon.Add(time.Duration(i) * time.Minute))
	}
	if n := begin(p, noon.Add(3*time.Hour), 10*time.Second); n != 10 {
		t.Errorf("%d in ten seconds at the slowest", n)
	}
	for range 1000 {
		p.faster()
	}
	if n := begin(p, noon.Add(4*time.Hour), time.Second); n != 40 {
		t.Errorf("%d once all goes well", n)
	}
	slow := newPace(0.5)
	slow.slower(noon)
	if n := begin(slow, noon, 10*time.Second); n != 5 {
		t.Errorf("%d in ten seconds, where one in two is asked for", n)
	}
}

func person(row int, values ...string) roster.Person {
	p := roster.Person{Row: row, Values: map[string]string{}}
	for i := 0; i < len(values); i += 2 {
		p.Values[values[i]] = values[i+1]
	}
	return p
}

// TestNameIndex: who comes again is told with the surest name, and the first row that has it.
func TestNameIndex(t *testing.T) {
	x, err := newNameIndex()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []roster.Person{
		person(2, "name", "张敏", "account", "zhangmin", "phone", "13700000004"),
		person(3, "name", "王芳", "account", "wangfang", "phone", "13700000003"),
		person(4, "name", "周强", "phone", "13700000007"),
		person(5, "name", "张 敏", "account", "ZhangMin", "phone", "+86 13700000004"),
		person(7, "name", "李娜", "account", "lina", "phone", "13700000003"),
		person(8, "name", "张敏", "account", "zhangmin"),
		person(9, "name", "赵磊", "phone", "86137*****005"),
		person(10, "name", "孙丽", "phone", "86137*****005"),
	} {
		if err := x.add(p); err != nil {
			t.Fatal(err)
		}
	}
	got, err := x.again(3)
	if want := (map[int]again{5: {2, "account", true}, 7: {3, "phone", false}, 8: {2, "account", true}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if _, err := x.again(2); !errors.Is(err, errManyAgain) {
		t.Errorf("more than may be: %v", err)
	}
	x.Close()
	if left, _ := filepath.Glob(x.dir); left != nil {
		t.Errorf("it leaves %s", left)
	}
}

func TestByPlace(t *testing.T) {
	at := func(unit, org string) roster.Person {
		return roster.Person{Posts: []roster.Post{{Values: map[string]string{"unit": unit, "org": org}}, {Values: map[string]string{"unit": "别处"}}}}
	}
	got := byPlace([]roster.Person{at("数据局", "综合科"), at("财政局", ""), {}, at("数据局", "综合科"), {}, at("数据局", ""), at("财政局", "")})
	if want := "[[0 3] [1 6] [2] [4] [5]]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestLoadState(t *testing.T) {
	var s loadState
	for _, r := range []jobs.Result{
		{Outcome: jobs.OutcomeDone, Created: true}, {Outcome: jobs.OutcomeDone, Changes: []audit.Change{{Field: "name"}}}, {Outcome: jobs.OutcomeUnchanged}, {Outcome: jobs.OutcomeRefused},
	} {
		s.count(r)
	}
	if want := (loadState{Done: 4, Added: 1, Changed: 1, Unchanged: 1, Refused: 1}); !reflect.DeepEqual(s, want) {
		t.Errorf("%+v, want %+v", s, want)
	}
	s.People, s.Done = 1_500_000, 60_000
	if got, want := s.progress(40_000, 1000*time.Second), "60000 of 1500000 people, 1 refused, 40 a second, 10h0m0s left"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := s.progress(0, 0); strings.Contains(got, "left") {
		t.Errorf("before the first one: %s", got)
	}
}

// TestReport: what a killed run has written behind the last note of its state goes.
func TestReport(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report.csv")
	refused := func(row int, name string) jobs.Result {
		return jobs.Result{Row: row, Name: name, Outcome: jobs.OutcomeRefused, Errors: []fault.Field{{Row: row, Column: "C 手机号", FieldCode: fault.CellGarbled}}}
	}
	open := func(size int64) *loadReport {
		r, err := openReport(name, size)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := open(0)
	add := func(one jobs.Result) int64 {
		if err := r.add(one); err != nil {
			t.Fatal(err)
		}
		size, err := r.flush()
		if err != nil {
			t.Fatal(err)
		}
		return size
	}
	add(jobs.Result{Row: 2, Outcome: jobs.OutcomeDone})
	noted := add(refused(3, "=1+1"))
	add(refused(4, "王芳"))
	r.Close()
	r = open(noted)
	add(refused(5, "周强"))
	r.Close()
	want := byteOrderMark + "行,姓名,列,问题,代码\r\n3,'=1+1,C 手机号," + fault.CellGarbled.Zh + ",cell_garbled\r\n5,周强,C 手机号," + fault.CellGarbled.Zh + ",cell_garbled\r\n"
	if got := read(t, name); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := openReport(name, 1000); err == nil {
		t.Error("a report that is shorter than noted was opened")
	}
}
