package admin

import (
	"errors"

	"chaoxi/shared/fault"
)

// ErrRevised says that a write failed because something it depends on has
// changed since it was read.
var ErrRevised = errors.New("what was read was changed meanwhile")

// Conflict is a VersionConflict with the person as they are now.
type Conflict struct{ Current Target }

func (e *Conflict) Error() string { return e.Unwrap().Error() }
func (e *Conflict) Unwrap() error { return fault.VersionConflict }

// OrgConflict is a VersionConflict with the organisation as it is now.
type OrgConflict struct{ Current OrgRecord }

func (e *OrgConflict) Error() string { return e.Unwrap().Error() }

func (e *OrgConflict) Unwrap() error {
	return fault.VersionConflict.WithMessage("该机构信息已被他人更新，请核对最新内容后重新提交", "Somebody else has changed this organisation. Please review it and submit again.")
}
