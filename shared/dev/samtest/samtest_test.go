package samtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/dev/openapitest"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/dev/samtest"
	"chaoxi/shared/httpapi"
)

const root = "../../.."

// sample is a file of events/ and the function that it is for.
type sample struct {
	file     string // login.json, raise-recovery.get.json
	function sam.Function
	raw      []byte
}

// samples are all files of events/. A function cannot be added without one, nor
// one without a function; that every route has one is in shared/dev/check/arch.
func samples(t *testing.T) []sample {
	t.Helper()
	template, err := sam.Load(filepath.Join(root, "template.yaml"), sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	has := map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		f, ok := template.Function(name)
		if !ok {
			t.Errorf("events/%s is for no function of the template", filepath.Base(file))
			continue
		}
		has[name] = true
		all = append(all, sample{filepath.Base(file), f, raw})
	}
	for _, f := range template.Functions {
		if !has[f.Name] {
			t.Errorf("there is no events/%s.json for %s", f.Name, f.LogicalID)
		}
	}
	return all
}

func TestSamples(t *testing.T) {
	files := map[string]bool{}
	for _, s := range samples(t) {
		files[s.file] = true
	}
	for _, file := range samtest.Prepared() {
		if !files[file] {
			t.Errorf("a preparation for events/%s, which is not there", file)
		}
	}
}

// TestSAM is make sam: it takes minutes, so it waits to be asked.
func TestSAM(t *testing.T) {
	if os.Getenv("SAM") == "" {
		t.Skip("make sam runs it")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	began := time.Now()
	progress := func(s string) { t.Logf("%5.1fs %s", time.Since(began).Seconds(), s) }
	tools, err := samtest.Find(ctx, root, progress)
	if errors.Is(err, samtest.ErrMissing) && os.Getenv("REQUIRE_SAM") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}

	t.Run("validate", func(t *testing.T) {
		if err := tools.Validate(ctx); err != nil {
			t.Error(err)
		}
	})
	if built := t.Run("build", func(t *testing.T) {
		if err := tools.Build(ctx); err != nil {
			t.Error(err)
		}
	}); !built {
		return
	}
	w, err := samtest.NewWorld(ctx, root, progress)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	// As many containers at a time as this test may run at once, each with a table
	// of its own, which the next one finds as it was.
	tables := make(chan snapshot, runtime.GOMAXPROCS(0))
	for range cap(tables) {
		table, err := w.Seed(ctx)
		if err != nil {
			t.Fatal(err)
		}
		tables <- take(t, w.DB, table)
	}
	t.Run("invoke", func(t *testing.T) {
		for _, s := range samples(t) {
			t.Run(strings.TrimSuffix(s.file, ".json"), func(t *testing.T) {
				t.Parallel()
				seeded := <-tables
				defer func() { tables <- seeded }()
				defer seeded.restore(t)
				invoke(t, ctx, tools, w, seeded.table, s)
			})
		}
	})
	t.Run("flow", func(t *testing.T) { flow(t, ctx, tools, w, (<-tables).table) })
}

// invoke runs a function with one of its events.
func invoke(t *testing.T, ctx context.Context, tools *samtest.Tools, w *samtest.World, table string, s sample) {
	raw, err := w.Prepare(ctx, table, s.file, s.raw)
	if err != nil {
		t.Fatal(err)
	}
	answer, log, err := tools.Invoke(ctx, w, table, s.function.LogicalID, raw)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if t.Failed() {
			t.Logf("it answered %s and logged\n%s", answer, log)
		}
	}()
	if len(s.function.Routes) == 0 {
		var failed struct{ BatchItemFailures []any }
		if err := json.Unmarshal(answer, &failed); err != nil || len(failed.BatchItemFailures) > 0 {
			t.Errorf("records failed: %v", err)
		}
		return
	}
	var e httpapi.Event
	var reply httpapi.Reply
	if err := errors.Join(json.Unmarshal(raw, &e), json.Unmarshal(answer, &reply)); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(e.RawPath, "/v1/") { // a page, of which the contract says nothing
		if reply.StatusCode >= 500 {
			t.Errorf("status %d", reply.StatusCode)
		}
		return
	}
	if reply.StatusCode/100 != 2 {
		t.Errorf("status %d", reply.StatusCode)
	}
	header := http.Header{}
	for name, value := range reply.Headers {
		header.Set(name, value)
	}
	for _, cookie := range reply.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	openapitest.Load(t).CheckResponse(t, e.RequestContext.HTTP.Method, e.RawPath, reply.StatusCode, header, []byte(reply.Body))
}
