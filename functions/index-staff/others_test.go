package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/feed"
)

// stream keeps what is put on it, until it is broken.
type stream struct {
	events []string
	broken bool
}

func (s *stream) Put(_ context.Context, key string, event []byte) error {
	if s.broken {
		return errors.New("the stream takes nothing")
	}
	s.events = append(s.events, string(event))
	return nil
}

// Other systems are told of people and organisations as they have become, in their order.
func TestOthersAreTold(t *testing.T) {
	w := start(t)
	s := &stream{}
	w.Others = feed.Publisher{Stream: s, Now: w.Now}
	p := w.Person("wangfang").Staff
	org := "ORG#" + p.Posts[0].Org.String()
	first := w.editStaff("wangfang", rename("王芳芳", "wang", "fang", "fang"))
	second := w.editStaff("wangfang", rename("汪芳", "wang", "fang"))
	phone := w.editStaff("wangfang", func(item map[string]types.AttributeValue) {
		item["home_address"] = &types.AttributeValueMemberS{Value: "文三路1号"}
	})
	renamed := w.edit(org, "ORG", func(item map[string]types.AttributeValue) {
		item["full_name"] = &types.AttributeValueMemberS{Value: "数据管理局"}
	})
	settled := w.edit(org, "ORG", func(item map[string]types.AttributeValue) { item["placed"] = &types.AttributeValueMemberN{Value: "7"} })
	if failed := w.deliver(first, renamed, second, phone, settled); len(failed) > 0 {
		t.Fatalf("failed: %v\n%s", failed, &w.log)
	}
	var got []string
	for _, e := range s.events {
		var told feed.Event
		w.must(json.Unmarshal([]byte(e), &told))
		if told.Staff != nil {
			got = append(got, fmt.Sprint(told.ID == p.Code.String(), " ", told.Staff.Name))
		} else {
			got = append(got, fmt.Sprint("ORG#"+told.ID == org, " ", told.Org.Name))
		}
	}
	// Items are worked on side by side, so an organisation may come between the two.
	if text := strings.Join(got, ", "); len(got) != 3 || !strings.Contains(text, "true 数据管理局") || strings.Index(text, "王芳芳") > strings.Index(text, "汪芳") {
		t.Errorf("told: %s", text)
	}
}

// A stream that takes nothing holds up nothing of our own, and nothing is lost to it.
func TestOthersAreToldLast(t *testing.T) {
	w := start(t)
	s := &stream{broken: true}
	w.Others = feed.Publisher{Stream: s, Now: w.Now}
	r := w.editStaff("wangfang", rename("汪芳", "wang", "fang"))
	if failed := w.deliver(r); len(failed) != 1 || failed[0] != r.Change.SequenceNumber {
		t.Errorf("failed: %v", failed)
	}
	if !w.finds("汪芳", "wangfang") {
		t.Error("the index waits for other systems")
	}
	s.broken = false
	if failed := w.deliver(r); len(failed) > 0 || len(s.events) != 1 {
		t.Errorf("failed: %v, told: %v", failed, s.events)
	}
}

// Where the switch is off, an organisation that changes costs nothing.
func TestNobodyIsTold(t *testing.T) {
	w := start(t)
	p := w.Person("wangfang").Staff
	renamed := w.edit("ORG#"+p.Posts[0].Org.String(), "ORG", func(item map[string]types.AttributeValue) {
		item["full_name"] = &types.AttributeValueMemberS{Value: "数据管理局"}
	})
	w.Counter.Reset()
	if failed := w.deliver(renamed); len(failed) > 0 || w.Counter.Cost().Total() != 0 {
		t.Errorf("failed: %v, cost: %v", failed, w.Counter.Cost().Calls)
	}
}
