package table

import (
	"time"

	"chaoxi/shared/roster"
)

// jobRowsItem is what one chunk of a job is about, as the job's file has it. It has whole
// numbers of phones and ID cards, so it goes with the end of its chunk.
type jobRowsItem struct {
	People  []rosterPersonItem `dynamodbav:"people"`
	Expires int64              `dynamodbav:"expires"`
}

// rosterPersonItem is a roster.Person as stored.
type rosterPersonItem struct {
	Row    int               `dynamodbav:"row"`
	Values map[string]string `dynamodbav:"cells"`
	Posts  []rosterPostItem  `dynamodbav:"posts,omitempty"`
	Flaws  []flawItem        `dynamodbav:"flaws,omitempty"`
}

// rosterPostItem is a roster.Post as stored.
type rosterPostItem struct {
	Row    int               `dynamodbav:"row"`
	Values map[string]string `dynamodbav:"cells"`
}

// JobRowsToItem returns the item of what the chunk n of a job is about.
func JobRowsToItem(job string, n int, people []roster.Person, until time.Time) Item {
	it := jobRowsItem{Expires: until.Unix()}
	for _, p := range people {
		person := rosterPersonItem{Row: p.Row, Values: p.Values, Flaws: flawsTo(p.Flaws)}
		for _, post := range p.Posts {
			person.Posts = append(person.Posts, rosterPostItem(post))
		}
		it.People = append(it.People, person)
	}
	return NewItem(JobRowsKey(job, n), "job_rows", it)
}

// JobRowsFromItem reads what a chunk is about. A nil item has nobody.
func JobRowsFromItem(item Item) ([]roster.Person, error) {
	if item == nil {
		return nil, nil
	}
	var it jobRowsItem
	if err := Decode(item, &it); err != nil {
		return nil, err
	}
	people := make([]roster.Person, len(it.People))
	for i, p := range it.People {
		people[i] = roster.Person{Row: p.Row, Values: p.Values, Flaws: flawsFrom(p.Flaws)}
		for _, post := range p.Posts {
			people[i].Posts = append(people[i].Posts, roster.Post(post))
		}
	}
	return people, nil
}
