package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

type m = map[string]any

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing map[string]string
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	all, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.LoadDictionaries(context.Background(), all); err != nil {
		t.Fatal(err)
	}
	f := w.Serve(routes(&staff.DictionaryList{Store: w.Store, Now: w.Now}, httpapi.Auth{Authorize: w.Auth()},
		admin.EditDictionary{Store: w.Store, Now: w.Now, Random: w.Random}))
	return world{w, f, w.SignIn("chenjing", account.Console)}
}

func (w world) put(header map[string]string, dictionary, code string, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: "PUT", Path: "/v1/admin/dictionaries/" + url.PathEscape(dictionary) + "/" + url.PathEscape(code), Header: header, Body: body})
}

func entry(label string, order int, enabled bool) m {
	return m{"label": label, "order": order, "enabled": enabled}
}

// stored is an entry as it is in the table.
func (w world) stored(dictionary, code string) string {
	w.T.Helper()
	all, err := w.Store.Dictionaries(context.Background())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, e := range all {
		if e.Dictionary == dictionary && e.Code == code {
			return fmt.Sprint(e.Label, " ", e.Order, " ", e.Enabled)
		}
	}
	return "none"
}

// audited is what 陈静 has done, the latest first.
func (w world) audited() []string {
	w.T.Helper()
	log, err := w.Store.AuditEntries(context.Background(), admin.AuditRange{By: w.Person("chenjing").Staff.Code, To: w.Now().Add(time.Hour), Limit: 50})
	if err != nil {
		w.T.Fatal(err)
	}
	var all []string
	for _, e := range log.Entries {
		s := string(e.Action) + " " + string(e.Subject)
		for _, c := range e.Changes {
			s += fmt.Sprintf(" %s %s→%s", c.Field, c.Old, c.New)
		}
		all = append(all, s)
	}
	return all
}

func TestDictionaries(t *testing.T) {
	w := start(t)
	call := functiontest.Call{Method: "GET", Path: "/v1/dictionaries"}

	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Attempts: dynamotest.Always})
	w.Do(call).Want(503, "unavailable").Golden("unavailable")
	w.Faults.Set()

	w.Counter.Reset()
	w.Do(call).Want(200, "").Golden("ok")
	w.Do(call).Want(200, "")
	if cost := w.Counter.Cost(); cost.Total() != 1 {
		t.Errorf("%v", cost.Calls)
	}

	// What is edited shows within a minute.
	w.put(w.chenjing, "ZHI_JI", "ZHI_JI_QI_TA", entry("其他职级", 23, true)).Want(200, "")
	w.Pass(time.Minute)
	if r := w.Do(call).Want(200, ""); !strings.Contains(r.Raw, "其他职级") {
		t.Errorf("the list is still %s", r.Raw)
	}
}

func TestEdit(t *testing.T) {
	w := start(t)
	w.Counter.Reset()
	w.put(w.chenjing, "ZHI_JI", "ZHI_JI_QI_TA", entry(" 其他职级 ", 99, false)).Want(200, "").Golden("edited")
	w.WantTrips("dictionaries: edit")
	if got := w.stored("ZHI_JI", "ZHI_JI_QI_TA"); got != "其他职级 99 false" {
		t.Error(got)
	}
	w.put(w.chenjing, "ZHI_JI", "ZHI_JI_YI_JI_GAO_JI_ZHU_GUAN", entry("一级高级主管", 24, true)).Want(201, "").Golden("added")
	if got := w.stored("ZHI_JI", "ZHI_JI_YI_JI_GAO_JI_ZHU_GUAN"); got != "一级高级主管 24 true" {
		t.Error(got)
	}
	// The same again changes nothing, and leaves nothing in the audit.
	w.put(w.chenjing, "ZHI_JI", "ZHI_JI_YI_JI_GAO_JI_ZHU_GUAN", entry("一级高级主管", 24, true)).Want(200, "")
	w.put(w.chenjing, "QU_HAO", "+86", entry("中国大陆", 1, true)).Want(200, "")
	w.put(w.chenjing, "REN_ZHI_LEI_XING", "attached", entry("挂职", 3, false)).Want(200, "")
	w.put(w.chenjing, "ZHENG_ZHI_MIAN_MAO", "99", entry("其他", 99, true)).Want(201, "")

	want := []string{
		"edit_dictionary ZHENG_ZHI_MIAN_MAO/99 label →其他 order →99 enabled →true",
		"edit_dictionary REN_ZHI_LEI_XING/attached enabled true→false",
		"edit_dictionary QU_HAO/+86 label 中国大陆 +86→中国大陆",
		"edit_dictionary ZHI_JI/ZHI_JI_YI_JI_GAO_JI_ZHU_GUAN label →一级高级主管 order →24 enabled →true",
		"edit_dictionary ZHI_JI/ZHI_JI_QI_TA label 其他→其他职级 order 23→99 enabled true→false",
	}
	got := w.audited()
	for _, line := range want { // all of one instant, in any order
		if !strings.Contains(strings.Join(got, "\n")+"\n", line+"\n") {
			t.Errorf("not in the audit: %s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("audit %q", got)
	}
}

func TestWhoMayEdit(t *testing.T) {
	w := start(t)
	good := entry("其他", 23, true)
	edit := func(header map[string]string) functiontest.Reply {
		t.Helper()
		return w.put(header, "ZHI_JI", "ZHI_JI_QI_TA", good)
	}
	edit(nil).Want(401, "session_missing")
	edit(w.SignIn("zhouqiang", account.App)).Want(403, "permission_denied")
	w.put(w.SignIn("linwei", account.Console), "NO_SUCH", "X", "not json").Want(403, "permission_denied").Golden("permission-denied")

	// A super of a part of the tree is none of its top.
	p := w.Person("linwei")
	g := account.Grant{ID: "0123456789012345678901", Type: account.SuperGrant, Org: w.Person("zhangmin").Staff.Posts[0].Unit}
	if err := w.Store.Grant(t.Context(), p.Staff.Code, g, audit.Entry{ID: "test", At: w.Now(), Actor: p.Staff.Code, Subject: audit.OfStaff(p.Staff.Code)}); err != nil {
		t.Fatal(err)
	}
	edit(w.SignIn("linwei", account.Console)).Want(403, "permission_denied")
}

func TestEditRefused(t *testing.T) {
	w := start(t)
	good := entry("一级高级主管", 24, true)
	for _, at := range [][2]string{
		{"NO_SUCH", "X"}, {"BIAN_ZHI", "ZHI_JI_X"}, {"ZHI_JI", "ZHI_JI_"}, {"ZHI_JI", "ZHI_JI"}, {"ZHI_JI", "ZHI_JI_X_"}, {"ZHI_JI", "ZHI_JI__X"}, {"ZHI_JI", "zhi_ji_x"},
		{"ZHI_JI", "ZHI_JI_职"}, {"ZHI_JI", "ZHI_JI_X#Y"}, {"ZHI_JI", "ZHI_JI_" + strings.Repeat("X", 58)}, {"ZHENG_ZHI_MIAN_MAO", "14A"}, {"ZHENG_ZHI_MIAN_MAO", "1"},
		{"REN_ZHI_LEI_XING", "boss"}, {"REN_ZHI_LEI_XING", "MAIN"}, {"QU_HAO", "+1"}, {"XING_BIE", "3"},
	} {
		w.put(w.chenjing, at[0], at[1], "not json").Want(404, "not_found")
	}
	w.put(w.chenjing, "ZHI_JI", "ZHI_JI_X", "not json").Want(400, "body_invalid")
	w.put(w.chenjing, "REN_ZHI_LEI_XING", "boss", good).Want(404, "not_found").Golden("not-found")

	x := func(body m) functiontest.Reply {
		t.Helper()
		return w.put(w.chenjing, "ZHI_JI", "ZHI_JI_X", body).Want(422, "field_invalid")
	}
	x(m{}).Golden("empty")
	x(m{"label": nil, "order": nil, "enabled": nil})
	x(m{"label": "x", "order": "1", "enabled": 1}).Golden("types")
	x(entry(strings.Repeat("职", staff.MaxLabel+1), 0, true)).Golden("out-of-range")
	x(entry("a\tb", 1, true))
	x(entry(" 其　他 ", 24, true)).Golden("label-taken")
	w.put(w.chenjing, "ZHI_JI", "ZHI_JI_X", entry("其他", 24, false)).Want(201, "") // nobody chooses it
	w.put(w.chenjing, "ZHI_JI", "ZHI_JI_X", entry("其他", 24, true)).Want(422, "field_invalid")
	w.put(w.chenjing, "ZHI_JI", "ZHI_JI_Y", entry(strings.Repeat("职", staff.MaxLabel), staff.MaxOrder, true)).Want(201, "")

	// What every record needs stays.
	w.put(w.chenjing, "REN_ZHI_LEI_XING", "main", entry("主职", 1, false)).Want(422, "field_invalid").Golden("must-stay")
	w.put(w.chenjing, "REN_ZHI_LEI_XING", "main", entry("主要职务", 1, true)).Want(200, "")
	for _, code := range []string{"+852", "+853", "+886"} {
		w.put(w.chenjing, "QU_HAO", code, entry(code, 2, false)).Want(200, "")
	}
	w.put(w.chenjing, "QU_HAO", "+86", entry("中国大陆", 1, false)).Want(422, "field_invalid")
	w.put(w.chenjing, "QU_HAO", "+852", entry("香港", 2, false)).Want(200, "") // which is off already
	for n := 1; n <= 13; n++ {                                               // nobody has to have one
		w.put(w.chenjing, "ZHENG_ZHI_MIAN_MAO", fmt.Sprintf("%02d", n), entry(fmt.Sprint("x", n), n, false)).Want(200, "")
	}
}

// Of many who edit at once each has the entry for a while, and the audit has an
// unbroken line of what replaced what; and they cannot together do what one may not.
func TestManyAtOnce(t *testing.T) {
	w := start(t)
	var wait sync.WaitGroup
	replies := make([]functiontest.Reply, 4)
	for i := range replies {
		wait.Go(func() {
			replies[i] = w.put(w.chenjing, "BIAN_ZHI", "BIAN_ZHI_QI_TA", entry(fmt.Sprint("其他", i), i+1, true))
		})
	}
	wait.Wait()
	done := 0
	for _, r := range replies {
		if r.Status == 200 {
			done++
		} else {
			r.Want(503, "unavailable") // lost five times
		}
	}
	became := map[string]int{"其他": 1} // labels, by how often the entry got them less how often it lost them
	for _, line := range w.audited() {
		old, now, _ := strings.Cut(strings.Fields(line)[3], "→")
		became[old]--
		became[now]++
	}
	last, _, _ := strings.Cut(w.stored("BIAN_ZHI", "BIAN_ZHI_QI_TA"), " ")
	for label, n := range became {
		if (n != 0) != (label == last) || n < 0 {
			t.Errorf("%s: %d, and the last is %s", label, n, last)
		}
	}
	if done == 0 || len(w.audited()) != done {
		t.Errorf("%d done, %d audited", done, len(w.audited()))
	}

	codes := []string{"+86", "+852", "+853", "+886"}
	for i, code := range codes {
		wait.Go(func() { w.put(w.chenjing, "QU_HAO", code, entry(code, i+1, false)) })
	}
	wait.Wait()
	on := 0
	for _, code := range codes {
		if strings.HasSuffix(w.stored("QU_HAO", code), "true") {
			on++
		}
	}
	if on == 0 {
		t.Error("no area is left to choose")
	}
}

func TestUse(t *testing.T) {
	w := start(t)
	w.WantUse("chenjing", true, func() { w.put(w.chenjing, "BIAN_ZHI", "BIAN_ZHI_QI_TA", entry("其他", 9, true)).Want(200, "") })
}
