package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

// choices fills the dictionaries.
func (w *world) choices() {
	w.T.Helper()
	choices, err := seed.Dictionaries()
	w.must(err)
	w.must(w.Store.LoadDictionaries(context.Background(), choices))
}

// imports makes an import of lines with a bar between cells, as somebody.
func (w *world) imports(who string, dry bool, lines ...string) string {
	w.T.Helper()
	sheet := roster.Sheet{Rows: func(yield func(roster.Row, error) bool) {
		for n, line := range lines {
			row := roster.Row{Number: n + 1}
			for _, text := range strings.Split(line, "|") {
				row.Cells = append(row.Cells, roster.Cell{Kind: roster.Text, Text: text})
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
	uc := admin.MakeImport{
		Store: w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now}, Now: w.Now, Random: w.Random,
		Open: func([]byte, roster.Format) ([]roster.Sheet, error) { return []roster.Sheet{sheet}, nil },
	}
	p := w.Person(who)
	caller := account.Caller{Staff: p.Staff.Code, Epoch: p.Account.Epoch, Grants: p.Account.Grants}
	in := admin.ImportInput{Format: "csv", DryRun: fmt.Sprint(dry)}
	made, err := uc.Run(context.Background(), audit.Call{Address: "192.0.2.7", ID: "req-1"}, w.Permit(caller, account.StaffImport), in, admin.RequestKey{})
	w.must(err)
	return made.ID
}

const importHeader = "姓名|账号|手机号|性别|职级|所在单位|所在机构|排序码|身份证号"

// A file is tried, then imported: people are added and changed, and say so in the audit.
func TestImport(t *testing.T) {
	w := start(t, false)
	w.choices()
	lines := []string{
		importHeader,
		"李娜|lina|13900000050|女||临江区数据局||50|",
		"张敏|zhangmin|||一级调研员||||",
		"周强|zhouqiang|||一级调研员||||", // of another unit
		"王芳|wangfang|13900000051|||||",
		"李强|liqiang|13900000052|男||没有局||50|",
		"孙丽|sunli|||一级调研员||||330199199003070026",
	}
	was := w.Person("zhangmin").Staff
	want := "2 李娜 done true \n3 张敏 done false \n4 周强 refused false account_taken\n5 王芳 done false \n6 李强 refused false field_invalid\n7 孙丽 done false \n"
	for _, dry := range []bool{true, false} {
		id := w.imports("linwei", dry, lines...)
		if j := w.finish(id); j.CurrentState() != jobs.Done || j.Done != 6 || j.Failed != 2 {
			t.Errorf("%+v", j)
		}
		all, _, err := w.Store.JobResults(context.Background(), id, "", 100)
		w.must(err)
		got := ""
		for _, r := range all {
			got += fmt.Sprintln(r.Row, r.Name, r.Outcome, r.Created, r.Code)
		}
		if got != want {
			t.Errorf("dry run %v:\n%swant\n%s", dry, got, want)
		}
		if rows, err := w.Store.JobRows(context.Background(), id, 1); err != nil || len(rows) > 0 {
			t.Errorf("rows are left: %v, %v", rows, err)
		}
		if now := w.Person("zhangmin").Staff; dry && now.Version != was.Version || !dry && now.JobLevel != "ZHI_JI_YI_JI_DIAO_YAN_YUAN" {
			t.Errorf("dry run %v: %+v", dry, now)
		}
	}
	lina := w.Person("lina").Staff
	if lina.Phone.E164() != "+8613900000050" || len(lina.Missing()) != 3 || lina.Posts[0].Unit != w.data.Code {
		t.Errorf("%+v", lina)
	}
	w.Check()
}

// Whatever call of a chunk fails, however it fails: delivered again until it is taken, the
// chunk has added one person and changed one, once, and both have a result.
func TestImportFaults(t *testing.T) {
	w := start(t, false)
	w.choices()
	for k, kind := range []dynamotest.Kind{dynamotest.AnswerLost, dynamotest.Conflict} {
		for call := 1; ; call++ {
			number := fmt.Sprintf("%d%03d", k, call)
			was := w.Person("zhouqiang").Staff
			id := w.imports("chenjing", false, importHeader+"|短号", "李娜|lina"+number+"|1390000"+number+"|女||临江区数据局||50||", "周强|zhouqiang|||||||"+"|6"+number)
			hits := w.deliverBroken(id, dynamotest.Fault{Kind: kind, Call: call})
			now, j := w.Person("zhouqiang").Staff, w.job(id)
			all, _, err := w.Store.JobResults(context.Background(), id, "", 9)
			w.must(err)
			lina := w.Person("lina" + number).Staff
			if now.Version != was.Version+1 || now.ShortNumber != "6"+number || lina.Version != 1 || j.CurrentState() != jobs.Done || j.Done != 2 || j.Failed != 0 ||
				len(all) != 2 || all[0].Staff != lina.Code || !all[0].Created || all[1].Outcome != jobs.OutcomeDone {
				t.Fatalf("%s in call %d: %+v %+v %+v", kind, call, now, j, all)
			}
			if hits == 0 {
				break
			}
		}
	}
	w.Check()
}

// People are found by ID card, offices by name in their unit, and who is named by code may
// get another account.
func TestImportFinds(t *testing.T) {
	w := start(t, false)
	w.choices()
	const card = "330199199003070018"
	w.Edit("zhouqiang", func(s *staff.Staff) { s.IDCard = card })
	min := w.Person("zhangmin").Staff
	office := w.org(min.Posts[0].Org)
	id := w.imports("chenjing", false, importHeader+"|人员编码|职务",
		"周强||||一级调研员||||"+card,
		"张敏|zhangmin2||||临江区数据局|"+office.Name+"|||"+min.Code.String()+"|局长",
	)
	j := w.finish(id)
	all, _, err := w.Store.JobResults(context.Background(), id, "", 9)
	w.must(err)
	now := w.Person("zhangmin2").Staff
	if j.Failed != 0 || w.Person("zhouqiang").Staff.JobLevel != "ZHI_JI_YI_JI_DIAO_YAN_YUAN" || now.Code != min.Code || now.Posts[0].Title != "局长" || now.Posts[0].ID != min.Posts[0].ID {
		t.Errorf("%+v\n%+v\n%+v", j, all, now)
	}
	w.Check()
}
