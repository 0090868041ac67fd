package account

import (
	"slices"
	"testing"

	"chaoxi/shared/staff"
)

func TestQueueRows(t *testing.T) {
	root, unit, section, other := testOrg(t, 1), testOrg(t, 2), testOrg(t, 3), testOrg(t, 4)
	orgs := staff.Orgs{
		section: {Code: section, Path: []staff.OrgCode{root, unit, section}},
		other:   {Code: other, Path: []staff.OrgCode{root, other}},
	}
	here := staff.Post{Unit: unit, Org: section, JobType: staff.MainJob, Active: true}
	there := staff.Post{Unit: other, Org: other, JobType: staff.ConcurrentJob, Active: true}
	ended := there
	ended.Active = false
	last := here
	last.Active = false
	row := func(c staff.OrgCode, s RecoveryState) QueueRow { return QueueRow{c, s} }

	tests := []struct {
		name       string
		state      RecoveryState
		employment staff.Employment
		posts      []staff.Post
		ever       []staff.OrgCode
		rows       []QueueRow
		misplaced  []QueueRow
	}{
		{"one post", RecoveryPending, staff.InService, []staff.Post{here}, []staff.OrgCode{root, unit, section},
			[]QueueRow{row(root, "pending"), row(unit, "pending"), row(section, "pending")}, nil},
		{"two posts under one root", RecoveryPending, staff.InService, []staff.Post{here, there}, []staff.OrgCode{root, unit, section, other},
			[]QueueRow{row(root, "pending"), row(unit, "pending"), row(section, "pending"), row(other, "pending")}, nil},
		{"moved away", RecoveryPending, staff.InService, []staff.Post{here, ended}, []staff.OrgCode{root, unit, section, other},
			[]QueueRow{row(root, "pending"), row(unit, "pending"), row(section, "pending")}, []QueueRow{row(other, "pending")}},
		{"used after an approval", RecoveryUsed, staff.InService, []staff.Post{there}, []staff.OrgCode{root, other, unit},
			[]QueueRow{row(root, "used"), row(other, "used")},
			[]QueueRow{row(root, "pending"), row(root, "approved"), row(other, "pending"), row(other, "approved"),
				row(unit, "pending"), row(unit, "approved"), row(unit, "used")}},
		{"rejected", RecoveryRejected, staff.InService, []staff.Post{there}, []staff.OrgCode{root, other},
			[]QueueRow{row(root, "rejected"), row(other, "rejected")}, []QueueRow{row(root, "pending"), row(other, "pending")}},
		{"left", RecoveryPending, staff.Left, []staff.Post{last}, []staff.OrgCode{root},
			[]QueueRow{row(root, "pending"), row(unit, "pending"), row(section, "pending")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := RecoveryRequest{ID: "r", State: tt.state}
			rows := r.QueueRows(staff.Staff{Employment: tt.employment, Posts: tt.posts}, orgs)
			if !slices.Equal(rows, tt.rows) {
				t.Errorf("rows %v, want %v", rows, tt.rows)
			}
			if got := r.misplaced(tt.ever, rows); !slices.Equal(got, tt.misplaced) {
				t.Errorf("misplaced %v, want %v", got, tt.misplaced)
			}
		})
	}
}
