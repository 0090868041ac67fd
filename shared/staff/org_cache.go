package staff

import (
	"maps"
	"sync"
	"time"
)

// OrgCache keeps organisations that were read, for OrgsStay. Their names may be so old. Who
// needs their paths reads the list of moves, too, and applies it to what is kept: a move
// stays on that list for longer. The nil OrgCache keeps nothing.
type OrgCache struct {
	mu   sync.Mutex
	kept map[OrgCode]keptOrg
}

type keptOrg struct {
	org  Org
	read time.Time
}

// OrgsStay is how long organisations are kept. A read that took so long would be right, since
// the list of moves has each move for twice the time after it is done.
const OrgsStay = MovesLinger / 2

// onTheWall is t without its monotonic reading, which stands still while a function is
// frozen between two requests: what was read an hour ago would be fresh.
func onTheWall(t time.Time) time.Time { return t.Round(0) }

// mostOrgs bounds a cache: some 3 MB.
const mostOrgs = 5_000

// NewOrgCache returns an empty cache.
func NewOrgCache() *OrgCache { return &OrgCache{kept: map[OrgCode]keptOrg{}} }

// Fresh returns those of the organisations that are kept.
func (c *OrgCache) Fresh(codes []OrgCode, now time.Time) Orgs {
	found := Orgs{}
	if c == nil {
		return found
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now = onTheWall(now)
	for _, code := range codes {
		if k, ok := c.kept[code]; ok && now.Sub(k.read) < OrgsStay {
			found[code] = k.org
		}
	}
	return found
}

// Types are the types of those of the organisations that were ever kept. A type never
// changes.
func (c *OrgCache) Types(codes []OrgCode) map[OrgCode]OrgType {
	found := map[OrgCode]OrgType{}
	if c == nil {
		return found
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, code := range codes {
		if k, ok := c.kept[code]; ok {
			found[code] = k.org.Type
		}
	}
	return found
}

// Keep keeps organisations that were asked for at a time.
func (c *OrgCache) Keep(orgs Orgs, read time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	read = onTheWall(read)
	if len(c.kept)+len(orgs) > mostOrgs {
		maps.DeleteFunc(c.kept, func(_ OrgCode, k keptOrg) bool { return read.Sub(k.read) >= OrgsStay })
	}
	if len(c.kept)+len(orgs) > mostOrgs {
		clear(c.kept)
	}
	for code, o := range orgs {
		c.kept[code] = keptOrg{o, read}
	}
}
