package main

import (
	"io"
	"net/http"
	"testing"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
)

// TestKnownDeviceOverHTTP: a stranger who knows account and name uses up the texts and
// the tries of a person's recovery. The person goes on from a known device, wherever
// that is named first: in POST /v1/recovery, POST /v1/codes or POST /v1/password, in
// the body or, from a page, by the cookie.
func TestKnownDeviceOverHTTP(t *testing.T) {
	c := startWith(t, local.Options{
		Seed: demo.SeedingNamed,
		Log:  io.Discard,
		Env:  map[string]string{"TEXT_INTERVAL": "1ms", "TEXTS_A_DAY": "4", "CODE_TRIES_A_DAY": "5"},
	})
	known, strange := m{"id": "zhouqiang-phone-0123456789", "name": "手机"}, m{"id": "strangers-phone-0123456789", "name": "手机"}
	recovery := func(device m, header ...string) answer {
		body := m{"account": "zhouqiang", "name": "周强"}
		if device != nil {
			body["device"] = device
		}
		return c.do("POST", "/v1/recovery", body, header...).want(200, "")
	}
	text := func(ticket string, device m, header ...string) answer {
		body := m{"ticket": ticket}
		if device != nil {
			body["device"] = device
		}
		return c.do("POST", "/v1/codes", body, header...)
	}
	set := func(ticket, code, password string, device m, header ...string) answer {
		body := m{"ticket": ticket, "code": code, "password": password, "confirmPassword": password}
		if device != nil {
			body["device"] = device
		}
		return c.do("POST", "/v1/password", body, header...)
	}
	code := func() string { return c.code("13700000007") }
	wrong := func() string {
		if code() == "000000" {
			return "000001"
		}
		return "000000"
	}

	// He proves his phone on a device.
	ticket := recovery(known).text("ticket")
	text(ticket, known).want(202, "")
	set(ticket, code(), "Lanhua#8253", known).want(200, "")

	// One flow of his was begun where no device is named, and has its code. Two of the four
	// texts that new devices may ask for are sent. The stranger uses up the others, and the
	// five wrong codes.
	late := recovery(nil).text("ticket")
	text(late, nil).want(202, "")
	lateCode := code()
	for range 2 {
		ticket = recovery(strange).text("ticket")
		text(ticket, strange).want(202, "")
	}
	text(recovery(strange).text("ticket"), strange).want(429, "code_daily_limit")
	for range 4 {
		set(ticket, wrong(), "Zhenzhu#6174", strange).want(400, "code_wrong")
	}
	set(ticket, wrong(), "Zhenzhu#6174", strange).want(429, "code_tries_spent")
	set(late, lateCode, "Zhenzhu#6174", strange).want(429, "code_tries_spent")
	set(late, lateCode, "Zhenzhu#6174", nil).want(429, "code_tries_spent")

	// He goes on with each of the three.
	set(late, lateCode, "Zhenzhu#6174", known).want(200, "")
	ticket = recovery(nil).text("ticket")
	text(ticket, nil).want(429, "code_daily_limit")
	text(ticket, strange).want(429, "code_daily_limit")
	text(ticket, known).want(202, "")
	set(ticket, wrong(), "Lvdeng#9517", known).want(400, "code_wrong")
	set(ticket, code(), "Lvdeng#9517", known).want(200, "")
	ticket = recovery(known).text("ticket")
	text(ticket, nil).want(202, "") // the ticket has it
	if a := set(ticket, wrong(), "Fanchuan#6284", nil).want(400, "code_wrong"); a.body["remaining"] != 4.0 {
		t.Errorf("%v remain", a.body["remaining"])
	}

	// The same from a page, whose device is in a cookie alone. Without X-Client, or from
	// another origin, the cookie is nobody's.
	c.jar["__Host-device"] = known["id"].(string)
	page := []string{"X-Client", "mobile_web", "Sec-Fetch-Site", "same-origin"}
	ticket = recovery(nil).text("ticket")
	text(ticket, nil).want(429, "code_daily_limit")
	text(ticket, nil, "X-Client", "mobile_web", "Sec-Fetch-Site", "cross-site").want(429, "code_daily_limit")
	text(ticket, nil, page...).want(202, "")
	done := set(ticket, code(), "Fanchuan#6284", nil, page...).want(200, "")
	if cookies := (&http.Response{Header: done.header}).Cookies(); len(cookies) != 1 || cookies[0].Name != "__Host-device" || cookies[0].Value != known["id"] || !cookies[0].HttpOnly {
		t.Errorf("cookies %v", cookies)
	}

	// Its own count is a count, too: of four texts these were three, and here is one more.
	ticket = recovery(nil, page...).text("ticket")
	text(ticket, nil, page...).want(202, "")
	text(recovery(nil, page...).text("ticket"), nil, page...).want(429, "code_daily_limit")
}
