// Package feed tells other systems of the province what has changed on the register:
// people and organisations, each with all that others may know of them.
//
// An event says how somebody or something is now, not what was done. So a reader who
// misses one, or gets one twice, is right again with the next. Events have no secrets,
// and of personal data only what a colleague sees: no number of a phone or ID card, no
// birth date, no home address. docs/feed.md tells readers how to use them, and
// docs/feed.schema.json is their form.
//
// Look first at Event, then at Publisher.
package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"chaoxi/shared/staff"
)

// format is the version of the form of events. It rises when readers have to change.
const format = 1

// Event is what is put on the stream, as JSON. Exactly one of Staff, Org and Deleted is
// there.
type Event struct {
	Format   int    `json:"format"`
	Type     string `json:"type"` // "staff" or "org"
	ID       string `json:"id"`   // an employeeCode or an orgCode
	Revision int64  `json:"revision"`
	At       string `json:"at"` // RFC 3339, UTC: when it was put on the stream
	Staff    *Staff `json:"staff,omitempty"`
	Org      *Org   `json:"org,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
}

// Staff is a person. Codes are those of dictionaries. What is null is not filled in.
type Staff struct {
	Name         string  `json:"name"`
	Account      string  `json:"account"` // masked if it is a phone or an ID card
	Employment   string  `json:"employment"`
	AccountState string  `json:"accountState"`
	Complete     bool    `json:"complete"`
	BudgetedPost *string `json:"budgetedPost"`
	JobLevel     *string `json:"jobLevel"`
	Posts        []Post  `json:"posts"` // active ones
}

// Post is one position in one organisation.
type Post struct {
	ID            string  `json:"id"`
	Unit          string  `json:"unit"`
	Org           string  `json:"org"`
	JobType       string  `json:"jobType"`
	Title         *string `json:"title"`
	Role          *string `json:"role"`
	Order         int     `json:"order"`
	Email         *string `json:"email"`
	OfficePhone   *string `json:"officePhone"`
	OfficeAddress *string `json:"officeAddress"`
}

// Org is one node of the tree of organisations.
type Org struct {
	Name     string  `json:"name"`
	Type     string  `json:"type"`
	Parent   *string `json:"parent"` // null at the top
	Division string  `json:"division"`
	Order    int     `json:"order"`
	Closed   bool    `json:"closed"`
}

// Stream takes events. All events of one key keep their order.
type Stream interface {
	Put(ctx context.Context, key string, event []byte) error
}

// Publisher puts on a stream what has changed.
type Publisher struct {
	Stream Stream
	Now    func() time.Time
}

// Staff puts the event of a person who was before and is after. The zero Staff is
// nobody. It puts none if others would not see a difference.
func (p Publisher) Staff(ctx context.Context, before, after staff.Staff) error {
	was, is := staffOf(before), staffOf(after)
	if reflect.DeepEqual(was, is) {
		return nil
	}
	id, revision := after.Code, after.Revision
	if is == nil {
		id, revision = before.Code, before.Revision+1 // readers drop what is not newer
	}
	return p.put(ctx, Event{Type: "staff", ID: id.String(), Revision: revision, Staff: is, Deleted: is == nil})
}

// Org puts the event of an organisation that was before and is after, as Staff does.
func (p Publisher) Org(ctx context.Context, before, after staff.Org) error {
	was, is := orgOf(before), orgOf(after)
	if reflect.DeepEqual(was, is) {
		return nil
	}
	id, revision := after.Code, after.Version
	if is == nil {
		id, revision = before.Code, before.Version+1
	}
	return p.put(ctx, Event{Type: "org", ID: id.String(), Revision: revision, Org: is, Deleted: is == nil})
}

func (p Publisher) put(ctx context.Context, e Event) error {
	e.Format, e.At = format, p.Now().UTC().Format(time.RFC3339)
	event, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := p.Stream.Put(ctx, e.ID, event); err != nil {
		return fmt.Errorf("put an event of %s: %w", e.ID, err)
	}
	return nil
}

// staffOf is what others may know of a person, nil for nobody.
func staffOf(s staff.Staff) *Staff {
	if s.Code.IsZero() {
		return nil
	}
	posts := []Post{}
	for _, p := range s.ActivePosts() {
		posts = append(posts, Post{
			ID: p.ID.String(), Unit: p.Unit.String(), Org: p.Org.String(), JobType: string(p.JobType), Title: null(p.Title), Role: null(p.Role), Order: p.Order,
			Email: null(p.Email), OfficePhone: null(p.OfficePhone), OfficeAddress: null(p.OfficeAddress),
		})
	}
	return &Staff{
		Name: s.Name, Account: s.Account.Masked(), Employment: string(s.Employment), AccountState: string(s.State), Complete: s.Complete(),
		BudgetedPost: null(s.BudgetedPost), JobLevel: null(s.JobLevel), Posts: posts,
	}
}

// orgOf is an organisation as others see it, nil for none.
func orgOf(o staff.Org) *Org {
	if o.Code.IsZero() {
		return nil
	}
	org := &Org{Name: o.Name, Type: string(o.Type), Division: o.Division, Order: o.Order, Closed: o.Closed}
	if parent := o.Parent(); !parent.IsZero() {
		org.Parent = null(parent.String())
	}
	return org
}

// null is nil for an empty text.
func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
