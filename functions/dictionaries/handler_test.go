package main

import (
	"context"
	"testing"

	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/functiontest"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

func TestDictionaries(t *testing.T) {
	t.Parallel()
	w := functiontest.New(t)
	all, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.LoadDictionaries(context.Background(), all); err != nil {
		t.Fatal(err)
	}
	f := w.Serve(routes(&staff.DictionaryList{Store: w.Store, Now: w.Now}))
	call := functiontest.Call{Method: "GET", Path: "/v1/dictionaries"}

	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Attempts: dynamotest.Always})
	f.Do(call).Want(503, "unavailable").Golden("unavailable")
	w.Faults.Set()

	w.Counter.Reset()
	f.Do(call).Want(200, "").Golden("ok")
	f.Do(call).Want(200, "")
	if cost := w.Counter.Cost(); cost.Total() != 1 {
		t.Errorf("%v", cost.Calls)
	}
}
