package admintest

import (
	"context"

	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/admin"
)

// RequestStore keeps requests that were carried out. The register's lock guards it.
type RequestStore struct {
	register *accounttest.Register
	all      map[string]admin.Once // by id
}

func (s *RequestStore) ReadOnce(_ context.Context, id string) (admin.Once, error) {
	_, unlock := s.register.Lock()
	defer unlock()
	return s.all[id], nil
}

// mayCarryOut refuses a request that was carried out already.
func (s *RequestStore) mayCarryOut(o *admin.Once) error {
	if o == nil {
		return nil
	}
	was, there := s.all[o.ID]
	return refuse(!there || o.At.Sub(was.At) >= admin.OnceKept, admin.ErrRevised)
}

func (s *RequestStore) carryOut(o *admin.Once) {
	if o != nil {
		s.all[o.ID] = *o
	}
}
