// Command web serves the pages: /m/ for phones, /console/ for administrators, and
// /reference/, which shows openapi.yaml. It answers route_missing for all else under /v1/,
// and a plain 404 elsewhere.
//
// The pages are in ui, and make pages builds them into dist. Without them this command
// compiles all the same, and says that they are not built.
package main

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
)

//go:embed all:dist
var dist embed.FS

func main() {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is not a path: a bug
	}
	httpapi.Start(routes(pages{built}))
}

func routes(p pages) httpapi.Routes {
	return httpapi.Routes{"$default": func(_ context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		if path := r.RawPath(); path == "/v1" || strings.HasPrefix(path, "/v1/") {
			return httpapi.Answer{}, fault.RouteMissing
		}
		if r.Method() != http.MethodGet && r.Method() != http.MethodHead {
			return notFound, nil
		}
		return p.serve(r)
	}}
}

var notFound = httpapi.Answer{Status: http.StatusNotFound, Body: httpapi.Plain("404 not found\n")}
