package account

import (
	"fmt"

	"chaoxi/shared/fault"
	"chaoxi/shared/passwords"
	"chaoxi/shared/staff"
)

// Hasher hashes passwords.
type Hasher interface {
	Hash(password string) (string, error)
	Verify(encoded, password string) (bool, error)
	// Outdated reports whether a hash was made with weaker parameters than those of
	// now.
	Outdated(encoded string) bool
	// Dummy is a hash that fits no password. Verifying it takes as long as any other.
	Dummy() string
}

// similar refuses a password that is made of the person's data, or was used before.
// Units are the names of where the person works, each as syllables.
func similar(h Hasher, password string, p Person, units [][]string) error {
	if err := weak(passwords.CheckPersonal(password, personal(p.Staff, units))); err != nil {
		return err
	}
	for _, old := range p.Account.Hashes() {
		same, err := h.Verify(old, password)
		if err != nil {
			return fmt.Errorf("compare with an earlier password: %w", err)
		}
		if same {
			return weak(passwords.FlawReused)
		}
	}
	return nil
}

// weak is the answer to a password with a flaw, nil without one.
func weak(f passwords.Flaw) error {
	why, bad := map[passwords.Flaw]fault.FieldCode{
		passwords.FlawLength: fault.PasswordLength, passwords.FlawCharacters: fault.PasswordCharacters, passwords.FlawClasses: fault.PasswordClasses,
		passwords.FlawCommon: fault.PasswordCommon, passwords.FlawFigures: fault.PasswordFigures,
		passwords.FlawAccount: fault.PasswordAccount, passwords.FlawName: fault.PasswordName, passwords.FlawUnit: fault.PasswordUnit, passwords.FlawPhone: fault.PasswordPhone,
		passwords.FlawIDCard: fault.PasswordIDCard, passwords.FlawBirthDate: fault.PasswordBirthDate, passwords.FlawReused: fault.PasswordReused,
	}[f]
	if !bad {
		return nil
	}
	return fault.PasswordWeak.AtField("password", why)
}

// personal is what is known of p, who works in units of these names.
func personal(p staff.Staff, units [][]string) passwords.Personal {
	return passwords.Personal{
		Account: p.Account.String(), Names: p.Pinyin.Readings(), Surname: p.Pinyin.Surname, Phones: []string{p.Phone.National(), p.ShortNumber},
		BirthDates: []string{p.BirthDate}, IDCard: p.IDCard, Units: units,
	}
}

// worksIn are the organisations whose names a password of s may not be made of: units
// and institutions of the posts that s holds now.
func worksIn(s staff.Staff) []staff.OrgCode {
	return staff.Staff{Posts: s.ActivePosts()}.Orgs()
}

// spell returns the readings of the names of orgs, each as syllables.
func spell(pinyin func(string) staff.Pinyin, orgs staff.Orgs) [][]string {
	var all [][]string
	for _, o := range orgs {
		all = append(all, pinyin(o.Name).Readings()...)
	}
	return all
}
