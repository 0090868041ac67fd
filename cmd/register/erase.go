package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// errNotConfirmed says that the operator did not type the code again.
var errNotConfirmed = errors.New("nothing was erased: the code was not typed again")

// erase erases somebody who left long ago, after the operator has seen who it is. The
// rules are in admin.EraseStaff. A run that was interrupted is started again, and does
// not ask again.
func erase(ctx context.Context, t tool, args []string) error {
	var in admin.EraseStaffInput
	fs := t.flags("erase")
	fs.StringVar(&in.EmployeeCode, "employee-code", "", "code of the person (GE_…)")
	fs.StringVar(&in.Reason, "reason", "", "why, and by whose order; stays in the audit, so it names no person")
	fs.StringVar(&in.LeftOn, "left-on", "", "day on which the person left (2023-03-31), if the audit does not say it")
	after := fs.Int("after", 1095, "days that must have passed since the person left")
	yes := fs.Bool("yes", false, "do not ask to type the code again")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *after < 0 {
		fmt.Fprintln(t.Err, "register erase: -after is not negative")
		return errUsage
	}
	uc := admin.EraseStaff{Store: t.Store, Indexer: t.indexer(), Now: t.Now, Random: t.Random}
	e, err := uc.Load(ctx, in, *after)
	if err != nil {
		return err
	}
	if e.Erased.IsZero() {
		fmt.Fprintf(t.Out, "%s: %s (%s), %s, left on %s.\n", e.Code, e.Staff.Name, e.Staff.Account.Masked(), lastPost(e), day(e.Left))
		if !*yes && !t.typedAgain(e.Code) {
			return errNotConfirmed
		}
	} else {
		fmt.Fprintf(t.Out, "%s was erased on %s. Whatever is left of them goes now.\n", e.Code, day(e.Erased))
	}
	if err := uc.Run(ctx, e); err != nil {
		return fmt.Errorf("%w\nrun the same command again: it goes on", err)
	}
	fmt.Fprintf(t.Out, "Erased %s. The audit of them stays.\n", e.Code)
	return nil
}

// lastPost is the last main post, as people say it.
func lastPost(e admin.Erasable) string {
	main, ok := e.Staff.MainPost()
	if !ok {
		return "without a main post"
	}
	words := []string{e.Orgs[main.Unit].Name, e.Orgs[main.Org].Name, main.Title}
	return strings.Join(slices.Compact(words), " ") // the organisation may be the unit
}

func day(at time.Time) string { return at.In(staff.Beijing).Format(time.DateOnly) }

// typedAgain asks for the code, and reports whether it was typed.
func (t tool) typedAgain(c staff.EmployeeCode) bool {
	fmt.Fprint(t.Out, "This cannot be undone. Type the code again to erase this person: ")
	line, _ := bufio.NewReader(t.In).ReadString('\n') // at the end of the input there may be a last line
	return strings.TrimSpace(line) == c.String()
}
