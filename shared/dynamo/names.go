package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// owner is whose name an item of NAME# or PHONE# is; of no item, nobody's.
func owner(item map[string]types.AttributeValue) (staff.EmployeeCode, error) {
	if item == nil {
		return staff.EmployeeCode{}, nil
	}
	c, err := staff.ParseEmployeeCode(text(item["owner"]))
	if err != nil {
		return c, fmt.Errorf("read a name's owner: %w", err)
	}
	return c, nil
}

// nameItem claims a name for c.
func nameItem(k key, c staff.EmployeeCode) map[string]types.AttributeValue {
	return itemOf(k, "name", struct {
		Owner string `dynamodbav:"owner"`
	}{c.String()})
}

// uniqueName is a name as a key, and what it means that somebody else has it.
type uniqueName struct {
	key   key
	taken error
}

// uniqueNames are the names that nobody else may have.
func uniqueNames(p staff.Staff) []uniqueName {
	names := []uniqueName{{accountNameKey(p.Account), fault.AccountTaken}}
	if !p.Phone.IsZero() {
		names = append(names, uniqueName{phoneNameKey(p.Phone), fault.PhoneTaken})
	}
	return names
}

// claim takes a name that nobody has.
func (s *Store) claim(n uniqueName, who staff.EmployeeCode) step {
	return s.table.put(nameItem(n.key, who), absent, nil, means(n.taken))
}

// renamed gives up the names that a person no longer has and takes the new ones.
func (s *Store) renamed(was, now staff.Staff) []step {
	var steps []step
	had, has := uniqueNames(was), uniqueNames(now)
	in := func(names []uniqueName, k key) bool {
		return slices.ContainsFunc(names, func(n uniqueName) bool { return n.key == k })
	}
	for _, n := range had {
		if !in(has, n.key) {
			gone := s.table.remove(n.key, "attribute_not_exists(pk) OR #owner = :who", values{":who": was.Code.String()}, means(errOthersName))
			gone.write.Delete.ExpressionAttributeNames = map[string]string{"#owner": "owner"} // a reserved word
			steps = append(steps, gone)
		}
	}
	for _, n := range has {
		if !in(had, n.key) {
			steps = append(steps, s.claim(n, now.Code))
		}
	}
	return steps
}

var errOthersName = errors.New("a name of this person is kept as somebody else's")

// FindName is N1: whose name it is, with the misses of the name.
func (s *Store) FindName(ctx context.Context, name staff.SignInName, missKey string) (staff.EmployeeCode, account.Failures, error) {
	code, all, err := s.findName(ctx, name, guardKey(missKey))
	if err != nil {
		return code, account.Failures{}, err
	}
	return code, all[0], nil
}

// FindSignIn is N2: whose name it is, with the failures of the name and of the
// name on this device.
func (s *Store) FindSignIn(ctx context.Context, name staff.SignInName, guards []string) (staff.EmployeeCode, []account.Failures, error) {
	keys := make([]key, len(guards))
	for i, g := range guards {
		keys[i] = guardKey(g)
	}
	return s.findName(ctx, name, keys...)
}

func (s *Store) findName(ctx context.Context, name staff.SignInName, counts ...key) (staff.EmployeeCode, []account.Failures, error) {
	k := signInNameKey(name)
	items, err := s.table.getAll(ctx, append([]key{k}, counts...)...)
	if err != nil {
		return staff.EmployeeCode{}, nil, err
	}
	code, err := owner(items[k])
	if err != nil {
		return code, nil, err
	}
	all := make([]account.Failures, len(counts))
	for i, c := range counts {
		if all[i], err = failuresFromItem(items[c]); err != nil {
			return code, nil, err
		}
	}
	return code, all, nil
}

// NameOwners is N3.
func (s *Store) NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error) {
	var keys []key
	for _, p := range phones {
		keys = append(keys, phoneNameKey(p))
	}
	for _, a := range accounts {
		keys = append(keys, accountNameKey(a))
	}
	items, err := s.table.getAll(ctx, keys...)
	if err != nil {
		return nil, err
	}
	owners := make([]staff.EmployeeCode, len(keys))
	for i, k := range keys {
		if owners[i], err = owner(items[k]); err != nil {
			return nil, err
		}
	}
	return owners, nil
}
