package admin

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// place is how far a search has come: after a row of one list of a span. The
// zero place is the end.
type place struct {
	Kind  spanKind
	Org   staff.OrgCode
	After string
}

// A cursor is a place, sealed: encrypted, because a row's key may be somebody's
// whole phone number, and good for one caller, scope and set of filters alone.
// The nonce is made from what is sealed (as in SIV), so that sealing needs no
// randomness and the same place always has the same cursor.
type seal struct {
	keys  account.Keys
	bound []string
}

const (
	cursorLabel = "cursor"
	placeHead   = len("s") + len("GO_") + 32 // a kind and an organisation
)

func (s seal) close(p place) string {
	if p.Kind == "" {
		return ""
	}
	plain := string(p.Kind) + p.Org.String() + p.After
	aead := cursorCiphers(s.keys)[0]
	nonce, _ := hex.DecodeString(s.keys.MAC(cursorLabel+" nonce", append(slices.Clone(s.bound), plain)...)[:2*aead.NonceSize()])
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(plain), s.data()))
}

// open is the place of a cursor; "" is the beginning, the zero place.
func (s seal) open(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return place{}, badCursor(err)
	}
	for _, aead := range cursorCiphers(s.keys) {
		n := aead.NonceSize()
		if len(sealed) < n {
			break
		}
		plain, err := aead.Open(nil, sealed[:n], sealed[n:], s.data())
		if err != nil {
			continue
		}
		if len(plain) < placeHead {
			break
		}
		org, err := staff.ParseOrgCode(string(plain[1:placeHead]))
		if err != nil {
			return place{}, badCursor(err)
		}
		return place{spanKind(plain[:1]), org, string(plain[placeHead:])}, nil
	}
	return place{}, badCursor(nil)
}

func badCursor(why error) error { return fault.FieldInvalid.On("cursor", fault.Invalid).Because(why) }

// data is what a cursor is bound to, under whichever key it was sealed.
func (s seal) data() []byte {
	var data []byte
	for _, part := range s.bound {
		data = fmt.Appendf(data, "%d:%s", len(part), part) // so that no two lists of parts are one
	}
	return data
}

// cursorCiphers are the ciphers of the keys, the current one's first.
func cursorCiphers(keys account.Keys) []cipher.AEAD {
	var all []cipher.AEAD
	for _, m := range keys.Each(cursorLabel) {
		key, _ := hex.DecodeString(m) // 32 bytes
		block, err := aes.NewCipher(key)
		if err != nil {
			panic("admin: cursor key: " + err.Error())
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic("admin: cursor cipher: " + err.Error())
		}
		all = append(all, aead)
	}
	return all
}
