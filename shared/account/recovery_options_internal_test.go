package account

import (
	"slices"
	"testing"

	"chaoxi/shared/staff"
)

func TestNearest(t *testing.T) {
	root, city, unit, other := testOrg(t, 1), testOrg(t, 2), testOrg(t, 3), testOrg(t, 4)
	a, b := testPerson(t, 1), testPerson(t, 2)
	path := []staff.OrgCode{root, city, unit}
	tests := []struct {
		name    string
		holders map[staff.OrgCode][]staff.EmployeeCode
		want    []staff.EmployeeCode
	}{
		{"nobody", nil, nil},
		{"on the unit and above: the unit's", map[staff.OrgCode][]staff.EmployeeCode{root: {a}, unit: {b}}, []staff.EmployeeCode{b}},
		{"all of the unit", map[staff.OrgCode][]staff.EmployeeCode{unit: {b, a}}, []staff.EmployeeCode{b, a}},
		{"none on the unit: the next above", map[staff.OrgCode][]staff.EmployeeCode{root: {a}, city: {b}}, []staff.EmployeeCode{b}},
		{"at the root only", map[staff.OrgCode][]staff.EmployeeCode{root: {a}}, []staff.EmployeeCode{a}},
		{"of another unit", map[staff.OrgCode][]staff.EmployeeCode{other: {a}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := nearest(path, tt.holders); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestMainFirst(t *testing.T) {
	post := func(title string, j staff.JobType) staff.Post { return staff.Post{Title: title, JobType: j} }
	var got []string
	for _, p := range mainFirst([]staff.Post{post("a", staff.ConcurrentJob), post("b", staff.MainJob), post("c", staff.SecondedJob)}) {
		got = append(got, p.Title)
	}
	if !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("%v", got)
	}
}
