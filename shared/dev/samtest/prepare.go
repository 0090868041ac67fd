package samtest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/jobs"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// A preparation makes a sample event of events/ succeed on a new table. The file
// cannot have the tickets, codes and tokens of that table. So the preparation does
// what comes before the event, such as asking for a code, and changes the event in
// memory.
type preparation func(*desk, *httpapi.Event) error

// preparations has the preparations by the name of the file. All events are changed
// in two ways before: an authorization header gets the token of an administrator,
// and the ids of people and organisations become those of some on the register.
var preparations = map[string]preparation{
	"admin-audit.reveal.json":    (*desk).nameEntry,
	"admin-batch.job.json":       (*desk).queueJob,
	"admin-batch.stop.json":      (*desk).queueJob,
	"admin-grants.delete.json":   (*desk).nameGrant,
	"admin-orgs.close.json":      (*desk).addOrg,
	"admin-recovery.decide.json": (*desk).nameRequest,
	"admin-update-posts.json":    (*desk).nameRecord,
	"login.json":                 (*desk).knowDevice,
	"me.phone.finish.json":       (*desk).askForPhone,
	"raise-recovery.json":        (*desk).recover,
	"raise-recovery.get.json":    (*desk).raise,
	"send-code.again.json":       (*desk).activate,
	"sessions.end.json":          (*desk).signInTwice,
	"set-password.json":          (*desk).activate,
	"verify-login.json":          (*desk).takeStep,
}

// Prepared returns the names of those files of events/ that have a preparation.
func Prepared() []string { return slices.Sorted(maps.Keys(preparations)) }

// The accounts of those who call, and of the person in the events. The organisation
// in the events is that person's unit.
const (
	administrator = "chenjing"
	subject       = "zhangmin"
)

var (
	personID = regexp.MustCompile(`GE_[0-9a-f]{32}`)
	orgID    = regexp.MustCompile(`GO_[0-9a-f]{32}`)
)

// Prepare returns the sample event raw, from the file of events/ with this name,
// changed so that it succeeds on a table that Seed has filled.
func (w *World) Prepare(ctx context.Context, table, file string, raw []byte) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(w.MACKeys)
	if err != nil {
		return nil, fmt.Errorf("read the MAC key: %w", err)
	}
	d := &desk{
		ctx: ctx, store: maintain.Over(w.DB, table), keys: account.Keys{Current: key}, settings: account.Defaults(),
		call: audit.Call{Address: "198.51.100.1", ID: "prepare"},
	}
	d.settings.TextInterval = time.Nanosecond
	if raw, err = d.prepare(raw, preparations[file]); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", file, err)
	}
	return raw, nil
}

// desk does what comes before an event, with the use cases of the functions, in this
// process.
type desk struct {
	ctx      context.Context
	store    *maintain.Store
	keys     account.Keys
	settings account.Settings
	call     audit.Call
	texted   string // the last text
}

// prepare changes an event as all events are changed, and then as special does.
func (d *desk) prepare(raw []byte, special preparation) ([]byte, error) {
	p, err := d.person(subject)
	if err != nil {
		return nil, err
	}
	raw = personID.ReplaceAll(raw, []byte(p.Staff.Code.String()))
	raw = orgID.ReplaceAll(raw, []byte(p.Staff.Posts[0].Unit.String()))
	var e httpapi.Event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	if e.RouteKey == "" { // a batch of the stream
		return raw, nil
	}
	if _, ok := e.Headers["authorization"]; ok {
		in, err := d.signIn(administrator, "a device of the administrator", false)
		if err != nil {
			return nil, err
		}
		e.Headers["authorization"] = "Bearer " + in.Token.Reveal()
	}
	if special != nil {
		if err := special(d, &e); err != nil {
			return nil, err
		}
	}
	return json.Marshal(e)
}

// now returns a time two minutes ago. So a function that then sends a text need not
// wait for the time between two texts.
func (d *desk) now() time.Time { return time.Now().Add(-2 * time.Minute) }

// Send implements account.Sender. It keeps the text.
func (d *desk) Send(_ context.Context, _ staff.Phone, text string) error {
	d.texted = text
	return nil
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// code returns the code in the last text.
func (d *desk) code() string { return sixDigits.FindString(d.texted) }

// person reads the person who has the account name.
func (d *desk) person(name string) (account.Person, error) {
	code, _, err := d.store.FindName(d.ctx, staff.ParseSignInName(name), "none")
	if err != nil {
		return account.Person{}, err
	}
	return d.store.Person(d.ctx, code)
}

// texts returns the use case that sends codes.
func (d *desk) texts() account.SendCode {
	return account.SendCode{Store: d.store, Sender: d, Keys: d.keys, Settings: d.settings, Now: d.now, Random: rand.Reader}
}

// step does the first step of signing in, and asks for the code of the second.
func (d *desk) step(name, device string) (ticket string, err error) {
	done, err := account.Login{
		Store: d.store, Hasher: argon2id.Hasher{}, Sender: d, Keys: d.keys, Settings: d.settings, Now: d.now, Random: rand.Reader,
	}.Run(d.ctx, d.call, account.LoginInput{Account: name, Password: demo.Password, Device: device, Client: account.App})
	if err != nil || done.SecondStep == nil {
		return "", fmt.Errorf("sign in %s: no second step: %w", name, err)
	}
	ticket = done.SecondStep.Ticket.Reveal()
	_, err = d.texts().Again(d.ctx, d.call, ticket, "")
	return ticket, err
}

// signIn signs in with both steps.
func (d *desk) signIn(name, device string, trust bool) (account.SignedIn, error) {
	ticket, err := d.step(name, device)
	if err != nil {
		return account.SignedIn{}, err
	}
	return account.VerifyLogin{Store: d.store, Sender: d, Keys: d.keys, Settings: d.settings, Now: d.now, Random: rand.Reader}.Run(d.ctx, d.call,
		account.VerifyLoginInput{Ticket: ticket, Code: d.code(), TrustDevice: trust})
}

// knowDevice makes the device of a sign-in a known one, so that the sign-in needs no
// second step.
func (d *desk) knowDevice(e *httpapi.Event) error {
	var in struct {
		Account string
		Device  struct{ ID string }
	}
	if err := json.Unmarshal([]byte(e.Body), &in); err != nil {
		return err
	}
	_, err := d.signIn(in.Account, in.Device.ID, true)
	return err
}

// takeStep does the first step of a sign-in, whose second step the event does.
func (d *desk) takeStep(e *httpapi.Event) error {
	ticket, err := d.step("zhouqiang", "a device nobody knows yet")
	if err != nil {
		return err
	}
	return setBody(e, map[string]any{"ticket": ticket, "code": d.code()})
}

// signInTwice begins a second session, which the event ends.
func (d *desk) signInTwice(e *httpapi.Event) error {
	other, err := d.signIn(administrator, "another device of the administrator", false)
	setPath(e, "id", other.Session.ID)
	return err
}

// activate begins an activation. The event gets the ticket, and the code if it has
// one.
func (d *desk) activate(e *httpapi.Event) error {
	sent, err := d.texts().Activate(d.ctx, d.call, "wangfang", "王芳", "")
	if err != nil {
		return err
	}
	return setBody(e, map[string]any{"ticket": sent.Ticket.Reveal(), "code": d.code()})
}

// askForPhone begins the change of a phone, which the event finishes.
func (d *desk) askForPhone(e *httpapi.Event) error {
	token := strings.TrimPrefix(e.Headers["authorization"], "Bearer ")
	caller, err := account.Authorize{Store: d.store, Settings: d.settings, Now: d.now}.Run(d.ctx, account.App, token)
	if err != nil {
		return err
	}
	sent, err := account.ChangePhone{
		Store: d.store, Dictionaries: &staff.DictionaryList{Store: d.store, Now: d.now}, Hasher: argon2id.Hasher{}, Sender: d,
		Keys: d.keys, Settings: d.settings, Now: d.now, Random: rand.Reader,
	}.Begin(d.ctx, d.call, caller,
		account.NewPhoneInput{CurrentPassword: demo.Password, AreaCode: "+86", Phone: "13700000017"})
	if err != nil {
		return err
	}
	return setBody(e, map[string]any{"ticket": sent.Ticket.Reveal(), "code": d.code()})
}

// recover begins a recovery. The event gets its ticket.
func (d *desk) recover(e *httpapi.Event) error {
	begun, err := d.beginRecovery()
	if err != nil {
		return err
	}
	return setBody(e, map[string]any{"ticket": begun.Ticket.Reveal()})
}

// beginRecovery begins a recovery of the subject.
func (d *desk) beginRecovery() (account.Recovery, error) {
	return account.RecoveryOptions{Store: d.store, Keys: d.keys, Settings: d.settings, Now: d.now, Random: rand.Reader}.Run(d.ctx, d.call, subject, "张敏", "")
}

// raise makes a recovery request, whose state the event asks for.
func (d *desk) raise(e *httpapi.Event) error {
	begun, err := d.beginRecovery()
	if err != nil {
		return err
	}
	raised, err := account.RaiseRecovery{Store: d.store, Keys: d.keys, Settings: d.settings, Now: d.now, Random: rand.Reader}.Run(d.ctx, d.call,
		account.RaiseRecoveryInput{Ticket: begun.Ticket.Reveal(), Reason: "更换手机号"})
	if err != nil {
		return err
	}
	setPath(e, "id", raised.ID)
	e.Headers["recovery-ticket"] = raised.Ticket.Reveal()
	return nil
}

// nameRequest raises a recovery request and puts its id into the event, which decides it.
func (d *desk) nameRequest(e *httpapi.Event) error {
	got := httpapi.Event{Headers: map[string]string{}, PathParameters: map[string]string{}}
	if err := d.raise(&got); err != nil {
		return err
	}
	setPath(e, "id", got.PathParameters["id"])
	return nil
}

// nameEntry changes a phone and puts the id of the audit entry about that into the
// event, which reveals both numbers.
func (d *desk) nameEntry(e *httpapi.Event) error {
	p, err := d.person("wangfang")
	if err != nil {
		return err
	}
	by, err := d.person(administrator)
	if err != nil {
		return err
	}
	id, err := staff.NewID(rand.Reader)
	if err != nil {
		return err
	}
	was, now := p.Staff, p.Staff.Clone()
	now.Revision, now.Version = was.Revision+1, was.Version+1
	if now.Phone, err = staff.ParsePhone("13911119001"); err != nil {
		return err
	}
	entry := audit.Entry{ID: id, At: d.now(), Actor: by.Staff.Code, Subject: audit.OfStaff(was.Code), Action: audit.UpdateStaff, Call: d.call}
	entry.Hide(audit.Change{Field: "phone", Old: was.Phone.Masked(), New: now.Phone.Masked()}, audit.Change{Field: "phone", Old: was.Phone.E164(), New: now.Phone.E164()})
	setPath(e, "id", id)
	return d.store.Change(d.ctx, admin.Change{Was: was, Now: now, Grants: -1, Audit: entry})
}

// nameGrant puts the id of a grant into the event, which revokes it.
func (d *desk) nameGrant(e *httpapi.Event) error {
	p, err := d.person("linwei")
	if err != nil {
		return err
	}
	setPath(e, "id", account.GrantRef{Staff: p.Staff.Code, ID: p.Account.Grants[0].ID}.String())
	return nil
}

// queueJob stores a job of the administrator that no worker has begun, and puts its
// id into the event. No use case begins a job that can be stopped. So this one is
// written directly, together with a change of the administrator's organisation.
func (d *desk) queueJob(e *httpapi.Event) error {
	p, err := d.person(administrator)
	if err != nil {
		return err
	}
	orgs, err := d.store.Orgs(d.ctx, p.Staff.Orgs())
	if err != nil {
		return err
	}
	was := orgs[p.Staff.Posts[0].Org]
	now := was
	now.Version++
	id, err := staff.NewID(rand.Reader)
	if err != nil {
		return err
	}
	job := jobs.NewJob{
		Job: jobs.Job{
			ID: id, Kind: "freeze", Owner: p.Staff.Code, CreatedAt: d.now(), UpdatedAt: d.now(), State: jobs.Queued, Total: 1, Chunks: 1,
		},
		First: []jobs.Chunk{{N: 1, People: []staff.EmployeeCode{p.Staff.Code}}},
	}
	setPath(e, "id", id)
	return d.store.WriteOrg(d.ctx, admin.OrgChange{
		Was: was, Now: now, WasAbove: now.Division, Above: now.Division, Job: &job,
		Audit: audit.Entry{ID: id, At: d.now(), Actor: p.Staff.Code, Subject: audit.OfOrg(now.Code)},
	})
}

// addOrg adds an organisation that is empty and so can be closed, and puts its code
// into the event.
func (d *desk) addOrg(e *httpapi.Event) error {
	p, err := d.person(administrator)
	if err != nil {
		return err
	}
	by, err := account.Caller{Staff: p.Staff.Code, Epoch: p.Account.Epoch, Grants: p.Account.Grants}.Permit(account.OrgEdit)
	if err != nil {
		return err
	}
	added, _, err := admin.EditOrgs{Store: d.store, Now: d.now, Random: rand.Reader}.Add(d.ctx, d.call, by, admin.OrgInput{
		Parent: p.Staff.Posts[0].Unit.String(), Name: "空机构", Type: string(staff.InstitutionOrg), Order: optional.Value[int]{Set: true, Value: 1},
	})
	if err != nil {
		return err
	}
	setPath(e, "orgCode", added.Org.Code.String())
	return nil
}

// nameRecord puts the version and the posts' ids of the subject into the event.
func (d *desk) nameRecord(e *httpapi.Event) error {
	p, err := d.person(subject)
	if err != nil {
		return err
	}
	var body struct{ Posts []map[string]any }
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
		return err
	}
	for i, post := range body.Posts {
		post["id"] = p.Staff.Posts[i].ID.String()
	}
	return setBody(e, map[string]any{"version": p.Staff.Version, "posts": body.Posts})
}

// setPath replaces the value of a variable of the path.
func setPath(e *httpapi.Event, variable, value string) {
	e.RawPath = strings.Replace(e.RawPath, e.PathParameters[variable], value, 1)
	e.RequestContext.HTTP.Path = e.RawPath
	e.PathParameters[variable] = value
}

// setBody replaces members of the body. It adds none that the body does not have.
func setBody(e *httpapi.Event, members map[string]any) error {
	body := map[string]any{}
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
		return err
	}
	for name, value := range members {
		if _, ok := body[name]; ok {
			body[name] = value
		}
	}
	b, err := json.Marshal(body)
	e.Body = string(b)
	return err
}
