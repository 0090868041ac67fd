package table

import (
	"crypto/rand"
	"testing"

	"chaoxi/shared/staff"
)

func TestRowKeys(t *testing.T) {
	c, err := staff.NewEmployeeCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	org, err := staff.NewOrgCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []staff.Row{
		{Kind: staff.ByTerm, Scope: org, Term: "王明", Staff: c},
		{Kind: staff.ByTerm, Scope: org, Left: true, Term: "#明#", Staff: c},
		{Kind: staff.ByTerm, Scope: org, Term: "13800001234", Staff: c},
		{Kind: staff.ByOrder, Scope: org, Left: true, Term: "000001.000002#1a2b3c4d#000001", Staff: c},
		{Kind: staff.ToDo, Scope: org, Term: "000001#1a2b3c4d#000001", Staff: c},
	} {
		if got, err := RowFromKey(RowKey(r)); err != nil || got != r {
			t.Errorf("%+v came back as %+v, %v", r, got, err)
		}
	}
	for _, k := range []Key{{PK: "LIST", SK: "x"}, {PK: "FIND#x#in#y", SK: "z"}, {PK: "LIST#" + org.String() + "#in", SK: "no person"}} {
		if r, err := RowFromKey(k); err == nil {
			t.Errorf("%v is %+v", k, r)
		}
	}
}
