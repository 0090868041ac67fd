package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/staff"
)

const loadHeader = "姓名,账号,区号,手机号,性别,人员编制,职级,所在单位,所在机构,任职类型,职务,人员角色,排序码\n"

// loadRow is a row for the n-th invented person. They are of two units of the demo register.
func loadRow(n int) string {
	unit := []string{"临江区数据局", "临江区财政局"}[n%2]
	return fmt.Sprintf("员工%s,yg%04d,+86,139%08d,女性,其他,其他,%s,,主职,科员,普通用户,%d\n", strings.Repeat("一", 1+n%3), n, n, unit, 1+n)
}

// loadFile writes a file of lines below the header.
func loadFile(t *testing.T, lines ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(name, []byte(loadHeader+strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// provinceFile is a file of some people, of whom each 50th row is refused, each 40th person
// has two posts, and some are on the demo register.
func provinceFile(t *testing.T, people int) string {
	var lines []string
	for n := range people {
		line := loadRow(n)
		switch {
		case n%50 == 7:
			line = strings.Replace(line, "临江区", "没有的区", 1)
		case n%50 == 9:
			line = strings.Replace(line, "女性", "不详", 1)
		case n%40 == 3:
			line += strings.NewReplacer("临江区财政局", "临江区数据局", "主职", "兼职").Replace(line)
		case n == 100:
			line = "周强,zhouqiang,,,,,一级调研员,,,,,,\n"
		case n == 101:
			line = "王芳,,,13700000003,,,,,,,,高级用户,\n"
		}
		lines = append(lines, line)
	}
	lines = append(lines, strings.Replace(loadRow(2), "临江区数据局", "临江区财政局", 1), "别人,yg0004,,,,,,,,,,,\n")
	return loadFile(t, lines...)
}

// TestLoad: a file is loaded by the rules of an import, and once more it changes nothing.
func TestLoad(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	file := provinceFile(t, 120)
	before := d.person("zhouqiang").Staff
	said := d.refusing("load -dry-run "+file, "8, in "+file+".dry-run.csv")
	if !strings.Contains(said, "A dry run: of 122 people 112 would be added, 2 changed, 0 are so already, 8 would be refused.") {
		t.Errorf("it said %s", said)
	}
	if now := d.person("zhouqiang").Staff; now.Version != before.Version || d.knows("yg0000") {
		t.Error("a dry run has written")
	}
	said = d.refusing("load "+file+" -at-once 3 -per-second 10000", "8, in "+file+".refused.csv")
	if !strings.Contains(said, "Of 122 people 112 were added, 2 changed, 0 were so already, 8 were refused.") {
		t.Errorf("it said %s", said)
	}
	report := read(t, file+".refused.csv")
	for _, s := range []string{
		"\r\n10,员工一一,H 所在单位,", "\r\n12,员工一,E 性别,不是可选的取值,not_a_choice", "\r\n125,员工一一一,B 账号,与第4行是同一人但不相邻，请按账号排序，将同一人的各行排在一起,rows_apart",
		"\r\n126,别人,B 账号,与第7行的另一人相同，请核对,rows_share",
	} {
		if !strings.Contains(report, s) {
			t.Errorf("the report is\n%swithout %q", report, s)
		}
	}
	if dry := read(t, file+".dry-run.csv"); dry != report {
		t.Errorf("the dry run reported\n%sand the load\n%s", dry, report)
	}
	p := d.person("yg0003").Staff
	if len(p.Posts) != 2 || p.State != staff.Pending || p.Version != 1 || p.Phone.E164() != "+8613900000003" || p.Gender != "2" || !p.Complete() || len(p.Pinyin.Syllables) == 0 {
		t.Errorf("somebody with two posts: %+v", p)
	}
	if now := d.person("zhouqiang").Staff; now.Version != before.Version+1 || now.JobLevel != "ZHI_JI_YI_JI_DIAO_YAN_YUAN" {
		t.Errorf("somebody who was there: %+v", now)
	}
	for _, who := range []staff.EmployeeCode{p.Code, before.Code} {
		e := d.entries(who)[0]
		if !e.Actor.IsZero() || !strings.HasPrefix(e.Call.ID, "register-load-") || len(e.Changes) == 0 {
			t.Errorf("the entry is %+v", e)
		}
	}
	said = d.refusing("load "+file, "8, in")
	if !strings.Contains(said, "0 were added, 0 changed, 114 were so already, 8 were refused") || d.person("yg0003").Staff.Version != 1 {
		t.Errorf("once more: %s", said)
	}
	for _, name := range []string{file + ".state", file + ".dry-run.csv.state"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s stays", name)
		}
	}
	d.want("reindex", "Looked at 119 people.") // no stream here
	d.isSound()
	d.want("load "+loadFile(t, loadRow(0)), "Of 1 people 0 were added") // nobody is refused: no error
}

// refusing runs a command that ends with an error about refused rows, and returns what it
// said.
func (d *desk) refusing(line, why string) string {
	d.Helper()
	out, err := d.run(line)
	if !errors.Is(err, errRefusedRows) || !strings.Contains(err.Error(), why) {
		d.Errorf("%s: %v, want something about %q", line, err, why)
	}
	return out
}

// isSound checks the register, but for the logs of organisations, which follow the stream.
func (d *desk) isSound() {
	d.Helper()
	out, err := d.run("check -settle 0s")
	if err != nil && !errors.Is(err, errUnsound) {
		d.Fatal(err)
	}
	for line := range strings.Lines(out) {
		if !strings.HasSuffix(line, "in the log of its organisations, too\n") && !strings.HasPrefix(line, "Looked at ") {
			d.Errorf("check found %s", line)
		}
	}
}

func (d *desk) knows(name string) bool {
	d.Helper()
	c, _, err := d.Store.FindName(d.Context(), staff.ParseSignInName(name), "-")
	if err != nil {
		d.Fatal(err)
	}
	return !c.IsZero()
}

// entries are the audit about somebody, newest first.
func (d *desk) entries(c staff.EmployeeCode) []audit.Entry {
	d.Helper()
	s, err := d.Store.AuditEntries(d.Context(), admin.AuditRange{Of: c, To: time.Now().AddDate(1, 0, 0), Limit: 100})
	if err != nil {
		d.Fatal(err)
	}
	var all []audit.Entry
	for _, row := range s.Entries {
		all = append(all, row.Entry)
	}
	return all
}

// TestLoadRefuses: what is wrong with a file as a whole is told before anything is written.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	apart := []string{}
	for range 2 {
		for n := range mostAgain + 1 {
			apart = append(apart, loadRow(n))
		}
	}
	for name, tt := range map[string]struct{ line, why string }{
		"no file":               {"load", errUsage.Error()},
		"a flag that is none":   {"load x.csv -fast", errUsage.Error()},
		"two files":             {"load x.csv y.csv", errUsage.Error()},
		"a pace that is none":   {"load x.csv -per-second 0", errUsage.Error()},
		"a file that is not":    {"load " + t.TempDir() + "/x.csv", "no such file"},
		"no header":             {"load " + file("王芳,wangfang\n"), "header_missing"},
		"nothing to know by":    {"load " + file("姓名,性别\n王芳,女\n"), "column_missing"},
		"a column twice":        {"load " + file("姓名,账号,手机号,手机号\n王芳,wangfang,1,2\n"), "D 手机号"},
		"nobody":                {"load " + file(loadHeader), "no_people"},
		"nothing":               {"load " + file("\n"), "file_empty"},
		"a workbook":            {"load " + file("PK\x03\x04"), "Save it as CSV"},
		"UTF-16":                {"load " + file("\xFF\xFE姓"), "file_unicode_text"},
		"broken at its end":     {"load " + file(loadHeader+loadRow(1)+"\"张\"敏,x\n"), "row 3"},
		"rows in another order": {"load " + loadFile(t, apart...), "sort the file by account"},
	} {
		if out, err := d.run(tt.line); err == nil || !strings.Contains(err.Error(), tt.why) || out != "" {
			t.Errorf("%s: %v (and said %q), want something about %q", name, err, out, tt.why)
		}
	}
	if d.knows("yg0001") {
		t.Error("something was written all the same")
	}
}

// TestLoadGoesOn: a run that fails leaves a state, from which the next one goes on, unless
// the file or the table is another one.
func TestLoadGoesOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.Table = "one"
	var lines []string
	for n := range loadStretch + 20 {
		lines = append(lines, loadRow(n))
	}
	lines[3] = strings.Replace(lines[3], "女性", "不详", 1)
	file := loadFile(t, lines...)
	whole := read(t, file)
	line := "load -per-second 10000 " + file
	ctx, stop := context.WithCancel(t.Context())
	cut := d.tool
	cut.Err = interrupt(func() {
		if b, err := os.ReadFile(file + ".state"); err == nil && strings.Contains(string(b), fmt.Sprintf(`"Done":%d`, loadStretch)) {
			stop()
		}
	})
	err := load(ctx, cut, strings.Fields(line)[1:])
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), fmt.Sprintf("stopped after %d of %d people", loadStretch, loadStretch+20)) {
		t.Fatalf("interrupted: %v", err)
	}
	for name, change := range map[string]func(){
		"has changed":   func() { os.WriteFile(file, []byte(whole+loadRow(9999)), 0o600) },
		"not of two":    func() { d.Table = "two" },
		"it is shorter": func() { os.WriteFile(file+".refused.csv", nil, 0o600) },
	} {
		report := read(t, file+".refused.csv")
		change()
		d.refused(line, name)
		d.Table = "one"
		os.WriteFile(file, []byte(whole), 0o600)
		os.WriteFile(file+".refused.csv", []byte(report), 0o600)
	}
	if said := d.refusing("load -dry-run "+file, "1, in"); !strings.Contains(said, fmt.Sprintf("of %d people 20 would be added", loadStretch+20)) {
		t.Errorf("a dry run meanwhile looks at the whole file: %s", said)
	}
	d.err.Reset()
	said := d.refusing(line, "1, in")
	if !strings.Contains(said, fmt.Sprintf("Of %d people %d were added, 0 changed, 0 were so already, 1 were refused", loadStretch+20, loadStretch+19)) {
		t.Errorf("the second run said %s", said)
	}
	if told := d.err.String(); !strings.Contains(told, fmt.Sprintf("going on after %d of %d", loadStretch, loadStretch+20)) || strings.Contains(told, "columns") {
		t.Errorf("progress: %s", told)
	}
	if n := strings.Count(read(t, file+".refused.csv"), "\r\n"); n != 2 {
		t.Errorf("the report has %d lines", n)
	}
}

// TestLoadIsPatient: while the table is too busy, it becomes slower and tries again, for some
// minutes.
func TestLoadIsPatient(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	var waited time.Duration
	d.Wait = func(ctx context.Context, w time.Duration) error { waited += w; return ctx.Err() }
	file := loadFile(t, loadRow(1), loadRow(2))
	d.faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Op: "TransactWriteItems", Call: 1, Attempts: dynamotest.Always})
	d.want("load -at-once 1 "+file, "Of 2 people 2 were added")
	if waited < time.Second || waited > 3*time.Second {
		t.Errorf("it waited %s", waited)
	}
	d.faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Op: "TransactWriteItems", Attempts: dynamotest.Always})
	waited = 0
	d.refused("load -at-once 1 "+loadFile(t, loadRow(3), loadRow(4)), "row 2: ")
	if waited < 2*time.Minute || waited > 10*time.Minute {
		t.Errorf("it waited %s before it gave up", waited)
	}
	d.faults.Set(dynamotest.Fault{Kind: dynamotest.AnswerLost, Op: "TransactWriteItems", Call: 1, Attempts: dynamotest.Always})
	d.want("load -at-once 1 "+loadFile(t, loadRow(5)), "Of 1 people 0 were added, 0 changed, 1 were so already")
}

// TestLoadKilled: the real program, killed at random moments and started again, leaves the
// table and the report that it leaves when it is let alone.
func TestLoadKilled(t *testing.T) {
	t.Parallel()
	const people = 1000
	binary := filepath.Join(t.TempDir(), "register")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	alone, killed := newDesk(t, 0), newDesk(t, 0)
	start := func(d *desk, file string) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command(binary, "load", "-per-second", "10000", file)
		cmd.Env = append(os.Environ(), "TABLE_NAME="+d.Table, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, &out
	}
	undisturbed := provinceFile(t, people)
	began := time.Now()
	cmd, out := start(alone, undisturbed)
	cmd.Wait()
	took := time.Since(began)
	if cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("it ended with %d: %s", cmd.ProcessState.ExitCode(), out)
	}
	file := provinceFile(t, people)
	kills := 0
	for {
		cmd, out := start(killed, file)
		var timer *time.Timer
		if kills < 3 {
			timer = time.AfterFunc(time.Duration(rand.Int64N(int64(took/2))), func() { cmd.Process.Kill() })
		}
		cmd.Wait()
		if timer != nil {
			timer.Stop()
		}
		if code := cmd.ProcessState.ExitCode(); code == 3 {
			break
		} else if code != -1 {
			t.Fatalf("it ended with %d: %s", code, out)
		}
		kills++
	}
	if kills == 0 {
		t.Error("it was never killed")
	}
	t.Logf("killed %d times", kills)
	if a, b := read(t, undisturbed+".refused.csv"), read(t, file+".refused.csv"); a != b {
		t.Errorf("the report is\n%swant\n%s", b, a)
	}
	if a, b := alone.register(people), killed.register(people); !slices.Equal(a, b) {
		for i := range a {
			if a[i] != b[i] {
				t.Errorf("the register has\n%s\nwant\n%s", b[i], a[i])
			}
		}
	}
}

// register is what the table has of the people of a file and of organisations, without codes
// and times.
func (d *desk) register(people int) []string {
	d.Helper()
	var accounts []staff.Account
	for _, name := range []string{"zhouqiang", "wangfang"} {
		accounts = append(accounts, d.person(name).Staff.Account)
	}
	for n := range people {
		a, err := staff.ParseAccount(fmt.Sprintf("yg%04d", n))
		if err != nil {
			d.Fatal(err)
		}
		accounts = append(accounts, a)
	}
	codes, err := d.Store.NameOwners(d.Context(), nil, accounts)
	if err != nil {
		d.Fatal(err)
	}
	known, err := d.Store.People(d.Context(), slices.DeleteFunc(slices.Clone(codes), staff.EmployeeCode.IsZero))
	if err != nil {
		d.Fatal(err)
	}
	var all []string
	for i, a := range accounts {
		s := known[codes[i]]
		text := fmt.Sprint(a, " ", s.Name, s.Phone.E164(), s.Version, s.Revision, s.State, s.BudgetedPost, s.JobLevel, s.Gender)
		for _, post := range s.Posts {
			text += fmt.Sprint(" ", post.Unit, post.Org, post.JobType, post.Title, post.Role, post.Order, post.Active)
		}
		all = append(all, text)
	}
	kinds, err := d.Store.Weigh(d.Context())
	if err != nil {
		d.Fatal(err)
	}
	for _, kind := range []string{"staff", "account", "name", "audit_of", "audit_whole", "holds", "org"} {
		all = append(all, fmt.Sprint(kind, kinds[kind].Items))
	}
	return all
}
