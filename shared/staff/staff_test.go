package staff

import "testing"

func TestSeenElsewhere(t *testing.T) {
	post := func(org int, active bool) Post { return Post{Org: orgCode(org), JobType: MainJob, Active: active} }
	was := Staff{Employment: InService, Posts: []Post{post(1, true), post(2, false)}}
	for _, tt := range []struct {
		name string
		now  func(*Staff)
		want bool
	}{
		{"nothing is new", func(*Staff) {}, false},
		{"a name is new", func(s *Staff) { s.Name = "张小敏" }, false},
		{"a post has another title", func(s *Staff) { s.Posts[0].Title = "科长" }, false},
		{"a post that ended goes elsewhere", func(s *Staff) { s.Posts[1].Org = orgCode(3) }, false},
		{"a post goes elsewhere", func(s *Staff) { s.Posts[0].Org = orgCode(3) }, true},
		{"a post begins again", func(s *Staff) { s.Posts[1].Active = true }, true},
		{"the last post ends", func(s *Staff) { s.Posts[0].Active = false }, true},
		{"somebody leaves, from where the main post was", func(s *Staff) { s.Employment = Left }, false},
		{"the person is removed", func(s *Staff) { *s = Staff{} }, true},
	} {
		now := was.Clone()
		tt.now(&now)
		if got := now.SeenElsewhere(was); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
	}
}
