package httpapi

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// File is a body that is sent as it is, such as a script of the pages. What is saved is in
// no encoding; of all else there may be several.
type File struct {
	Content  []byte
	Type     string // Content-Type
	Encoding string // Content-Encoding, "" for none
	// Policy is the Content-Security-Policy of a page, "" for that of every answer.
	Policy string
	// Cache is the Cache-Control, "" for that of every answer, no-store.
	Cache string
	// SaveAs is the name under which a browser offers to save the file, "" for one that
	// it shows.
	SaveAs string
}

// put writes the file into the reply. The body goes in base64, since the gateway takes
// bytes that are no text in no other way.
func (f File) put(reply *Reply) {
	reply.Headers["Content-Type"] = f.Type
	if f.SaveAs == "" {
		reply.Headers["Vary"] = "Accept-Encoding"
	}
	for name, value := range map[string]string{"Content-Encoding": f.Encoding, "Content-Security-Policy": f.Policy, "Cache-Control": f.Cache, "Content-Disposition": f.disposition()} {
		if value != "" {
			reply.Headers[name] = value
		}
	}
	reply.Body, reply.IsBase64Encoded = base64.StdEncoding.EncodeToString(f.Content), true
}

// disposition is the Content-Disposition of a file to be saved. The name is in the
// encoding of RFC 8187, which takes any character.
func (f File) disposition() string {
	if f.SaveAs == "" {
		return ""
	}
	return "attachment; filename*=UTF-8''" + url.PathEscape(f.SaveAs)
}

// Takes reports whether the client takes bodies in an encoding such as br: whether it
// stands in Accept-Encoding, and is not refused there by q=0.
func (r *Request) Takes(encoding string) bool {
	for part := range strings.SplitSeq(strings.ToLower(r.Header("Accept-Encoding")), ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if name != encoding && name != "*" {
			continue
		}
		q, weighed := strings.CutPrefix(weight, "q=")
		return !weighed || strings.Trim(q, "0.") != ""
	}
	return false
}
