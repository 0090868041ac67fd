package dynamo

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// dictionaryItem is a staff.DictionaryEntry as stored.
type dictionaryItem struct {
	Dictionary string `dynamodbav:"dictionary"`
	Code       string `dynamodbav:"code"`
	Label      string `dynamodbav:"label"`
	Order      int    `dynamodbav:"sort_order"`
	Enabled    bool   `dynamodbav:"enabled"`
}

func dictionaryToItem(e staff.DictionaryEntry) map[string]types.AttributeValue {
	return itemOf(dictionaryKey(e.Dictionary, e.Code), "dictionary", dictionaryItem(e))
}

// Dictionaries is D1: all entries of all dictionaries, some hundred at most.
func (s *Store) Dictionaries(ctx context.Context) (staff.Dictionaries, error) {
	items, err := s.table.query(ctx, dictionaryPK, "")
	if err != nil {
		return nil, err
	}
	all := make(staff.Dictionaries, len(items))
	for i, item := range items {
		var it dictionaryItem
		if err := into(item, &it); err != nil {
			return nil, err
		}
		all[i] = staff.DictionaryEntry(it)
	}
	return all, nil
}

// ChangeDictionary is D3: an entry, if it is as it was read; that another one can
// still be chosen; the audit.
func (s *Store) ChangeDictionary(ctx context.Context, c admin.DictionaryChange) error {
	condition, v := absent, values(nil)
	if c.Was.Code != "" {
		condition, v = "label = :label AND sort_order = :order AND enabled = :enabled", values{":label": c.Was.Label, ":order": c.Was.Order, ":enabled": c.Was.Enabled}
	}
	steps := []step{s.table.put(dictionaryToItem(c.Now), condition, v, means(admin.ErrRevised))}
	if c.Keeper.Code != "" {
		steps = append(steps, s.table.check(dictionaryKey(c.Keeper.Dictionary, c.Keeper.Code), "enabled = :yes", values{":yes": true}, means(admin.ErrRevised)))
	}
	return s.table.transact(ctx, append(steps, s.table.audit(auditOf(c.Audit))...)...)
}

// AddDictionaryEntry is D2: an entry, unless there is one of its code, and
// whether there was none. What somebody has changed since stays.
func (s *Operator) AddDictionaryEntry(ctx context.Context, e staff.DictionaryEntry) (bool, error) {
	err := s.table.insert(ctx, dictionaryToItem(e), absent, nil, errThere)
	if errors.Is(err, errThere) {
		return false, nil
	}
	return err == nil, err
}
