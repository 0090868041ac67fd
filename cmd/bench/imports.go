package main

import (
	"context"
	"errors"
	"io"
)

// imports measures what reading and writing spreadsheets of people costs, and what it takes
// to have the people on the register.
func imports(ctx context.Context, out io.Writer) (bool, error) {
	sheetsHold, err := sheets(out)
	peopleHold, err2 := importPeople(ctx, out)
	return sheetsHold && peopleHold, errors.Join(err, err2)
}
