// Command web answers the paths that no other function serves: route_missing under
// /v1/, a plain 404 elsewhere.
package main

import (
	"context"
	"net/http"
	"strings"

	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
)

func main() { httpapi.Start(routes()) }

func routes() httpapi.Routes {
	return httpapi.Routes{"$default": func(_ context.Context, r *httpapi.Request) (httpapi.Answer, error) {
		if p := r.RawPath(); p == "/v1" || strings.HasPrefix(p, "/v1/") {
			return httpapi.Answer{}, fault.RouteMissing
		}
		return httpapi.Answer{Status: http.StatusNotFound, Body: httpapi.Plain("404 not found\n")}, nil
	}}
}
