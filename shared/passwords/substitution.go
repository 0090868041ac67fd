package passwords

// substitution is one way to read digits and symbols as letters. The zero value
// reads every character as it is.
type substitution struct {
	digits    bool // whether digits are read as letters, too
	one, bang byte // the letter for 1, and the one for ! and |
}

var substitutions = [...]substitution{
	{},
	{digits: false, bang: 'i'},
	{digits: false, bang: 'l'},
	{digits: true, one: 'i', bang: 'i'},
	{digits: true, one: 'l', bang: 'i'},
	{digits: true, one: 'i', bang: 'l'},
	{digits: true, one: 'l', bang: 'l'},
}

// undo returns word as s reads it.
func (s substitution) undo(word string) string {
	if s == (substitution{}) {
		return word
	}
	var buffer [longestPassword]byte
	read := append(buffer[:0], word...)
	for i, c := range read {
		read[i] = s.letter(c)
	}
	return string(read)
}

func (s substitution) letter(c byte) byte {
	switch c {
	case '@':
		return 'a'
	case '$':
		return 's'
	case '+':
		return 't'
	case '(':
		return 'c'
	case '!', '|':
		return s.bang
	}
	if s.digits && '0' <= c && c <= '9' {
		if c == '1' {
			return s.one
		}
		return "oizeasgtbg"[c-'0']
	}
	return c
}
