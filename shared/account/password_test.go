package account

import (
	"testing"

	"chaoxi/shared/staff"
)

// TestSimilarToAnyReading: a name is in a password however it is read.
func TestSimilarToAnyReading(t *testing.T) {
	account, err := staff.ParseAccount("z0193")
	if err != nil {
		t.Fatal(err)
	}
	p := Person{Staff: staff.Staff{Account: account, Pinyin: staff.Pinyin{Syllables: []string{"zeng", "li"}, SurnameOther: [][]string{{"ceng"}}}}}
	for password, want := range map[string]bool{"Zengli#83": true, "Cengli#83": true, "Tengli#83": false} {
		if got := similar(nil, password, p, nil) != nil; got != want {
			t.Errorf("%s is like the name: %v", password, got)
		}
	}
	p.Staff.Pinyin = staff.Pinyin{Syllables: []string{"li", "chang", "jiang"}, Surname: 1, GivenOther: [][]string{{"zhang", "jiang"}}}
	for password, want := range map[string]bool{"Lichangjiang1": true, "Lizhangjiang1": true, "Litangjiang#2": false} {
		if got := similar(nil, password, p, nil) != nil; got != want {
			t.Errorf("%s is like the name: %v", password, got)
		}
	}
	p.Staff.Pinyin = staff.Pinyin{}
	if similar(nil, "Z0193#abc", p, nil) == nil {
		t.Error("the account is in the password of somebody whose name is not spelled")
	}
}
