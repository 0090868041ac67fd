package table

import (
	"chaoxi/shared/staff"
)

// DictionaryItem is a staff.DictionaryEntry as stored.
type DictionaryItem struct {
	Dictionary string `dynamodbav:"dictionary"`
	Code       string `dynamodbav:"code"`
	Label      string `dynamodbav:"label"`
	Order      int    `dynamodbav:"sort_order"`
	Enabled    bool   `dynamodbav:"enabled"`
}

// DictionaryToItem returns the item of an entry.
func DictionaryToItem(e staff.DictionaryEntry) Item {
	return NewItem(DictionaryKey(e.Dictionary, e.Code), "dictionary", DictionaryItem(e))
}
