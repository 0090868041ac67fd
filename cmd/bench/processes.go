package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// child is a process that this one started, by way of shared/dev/local: of a function,
// or DynamoDB Local.
type child struct {
	program string        // the function's name; "java" is DynamoDB Local
	cpu     time.Duration // used so far by the threads that there are
	ticks   time.Duration // used so far, by threads that have ended as well; in hundredths of a second
	peak    int           // bytes it held in memory at most
	now     int           // and holds
}

// children are those of this process, by their ids. Where there is no /proc there
// are none, and the columns about them stay empty.
func children() (map[int]child, error) {
	all := map[int]child{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	for _, file := range stats {
		dir := filepath.Dir(file)
		pid, _ := strconv.Atoi(filepath.Base(dir))
		c, parent, err := readChild(dir)
		if os.IsNotExist(err) || parent != os.Getpid() {
			continue // it has ended meanwhile, or is not ours
		}
		if err != nil {
			return nil, err
		}
		all[pid] = c
	}
	return all, nil
}

func readChild(dir string) (child, int, error) {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return child{}, 0, err
	}
	// pid (name) state ppid …, and the name may hold anything: man 5 proc.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return child{}, 0, fmt.Errorf("%s/stat has %d fields", dir, len(fields))
	}
	parent, _ := strconv.Atoi(fields[1])
	if parent != os.Getpid() {
		return child{}, parent, nil
	}
	program, err := os.Readlink(filepath.Join(dir, "exe"))
	if err != nil {
		return child{}, parent, err
	}
	user, _ := strconv.Atoi(fields[11])
	kernel, _ := strconv.Atoi(fields[12])
	c := child{program: filepath.Base(program), ticks: time.Duration(user+kernel) * time.Second / 100}
	if c.program == "bootstrap" {
		c.program = filepath.Base(filepath.Dir(program))
	}
	// The process's own time is told in hundredths of a second, its threads' to the
	// nanosecond. Go ends no threads while it works. Java does: what those have used is in
	// the ticks alone.
	threads, err := filepath.Glob(filepath.Join(dir, "task", "*", "schedstat"))
	if err != nil {
		return child{}, parent, err
	}
	for _, file := range threads {
		var ran int64
		if text, err := os.ReadFile(file); err == nil { // or it has ended all the same
			fmt.Sscan(string(text), &ran)
			c.cpu += time.Duration(ran)
		}
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return child{}, parent, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		kB, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch name {
		case "VmHWM":
			c.peak = kB << 10
		case "VmRSS":
			c.now = kB << 10
		}
	}
	return c, parent, nil
}

// used is the CPU time by program between two looks at the children.
func used(before, after map[int]child) map[string]time.Duration {
	all := map[string]time.Duration{}
	for pid, c := range after {
		all[c.program] += c.cpu - before[pid].cpu // of one that is new, all of it
	}
	return all
}
