package admin

import (
	"errors"

	"chaoxi/shared/fault"
)

// ErrRevised says that a person is no longer what was read.
var ErrRevised = errors.New("the person was changed meanwhile")

const current = "current"

// Current is the person as it is now, of a VersionConflict.
func Current(err error) (Target, bool) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return Target{}, false
	}
	t, ok := f.Extensions[current].(Target)
	return t, ok
}

// CurrentOrg is the organisation as it is now, of a VersionConflict.
func CurrentOrg(err error) (OrgRecord, bool) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return OrgRecord{}, false
	}
	r, ok := f.Extensions[current].(OrgRecord)
	return r, ok
}
