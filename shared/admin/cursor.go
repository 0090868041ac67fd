package admin

import (
	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// posCodec makes cursors of positions, and positions of cursors.
type posCodec struct{ cursors account.CursorCodec }

const posHead = len("s") + len("GO_") + 32 // a kind and an organisation

// encode is the cursor of p, "" for the end.
func (c posCodec) encode(p cursorPos) string {
	if p.Kind == "" {
		return ""
	}
	return c.cursors.Encode(string(p.Kind) + p.Org.String() + p.After)
}

// decode is the position of a cursor. "" is the beginning.
func (c posCodec) decode(cursor string) (cursorPos, error) {
	plain, err := c.cursors.Decode(cursor)
	if err != nil || plain == "" {
		return cursorPos{}, err
	}
	if len(plain) < posHead {
		return cursorPos{}, account.BadCursor(nil)
	}
	org, err := staff.ParseOrgCode(plain[1:posHead])
	if err != nil {
		return cursorPos{}, account.BadCursor(err)
	}
	return cursorPos{spanKind(plain[:1]), org, plain[posHead:]}, nil
}
