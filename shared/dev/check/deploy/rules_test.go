package deploy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
	"chaoxi/shared/dev/rights"
	"chaoxi/shared/dev/sam"
)

func TestDeployment(t *testing.T) {
	d := readDeployed(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { r.check(d, t.Errorf) })
	}
}

func TestRulesCanFail(t *testing.T) {
	d := readDeployed(t)
	for _, r := range rules {
		if len(r.breaks) == 0 {
			t.Errorf("nothing shows that rule %s can fail", r.name)
		}
		for _, b := range r.breaks {
			t.Run(r.name+"/"+b.what, func(t *testing.T) {
				changed := d.clone()
				b.change(&changed)
				if reflect.DeepEqual(changed, d) {
					t.Fatal("it changes nothing any more: break it elsewhere")
				}
				var complaints []string
				r.check(changed, func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) })
				if !slices.ContainsFunc(complaints, func(c string) bool { return strings.Contains(c, b.says) }) {
					t.Errorf("the rule says %q, want something of %q", complaints, b.says)
				}
			})
		}
	}
}

// TestEdits shows what the edits in breaks do, and that one which finds nothing to
// edit changes nothing, which TestRulesCanFail then tells.
func TestEdits(t *testing.T) {
	const template = "A: {Name: x, List: [x, !Ref B], Inner: [{Name: x, Value: y}]}"
	for _, tt := range []struct {
		what   string
		change change
		want   string
	}{
		{"set", set("A", `{Name: z, Other: 1}`), "A: {Name: z, Other: 1, List: [x, !Ref B], Inner: [{Name: x, Value: y}]}"},
		{"set at the top", set("", `B: 1`), template + "\nB: 1"},
		{"set nowhere", set("B", `Name: z`), template},
		{"remove", remove("A.List"), "A: {Name: x, Inner: [{Name: x, Value: y}]}"},
		{"remove at the top", remove("A"), "{}"},
		{"remove nothing", remove("A.Nothing"), template},
		{"remove nowhere", remove("B.Nothing"), template},
		{"member", member("A", `Name: x`, `Label: z`), "A: {Label: z, List: [x, !Ref B], Inner: [{Label: z, Value: y}]}"},
		{"members", member("A", `{Name: x, Value: y}`, `Name: z`), "A: {Name: x, List: [x, !Ref B], Inner: [{Name: z}]}"},
		{"no such member", member("A", `Name: z`, `Name: x`), template},
		{"item", item("A", `!Ref B`, `[!Ref C, y]`), "A: {Name: x, List: [x, !Ref C, y], Inner: [{Name: x, Value: y}]}"},
		{"item away", item("A", `x`, `[]`), "A: {Name: x, List: [!Ref B], Inner: [{Name: x, Value: y}]}"},
		{"no such item", item("A", `B`, `[]`), template},
		{"text", text("A", `x`, `z`), "A: {Name: z, List: [z, !Ref B], Inner: [{Name: z, Value: y}]}"},
		{"text in names", text("A", `am`, `om`), "A: {Nome: x, List: [x, !Ref B], Inner: [{Nome: x, Value: y}]}"},
		{"no such text", text("A", `q`, `z`), template},
	} {
		before := deployed{template: members(template)}
		got := before.clone()
		tt.change(&got)
		if want := members(tt.want); !reflect.DeepEqual(got.template, want) {
			t.Errorf("%s: %v, want %v", tt.what, got.template, want)
		}
		if !reflect.DeepEqual(before.template, members(template)) {
			t.Errorf("%s: the original was changed, too: %v", tt.what, before.template)
		}
	}
	d := deployed{operations: "| x |"}
	page(`y`, `z`)(&d)
	if page(`x`, `${0}y`)(&d); d.operations != "| xy |" {
		t.Errorf("page: %q", d.operations)
	}
}

// readDeployed reads everything that the rules judge.
func readDeployed(t *testing.T) deployed {
	t.Helper()
	written, err := sam.Written([]byte(repo.Read(t, "template.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	d := deployed{written, functionEffects(t), map[string]rights.Record{}, repo.Read(t, "docs/operations.md")}
	for _, name := range repo.Functions(t) {
		r, err := rights.Read(repo.Path(t, "functions/"+name))
		if err != nil {
			t.Fatal(err)
		}
		d.records[name] = r
	}
	if len(d.resources("AWS::Serverless::Function")) < 10 || len(d.resources("AWS::CloudWatch::Alarm")) < 10 {
		t.Fatal("template.yaml was misread")
	}
	return d
}
