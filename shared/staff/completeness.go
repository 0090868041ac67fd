package staff

import "strconv"

// Gaps are the required fields of a record that are 待完善. Everything that asks
// whether somebody is complete asks here: the gate of the sign-in, the flag in lists,
// the numbers of people, the list of missing fields, and the refusal of an edit.
type Gaps struct {
	BudgetedPost bool
	JobLevel     bool
	Roles        []int // the active posts without 人员角色, as indexes of Staff.Posts
}

// Gaps returns what of s is 待完善.
func (s Staff) Gaps() Gaps {
	g := Gaps{BudgetedPost: s.BudgetedPost == "", JobLevel: s.JobLevel == ""}
	for i, p := range s.Posts {
		if p.Active && p.Role == "" {
			g.Roles = append(g.Roles, i)
		}
	}
	return g
}

// Any reports whether there is a gap.
func (g Gaps) Any() bool { return g.BudgetedPost || g.JobLevel || len(g.Roles) > 0 }

// Complete reports whether no field is 待完善.
func (s Staff) Complete() bool { return !s.Gaps().Any() }

// Missing lists the fields that are 待完善, as paths into the record:
// "jobLevel", "posts[1].role". If it is empty, the record is complete. It is never
// nil, so that the answer has [] and not null.
func (s Staff) Missing() []string {
	g, missing := s.Gaps(), []string{}
	if g.BudgetedPost {
		missing = append(missing, "budgetedPost")
	}
	if g.JobLevel {
		missing = append(missing, "jobLevel")
	}
	for _, i := range g.Roles {
		missing = append(missing, "posts["+strconv.Itoa(i)+"].role")
	}
	return missing
}
