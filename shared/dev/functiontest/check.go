package functiontest

import (
	"context"

	"chaoxi/shared/dynamo/maintain"
)

// Check compares the items of the table with each other (maintain.Check), and fails
// the test if any disagree: each write must keep them in agreement, even if some of
// its calls have failed. It leaves out what index-staff would write, since here
// nothing follows the stream.
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
