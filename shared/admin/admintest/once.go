package admintest

import (
	"context"

	"chaoxi/shared/admin"
)

func (s *Store) ReadOnce(_ context.Context, id string) (admin.Once, error) {
	defer s.lock()()
	return s.once[id], nil
}

// mayCarryOut refuses a request that was carried out already.
func (s *Store) mayCarryOut(o *admin.Once) error {
	if o == nil {
		return nil
	}
	was, there := s.once[o.ID]
	return refuse(!there || o.At.Sub(was.At) >= admin.OnceKept, admin.ErrRevised)
}

func (s *Store) carryOut(o *admin.Once) {
	if o != nil {
		s.once[o.ID] = *o
	}
}
