// Command clients generates clients of the API, compiles them, and lets each sign in to
// the running system:
//
//	clients [language…]   all, or those of kotlin, java, typescript, python, unbuilt
//
// It writes build/clients/openapi.client.yaml, which generators read, and all that is
// generated beside it. Of Swift and Dart (unbuilt), for which it asks no compiler of the
// machine, it reads what was generated.
//
// It works from the top of the module, where `make build` has built the functions.
// Package shared/dev/clients has the document, the small programs and their build files.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"chaoxi/shared/dev/clients"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dev/venv"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the process at once
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
		os.Exit(1)
	}
}

// Where the programs are, and what is made of them.
const (
	source   = "shared/dev/clients"
	document = "openapi.client.yaml"
)

// client is a client in one language.
type client struct {
	language string
	build    func(ctx context.Context, out string) error // nil: Maven builds it
	program  func(out string) *exec.Cmd                  // nil: it is not run
	holds    []claim
}

// claim is what has to be found in generated files, and what must not be.
type claim struct{ file, has, hasNot string }

var all = []client{
	{language: "kotlin", program: func(out string) *exec.Cmd { return java(out, "kotlin", "TryKt") }},
	{language: "java", program: func(out string) *exec.Cmd { return java(out, "java", "Try") }},
	{language: "typescript", build: typeScript, program: func(string) *exec.Cmd {
		return exec.Command("node", filepath.Join(source, "typescript", "node_modules", ".try", "try.mjs"))
	}},
	{language: "python", build: python, program: func(out string) *exec.Cmd {
		cmd := exec.Command(venv.Tool(".", "python"), filepath.Join(source, "python", "try.py"))
		cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(out, "python"), "PYTHONDONTWRITEBYTECODE=1")
		return cmd
	}},
	{language: "unbuilt", holds: []claim{
		{"swift/Sources/OpenAPIClient/Models/AppSignIn.swift", `public var client: Client\b`, "JSONValue"},
		{"swift/Sources/OpenAPIClient/Models/AppSignIn.swift", `public var device: AppDevice\b`, ""},
		{"swift/Sources/OpenAPIClient/Models/LoginRequest.swift", `enum LoginRequest[^{]*\{\s*case typeAppSignIn\(AppSignIn\)`, ""},
		{"swift/Sources/OpenAPIClient/Models/SendCodeRequest.swift", `case typeActivationStart\(ActivationStart\)`, ""},
		{"swift/Sources/OpenAPIClient/Models/PostEdit.swift", `public var unit: String\?`, "JSONValue"},
		{"swift/Sources/OpenAPIClient/Models/PostEdit.swift", `public var officeAddress: String\?`, ""},
		{"swift/Sources/OpenAPIClient/Models/Problem.swift", `public var retryAfter: Int\?`, "JSONValue"},
		{"swift/Sources/OpenAPIClient/Models/DoneOrCodeSent.swift", `case typeCodeSent\(CodeSent\)`, ""},
		{"dart/lib/src/model/app_sign_in.dart", `AppSignInClientEnum get client;`, "JsonObject"},
		{"dart/lib/src/model/app_sign_in.dart", `AppDevice get device;`, ""},
		{"dart/lib/src/model/post_edit.dart", `String\? get unit;`, "JsonObject"},
		{"dart/lib/src/model/post_edit.dart", `String\? get officeAddress;`, ""},
		{"dart/lib/src/model/problem.dart", `int\? get retryAfter;`, "JsonObject"},
		{"dart/lib/src/api/account_api.dart", `Future<Response<DoneOrCodeSent>> mePhone\(`, ""},
	}},
}

func command(ctx context.Context, languages []string) error {
	for _, l := range languages {
		if !slices.ContainsFunc(all, func(c client) bool { return c.language == l }) {
			return fmt.Errorf("no client in %q", l)
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(all), func(c client) bool {
		return len(languages) > 0 && !slices.Contains(languages, c.language)
	})
	if err := missing(ctx); err != nil {
		return err
	}
	out, err := filepath.Abs(filepath.Join("build", "clients"))
	if err != nil {
		return fmt.Errorf("find build/clients: %w", err)
	}
	if err := derive(out); err != nil {
		return err
	}
	if err := build(ctx, chosen, out); err != nil {
		return err
	}
	var failed []error
	for _, c := range chosen {
		began := time.Now()
		if err := c.try(ctx, out); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", c.language, err))
			continue
		}
		say(fmt.Sprintf("%s is right (%.1f s)", c.language, time.Since(began).Seconds()))
	}
	return errors.Join(failed...)
}

// missing returns an error that names the tools that this machine lacks.
func missing(ctx context.Context) error {
	errs := []error{venv.Missing(ctx, ".")}
	for tool, packages := range map[string]string{"mvn": "maven", "java": "default-jre-headless", "javac": "default-jdk-headless", "npm": "nodejs npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			errs = append(errs, fmt.Errorf("there is no %s (Debian: apt-get install %s)", tool, packages))
		}
	}
	return errors.Join(errs...)
}

// derive writes the document that generators read.
func derive(out string) error {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return fmt.Errorf("read the contract: %w", err)
	}
	derived, err := clients.Derive(text)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("write the derived document: %w", err)
	}
	if err := os.WriteFile(filepath.Join(out, document), derived, 0o644); err != nil {
		return fmt.Errorf("write the derived document: %w", err)
	}
	return nil
}

// build generates and compiles the chosen clients. What was made before is removed, so
// that nothing of it is taken for something new.
func build(ctx context.Context, chosen []client, out string) error {
	if err := venv.Install(ctx, ".", say); err != nil {
		return err
	}
	var modules []string // of Maven
	for _, c := range chosen {
		began := time.Now()
		switch {
		case c.language == "unbuilt":
			modules = append(modules, ".")
		case c.build == nil:
			modules = append(modules, c.language)
		default:
			if err := os.RemoveAll(filepath.Join(out, c.language)); err != nil {
				return fmt.Errorf("remove the client of before: %w", err)
			}
			if err := c.build(ctx, out); err != nil {
				return fmt.Errorf("%s: %w", c.language, err)
			}
			say(fmt.Sprintf("%s is compiled (%.1f s)", c.language, time.Since(began).Seconds()))
		}
	}
	if len(modules) == 0 {
		return nil
	}
	began := time.Now()
	for _, folder := range []string{"java", "kotlin", "swift", "dart"} {
		if err := os.RemoveAll(filepath.Join(out, folder)); err != nil {
			return fmt.Errorf("remove the client of before: %w", err)
		}
	}
	if err := quiet(ctx, "", "mvn", "--quiet", "--batch-mode", "--file", source+"/pom.xml", "-Dfolder.clients="+out,
		"--projects", strings.Join(modules, ","), "process-classes"); err != nil {
		return err
	}
	say(fmt.Sprintf("what Maven builds is compiled (%.1f s)", time.Since(began).Seconds()))
	return nil
}

// typeScript makes the types of the document, and compiles the program strictly.
func typeScript(ctx context.Context, out string) error {
	at := filepath.Join(source, "typescript")
	locked, err := os.ReadFile(filepath.Join(at, "package-lock.json"))
	if err != nil {
		return fmt.Errorf("read which packages it needs: %w", err)
	}
	done := filepath.Join(at, "node_modules", "package-lock.json") // by this file it is known that everything is there
	if have, err := os.ReadFile(done); err != nil || !bytes.Equal(have, locked) {
		if err := quiet(ctx, at, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"); err != nil {
			return err
		}
		if err := os.WriteFile(done, locked, 0o644); err != nil {
			return fmt.Errorf("install its packages: %w", err)
		}
	}
	types := filepath.Join(out, "typescript", "api.d.ts")
	if err := quiet(ctx, at, "npx", "--no-install", "openapi-typescript", filepath.Join(out, document), "--output", types); err != nil {
		return err
	}
	return quiet(ctx, at, "npx", "--no-install", "tsc", "--project", ".")
}

// python generates the package chaoxi_client. The generator ends well with operations
// that it could not read, and says so; that counts as a failure.
func python(ctx context.Context, out string) error {
	folder := filepath.Join(out, "python")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make its folder: %w", err)
	}
	// It tidies what it has written with ruff, which it finds on PATH alone.
	bin, err := filepath.Abs(filepath.Dir(venv.Tool(".", "python")))
	if err != nil {
		return fmt.Errorf("find the Python tools: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "openapi-python-client"), "generate", "--fail-on-warning",
		"--path", filepath.Join(out, document), "--output-path", filepath.Join(folder, "chaoxi_client"), "--meta", "none")
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return runQuietly(cmd)
}

// java returns the program of a client that Maven has built.
func java(out, language, class string) *exec.Cmd {
	at := filepath.Join(out, language)
	return exec.Command("java", "-cp", filepath.Join(at, "classes")+string(os.PathListSeparator)+filepath.Join(at, "lib", "*"), class)
}

// try runs the program of a client on a system of its own, or reads what was generated.
func (c client) try(ctx context.Context, out string) (err error) {
	for _, claim := range c.holds {
		text, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(claim.file)))
		switch {
		case err != nil:
			return fmt.Errorf("read what was generated: %w", err)
		case !regexp.MustCompile(claim.has).Match(text):
			return fmt.Errorf("%s has no %s", claim.file, claim.has)
		case claim.hasNot != "" && bytes.Contains(text, []byte(claim.hasNot)):
			return fmt.Errorf("%s has %s, which is any type", claim.file, claim.hasNot)
		}
	}
	if c.program == nil {
		return nil
	}
	var log bytes.Buffer
	system, err := local.Start(ctx, local.Options{Log: &log, Seed: demo.Seeding(0)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, system.Close()) }()
	cmd := c.program(out)
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "BASE="+system.URL, "INBOX="+system.InboxURL)
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer stop()
	if err := runQuietly(cmd); err != nil {
		return fmt.Errorf("%w\nthe functions' lines:\n%s", err, log.Bytes())
	}
	return nil
}

// quiet runs a command in a folder.
func quiet(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	return runQuietly(cmd)
}

// runQuietly runs a command. If it fails, the error has what it said.
func runQuietly(cmd *exec.Cmd) error {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, said.Bytes())
	}
	return nil
}

func say(s string) { fmt.Fprintln(os.Stderr, "clients:", s) }
