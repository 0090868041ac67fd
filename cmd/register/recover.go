package main

import (
	"context"
	"fmt"

	"chaoxi/shared/admin"
)

// recoverSuper lets the only super of the tree's top begin anew with another phone or
// without the old password. The rules are in admin.RecoverSuper. It prints no whole
// phone, no password and no code: there is none to print.
func recoverSuper(ctx context.Context, t tool, args []string) error {
	var in admin.RecoverSuperInput
	fs := t.flags("recover")
	fs.StringVar(&in.Account, "account", "", "sign-in name of the super (账号)")
	fs.StringVar(&in.Name, "name", "", "the super's name (姓名)")
	fs.StringVar(&in.Phone, "phone", "", "phone that the activation code will go to; the one on file if only the password is lost")
	fs.StringVar(&in.Reason, "reason", "", "why, and who has confirmed who they are; stays in the audit")
	if err := parse(fs, args); err != nil {
		return err
	}
	s, err := (admin.RecoverSuper{Store: t.Store, Settings: t.Settings, Now: t.Now, Random: t.Random}).Run(ctx, in)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "Super: %s (%s), %s, is before activation now, with the phone %s. All sessions and known devices have ended.\n"+
		"Now activate the account on that phone (新账号激活). The audit has an entry, and SuperRecoveredAlarm rises.\n",
		s.Name, s.Account.Masked(), s.Code, s.Phone.Masked())
	return nil
}
