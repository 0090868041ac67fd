// Command health serves GET /v1/health: it says that the functions answer, and which
// version was deployed. It does not read the table, so it costs little to ask often.
package main

import (
	"context"
	"net/http"

	"chaoxi/shared/config"
	"chaoxi/shared/httpapi"
)

func main() { httpapi.Start(routes(config.FromEnv().Version())) }

type response struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

func routes(version string) httpapi.Routes {
	return httpapi.Routes{"GET /v1/health": func(context.Context, *httpapi.Request) (httpapi.Answer, error) {
		return httpapi.Answer{Status: http.StatusOK, Body: response{"ok", version}}, nil
	}}
}
