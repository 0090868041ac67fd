package account

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"

	"chaoxi/shared/fault"
)

// CursorCodec makes cursors of places in a list. A cursor is a place, sealed:
// encrypted, because a place may be somebody's whole phone number, and good for
// one list, caller and set of filters alone, which Bound names.
//
// The nonce is made from what is sealed (as in SIV), so that sealing needs no
// randomness and the same place always has the same cursor.
type CursorCodec struct {
	Keys  Keys
	Bound []string
}

const cursorLabel = "cursor"

// Encode is the cursor of a place; of "", the end, it is "".
func (s CursorCodec) Encode(place string) string {
	if place == "" {
		return ""
	}
	aead := s.ciphers()[0]
	nonce, _ := hex.DecodeString(s.Keys.MAC(cursorLabel+" nonce", append(slices.Clone(s.Bound), place)...)[:2*aead.NonceSize()])
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(place), s.data()))
}

// Decode is the place of a cursor; of "", the beginning, it is "". It answers
// FieldInvalid for what Close did not make for the same Bound.
func (s CursorCodec) Decode(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", BadCursor(err)
	}
	for _, aead := range s.ciphers() {
		n := aead.NonceSize()
		if len(sealed) < n {
			break
		}
		if place, err := aead.Open(nil, sealed[:n], sealed[n:], s.data()); err == nil {
			return string(place), nil
		}
	}
	return "", BadCursor(nil)
}

// BadCursor is how a cursor is answered that leads nowhere.
func BadCursor(why error) error { return fault.FieldInvalid.On("cursor", fault.Invalid).Because(why) }

// data is what a cursor is bound to, under whichever key it was sealed.
func (s CursorCodec) data() []byte {
	var data []byte
	for _, part := range s.Bound {
		data = fmt.Appendf(data, "%d:%s", len(part), part) // so that no two lists of parts are one
	}
	return data
}

// ciphers are those of the keys, the current one's first.
func (s CursorCodec) ciphers() []cipher.AEAD {
	var all []cipher.AEAD
	for _, m := range s.Keys.Each(cursorLabel) {
		key, _ := hex.DecodeString(m) // 32 bytes
		block, err := aes.NewCipher(key)
		if err != nil {
			panic("account: cursor key: " + err.Error())
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic("account: cursor cipher: " + err.Error())
		}
		all = append(all, aead)
	}
	return all
}
