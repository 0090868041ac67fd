package table

import (
	"chaoxi/shared/admin"
)

// onceItem is an admin.Once as stored.
type onceItem struct {
	Digest  string            `dynamodbav:"digest"`
	Answer  map[string]string `dynamodbav:"answer,omitempty"`
	At      int64             `dynamodbav:"at_ms"`
	Expires int64             `dynamodbav:"expires"`
}

// OnceToItem returns the item of a request that is carried out once.
func OnceToItem(o admin.Once) Item {
	return NewItem(OnceKey(o.ID), "once", onceItem{o.Digest, o.Answer, Millis(o.At), o.At.Add(admin.OnceKept).Unix()})
}

// OnceFromItem reads the request of an id.
func OnceFromItem(id string, item Item) (admin.Once, error) {
	var it onceItem
	if err := Decode(item, &it); err != nil {
		return admin.Once{}, err
	}
	return admin.Once{ID: id, Digest: it.Digest, Answer: it.Answer, At: Instant(it.At)}, nil
}
