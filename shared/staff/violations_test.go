package staff

import (
	"strings"
	"testing"
)

func TestUnsound(t *testing.T) {
	sound := func() Staff {
		s := Staff{Revision: 3, Version: 2, Name: "王芳", Employment: InService, State: Active}
		s.Account, _ = ParseAccount("wangfang")
		s.Phone, _ = ParsePhone("13700000003")
		for i, kind := range []JobType{MainJob, ConcurrentJob, AttachedJob} {
			s.Posts = append(s.Posts, Post{ID: PostID{strings.Repeat(string(rune('a'+i)), 22)}, JobType: kind, Order: 1, Active: i < 2})
		}
		return s
	}
	left := func(s *Staff) {
		s.Employment, s.State, s.Phone, s.FormerPhone = Left, Pending, Phone{}, s.Phone
		s.Posts[0].Active, s.Posts[1].Active = false, false
	}
	many := func(s *Staff, n int, active bool) {
		for range n {
			id, _ := NewPostID(strings.NewReader(strings.Repeat(string(rune('0'+len(s.Posts))), 16)))
			s.Posts = append(s.Posts, Post{ID: id, JobType: ConcurrentJob, Order: 1, Active: active})
		}
	}
	for _, tt := range []struct {
		name string
		edit func(*Staff)
		want string // what is said, in order, ; between
	}{
		{"as it should be", func(*Staff) {}, ""},
		{"incomplete", func(s *Staff) { s.BudgetedPost, s.Posts[0].Role = "", "" }, ""},
		{"frozen before it was activated", func(s *Staff) { s.State, s.FrozenFrom = Frozen, Pending }, ""},
		{"left", left, ""},
		{"left and frozen", func(s *Staff) { left(s); s.State, s.FrozenFrom = Frozen, Pending }, ""},
		{"ten posts of each kind", func(s *Staff) { many(s, 8, true); many(s, 9, false) }, ""},
		{"the account is the phone", func(s *Staff) { s.Account, _ = ParseAccount("13700000003") }, ""},
		{"left with a number for an account", func(s *Staff) { left(s); s.Account, _ = ParseAccount("13700000003") }, ""},

		{"no main post", func(s *Staff) { s.Posts[0].JobType = AttachedJob }, "one active main post, not 0"},
		{"an ended main post", func(s *Staff) { s.Posts[0].Active = false }, "one active main post, not 0"},
		{"two main posts", func(s *Staff) { s.Posts[1].JobType = MainJob }, "one active main post, not 2"},
		{"eleven active posts", func(s *Staff) { many(s, 9, true) }, "at most 10 active posts, not 11"},
		{"eleven ended posts", func(s *Staff) { many(s, 10, false) }, "at most 10 ended posts, not 11"},
		{"one post twice", func(s *Staff) { s.Posts[2].ID = s.Posts[0].ID }, "one post of the id aaaaaaaaaaaaaaaaaaaaaa"},
		{"no order", func(s *Staff) { s.Posts[1].Order = 0 }, "a positive order in the post bbbbbbbbbbbbbbbbbbbbbb"},
		{"no name", func(s *Staff) { s.Name = "" }, "a name"},
		{"no account", func(s *Staff) { s.Account = Account{} }, "an account"},
		{"no phone", func(s *Staff) { s.Phone = Phone{} }, "a phone"},
		{"more versions than revisions", func(s *Staff) { s.Version = 4 }, "a version between 1 and the revision 3, not 4"},
		{"no version", func(s *Staff) { s.Version = 0 }, "a version between 1 and the revision 3, not 0"},
		{"somebody else's number for an account", func(s *Staff) { s.Account, _ = ParseAccount("13700000004") }, "an account that does not look like another phone"},
		{"a number still to be claimed", func(s *Staff) { s.FormerPhone = s.Phone }, "no former phone, as the person is in service"},
		{"frozen without being frozen", func(s *Staff) { s.FrozenFrom = Pending }, "no state before a freeze, as the person is not frozen"},
		{"frozen twice", func(s *Staff) { s.State, s.FrozenFrom = Frozen, Frozen }, "another state before the freeze than frozen"},
		{"no state", func(s *Staff) { s.State = "" }, "an account state that there is"},
		{"no employment", func(s *Staff) { s.Employment = "" }, "an employment that there is"},
		{"left with a post", func(s *Staff) { left(s); s.Posts[0].Active = true }, "no active posts, as the person has left, not 1"},
		{"left with a phone", func(s *Staff) { left(s); s.Phone = s.FormerPhone }, "no phone, as the person has left"},
		{"left and active", func(s *Staff) { left(s); s.State = Active }, "the account state pending, or frozen from it, as the person has left"},
		{"left, frozen from active", func(s *Staff) { left(s); s.State, s.FrozenFrom = Frozen, Active }, "the account state pending, or frozen from it, as the person has left"},
		{"left from nowhere", func(s *Staff) { left(s); s.Posts = s.Posts[1:] }, "the last main post"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := sound()
			tt.edit(&s)
			if got := strings.Join(s.Violations(), "; "); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
