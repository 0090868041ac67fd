package staff

// Headcount counts people in service. A difference of two headcounts may be
// negative.
type Headcount struct {
	People       int // all of them
	Incomplete   int // those whose record is incomplete
	BudgetedPost int // those without 人员编制
	JobLevel     int // those without 职级
	Role         int // those with an active post without 人员角色
}

// Plus returns h with the numbers of o added.
func (h Headcount) Plus(o Headcount) Headcount {
	return Headcount{h.People + o.People, h.Incomplete + o.Incomplete, h.BudgetedPost + o.BudgetedPost, h.JobLevel + o.JobLevel, h.Role + o.Role}
}

// Minus returns h with the numbers of o taken off.
func (h Headcount) Minus(o Headcount) Headcount {
	return Headcount{h.People - o.People, h.Incomplete - o.Incomplete, h.BudgetedPost - o.BudgetedPost, h.JobLevel - o.JobLevel, h.Role - o.Role}
}

// Headcount returns the person of the tally as numbers: one person or, if the tally
// names no organisation, nobody.
func (t Tally) Headcount() Headcount {
	if t.Org.IsZero() {
		return Headcount{}
	}
	return Headcount{1, boolToInt(t.Incomplete), boolToInt(t.BudgetedPost), boolToInt(t.JobLevel), boolToInt(t.Role)}
}

// boolToInt is 1 for true, 0 for false.
func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
