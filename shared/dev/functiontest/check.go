package functiontest

import (
	"context"

	"chaoxi/shared/dynamo/maintain"
)

// Check fails the test if the table disagrees with itself: what every write
// leaves true, whatever became of the calls that made it. What the indexer brings
// about is left out, as nobody follows the stream here.
func (w *World) Check() {
	w.T.Helper()
	uc := maintain.Check{
		Store: maintain.Over(w.DB, w.Table), Now: w.Now, Slices: 1, Unfollowed: true,
		Report: func(f maintain.Finding) {
			w.T.Errorf("the table disagrees with itself: %s %s: %s", f.What, f.Key, f.Want)
		},
	}
	if r, err := uc.Run(context.Background(), maintain.CheckReport{}); err != nil || r.People == 0 || r.InMotion > 0 {
		w.T.Errorf("check the table: %+v, %v", r, err)
	}
}
