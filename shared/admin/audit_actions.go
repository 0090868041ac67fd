package admin

// The actions of the audit.
const (
	ActionAdd    = "add_staff"
	ActionUpdate = "update_staff"
	ActionReveal = "reveal"

	ActionFreeze    = "freeze"
	ActionUnfreeze  = "unfreeze"
	ActionLeave     = "leave"
	ActionReinstate = "reinstate"
	ActionUnlock    = "unlock"

	ActionGrant  = "grant"
	ActionRevoke = "revoke"

	ActionAddOrg    = "add_org"
	ActionUpdateOrg = "update_org"
	ActionMoveOrg   = "move_org"
	ActionCloseOrg  = "close_org"

	ActionDictionary = "edit_dictionary" // the subject is dictionary/code
)
