package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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
	items, err := s.query(ctx, dictionaryPK, "")
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
