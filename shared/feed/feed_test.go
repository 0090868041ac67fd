package feed_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"chaoxi/shared/feed"
	"chaoxi/shared/staff"
)

// stream keeps what is put on it.
type stream struct {
	keys   []string
	events []string
	err    error
}

func (s *stream) Put(_ context.Context, key string, event []byte) error {
	if s.err == nil {
		s.keys, s.events = append(s.keys, key), append(s.events, string(event))
	}
	return s.err
}

// last is the event that was put last, which must be in the form that is told to readers.
func (s *stream) last(t *testing.T) string {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../../docs/feed.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	e := s.events[len(s.events)-1]
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(e))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s\n%v", e, err)
	}
	return e
}

func publisher(s *stream) feed.Publisher {
	return feed.Publisher{Stream: s, Now: func() time.Time { return time.Date(2026, 3, 2, 16, 0, 0, 0, time.FixedZone("", 8*3600)) }}
}

// must is v, which parse has made of a text that is right.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	province = must(staff.ParseOrgCode("GO_" + strings.Repeat("1", 32)))
	bureau   = must(staff.ParseOrgCode("GO_" + strings.Repeat("2", 32)))
)

// zhangmin has everything filled in that a record has.
func zhangmin() staff.Staff {
	post := staff.Post{
		ID: must(staff.ParsePostID(strings.Repeat("p", 22))), Unit: bureau, Org: bureau, JobType: staff.MainJob, Title: "科长", Role: "REN_YUAN_JU_SE_PU_TONG_YONG_HU",
		Order: 3, Email: "zm@example.com", OfficePhone: "0571-80000001", OfficeAddress: "市民中心1楼", Active: true,
	}
	ended := post
	ended.ID, ended.Title, ended.Active = must(staff.ParsePostID(strings.Repeat("q", 22))), "旧职务", false
	return staff.Staff{
		Code: must(staff.ParseEmployeeCode("GE_" + strings.Repeat("3", 32))), Revision: 8, Version: 5, Name: "张敏", Account: must(staff.ParseAccount("zhangmin")),
		Phone: must(staff.ParsePhone("13700000004")), ShortNumber: "660004", Gender: "XING_BIE_NV", IDCard: "330106198503071234", BirthDate: "1985-03-07",
		BudgetedPost: "BIAN_ZHI_QI_TA", HomeAddress: "文三路100号", PoliticalStatus: "ZHENG_ZHI_MIAN_MAO_QUN_ZHONG", Employment: staff.InService, State: staff.Active,
		Posts: []staff.Post{post, ended},
	}
}

func TestStaff(t *testing.T) {
	s := &stream{}
	p := publisher(s)
	was := zhangmin()
	for _, tt := range []struct {
		name   string
		change func(*staff.Staff)
		want   string // in the event; "" if none is put
	}{
		{"a name", func(s *staff.Staff) { s.Name = "张闵" }, `"name":"张闵"`},
		{"a state", func(s *staff.Staff) { s.State = staff.Frozen }, `"accountState":"frozen"`},
		{"complete now", func(s *staff.Staff) { s.JobLevel = "ZHI_JI_QI_TA" }, `"complete":true`},
		{"another title", func(s *staff.Staff) { s.Posts = []staff.Post{s.Posts[0]}; s.Posts[0].Title = "" }, `"title":null`},
		{"left", func(s *staff.Staff) { s.Employment = staff.Left; s.Posts[0].Active = false }, `"posts":[]`},
		{"an account that is a phone", func(s *staff.Staff) { s.Account = must(staff.ParseAccount("13700000004")) }, `"account":"+86 137*****004"`},
		{"another phone", func(s *staff.Staff) { s.Phone = must(staff.ParsePhone("13700000099")) }, ""},
		{"another ID card", func(s *staff.Staff) { s.IDCard, s.BirthDate = "", "1985-03-08" }, ""},
		{"another address", func(s *staff.Staff) { s.HomeAddress = "" }, ""},
		{"a post that had ended", func(s *staff.Staff) { s.Posts = s.Posts[:1] }, ""},
		{"nothing", func(*staff.Staff) {}, ""},
	} {
		now := was.Clone()
		now.Revision++
		tt.change(&now)
		n := len(s.events)
		if err := p.Staff(t.Context(), was, now); err != nil {
			t.Fatal(err)
		}
		switch {
		case tt.want == "" && len(s.events) > n:
			t.Errorf("%s: it is told, %s", tt.name, s.events[n])
		case tt.want != "" && (len(s.events) != n+1 || !strings.Contains(s.last(t), tt.want) || !strings.Contains(s.last(t), `"revision":9`)):
			t.Errorf("%s: %v", tt.name, s.events[n:])
		}
	}
	for _, private := range []string{"13700000", "330106", "1985-03", "文三路", "660004", "XING_BIE", "ZHENG_ZHI", "旧职务"} {
		if all := strings.Join(s.events, ""); strings.Contains(all, private) {
			t.Errorf("%s is told to others", private)
		}
	}
}

func TestStaffOfNobody(t *testing.T) {
	s := &stream{}
	p := publisher(s)
	was := zhangmin()
	if err := errors.Join(p.Staff(t.Context(), staff.Staff{}, was), p.Staff(t.Context(), was, staff.Staff{})); err != nil {
		t.Fatal(err)
	}
	if len(s.events) != 2 || s.keys[0] != was.Code.String() || !strings.Contains(s.events[0], `"complete":false`) {
		t.Errorf("%v %v", s.keys, s.events)
	}
	want := `{"format":1,"type":"staff","id":"` + was.Code.String() + `","revision":9,"at":"2026-03-02T08:00:00Z","deleted":true}` // after the 8 of the last event, so that nobody drops it
	if got := s.last(t); got != want {
		t.Errorf("erased: %s", got)
	}
}

func TestOrg(t *testing.T) {
	s := &stream{}
	p := publisher(s)
	was := staff.Org{Code: bureau, Name: "数据局", Type: staff.UnitOrg, Division: "330199", Order: 4, Path: []staff.OrgCode{province, bureau}, Version: 2, MoveSeq: 1}
	settled := was // by the job of a move far above
	settled.Path, settled.MoveSeq = []staff.OrgCode{must(staff.ParseOrgCode("GO_" + strings.Repeat("4", 32))), province, bureau}, 2
	if err := p.Org(t.Context(), was, settled); err != nil || len(s.events) > 0 {
		t.Errorf("a path that follows from a move: %v %v", s.events, err)
	}
	top := was
	top.Path, top.Version, top.Closed = []staff.OrgCode{bureau}, 3, true
	for _, now := range []staff.Org{was, top} {
		if err := p.Org(t.Context(), staff.Org{}, now); err != nil {
			t.Fatal(err)
		}
		s.last(t)
	}
	want := `{"format":1,"type":"org","id":"` + bureau.String() + `","revision":2,"at":"2026-03-02T08:00:00Z","org":{"name":"数据局","type":"unit","parent":"` + province.String() +
		`","division":"330199","order":4,"closed":false}}`
	if s.events[0] != want || !strings.Contains(s.events[1], `"parent":null`) || !strings.Contains(s.events[1], `"closed":true`) {
		t.Errorf("%v", s.events)
	}
	if err := p.Org(t.Context(), top, staff.Org{}); err != nil || !strings.Contains(s.last(t), `"deleted":true`) {
		t.Errorf("%v %v", s.events, err)
	}
}

func TestAStreamThatTakesNothing(t *testing.T) {
	broken := errors.New("broken")
	p := publisher(&stream{err: broken})
	if err := p.Staff(t.Context(), staff.Staff{}, zhangmin()); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// What readers are told to refuse, the schema refuses.
func TestSchema(t *testing.T) {
	schema := must(jsonschema.NewCompiler().Compile("../../docs/feed.schema.json"))
	s := &stream{}
	if err := publisher(s).Staff(t.Context(), staff.Staff{}, zhangmin()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(map[string]any){
		"another format":  func(e map[string]any) { e["format"] = 2 },
		"an org":          func(e map[string]any) { e["type"] = "org" },
		"both":            func(e map[string]any) { e["deleted"] = true },
		"neither":         func(e map[string]any) { delete(e, "staff") },
		"a phone":         func(e map[string]any) { e["staff"].(map[string]any)["phone"] = "13700000004" },
		"something else":  func(e map[string]any) { e["hash"] = "x" },
		"no revision":     func(e map[string]any) { delete(e, "revision") },
		"an id of others": func(e map[string]any) { e["id"] = "zhangmin" },
	} {
		var e map[string]any
		if err := json.Unmarshal([]byte(s.events[0]), &e); err != nil {
			t.Fatal(err)
		}
		change(e)
		if err := schema.Validate(e); err == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}
