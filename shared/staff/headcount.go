package staff

// Headcount counts people in service: all of them, those whose record is
// incomplete, and those who lack each of the three fields that may be absent. A
// difference of two headcounts may be negative.
type Headcount struct {
	People       int
	Incomplete   int
	BudgetedPost int // absent, as the next two
	JobLevel     int
	Role         int
}

// Plus adds o to h.
func (h Headcount) Plus(o Headcount) Headcount {
	return Headcount{h.People + o.People, h.Incomplete + o.Incomplete, h.BudgetedPost + o.BudgetedPost, h.JobLevel + o.JobLevel, h.Role + o.Role}
}

// Minus takes o away from h.
func (h Headcount) Minus(o Headcount) Headcount {
	return Headcount{h.People - o.People, h.Incomplete - o.Incomplete, h.BudgetedPost - o.BudgetedPost, h.JobLevel - o.JobLevel, h.Role - o.Role}
}

// Headcount is the one person of the tally as numbers, and nobody where no
// organisation owns the person.
func (t Tally) Headcount() Headcount {
	if t.Org.IsZero() {
		return Headcount{}
	}
	return Headcount{1, one(t.Incomplete), one(t.BudgetedPost), one(t.JobLevel), one(t.Role)}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
