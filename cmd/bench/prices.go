package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
)

// way is something that people do, and the steps that it takes.
type way struct {
	name  string
	steps []string
}

var ways = []way{
	{"activate an account and sign in", []string{"send-code: activation", "set-password: activation", "index-staff: after an activation", "login: known device"}},
	{"sign in, known device", []string{"login: known device"}},
	{"sign in, new device", []string{"login: new device", "send-code: second step", "verify-login"}},
	{"recover by phone", []string{"recovery-options", "send-code: recovery", "set-password: recovery"}},
	{"ask the administrators", []string{"recovery-options", "raise-recovery", "index-staff: a request in its queues"}},
	{"a page of a search", []string{"admin-search: pinyin"}},
	{"open and complete a record", []string{"admin-get-staff", "admin-update-posts: 2 posts", "index-staff: after a record was completed"}},
}

// prices are of DynamoDB on demand, in USD for a million units. They are
// settings, because they differ between regions and change.
func prices(out io.Writer, costs map[string]cost) {
	read, write := price("BENCH_RRU_USD", 0.125), price("BENCH_WRU_USD", 0.625)
	t := newTable(fmt.Sprintf("DynamoDB for a million of each (USD %g and %g for a million RRU and WRU)", read, write), "what is done", "RRU", "WRU", "USD")
	for _, way := range ways {
		var sum cost
		for _, s := range way.steps {
			sum.read += costs[s].read
			sum.write += costs[s].write
		}
		t.add(way.name, units(sum.read), units(sum.write), fmt.Sprintf("%.1f", sum.read*read+sum.write*write))
	}
	t.print(out)
}

func price(name string, otherwise float64) float64 {
	if usd, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil {
		return usd
	}
	return otherwise
}
