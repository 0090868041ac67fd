package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"time"

	"chaoxi/shared/dev/local"
	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/sam"
)

// What a start may cost, as a multiple of the floor's.
const (
	startLimit = 1.25
	startAim   = 1.10
	startRuns  = 51 // of each function, and as many of the floor beside it
	startTries = 4  // times as many, where the ratio is above startAim: noise goes, cost stays
)

const floorBinary = "build/bin/floor"

// starts compares every function's start, exec to first request for work, with
// the floor's. Each function has floor runs of its own, in turn with it, so that
// whatever else the machine does falls on both.
func starts(ctx context.Context, out io.Writer) (bool, error) {
	template, err := sam.Load("template.yaml", sam.Options{})
	if err != nil {
		return false, err
	}
	binaries, err := filepath.Glob("build/*/bootstrap")
	if err != nil || len(binaries) == 0 {
		return false, fmt.Errorf("no function is built (%w)", err)
	}
	floor := runtimeapi.Config{Name: "floor", Path: floorBinary, Env: environment(sam.Function{}), Region: local.Region, Log: os.Stderr}
	t := newTable(fmt.Sprintf("Cold start against the floor (medians of %d starts or more each, in turn)", startRuns),
		"function", "MB", "ms", "floor ms", "ratio", fmt.Sprintf("≤ %.2f", startLimit))
	held := true
	for _, binary := range append([]string{floorBinary}, binaries...) {
		config := floor
		if binary != floorBinary {
			config.Name, config.Path = filepath.Base(filepath.Dir(binary)), binary
			f, _ := template.Function(config.Name)
			config.Env = environment(f)
		}
		var own, beside []time.Duration
		ratio := math.Inf(1)
		for try := 0; try < startTries && ratio > startAim; try++ {
			more, moreFloor, err := inTurn(ctx, config, floor)
			if err != nil {
				return false, err
			}
			own, beside = append(own, more...), append(beside, moreFloor...)
			ratio = float64(median(own)) / float64(median(beside))
		}
		info, err := os.Stat(binary)
		if err != nil {
			return false, err
		}
		word := verdict(ratio <= startLimit)
		if ratio > startAim && ratio <= startLimit {
			word += fmt.Sprintf(", above %.2f", startAim)
		}
		held = held && ratio <= startLimit
		t.add(config.Name, fmt.Sprintf("%.1f", float64(info.Size())/1e6), ms(median(own)), ms(median(beside)), fmt.Sprintf("%.2f", ratio), word)
	}
	t.print(out)
	return held, nil
}

// inTurn starts a and b one after the other, startRuns times each after a first
// time that brings their files into the page cache. Which of them goes first
// changes, so that neither always follows the other's end.
func inTurn(ctx context.Context, a, b runtimeapi.Config) (as, bs []time.Duration, err error) {
	both := [2]runtimeapi.Config{a, b}
	var took [2][]time.Duration
	for i := range startRuns + 1 {
		for _, which := range [2]int{i % 2, 1 - i%2} {
			t, err := start(ctx, both[which])
			if err != nil {
				return nil, nil, err
			}
			if i > 0 {
				took[which] = append(took[which], t)
			}
		}
	}
	return took[0], took[1], nil
}

func start(ctx context.Context, c runtimeapi.Config) (time.Duration, error) {
	pool := runtimeapi.New(c)
	defer pool.Close()
	return pool.Start(ctx)
}

// environment is what the template gives the function, and in the place of what
// only a deployment knows something of its form. Nothing is called at a start.
func environment(f sam.Function) map[string]string {
	env := maps.Clone(f.Environment)
	if env == nil {
		env = map[string]string{}
	}
	env["TABLE_NAME"] = "bench"
	env["MAC_KEYS"] = base64.StdEncoding.EncodeToString(make([]byte, 32))
	env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = local.AccessKeyID, local.SecretAccessKey
	return env
}
