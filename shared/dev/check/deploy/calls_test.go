package deploy

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"chaoxi/shared/dev/check/repo"
	"chaoxi/shared/meter"
)

// functionEffects are the effects of each function, by name. They are read once.
func functionEffects(t *testing.T) map[string]effects {
	t.Helper()
	// The go command reads these files. The test reads them as well, so that the
	// test cache knows them.
	repo.Sources(t)
	repo.Read(t, "go.mod")
	repo.Read(t, "go.sum")
	if ofFunctions == nil {
		all, err := readEffects(repo.Root(t), buildEnv(t), "./functions/...", "./shared/...")
		if err != nil {
			t.Fatal(err)
		}
		ofFunctions = all
	}
	return ofFunctions
}

var ofFunctions map[string]effects

// TestReadEffects tries each way from main to a call, on the small functions of
// testdata.
func TestReadEffects(t *testing.T) {
	readTestdata(t)
	all, err := readEffects("testdata", buildEnv(t), "./...")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]effects{
		"direct":      {actions: names("dynamodb:GetItem", "sns:Publish"), hashes: true, metrics: names(meter.TextsSent)},
		"method":      {actions: names("dynamodb:Query")},
		"interface":   {actions: names("dynamodb:GetItem")},
		"both":        {actions: names("dynamodb:GetItem", "dynamodb:BatchGetItem")},
		"embedded":    {actions: names("dynamodb:DeleteItem")},
		"closure":     {actions: names("dynamodb:PutItem", "dynamodb:DeleteItem")},
		"generic":     {actions: names("dynamodb:Query")},
		"transaction": {actions: names("dynamodb:UpdateItem", "dynamodb:ConditionCheckItem")},
		"nothing":     {},
	}
	for name, w := range want {
		got, ok := all[name]
		if !ok || !maps.Equal(got.actions, w.actions) || got.hashes != w.hashes || !maps.Equal(got.metrics, w.metrics) {
			t.Errorf("%s: read %t, %+v, want %+v", name, ok, got, w)
		}
	}
	if len(all) != len(want) {
		t.Errorf("there are %d functions in testdata, want %d", len(all), len(want))
	}
}

func names(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, name := range names {
		s[name] = true
	}
	return s
}

// readTestdata reads the files of testdata, so that the test cache knows them.
func readTestdata(t *testing.T) {
	t.Helper()
	if err := filepath.WalkDir("testdata", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			_, err = os.ReadFile(p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestReadEffectsRefuses code that cannot be trusted to be complete.
func TestReadEffectsRefuses(t *testing.T) {
	if all, err := readEffects("testdata", buildEnv(t), "./missing"); err == nil {
		t.Errorf("a package that is not there has %v", all)
	}
}

// TestCallsAreFound checks the walk by what is known of some functions.
func TestCallsAreFound(t *testing.T) {
	all := functionEffects(t)
	for _, name := range repo.Functions(t) {
		if _, ok := all[name]; !ok {
			t.Errorf("nothing is known of %s", name)
		}
	}
	for _, tt := range []struct {
		name          string
		texts, hashes bool
		has, hasNot   []string
	}{
		{"health", false, false, nil, []string{"dynamodb:GetItem"}},
		{"dictionaries", false, false, []string{"dynamodb:Query"}, []string{"dynamodb:GetItem", "dynamodb:DeleteItem"}},
		{"send-code", true, false, []string{"dynamodb:UpdateItem"}, []string{"dynamodb:BatchWriteItem"}},
		{"login", true, true, []string{"dynamodb:BatchGetItem"}, []string{"dynamodb:ConditionCheckItem"}},
		{"set-password", true, true, []string{"dynamodb:ConditionCheckItem"}, []string{"dynamodb:BatchWriteItem"}},
		{"me", true, true, nil, nil},
		{"index-staff", false, false, []string{"dynamodb:BatchWriteItem"}, nil},
	} {
		d := all[tt.name]
		if d.texts() != tt.texts || d.hashes != tt.hashes {
			t.Errorf("%s: texts %t, hashes %t", tt.name, d.texts(), d.hashes)
		}
		for _, a := range tt.has {
			if !d.actions[a] {
				t.Errorf("%s does not need %s", tt.name, a)
			}
		}
		for _, a := range tt.hasNot {
			if d.actions[a] {
				t.Errorf("%s needs %s", tt.name, a)
			}
		}
	}
	for name, d := range all {
		for action := range d.actions {
			if _, known := tableActions[action]; !known && action != "sns:Publish" && (action != "kinesis:PutRecord" || name != "index-staff") {
				t.Errorf("%s calls %s, which nobody is to", name, action)
			}
		}
	}
	if !all["login"].metrics["SignIns"] || all["health"].metrics["SignIns"] {
		t.Error("sign-ins are counted by login, not by health")
	}
}
