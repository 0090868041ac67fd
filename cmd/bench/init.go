package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"chaoxi/shared/local"
	"chaoxi/shared/runtimeapi"
	"chaoxi/shared/sam"
)

// What a start may cost, as a multiple of the floor's.
const (
	startLimit = 1.25
	startAim   = 1.10
	startRuns  = 81 // of each function, and as many of the floor beside it
)

const floorBinary = "build/bin/floor"

// starts compares every function's start, exec to first request for work, with
// the floor's. Each function has floor runs of its own, in turn with it, so that
// whatever else the machine does falls on both.
func starts(ctx context.Context) (bool, error) {
	template, err := sam.Load("template.yaml", sam.Options{})
	if err != nil {
		return false, err
	}
	binaries, err := filepath.Glob("build/*/bootstrap")
	if err != nil || len(binaries) == 0 {
		return false, fmt.Errorf("no function is built (%w)", err)
	}
	floor := runtimeapi.Config{Name: "floor", Path: floorBinary, Env: environment(sam.Function{}), Region: local.Region, Log: os.Stderr}
	t := newTable(fmt.Sprintf("Cold start against the floor (median of %d starts each, in turn)", startRuns),
		"function", "MB", "ms", "floor ms", "ratio", fmt.Sprintf("≤ %.2f", startLimit))
	held := true
	for _, binary := range append([]string{floorBinary}, binaries...) {
		config := floor
		if binary != floorBinary {
			config.Name, config.Path = filepath.Base(filepath.Dir(binary)), binary
			f, _ := template.Function(config.Name)
			config.Env = environment(f)
		}
		own, beside, err := inTurn(ctx, config, floor)
		if err != nil {
			return false, err
		}
		info, err := os.Stat(binary)
		if err != nil {
			return false, err
		}
		ratio := float64(median(own)) / float64(median(beside))
		word := verdict(ratio <= startLimit)
		if ratio > startAim && ratio <= startLimit {
			word += fmt.Sprintf(", above %.2f", startAim)
		}
		held = held && ratio <= startLimit
		t.add(config.Name, fmt.Sprintf("%.1f", float64(info.Size())/1e6), ms(median(own)), ms(median(beside)), fmt.Sprintf("%.2f", ratio), word)
	}
	t.print(os.Stdout)
	return held, nil
}

// inTurn starts a and b one after the other, startRuns times each after a
// first one that brings their files into the page cache.
func inTurn(ctx context.Context, a, b runtimeapi.Config) (as, bs []time.Duration, err error) {
	for i := range startRuns + 1 {
		ta, err := start(ctx, a)
		if err != nil {
			return nil, nil, err
		}
		tb, err := start(ctx, b)
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			as, bs = append(as, ta), append(bs, tb)
		}
	}
	return as, bs, nil
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
