package staff

// Oddity is something in the record of a person that somebody should look at. The
// record is complete all the same, and the person can sign in.
type Oddity string

// The oddities, as the API spells them.
const (
	// OddName is a name that nobody could enter now: it came with older data, and has
	// a sign that stands for a lost character, such as □, or a character that no
	// standard has.
	OddName Oddity = "name"
	// OddBirthDate is a date of birth that differs from the one in the ID card. Cadres'
	// files lawfully have such.
	OddBirthDate Oddity = "birth_date"
)

// Oddities returns what is odd in the record of somebody in service. Nobody mends the
// records of people who have left.
func (s Staff) Oddities() []Oddity {
	if s.Employment != InService {
		return nil
	}
	var all []Oddity
	if _, err := ParseName(s.Name); err != nil {
		all = append(all, OddName)
	}
	if birth, _ := s.IDCardAgrees(); !birth {
		all = append(all, OddBirthDate)
	}
	return all
}

// List is the kind of the rows of people with the oddity.
func (o Oddity) List() IndexKind {
	if o == OddName {
		return ByOddName
	}
	return ByOddBirthDate
}
