package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
)

// The script that runs Lighthouse on an address, and what it must say of the phone's
// sign-in. usableWithin is for 400 kbit/s and 400 ms a request.
const (
	lighthouse       = "functions/web/ui/test/browsers/lighthouse.mjs"
	performanceScore = 95
	usableWithin     = 3000 // ms
	// Over TLS a first visit takes two round trips more: one to connect, one to agree on keys.
	connectMillis = 2 * 400
)

// pages measures how long people wait for the first page that they see, as Lighthouse
// finds in Chromium. The real function serves it. The console is shown beside it:
// it has no target, since it is used in offices.
func pages(ctx context.Context, out io.Writer) (bool, error) {
	system, err := local.Start(ctx, local.Options{
		Seed:      demo.SeedingNamed,
		Processes: 1,
		Progress:  func(s string) { say("%s", s) },
	})
	if err != nil {
		return false, err
	}
	defer system.Close()
	t := newTable("Sign-in pages", "page", "KB loaded", "performance", "", "usable ms, 400 kbit/s", "")
	held := true
	for _, path := range []string{"/m/", "/console/"} {
		say("Lighthouse looks at %s", path)
		p, err := look(ctx, system.URL+path)
		if err != nil {
			return false, err
		}
		score, usable := "", ""
		if path == "/m/" {
			score, usable = verdict(p.Performance >= performanceScore), verdict(p.UsableMs+connectMillis <= usableWithin)
			held = held && p.Performance >= performanceScore && p.UsableMs+connectMillis <= usableWithin
		}
		t.add(path, fmt.Sprintf("%.0f", float64(p.Bytes)/1000), strconv.Itoa(p.Performance), score, strconv.Itoa(p.UsableMs+connectMillis), usable)
	}
	t.print(out)
	return held, nil
}

// seen is what the script prints of a page.
type seen struct{ Performance, Bytes, UsableMs int }

func look(ctx context.Context, address string) (seen, error) {
	var p seen
	text, err := exec.CommandContext(ctx, "node", lighthouse, address, "slow").Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		return p, fmt.Errorf("run Lighthouse: %w\n%s", err, failed.Stderr)
	}
	if err != nil {
		return p, fmt.Errorf("run Lighthouse: %w", err)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("read what Lighthouse says: %w", err)
	}
	return p, nil
}
