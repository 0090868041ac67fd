package meter

import (
	"context"
	"maps"
	"sync"
	"testing"
)

func TestWithout(t *testing.T) {
	Add(context.Background(), 1) // and nothing happens
	Count(context.Background(), SignIns, 1)
}

func TestManyAtOnce(t *testing.T) {
	ctx, m := With(context.Background())
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			Add(ctx, 0.5)
			Count(ctx, TextsSent, 1)
			Count(ctx, TextsRefused, 2)
			m.Total()
			m.Counts()
		})
	}
	all.Wait()
	if calls, units := m.Total(); calls != 50 || units != 25 {
		t.Errorf("%d calls, %v units", calls, units)
	}
	if got := m.Counts(); !maps.Equal(got, map[string]float64{TextsSent: 50, TextsRefused: 100}) {
		t.Errorf("%v", got)
	}
}

func TestEachRequestHasItsOwn(t *testing.T) {
	first, m := With(context.Background())
	second, n := With(first)
	Add(first, 1)
	Add(second, 2)
	Add(context.WithValue(second, contextKey{}, nil), 4) // cut off again
	Count(second, SignIns, 1)
	if calls, units := m.Total(); calls != 1 || units != 1 || len(m.Counts()) != 0 {
		t.Errorf("the first: %d calls, %v units, %v", calls, units, m.Counts())
	}
	if calls, units := n.Total(); calls != 1 || units != 2 || n.Counts()[SignIns] != 1 {
		t.Errorf("the second: %d calls, %v units, %v", calls, units, n.Counts())
	}
	n.Counts()[SignIns] = 9
	if n.Counts()[SignIns] != 1 {
		t.Error("what was handed out changes what is kept")
	}
}
