package jobstest_test

import (
	"testing"

	"chaoxi/shared/jobs/jobstest"
)

func TestStore(t *testing.T) {
	jobstest.Suite(t, func(*testing.T) jobstest.UnderTest {
		s := jobstest.New()
		return jobstest.UnderTest{All: s, Add: s.Add}
	})
}
