package dynamo_test

import (
	"crypto/rand"
	"fmt"
	"slices"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

func dictionaryRows() []faultRow {
	return []faultRow{
		putDictionaryEntry("add a choice", func(*faultCase) {}),
		putDictionaryEntry("change a choice", func(c *faultCase) {
			code := jobLevel(c)
			_, err := c.Store.AddDictionaryEntry(c.Context(), staff.DictionaryEntry{Dictionary: staff.DictJobLevel, Code: code, Label: code, Order: 1, Enabled: true})
			c.Must(err)
		}),
	}
}

// jobLevel is a job level of the case's own.
func jobLevel(c *faultCase) string { return fmt.Sprintf("ZHI_JI_GU_ZHANG_%d", c.n) }

// putDictionaryEntry is a row of editing a dictionary.
func putDictionaryEntry(name string, prepare func(*faultCase)) faultRow {
	return faultRow{
		name: name, route: "PUT /v1/admin/dictionaries/{dictionary}/{code}", prepare: prepare,
		setup: func(c *faultCase) { c.subject = staff.DictJobLevel + "/" + jobLevel(c) },
		send: func(c *faultCase, s *maintain.Store) error {
			uc := admin.EditDictionary{Store: s, Now: c.Now, Random: rand.Reader}
			t, err := uc.Load(c.Context(), c.super, staff.DictJobLevel, jobLevel(c))
			if err != nil {
				return err
			}
			_, _, err = uc.Run(c.Context(), c.Call, c.super, t, admin.DictionaryInput{Label: set(fmt.Sprintf("故障%d级", c.n)), Order: set(1 + c.n), Enabled: set(false)})
			return err
		},
		verify: func(c *faultCase) error {
			all, err := c.Store.Dictionaries(c.Context())
			c.Must(err)
			entry := staff.DictionaryEntry{Dictionary: staff.DictJobLevel, Code: jobLevel(c), Label: fmt.Sprintf("故障%d级", c.n), Order: 1 + c.n}
			return want(slices.Contains(all, entry), "there is no %+v", entry)
		},
	}
}
