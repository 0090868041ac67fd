package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/staff"
)

const (
	keycloakVersion = "26.7.3"
	keycloakCopier  = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"

	keycloakRealm = "bench"          // with the people of the register
	importRealm   = "file"           // with those of a file
	keycloakBatch = 500              // people of one request
	startPatience = 5 * time.Minute  // ten seconds on a machine that has nothing else to do
	tokenLife     = 30 * time.Second // half of what an administrator's token lives
)

// keycloak is a running Keycloak with its data.
type keycloak struct {
	folder   string
	url      string
	http     *http.Client
	pid      int           // 0: it was not started
	ended    chan struct{} // closed when the process has ended
	password string        // of its administrator
	token    string        // likewise
	until    time.Time
	has      map[string]bool // accounts that are in it
}

// startKeycloak starts a Keycloak with an empty database, in a folder that close removes.
func startKeycloak(ctx context.Context) (*keycloak, error) {
	archive, err := keycloakArchive(ctx)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "bench-keycloak-")
	if err != nil {
		return nil, err
	}
	k := &keycloak{folder: folder, http: &http.Client{}, password: rand.Text(), has: map[string]bool{}}
	if err := k.start(ctx, archive); err != nil {
		return nil, errors.Join(fmt.Errorf("start Keycloak: %w", err), k.close())
	}
	return k, nil
}

// start runs Keycloak as its documentation says for trying it: in one process with its
// database. Its hash is next to nothing, so that what is measured is the rest. In a
// folder that was never used the script builds Keycloak first, and then becomes the
// server itself. In any other it would have the server as a child, which outlives it.
func (k *keycloak) start(ctx context.Context, archive string) error {
	say("unpacking Keycloak %s", keycloakVersion)
	files, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	if err := errors.Join(os.CopyFS(k.folder, files), files.Close()); err != nil {
		return fmt.Errorf("unpack %s: %w", archive, err)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	k.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	cmd := exec.Command(filepath.Join(k.folder, "keycloak-"+keycloakVersion, "bin", "kc.sh"), "start-dev", "--http-host=127.0.0.1", fmt.Sprintf("--http-port=%d", port),
		"--spi-password-hashing--argon2--iterations=1", "--spi-password-hashing--argon2--memory=64")
	cmd.Env = append(os.Environ(), "KC_BOOTSTRAP_ADMIN_USERNAME=admin", "KC_BOOTSTRAP_ADMIN_PASSWORD="+k.password)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &said, &said, time.Second
	runtimeapi.Tether(cmd)
	say("starting Keycloak")
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	k.pid, k.ended = cmd.Process.Pid, make(chan struct{})
	go func() {
		cmd.Wait() // the reason is in the output
		close(k.ended)
	}()
	if err := k.ready(ctx); err != nil {
		err = errors.Join(err, k.close()) // before its output is read
		if ctx.Err() == nil {
			err = fmt.Errorf("%w\n%s", err, &said)
		}
		return err
	}
	say("Keycloak was ready after %.0f s", time.Since(began).Seconds())
	return nil
}

// close ends Keycloak and removes its data.
func (k *keycloak) close() error {
	if k.pid != 0 {
		_ = syscall.Kill(-k.pid, syscall.SIGKILL) // the whole group: the script may still have a child
		<-k.ended
		k.pid = 0
	}
	return os.RemoveAll(k.folder)
}

// freePort returns a port that was free a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// ready waits until it answers.
func (k *keycloak) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		if err := send(ctx, k.http, http.MethodGet, k.url+"/realms/master", "", nil, http.StatusOK, nil); err == nil {
			return nil
		}
		select {
		case <-k.ended:
			return errors.New("it ended at once")
		default:
		}
		if err := aMoment(ctx); err != nil {
			return err
		}
	}
}

// process is what it takes of the machine.
func (k *keycloak) process() (child, error) {
	all, err := children()
	if err != nil {
		return child{}, err
	}
	if c := all[k.pid]; c.program == "java" {
		return c, nil
	}
	return child{}, errors.New("the server is not the process that was started, or there is no /proc")
}

// signIn signs somebody in by their password, as the system's own app would.
func (k *keycloak) signIn(ctx context.Context, p staff.Staff) error {
	_, err := k.grant(ctx, keycloakRealm, p.Account.String(), demo.Password)
	return err
}

// grant returns an access token of a realm.
func (k *keycloak) grant(ctx context.Context, realm, name, password string) (string, error) {
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {name}, "password": {password}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.url+"/realms/"+realm+"/protocol/openid-connect/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := k.http.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var granted struct {
		Token string `json:"access_token"`
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the sign-in of %s is answered %d %s (%w)", name, res.StatusCode, raw, err)
	}
	return granted.Token, json.Unmarshal(raw, &granted)
}

// admin is a token of its administrator.
func (k *keycloak) admin(ctx context.Context) (string, error) {
	if time.Now().Before(k.until) {
		return k.token, nil
	}
	token, err := k.grant(ctx, "master", "admin", k.password)
	k.token, k.until = token, time.Now().Add(tokenLife)
	return token, err
}

// manage sends a request of its administrator.
func (k *keycloak) manage(ctx context.Context, method, path string, body any, want int, out any) error {
	token, err := k.admin(ctx)
	if err != nil {
		return err
	}
	return send(ctx, k.http, method, k.url+"/admin/realms"+path, token, body, want, out)
}

// begin makes a realm for people who have a phone, and no e-mail address unless they
// want one: with Keycloak's own form nobody signs in without.
func (k *keycloak) begin(ctx context.Context, realm string) error {
	if err := k.manage(ctx, http.MethodPost, "", m{"realm": realm, "enabled": true}, http.StatusCreated, nil); err != nil {
		return err
	}
	var attributes []m
	for _, name := range []string{"username", "email", "firstName", "lastName", "phone"} {
		attributes = append(attributes, m{"name": name, "permissions": m{"view": []string{"admin", "user"}, "edit": []string{"admin"}}})
	}
	return k.manage(ctx, http.MethodPut, "/"+realm+"/users/profile", m{"attributes": attributes}, http.StatusOK, nil)
}

// add brings in those people who are not in it yet. Who is active has a password.
func (k *keycloak) add(ctx context.Context, people []staff.Staff) error {
	var users []m
	for _, p := range people {
		if k.has[p.Account.String()] {
			continue
		}
		k.has[p.Account.String()] = true
		user := keycloakUser(p.Account.String(), p.Name, p.Phone.E164())
		if p.State == staff.Active {
			user["credentials"] = []m{{"type": "password", "value": demo.Password}}
		}
		users = append(users, user)
	}
	return k.load(ctx, keycloakRealm, users)
}

// keycloakUser is a person as Keycloak takes them.
func keycloakUser(account, name, phone string) m {
	letters := []rune(name)
	return m{"username": account, "enabled": true, "lastName": string(letters[:1]), "firstName": string(letters[1:]), "attributes": m{"phone": []string{phone}}}
}

// load imports people.
func (k *keycloak) load(ctx context.Context, realm string, users []m) error {
	for from := 0; from < len(users); from += keycloakBatch {
		some := users[from:min(len(users), from+keycloakBatch)]
		var done struct{ Added int }
		if err := k.manage(ctx, http.MethodPost, "/"+realm+"/partialImport", m{"ifResourceExists": "FAIL", "users": some}, http.StatusOK, &done); err != nil {
			return err
		}
		if done.Added != len(some) {
			return fmt.Errorf("%d people of %d were added", done.Added, len(some))
		}
	}
	return nil
}

// importPeople imports the people of peopleFile and says how long that took.
func (k *keycloak) importPeople(ctx context.Context, people int) (time.Duration, error) {
	if err := k.begin(ctx, importRealm); err != nil {
		return 0, err
	}
	var users []m
	for n := range people {
		user := keycloakUser(fmt.Sprintf("yuangong%07d", n), fileName(n), fmt.Sprintf("+86139%08d", n))
		user["email"] = fmt.Sprintf("yuangong%07d@example.cn", n)
		users = append(users, user)
	}
	began := time.Now()
	err := k.load(ctx, importRealm, users)
	return time.Since(began), err
}

// page asks for people, in the short form of Keycloak's own console.
func (k *keycloak) page(ctx context.Context, query url.Values) (int, time.Duration, error) {
	token, err := k.admin(ctx)
	if err != nil {
		return 0, 0, err
	}
	query.Set("briefRepresentation", "true")
	var found []json.RawMessage
	took, err := timed(ctx, k.http, k.url+"/admin/realms/"+keycloakRealm+"/users?"+query.Encode(), token, &found)
	return len(found), took, err
}

// keycloakArchive returns the file with Keycloak. The first time Maven fetches it, into
// another folder first: so two programs do not disturb each other.
func keycloakArchive(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	name := "keycloak-quarkus-dist-" + keycloakVersion + ".zip"
	cache = filepath.Join(cache, "chaoxi")
	archive := filepath.Join(cache, name)
	if _, err := os.Stat(archive); err == nil {
		return archive, nil
	}
	say("fetching Keycloak %s with Maven (177 MB, once)", keycloakVersion)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp(cache, "fetching-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	cmd := exec.CommandContext(ctx, "mvn", "-q", "-B", keycloakCopier+":copy", "-Dartifact=org.keycloak:keycloak-quarkus-dist:"+keycloakVersion+":zip", "-DoutputDirectory="+folder)
	cmd.WaitDelay = time.Second
	runtimeapi.Tether(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fetch Keycloak with Maven: %w\n%s", err, bytes.TrimSpace(out))
	}
	return archive, os.Rename(filepath.Join(folder, name), archive)
}
