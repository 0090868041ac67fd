package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"chaoxi/shared/httpapi"
)

// pages are the built pages. Each file stands there three times: as it is, with .br, and
// with .gz. The gateway compresses nothing.
type pages struct{ built fs.FS }

// page is one of the pages, which has all paths below its own.
type page struct {
	path   string // such as /m/
	policy string // Content-Security-Policy
	nonce  bool   // each answer has a nonce of its own, at nonceMark in page and policy
}

// The policies let scripts, styles and requests come from our own origin alone.
//
// The phone's page writes no markup and no inline style at all. The console's components
// write style elements, which carry the nonce of the answer. The reference writes markup.
const (
	policyStart = "default-src 'none'; script-src 'self'; style-src 'self'"
	policyEnd   = "; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	phonePolicy = "; require-trusted-types-for 'script'; trusted-types 'none'"
)

// nonceMark stands where an answer has its nonce.
const nonceMark = "__NONCE__"

var (
	phone     = page{"/m/", policyStart + policyEnd + phonePolicy, false}
	console   = page{"/console/", policyStart + " 'nonce-" + nonceMark + "'" + policyEnd, true}
	reference = page{"/reference/", policyStart + policyEnd, false}
)

// types are the content types of what the pages consist of.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json; charset=utf-8",
	".woff2":       "font/woff2",
	".yaml":        "application/yaml; charset=utf-8",
}

// serve answers a GET of any path but those of the API.
func (p pages) serve(r *httpapi.Request) (httpapi.Answer, error) {
	at := r.RawPath()
	if at == "" || at == "/" {
		return moved(phone.path), nil
	}
	for _, page := range []page{phone, console, reference} {
		switch rest, below := strings.CutPrefix(at, page.path); {
		case at+"/" == page.path:
			return moved(page.path), nil
		case below && path.Ext(rest) == "":
			return p.page(r, page)
		case below:
			return p.asset(r, at)
		}
	}
	return notFound, nil
}

// moved leads to another path. Browsers keep nothing of it.
func moved(path string) httpapi.Answer {
	return httpapi.Answer{Status: http.StatusFound, Location: path}
}

// page answers the HTML of a page. What stands below its path is for its script to read.
func (p pages) page(r *httpapi.Request, which page) (httpapi.Answer, error) {
	name := strings.TrimPrefix(which.path, "/") + "index.html"
	if !which.nonce {
		f, err := p.file(r, name)
		if err != nil {
			return missing(err)
		}
		f.Policy, f.Cache = which.policy, "no-cache"
		return httpapi.Answer{Status: http.StatusOK, Body: f}, nil
	}
	html, err := fs.ReadFile(p.built, name)
	if err != nil {
		return missing(err)
	}
	nonce := rand.Text()
	return httpapi.Answer{Status: http.StatusOK, Body: httpapi.File{
		Content: []byte(strings.ReplaceAll(string(html), nonceMark, nonce)),
		Type:    types[".html"],
		Policy:  strings.ReplaceAll(which.policy, nonceMark, nonce),
	}}, nil
}

// asset answers a file of a page. The names of those below assets/ have a hash of what is
// in them, so that browsers may keep them for good.
func (p pages) asset(r *httpapi.Request, at string) (httpapi.Answer, error) {
	name := strings.TrimPrefix(at, "/")
	if !fs.ValidPath(name) || types[path.Ext(name)] == "" || path.Base(name) == "index.html" {
		return notFound, nil
	}
	f, err := p.file(r, name)
	if err != nil {
		return notFound, nil
	}
	f.Cache = "no-cache"
	if strings.Contains(at, "/assets/") {
		f.Cache = "public, max-age=31536000, immutable"
	}
	return httpapi.Answer{Status: http.StatusOK, Body: f}, nil
}

// file reads a file in the smallest form that the client takes.
func (p pages) file(r *httpapi.Request, name string) (httpapi.File, error) {
	f := httpapi.File{Type: types[path.Ext(name)]}
	var err error
	for _, form := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !r.Takes(form.encoding) {
			continue
		}
		if f.Content, err = fs.ReadFile(p.built, name+form.suffix); err == nil {
			f.Encoding = form.encoding
			return f, nil
		}
	}
	f.Content, err = fs.ReadFile(p.built, name)
	return f, err
}

// missing says that the pages are not built. Any other error is internal.
func missing(err error) (httpapi.Answer, error) {
	if !errors.Is(err, fs.ErrNotExist) {
		return httpapi.Answer{}, err
	}
	return httpapi.Answer{Status: http.StatusNotFound, Body: httpapi.Plain("The pages are not built. Run: make pages\n")}, nil
}
