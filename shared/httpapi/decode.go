package httpapi

import (
	"mime"
	"strings"

	"chaoxi/shared/fault"
	"chaoxi/shared/strictjson"
)

// MaxBody is the length of the longest JSON body, in bytes.
const MaxBody = 64 << 10

// File reads the body as a file of at most so many bytes. Errors: MediaType for anything but
// application/octet-stream, TooLarge, BodyInvalid for bad base64.
func (r *Request) File(most int) ([]byte, error) {
	if media, _, err := mime.ParseMediaType(r.Header("Content-Type")); err != nil || media != "application/octet-stream" {
		return nil, fault.MediaType.WithMessage("请求的内容类型不受支持，请使用 application/octet-stream", "This content type is not supported. Please send application/octet-stream.")
	}
	body, err := r.bodyOf()
	if err != nil {
		return nil, fault.BodyInvalid.Becausef("base64: %w", err)
	}
	if len(body) > most {
		return nil, fault.TooLarge
	}
	return body, nil
}

// Decode reads the body as exactly one JSON object of the shape of T, in UTF-8. T is
// a struct.
//
// Errors: MediaType, TooLarge, BodyInvalid for bad base64, and those of
// [strictjson.Decode].
func Decode[T any](r *Request) (T, error) {
	var v T
	media, params, err := mime.ParseMediaType(r.Header("Content-Type"))
	if charset := params["charset"]; err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return v, fault.MediaType
	}
	body, err := r.bodyOf()
	if err != nil {
		return v, fault.BodyInvalid.Becausef("base64: %w", err)
	}
	if len(body) > MaxBody {
		return v, fault.TooLarge
	}
	if err := strictjson.Decode(body, &v); err != nil {
		return v, err
	}
	return v, nil
}
