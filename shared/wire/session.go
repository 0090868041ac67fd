package wire

import (
	"chaoxi/shared/account"
)

// Session is a session that has just begun: the answer of signing in, with or without
// a second step.
type Session struct {
	Token         string             `json:"token,omitempty"` // only for the app
	ExpiresAt     string             `json:"expiresAt"`
	Staff         sessionStaff       `json:"staff"`
	Administrator *administratorBody `json:"administrator"` // null without grants
}

type sessionStaff struct {
	EmployeeCode string       `json:"employeeCode"`
	Name         string       `json:"name"`
	Account      string       `json:"account"`
	Phone        string       `json:"phone"`
	MainPost     sessionsPost `json:"mainPost"`
}

type sessionsPost struct {
	UnitName string  `json:"unitName"`
	OrgName  string  `json:"orgName"`
	Title    *string `json:"title"`
}

type administratorBody struct {
	Grants []grantBody `json:"grants"`
}

type grantBody struct {
	ID          string               `json:"id"`
	Type        account.GrantType    `json:"type"`
	Org         string               `json:"org"`
	OrgName     string               `json:"orgName"`
	Permissions []account.Permission `json:"permissions"`
}

// SessionOf returns the wire form of a session. The app gets the token in it. A page
// gets the token as a cookie (httpapi.SignIn).
func SessionOf(s account.SignedIn) Session {
	main, _ := s.Staff.MainPost()
	body := Session{
		ExpiresAt: Time(s.Expires),
		Staff: sessionStaff{
			EmployeeCode: s.Staff.Code.String(), Name: s.Staff.Name, Account: s.Staff.Account.Masked(), Phone: s.Staff.Phone.Masked(),
			MainPost: sessionsPost{s.Orgs.Name(main.Unit), s.Orgs.Name(main.Org), Null(main.Title)},
		},
	}
	if !s.Session.Client.Page() {
		body.Token = s.Token.Reveal()
	}
	if len(s.Grants) > 0 {
		body.Administrator = &administratorBody{}
		for _, g := range s.Grants {
			body.Administrator.Grants = append(body.Administrator.Grants, grantBody{account.GrantRef{Staff: s.Staff.Code, ID: g.ID}.String(), g.Type, g.Org.String(), s.Orgs.Name(g.Org), g.Permissions()})
		}
	}
	return body
}
