package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"chaoxi/shared/dev/runtimeapi"
)

// The region, the credentials and the account that all stand-ins use. DynamoDB Local
// needs credentials but does not check them. The region is one that the SDK knows: for
// others it compiles patterns with each call, a tenth of what a call costs. Endpoints are
// set for all services, so nothing is asked of AWS.
const (
	Region          = "cn-north-1"
	AccessKeyID     = "local"
	SecretAccessKey = "local"
	AccountID       = "000000000000"
)

const (
	endpointVariable     = "AWS_ENDPOINT_URL_DYNAMODB"
	dynamoDBLocalVersion = "3.0.0"
	dynamoDBLocalImage   = "amazon/dynamodb-local:" + dynamoDBLocalVersion
)

// ErrNoDynamoDB says that this machine has nothing to run DynamoDB Local with. Its
// text tells what to do.
var ErrNoDynamoDB = errors.New(`DynamoDB Local cannot be started here. Do one of these:
  - install Java 17 or newer and Maven 3 (Debian: apt-get install openjdk-17-jre-headless maven); it is then fetched once from Maven Central
  - start Docker; it is then run from the image ` + dynamoDBLocalImage + `
  - start DynamoDB Local yourself and set ` + endpointVariable + `, for example http://localhost:8000`)

// DynamoDB is a running DynamoDB Local. Its data end with it.
type DynamoDB struct {
	Endpoint string // URL
	stop     func() error
}

// StartDynamoDB returns the DynamoDB at AWS_ENDPOINT_URL_DYNAMODB, if that is set.
// Otherwise it starts DynamoDB Local, with Java or, if that is not possible, with
// Docker. Several programs may do so at the same time. progress is told what is done.
//
// Errors: ErrNoDynamoDB.
func StartDynamoDB(ctx context.Context, progress func(string)) (*DynamoDB, error) {
	if endpoint := os.Getenv(endpointVariable); endpoint != "" {
		if err := ready(ctx, endpoint, nil); err != nil {
			return nil, fmt.Errorf("use DynamoDB at %s: %w", endpoint, err)
		}
		return &DynamoDB{Endpoint: endpoint, stop: func() error { return nil }}, nil
	}
	command, cleanup, err := dynamoDBCommand(ctx, progress)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		d, err := startDynamoDB(ctx, command, cleanup)
		if errors.Is(err, errEnded) && try < 3 { // probably another program has taken the port
			continue
		}
		return d, err
	}
}

// Close ends DynamoDB Local, if StartDynamoDB has started it.
func (d *DynamoDB) Close() error { return d.stop() }

// Client returns a client for it.
func (d *DynamoDB) Client(optFns ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:                          Region,
		BaseEndpoint:                    &d.Endpoint,
		Credentials:                     credentials{},
		DisableValidateResponseChecksum: true, // DynamoDB Local sends the checksum 0 with errors, and the client would log a warning
	}, optFns...)
}

// Streams returns a client for its streams.
func (d *DynamoDB) Streams() *dynamodbstreams.Client {
	return dynamodbstreams.New(dynamodbstreams.Options{Region: Region, BaseEndpoint: &d.Endpoint, Credentials: credentials{}})
}

// streamARN returns the ARN of a table's stream, "" if it has none.
func streamARN(ctx context.Context, db *dynamodb.Client, table string) (string, error) {
	out, err := db.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil {
		return "", fmt.Errorf("find the stream of %s: %w", table, err)
	}
	return aws.ToString(out.Table.LatestStreamArn), nil
}

// credentials provides those that all stand-ins use.
type credentials struct{}

// Retrieve implements [aws.CredentialsProvider].
func (credentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: AccessKeyID, SecretAccessKey: SecretAccessKey, Source: "local"}, nil
}

// errEnded says that the process ended before it answered.
var errEnded = errors.New("it ended at once")

// startDynamoDB runs command with a free port, and waits until it answers. cleanup
// runs after the process has ended.
func startDynamoDB(ctx context.Context, command func(port int) (*exec.Cmd, error), cleanup func(port int) error) (*DynamoDB, error) {
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("find a port for DynamoDB Local: %w", err)
	}
	cmd, err := command(port)
	if err != nil {
		return nil, fmt.Errorf("start DynamoDB Local: %w", err)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	runtimeapi.Tether(cmd)
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start DynamoDB Local: %w", err), cleanup(port))
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait() // the error does not matter: the reason is in the output
		close(ended)
	}()
	d := &DynamoDB{Endpoint: fmt.Sprintf("http://127.0.0.1:%d", port)}
	d.stop = func() error {
		err := cmd.Process.Kill() // there is nothing to save
		if errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		<-ended
		return errors.Join(err, cleanup(port))
	}
	if err := ready(ctx, d.Endpoint, ended); err != nil {
		return nil, errors.Join(fmt.Errorf("start DynamoDB Local with %s: %w", filepath.Base(cmd.Path), err), d.stop(), said(&out))
	}
	return d, nil
}

// said returns the output of a process as an error, nil if there is none.
func said(out *bytes.Buffer) error {
	if text := strings.TrimSpace(out.String()); text != "" {
		return errors.New(text)
	}
	return nil
}

// ready sends requests until something answers, for a minute at the most. It ends
// with errEnded when ended is closed.
func ready(ctx context.Context, endpoint string, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ended:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("no answer: %w", err)
		case <-tick.C:
		}
	}
}

// freePort returns a port that was free a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// dynamoDBCommand finds a way to run DynamoDB Local on this machine. It returns the
// command for a port, and what to do after it has ended.
func dynamoDBCommand(ctx context.Context, progress func(string)) (command func(port int) (*exec.Cmd, error), cleanup func(port int) error, err error) {
	var why []error
	if native, ok := nativeLibrary(); !ok {
		why = append(why, fmt.Errorf("its database library is not built for %s/%s", runtime.GOOS, runtime.GOARCH))
	} else if err := java17(ctx); err != nil {
		why = append(why, err)
	} else if lib, err := dynamoDBLocalFiles(ctx, native, progress); err != nil {
		why = append(why, err)
	} else {
		memory := memoryFolder()
		return func(port int) (*exec.Cmd, error) {
				return javaCommand(lib, port, memory)
			}, func(port int) error {
				if memory == "" {
					return nil
				}
				return os.RemoveAll(dataFolder(memory, port))
			}, nil
	}

	if out, err := exec.CommandContext(ctx, "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput(); err != nil {
		why = append(why, fmt.Errorf("docker: %w %s", err, bytes.TrimSpace(out)))
		return nil, nil, fmt.Errorf("%w\n%w", ErrNoDynamoDB, errors.Join(why...))
	}
	progress("starting DynamoDB Local with Docker (" + dynamoDBLocalImage + ")")
	name := func(port int) string { return fmt.Sprintf("chaoxi-dynamodb-%d-%d", os.Getpid(), port) }
	return func(port int) (*exec.Cmd, error) {
			return exec.Command("docker", "run", "--rm", "--name", name(port), "-p", fmt.Sprintf("127.0.0.1:%d:8000", port),
				dynamoDBLocalImage, "-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-disableTelemetry"), nil
		}, func(port int) error { // the container may go on after its docker command was killed
			out, err := exec.Command("docker", "rm", "--force", name(port)).CombinedOutput()
			if err != nil && !bytes.Contains(out, []byte("No such container")) {
				return fmt.Errorf("remove container %s: %w %s", name(port), err, bytes.TrimSpace(out))
			}
			return nil
		}, nil
}

// javaCommand returns the command that runs DynamoDB Local with the files in lib. If
// the folder memory is not "", its data go there, with indexes that make writes to
// tables with streams many times faster (index.xml says why). Otherwise it keeps them in
// memory by itself: a database on a disk would wait for the disk at each write.
//
// Java compiles in both of its stages. With the first one alone it starts in 2.6 s in
// place of 3.2, but after a minute each call takes up to twice as long.
func javaCommand(lib string, port int, memory string) (*exec.Cmd, error) {
	args := []string{"-XX:+UseSerialGC",
		"-Djava.library.path=" + lib, "-cp", filepath.Join(lib, "*"),
		"org.eclipse.jetty.xml.XmlConfiguration", "port=" + strconv.Itoa(port)}
	if memory != "" {
		if err := removeLeftData(memory); err != nil {
			return nil, err
		}
		folder := dataFolder(memory, port)
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, fmt.Errorf("make a folder for data: %w", err)
		}
		args = append(args, "folder="+folder, "inMemory=false", filepath.Join(lib, "index.xml"))
	} else {
		args = append(args, "inMemory=true")
	}
	return exec.Command("java", append(args, filepath.Join(lib, "server.xml"))...), nil
}

// dataName is the name of such a folder: the process that made it, and the port.
const dataName = "chaoxi-dynamodb-%d-%d"

// dataFolder returns the folder for the data of a DynamoDB Local that this process
// starts.
func dataFolder(memory string, port int) string {
	return filepath.Join(memory, fmt.Sprintf(dataName, os.Getpid(), port))
}

// removeLeftData removes the data of processes that were killed.
func removeLeftData(memory string) error {
	folders, err := filepath.Glob(filepath.Join(memory, "chaoxi-dynamodb-*-*"))
	if err != nil {
		return err
	}
	for _, folder := range folders {
		var pid, port int
		if _, err := fmt.Sscanf(filepath.Base(folder), dataName, &pid, &port); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid))); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := os.RemoveAll(folder); err != nil && !errors.Is(err, os.ErrPermission) { // it may be another user's
			return fmt.Errorf("remove data that were left behind: %w", err)
		}
	}
	return nil
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

// java17 returns an error if Java 17 or newer is not installed.
func java17(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "java", "-version").CombinedOutput()
	if err != nil {
		return fmt.Errorf("java: %w", err)
	}
	m := javaVersion.FindSubmatch(out)
	if m == nil {
		return fmt.Errorf("java does not say its version: %s", bytes.TrimSpace(out))
	}
	if major, _ := strconv.Atoi(string(m[1])); major < 17 {
		return fmt.Errorf("java is version %d, 17 or newer is needed", major)
	}
	return nil
}

// nativeLibrary returns the file name under which Java looks for SQLite on this
// platform. It reports false if DynamoDB Local has none for the platform.
func nativeLibrary() (string, bool) {
	name, ok := map[string]string{
		"linux/amd64":   "libsqlite4java-linux-amd64.so",
		"linux/386":     "libsqlite4java-linux-i386.so",
		"darwin/amd64":  "libsqlite4java-osx.dylib",
		"windows/amd64": "sqlite4java-win32-x64.dll",
	}[runtime.GOOS+"/"+runtime.GOARCH]
	return name, ok
}

// What Maven fetches, and the server and the database that are made of it.
var (
	//go:embed dynamodblocal/pom.xml
	pom []byte
	//go:embed dynamodblocal/server.xml
	serverXML []byte
	//go:embed dynamodblocal/index.xml
	indexXML []byte
)

// dynamoDBLocalFiles returns the folder with the files of DynamoDB Local. The first
// time Maven fetches them. They are fetched into another folder, which is then
// renamed. So programs that start at the same time do not disturb each other. The
// folder's name says what is in it: other files get another folder.
func dynamoDBLocalFiles(ctx context.Context, native string, progress func(string)) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache for DynamoDB Local: %w", err)
	}
	cache = filepath.Join(cache, "chaoxi")
	lib := filepath.Join(cache, fmt.Sprintf("dynamodb-local-%s-%.4x", dynamoDBLocalVersion, sha256.Sum256(slices.Concat(pom, serverXML, indexXML))))
	if _, err := os.Stat(lib); err == nil {
		return lib, nil
	}
	progress("fetching DynamoDB Local " + dynamoDBLocalVersion + " with Maven (46 MB, once)")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("make the cache for DynamoDB Local: %w", err)
	}
	dir, err := os.MkdirTemp(cache, "fetching-")
	if err != nil {
		return "", fmt.Errorf("make the cache for DynamoDB Local: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "pom.xml"), pom, 0o644); err != nil {
		return "", fmt.Errorf("fetch DynamoDB Local: %w", err)
	}
	fresh := filepath.Join(dir, "lib")
	cmd := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", filepath.Join(dir, "pom.xml"), "dependency:copy-dependencies", "-DoutputDirectory="+fresh)
	cmd.WaitDelay = time.Second
	runtimeapi.Tether(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fetch DynamoDB Local with Maven: %w\n%s", err, bytes.TrimSpace(out))
	}
	// Maven adds the version to the file name; Java looks for the name without it.
	ext := filepath.Ext(native)
	versioned, err := filepath.Glob(filepath.Join(fresh, strings.TrimSuffix(native, ext)+"-*"+ext))
	if err != nil || len(versioned) != 1 {
		return "", fmt.Errorf("fetch DynamoDB Local: found %q for %s", versioned, native)
	}
	if err := copyFile(filepath.Join(fresh, native), versioned[0]); err != nil {
		return "", fmt.Errorf("fetch DynamoDB Local: %w", err)
	}
	for name, text := range map[string][]byte{"server.xml": serverXML, "index.xml": indexXML} {
		if err := os.WriteFile(filepath.Join(fresh, name), text, 0o644); err != nil {
			return "", fmt.Errorf("fetch DynamoDB Local: %w", err)
		}
	}
	if err := os.Rename(fresh, lib); err != nil {
		if _, there := os.Stat(lib); there == nil {
			return lib, nil // another program was faster
		}
		return "", fmt.Errorf("fetch DynamoDB Local: %w", err)
	}
	return lib, nil
}

func copyFile(to, from string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}
