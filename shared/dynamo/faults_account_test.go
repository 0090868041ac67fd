package dynamo_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"chaoxi/shared/pinyin"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

func accountRows() []faultRow {
	return []faultRow{
		{
			name: "change the password", route: "POST /v1/me/password", setup: (*faultCase).withPerson, retryAnswer: "session_expired",
			prepare: func(c *faultCase) { c.startSessions(1, 0) },
			send: func(c *faultCase, s *maintain.Store) error {
				uc := account.ChangePassword{Store: s, Hasher: plainHasher{}, Sender: c, Keys: c.Keys, Settings: generousSettings(), Pinyin: pinyin.Read, Now: c.Now, Random: rand.Reader}
				return c.signedIn(s, func(caller account.Caller) error {
					return uc.Run(c.Context(), c.Call, caller, account.ChangePasswordInput{CurrentPassword: oldPassword, Password: newPassword, ConfirmPassword: newPassword})
				})
			},
			verify: func(c *faultCase) error {
				a := c.personNow().Account
				return want(a.Password == "clear:"+newPassword && a.Epoch == 2 && len(a.Hashes()) == 2, "%+v", a)
			},
		},
		{
			name: "begin with another phone", route: "POST /v1/me/phone", setup: (*faultCase).withPerson, delay: time.Minute, audit: entryPerRequest,
			prepare: func(c *faultCase) { c.startSessions(1, 0) },
			send: func(c *faultCase, s *maintain.Store) error {
				return c.signedIn(s, func(caller account.Caller) error {
					sent, err := c.changePhone(s).Begin(c.Context(), c.Call, caller, account.NewPhoneInput{CurrentPassword: oldPassword, AreaCode: "+86", Phone: c.phone("138").National()})
					c.id = sent.Ticket.Reveal()
					return err
				})
			},
			verify: func(c *faultCase) error {
				t, err := c.Store.Ticket(c.Context(), account.ParseSecret(c.id))
				c.Must(err)
				texts := c.sent(c.phone("138"))
				if len(texts) == 0 || len(texts) > 2 {
					return fmt.Errorf("%d texts", len(texts))
				}
				digits := regexp.MustCompile("[0-9]{6}").FindString(texts[len(texts)-1])
				return want(t.Phone == c.phone("138") && c.Keys.Verify(t.Code, "code", c.id, digits), "the ticket %+v does not take the code that was texted", t)
			},
		},
		{
			name: "finish with it", route: "POST /v1/me/phone", setup: (*faultCase).withPerson, retryAnswer: "session_expired",
			prepare: func(c *faultCase) {
				c.startSessions(1, 0)
				c.putTicket(account.ForPhone, c.phone("138"))
			},
			send: func(c *faultCase, s *maintain.Store) error {
				return c.signedIn(s, func(caller account.Caller) error {
					return c.changePhone(s).Finish(c.Context(), c.Call, caller, c.id, sixDigits)
				})
			},
			verify: func(c *faultCase) error {
				p := c.personNow()
				return errors.Join(
					want(p.Staff.Phone == c.phone("138") && p.Staff.Version == 2 && p.Account.Epoch == 2 && p.Account.DeviceEpoch == 2, "%+v", p),
					want(len(c.sent(c.phone("139"))) <= 1, "%d notices", len(c.sent(c.phone("139")))),
				)
			},
		},
		{
			name: "the second step", route: "POST /v1/sessions/verify", setup: (*faultCase).withPerson, retryAnswer: "ticket_invalid", restartable: true, audit: noEntry,
			prepare: func(c *faultCase) { c.putTicket(account.ForSignIn, c.phone("139")) },
			send: func(c *faultCase, s *maintain.Store) error {
				uc := account.VerifyLogin{Store: s, Sender: c, Keys: c.Keys, Settings: generousSettings(), Now: c.Now, Random: rand.Reader}
				in, err := uc.Run(c.Context(), c.Call, account.VerifyLoginInput{Ticket: c.id, Code: sixDigits, TrustDevice: true})
				c.sessions = append(c.sessions, in.Session.ID)
				return err
			},
			verify: func(c *faultCase) error {
				h, err := c.Store.SignInState(c.Context(), c.person.Staff.Code)
				c.Must(err)
				all := slices.DeleteFunc(h.Sessions, func(s account.Session) bool { return !account.HasSlot(h.Account.Slots, s.Hash) }) // without a slot it does not count
				last := c.sessions[len(c.sessions)-1]
				return want(len(all) <= 1 && (last == "" || len(all) == 1 && all[0].ID == last), "%q was answered, and there is %+v", last, all)
			},
		},
		{
			name: "begin a step-up", route: "POST /v1/sessions/step-up", setup: (*faultCase).withPerson, audit: noEntry,
			prepare: func(c *faultCase) { c.startSessions(1, 0) },
			send: func(c *faultCase, s *maintain.Store) error {
				return c.signedIn(s, func(caller account.Caller) error {
					next, err := account.StepUp{Store: s, Settings: generousSettings(), Now: c.Now, Random: rand.Reader}.Run(c.Context(), caller)
					c.id = next.Ticket.Reveal()
					return err
				})
			},
			verify: func(c *faultCase) error {
				t, err := c.Store.Ticket(c.Context(), account.ParseSecret(c.id))
				c.Must(err)
				return want(t.Purpose == account.ForStepUp && t.Session == c.session() && t.Phone == c.phone("139"), "%+v", t)
			},
		},
		{
			name: "prove a session", route: "POST /v1/sessions/verify", setup: (*faultCase).withPerson, retryAnswer: "ticket_invalid", restartable: true, audit: noEntry,
			prepare: func(c *faultCase) {
				c.startSessions(2, time.Minute)
				c.putTicket(account.ForStepUp, c.phone("139"))
			},
			send: func(c *faultCase, s *maintain.Store) error {
				uc := account.VerifyLogin{Store: s, Sender: c, Keys: c.Keys, Settings: generousSettings(), Now: c.Now, Random: rand.Reader}
				_, err := uc.Run(c.Context(), c.Call, account.VerifyLoginInput{Ticket: c.id, Code: sixDigits})
				return err
			},
			verify: func(c *faultCase) error { // whatever became of it, both sessions are there, and have their slots
				all, err := c.Store.Sessions(c.Context(), c.person.Staff.Code)
				c.Must(err)
				a, ids := c.personNow().Account, []string{}
				for _, s := range all {
					if account.HasSlot(a.Slots, s.Hash) {
						ids = append(ids, s.ID)
					}
				}
				slices.Sort(ids)
				slices.Sort(c.sessions)
				return want(len(all) == 2 && len(a.Slots) == 2 && slices.Equal(ids, c.sessions), "%+v of %+v", all, a.Slots)
			},
		},
		endSessions("end a session", "DELETE /v1/sessions/{id}", []int{0, 2}, 0, "not_found", func(uc account.Sessions, c *faultCase, caller account.Caller) error {
			return uc.End(c.Context(), c.Call, caller, c.sessions[1])
		}),
		endSessions("end the current session", "DELETE /v1/sessions/current", []int{1, 2}, time.Hour, "session_expired", func(uc account.Sessions, c *faultCase, caller account.Caller) error {
			return uc.EndCurrent(c.Context(), c.Call, caller)
		}),
		endSessions("end the other sessions", "DELETE /v1/sessions/others", []int{0}, 0, "", func(uc account.Sessions, c *faultCase, caller account.Caller) error {
			return uc.EndOthers(c.Context(), c.Call, caller)
		}),
	}
}

// endSessions is a row of ending some of three sessions, last used so long ago. The
// first of them asks; left are those that remain.
func endSessions(name, route string, left []int, ago time.Duration, retryAnswer string, end func(account.Sessions, *faultCase, account.Caller) error) faultRow {
	return faultRow{
		name: name, route: route, setup: (*faultCase).withPerson, retryAnswer: retryAnswer, audit: noEntry,
		prepare: func(c *faultCase) { c.startSessions(3, ago) },
		send: func(c *faultCase, s *maintain.Store) error {
			return c.signedIn(s, func(caller account.Caller) error {
				return end(account.Sessions{Store: s, Settings: account.Defaults(), Now: c.Now}, c, caller)
			})
		},
		verify: func(c *faultCase) error {
			var expected []string
			for _, i := range left {
				expected = append(expected, c.sessions[i])
			}
			all, err := c.Store.Sessions(c.Context(), c.person.Staff.Code)
			c.Must(err)
			var got []string
			for _, s := range all {
				got = append(got, s.ID)
			}
			slices.Sort(got)
			slices.Sort(expected)
			lines, err := c.Store.SignIns(c.Context(), c.person.Staff.Code, time.Time{}, "", 10)
			c.Must(err)
			return want(slices.Equal(got, expected) && len(lines) == 3-len(left), "the sessions %v are left, want %v; the history is %v", got, expected, lines)
		},
	}
}

// startSessions gives the case's person some sessions, last used so long ago. The
// token is that of the first.
func (c *faultCase) startSessions(n int, ago time.Duration) {
	c.Helper()
	for i := range n {
		secret, err := account.NewSecret(rand.Reader)
		c.Must(err)
		id, err := staff.NewID(rand.Reader)
		c.Must(err)
		h, err := c.Store.SignInState(c.Context(), c.person.Staff.Code)
		c.Must(err)
		one := account.Session{
			Hash: secret.Hash(), ID: id, Staff: c.person.Staff.Code, Client: account.App, Epoch: 1, CreatedAt: world.Start.Add(-time.Hour), LastUsed: world.Start.Add(-ago), ProvedAt: world.Start, Dies: world.Start.Add(time.Hour),
		}
		c.Must(c.Store.StartSession(c.Context(), one, nil, h.TakeSlot(one, account.Defaults())))
		if i == 0 {
			c.token = account.Token{Staff: c.person.Staff.Code, Secret: secret}.Reveal()
		}
		c.sessions = append(c.sessions, id)
	}
}

// signedIn does something as the person whose token the case has. As in a function,
// the session's use is noted beside the work, and the work counts if that fails.
func (c *faultCase) signedIn(s *maintain.Store, do func(account.Caller) error) error {
	auth := account.Authorize{Store: s, Settings: account.Defaults(), Now: c.Now}
	caller, err := auth.Run(c.Context(), account.App, c.token)
	if err != nil {
		return err
	}
	var beside sync.WaitGroup
	if note := auth.Use(caller, false); note != nil {
		beside.Go(func() { _ = note(c.Context()) })
	}
	err = do(caller)
	beside.Wait()
	return err
}

// sixDigits is the code of every ticket of putTicket.
const sixDigits = "246810"

// putTicket gives the case a ticket whose code has been texted.
func (c *faultCase) putTicket(purpose account.Purpose, phone staff.Phone) {
	c.Helper()
	id, err := account.NewSecret(rand.Reader)
	c.Must(err)
	c.id = id.Reveal()
	c.Must(c.Store.PutTicket(c.Context(), account.Ticket{
		ID: id, Purpose: purpose, Staff: c.person.Staff.Code, Phone: phone, Epoch: 1, Expires: world.Start.Add(time.Hour),
		Code: c.Keys.MAC("code", c.id, sixDigits), CodeExpires: world.Start.Add(time.Minute),
		Session: c.session(), Client: account.App, Device: c.Keys.MAC("device", c.id), DeviceName: "手机", LockKey: c.Keys.MAC("guard", c.id),
	}))
}

// session is the hash of the session whose token the case has, "" if it has none.
func (c *faultCase) session() string {
	t, ok := account.ParseToken(c.token)
	if !ok {
		return ""
	}
	return t.Secret.Hash()
}

func (c *faultCase) changePhone(s *maintain.Store) account.ChangePhone {
	return account.ChangePhone{Store: s, Dictionaries: &staff.DictionaryList{Store: s, Now: c.Now}, Hasher: plainHasher{}, Sender: c, Keys: c.Keys, Settings: generousSettings(), Now: c.Now, Random: rand.Reader}
}

// generousSettings let anybody come as often as they like.
func generousSettings() account.Settings {
	s := account.Defaults()
	s.AddressHourly, s.AddressFailures = 1_000_000, 1_000_000
	return s
}

// plainHasher keeps passwords in clear, which takes no time.
type plainHasher struct{}

func (plainHasher) Hash(password string) (string, error) { return "clear:" + password, nil }
func (plainHasher) Verify(encoded, password string) (bool, error) {
	return encoded == "clear:"+password, nil
}
func (plainHasher) Outdated(string) bool { return false }
func (plainHasher) Dummy() string        { return "clear" }
