package httpapi

import (
	"net/http"
	"time"

	"chaoxi/shared/account"
)

// sessionBody is a session just begun, as both steps of signing in answer it.
type sessionBody struct {
	Token         string             `json:"token,omitempty"` // of the app only
	ExpiresAt     string             `json:"expiresAt"`
	Staff         sessionStaff       `json:"staff"`
	Administrator *administratorBody `json:"administrator"`
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

// Session is the answer to a sign-in: the app gets the token, a page a cookie
// that its scripts cannot read.
func Session(s account.SignedIn) Answer {
	main, _ := s.Staff.MainPost()
	body := sessionBody{
		ExpiresAt: Time(s.Expires),
		Staff: sessionStaff{
			EmployeeCode: s.Staff.Code.String(), Name: s.Staff.Name, Account: s.Staff.Account.Masked(), Phone: s.Staff.Phone.Masked(),
			MainPost: sessionsPost{s.Orgs.Name(main.Unit), s.Orgs.Name(main.Org), Text(main.Title)},
		},
	}
	if len(s.Grants) > 0 {
		body.Administrator = &administratorBody{}
		for _, g := range s.Grants {
			body.Administrator.Grants = append(body.Administrator.Grants, grantBody{account.GrantRef{Staff: s.Staff.Code, ID: g.ID}.String(), g.Type, g.Org.String(), s.Orgs.Name(g.Org), g.Permissions()})
		}
	}
	answer := Answer{Status: http.StatusCreated}
	if name, page := sessionCookies[s.Session.Client]; page {
		answer.Cookies = []string{cookie(name, s.Token.Reveal(), s.Session.Dies.Sub(s.Session.CreatedAt))}
	} else {
		body.Token = s.Token.Reveal()
	}
	answer.Body = body
	return answer
}

// Time is how times are written: RFC 3339, UTC, to the second.
func Time(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Text is a value that may be absent: null on the wire, not "".
func Text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
