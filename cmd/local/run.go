package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
)

// run runs the system until ctx ends.
func run(ctx context.Context) error {
	port, errPort := setting("PORT", 3000)
	tlsPort, errTLS := setting("TLS_PORT", 3443)
	inboxPort, errInbox := setting("INBOX_PORT", 3001)
	staff, errStaff := setting("DEMO_STAFF", 300)
	if err := errors.Join(errPort, errTLS, errInbox, errStaff); err != nil {
		return err
	}
	began := time.Now()
	o := local.Options{
		Port:      port,
		TLSPort:   tlsPort,
		InboxPort: inboxPort,
		Bind:      os.Getenv("BIND"),
		Progress:  func(s string) { fmt.Printf("%6.1fs  %s\n", time.Since(began).Seconds(), s) },
		Log:       os.Stdout,
		Seed:      demo.Seeding(staff),
	}
	system, err := local.Start(ctx, o)
	if ctx.Err() != nil { // Ctrl-C came while the system started
		if system != nil {
			return system.Close()
		}
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Printf(`%6.1fs  ready; Ctrl-C stops it
         phone    %[2]s/m/
         console  %[2]s/console/
         API      %[2]s/v1   %[2]s/reference/
         texts    %[3]s
         the same for Safari, WebKit, and Chromium before 138 (360, UOS …), which keep no session on plain http:
                  %[4]s/m/   %[4]s/console/
`, time.Since(began).Seconds(), system.URL, system.InboxURL, system.TLSURL)
	<-ctx.Done()
	fmt.Println("stopping")
	return system.Close()
}

// setting returns a number from the environment, or otherwise if it is not set.
func setting(name string, otherwise int) (int, error) {
	text, set := os.LookupEnv(name)
	if !set || text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s=%s is no number", name, text)
	}
	return n, nil
}
