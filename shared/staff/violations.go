package staff

import "fmt"

// Violations lists the invariants that the record breaks: what it must have or be,
// in English, without the person's name or numbers. Every change keeps the
// invariants, so only the operator's tools call this, to find damage. An incomplete
// record (Missing) breaks none.
func (s Staff) Violations() []string {
	var wrong []string
	must := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	active, mains, ids := s.ActivePosts(), 0, map[PostID]bool{}
	for _, p := range s.Posts {
		must(!ids[p.ID], "one post of the id %s", p.ID)
		ids[p.ID] = true
		if p.Active && p.JobType == MainJob {
			mains++
		}
		must(!p.Active || p.Order > 0, "a positive order in the post %s", p.ID)
	}
	ended := len(s.Posts) - len(active)
	must(ended <= MaxEndedPosts, "at most %d ended posts, not %d", MaxEndedPosts, ended)
	must(len(active) <= MaxActivePosts, "at most %d active posts, not %d", MaxActivePosts, len(active))
	must(s.Name != "", "a name")
	must(!s.Account.IsZero(), "an account")
	must(s.Version >= 1 && s.Version <= s.Revision, "a version between 1 and the revision %d, not %d", s.Revision, s.Version)
	switch s.State {
	case Pending, Active:
		must(s.FrozenFrom == "", "no state before a freeze, as the person is not frozen")
	case Frozen:
		must(s.FrozenFrom != Frozen, "another state before the freeze than frozen")
	default:
		must(false, "an account state that there is")
	}
	switch s.Employment {
	case InService:
		must(mains == 1, "one active main post, not %d", mains)
		must(!s.Phone.IsZero(), "a phone")
		must(s.FormerPhone.IsZero(), "no former phone, as the person is in service")
		own, like := s.Account.AsPhone()
		must(!like || own == s.Phone, "an account that does not look like another phone")
	case Left:
		_, last := s.MainPost()
		must(last, "the last main post")
		must(len(active) == 0, "no active posts, as the person has left, not %d", len(active))
		must(s.Phone.IsZero(), "no phone, as the person has left")
		must(s.State == Pending || s.State == Frozen && s.FrozenFrom == Pending, "the account state pending, or frozen from it, as the person has left")
	default:
		must(false, "an employment that there is")
	}
	return wrong
}
