package functiontest

import (
	"context"

	"chaoxi/shared/dynamo"
)

// Check fails the test if the table disagrees with itself: what every write
// leaves true, whatever became of the calls that made it. What the indexer brings
// about is left out, as nobody follows the stream here.
func (w *World) Check() {
	w.T.Helper()
	uc := dynamo.Check{
		Store: dynamo.OverOperator(w.DB, w.Table), Now: w.Now, Slices: 1, Unfollowed: true,
		Report: func(f dynamo.Finding) {
			w.T.Errorf("the table disagrees with itself: %s %s: %s", f.What, f.Key, f.Want)
		},
	}
	if r, err := uc.Run(context.Background(), dynamo.CheckReport{}); err != nil || r.People == 0 || r.InMotion > 0 {
		w.T.Errorf("check the table: %+v, %v", r, err)
	}
}
