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

// DictionaryToItems returns the items of an entry, one in each copy.
func DictionaryToItems(e staff.DictionaryEntry) []Item {
	items := make([]Item, Copies)
	for n := range items {
		items[n] = NewItem(DictionaryKey(n, e.Dictionary, e.Code), "dictionary", DictionaryItem(e))
	}
	return items
}
