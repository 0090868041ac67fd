package wire

import (
	"chaoxi/shared/account"
)

// SignIns is a page of a sign-in history.
type SignIns struct {
	Items []signIn `json:"items"`
	Next  string   `json:"next,omitempty"`
}

type signIn struct {
	At         string          `json:"at"`
	Outcome    account.Outcome `json:"outcome"`
	Client     *string         `json:"client"`
	DeviceName *string         `json:"deviceName"`
	SourceIP   *string         `json:"sourceIp"`
}

// SignInsOf returns the wire form of a page of a sign-in history. Next is the cursor of
// the next page, "" at the end.
func SignInsOf(lines []account.SignIn, next string) SignIns {
	body := SignIns{make([]signIn, len(lines)), next}
	for i, l := range lines {
		body.Items[i] = signIn{Time(l.At), l.Outcome, Null(string(l.Client)), Null(l.DeviceName), Null(l.Address)}
	}
	return body
}
