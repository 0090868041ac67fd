package audit

// Action is what was done. Its value is stored and answered, so it is never given a
// second meaning.
type Action string

// What people do to their own accounts. Whoever knows account and name can do
// RaiseRecovery, and whoever knows a name Lock, so their entries have no actor.
const (
	Activate       Action = "activate"
	SetPassword    Action = "set_password"    // with a code, after activation
	ChangePassword Action = "change_password" // with the current one
	ChangePhone    Action = "change_phone"
	AskPhone       Action = "ask_phone" // a code goes to a number that the person has named
	RaiseRecovery  Action = "raise_recovery"
	Lock           Action = "lock" // wrong passwords have locked a name or a device
)

// What administrators do to people.
const (
	AddStaff    Action = "add_staff"
	Invite      Action = "invite" // a text that asks to activate was sent, or not
	UpdateStaff Action = "update_staff"
	Reveal      Action = "reveal"
	Export      Action = "export" // a file of many people; about whoever took it
	// ProbeName: the caller came upon somebody out of their sight, by a name that they
	// sent. A person who names a new phone does so, too.
	ProbeName Action = "probe_name"

	Freeze    Action = "freeze"
	Unfreeze  Action = "unfreeze"
	Leave     Action = "leave"
	Reinstate Action = "reinstate"
	Unlock    Action = "unlock"

	ApproveRecovery Action = "approve_recovery"
	RejectRecovery  Action = "reject_recovery"

	Grant  Action = "grant"
	Revoke Action = "revoke"
)

// What administrators do to organisations and dictionaries.
const (
	AddOrg    Action = "add_org"
	UpdateOrg Action = "update_org"
	MoveOrg   Action = "move_org"
	CloseOrg  Action = "close_org"

	EditDictionary Action = "edit_dictionary"
)

// What the operator does with cmd/register, which does not know who that is. AddGrant
// is a grant given by bootstrap; RecoverSuper sends the only super back before
// activation, maybe with another phone; Erase takes somebody who left long ago off the
// register, with all that is known of them but the audit.
const (
	AddGrant     Action = "add_grant"
	RecoverSuper Action = "recover_super"
	Erase        Action = "erase"
)

// Actions is the catalogue of all actions. A golden file pins it.
var Actions = []Action{
	Activate, SetPassword, ChangePassword, ChangePhone, AskPhone, RaiseRecovery, Lock,
	AddStaff, Invite, UpdateStaff, Reveal, Export, ProbeName, Freeze, Unfreeze, Leave, Reinstate, Unlock, ApproveRecovery, RejectRecovery, Grant, Revoke,
	AddOrg, UpdateOrg, MoveOrg, CloseOrg, EditDictionary,
	AddGrant, RecoverSuper, Erase,
}
