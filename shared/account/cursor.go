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

// CursorCodec makes cursors of places in a list. It encrypts the place, because that
// may be somebody's whole phone number, and binds the cursor to what Bound names: the
// list, the caller and the filters. With others the cursor is refused.
//
// The nonce is made from the place (as in SIV). So encoding needs no randomness, and
// the same place always has the same cursor.
type CursorCodec struct {
	Keys  Keys
	Bound []string
}

const cursorLabel = "cursor"

// Encode makes a cursor of a place. The cursor of "", the end, is "".
func (s CursorCodec) Encode(place string) string {
	if place == "" {
		return ""
	}
	aead := s.ciphers()[0]
	nonce, _ := hex.DecodeString(s.Keys.MAC(cursorLabel+" nonce", append(slices.Clone(s.Bound), place)...)[:2*aead.NonceSize()])
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(place), s.data()))
}

// Decode returns the place of a cursor. The place of "", the beginning, is "". It
// answers FieldInvalid for a cursor that was not made with the same Bound.
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

// BadCursor is the answer to a cursor that cannot be used.
func BadCursor(why error) error {
	return fault.FieldInvalid.AtField("cursor", fault.Invalid).Because(why)
}

// data is Bound in one piece. It has the lengths of the parts, so that no two lists
// of parts are alike.
func (s CursorCodec) data() []byte {
	var data []byte
	for _, part := range s.Bound {
		data = fmt.Appendf(data, "%d:%s", len(part), part)
	}
	return data
}

// ciphers are made of the keys, the current one first.
func (s CursorCodec) ciphers() []cipher.AEAD {
	var all []cipher.AEAD
	for _, m := range s.Keys.AllMACs(cursorLabel) {
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
