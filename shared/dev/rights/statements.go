package rights

import (
	"slices"
	"strings"
)

// Statement allows one action of the table: on which partitions, and, if there are any,
// with which attributes.
type Statement struct {
	Action                 string
	Partitions, Attributes []string // sorted
}

// String says what is allowed.
func (s Statement) String() string {
	on := "any key"
	if len(s.Partitions) > 0 {
		on = strings.Join(s.Partitions, " ")
	}
	if len(s.Attributes) > 0 {
		on += " of " + strings.Join(s.Attributes, " ")
	}
	return s.Action + " on " + on
}

// Statements are what a function has to be allowed that does what its record says: one
// statement for an action. A second one is for writes of people's partitions, if none of
// them is in a transaction: it names their attributes. In a transaction IAM may be asked
// about all items of one action at once, and neither of two statements would cover them.
func (r Record) Statements() []Statement {
	var all []Statement
	for _, c := range r {
		narrow := len(c.Attributes) > 0 && !r.inTransaction(c)
		i := slices.IndexFunc(all, func(s Statement) bool { return s.Action == c.Action && (len(s.Attributes) > 0) == narrow })
		if i < 0 {
			i = len(all)
			all = append(all, Statement{Action: c.Action})
		}
		all[i].Partitions = append(all[i].Partitions, c.Partitions)
		if narrow {
			all[i].Attributes = append(all[i].Attributes, c.Attributes...)
		}
	}
	for i := range all {
		all[i].Partitions, all[i].Attributes = sortedOnce(all[i].Partitions), sortedOnce(all[i].Attributes)
	}
	return all
}

// inTransaction reports whether the record has the action of c on its partitions in a
// transaction.
func (r Record) inTransaction(c Call) bool {
	return slices.ContainsFunc(r, func(o Call) bool { return o.Transaction && o.Action == c.Action && o.Partitions == c.Partitions })
}

func sortedOnce(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// Refused are those of calls that a function may not make which is allowed the
// statements of the record.
func (r Record) Refused(calls Record) Record {
	allowed := r.Statements()
	return slices.DeleteFunc(slices.Clone(calls), func(c Call) bool {
		return slices.ContainsFunc(allowed, func(s Statement) bool {
			return s.Action == c.Action && slices.Contains(s.Partitions, c.Partitions) &&
				(len(s.Attributes) == 0 || len(c.Attributes) > 0 && !slices.ContainsFunc(c.Attributes, func(a string) bool { return !slices.Contains(s.Attributes, a) }))
		})
	})
}
