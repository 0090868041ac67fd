package samtest

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// ownImage is the name of an image that is built here if no registry can be reached
// for the base image of AWS. It has a name of its own, so that nobody takes it for
// that of AWS.
const ownImage = "chaoxi-lambda-base"

// pullTime is how long pulling the image, 40 MB, may take.
const pullTime = 5 * time.Minute

// image returns the name of the image in which functions run: "" for that of AWS,
// which SAM uses without being told.
func image(ctx context.Context, architecture string, progress func(string)) (string, error) {
	aws := "public.ecr.aws/lambda/provided:al2023-" + architecture
	if _, err := docker(ctx, "image", "inspect", aws); err == nil {
		return "", nil
	}
	own := ownImage + ":" + architecture
	if _, err := docker(ctx, "image", "inspect", own); err == nil {
		return own, nil
	}
	progress("pulling " + aws + " (once)")
	pulling, cancel := context.WithTimeout(ctx, pullTime)
	defer cancel()
	_, errPull := docker(pulling, "pull", aws)
	if errPull == nil {
		return "", nil
	}
	progress("no registry in reach: building " + own + " from busybox")
	if err := buildImage(ctx, own, architecture); err != nil {
		return "", fmt.Errorf("an image to run functions in: %w; and %w", errPull, err)
	}
	return own, nil
}

// buildImage builds an image with the least that a Go function needs: a temporary
// folder, certificates for calls of AWS, and a shell, with which SAM adds its runtime
// interface emulator.
func buildImage(ctx context.Context, name, architecture string) error {
	busybox, err := staticBusybox(architecture)
	if err != nil {
		return err
	}
	var tree bytes.Buffer
	w := tar.NewWriter(&tree)
	err = errors.Join(
		addDir(w, "tmp/", 0o1777), addDir(w, "var/task/", 0o755), addDir(w, "var/runtime/", 0o755),
		addFile(w, "bin/busybox", 0o755, busybox),
		addLink(w, "bin/sh"), addLink(w, "bin/mv"), addLink(w, "bin/chmod"),
		addFile(w, "etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/bin/sh\n")),
	)
	if pem, errPEM := os.ReadFile("/etc/ssl/certs/ca-certificates.crt"); errPEM == nil {
		err = errors.Join(err, addFile(w, "etc/ssl/certs/ca-certificates.crt", 0o644, pem))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	cmd := exec.CommandContext(ctx, "docker", "import", "--change", "WORKDIR /var/task",
		"--change", "ENV PATH=/bin LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime", "-", name)
	cmd.Stdin = &tree
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker import: %w %s", err, lastLine(out))
	}
	return nil
}

// staticBusybox returns the busybox of this machine. It must be one that runs
// without a C library.
func staticBusybox(architecture string) ([]byte, error) {
	const install = "install busybox-static (Debian: apt-get install busybox-static)"
	path, err := exec.LookPath("busybox")
	if err != nil {
		return nil, errors.New("busybox is not installed: " + install)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read busybox: %w", err)
	}
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s is no Linux program: %w", path, err)
	}
	machine := map[string]elf.Machine{"x86_64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[architecture]
	if f.Machine != machine || f.Section(".interp") != nil {
		return nil, fmt.Errorf("%s is not static, or not for %s: %s", path, architecture, install)
	}
	return b, nil
}

func addDir(w *tar.Writer, name string, mode int64) error {
	return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode})
}

func addFile(w *tar.Writer, name string, mode int64, b []byte) error {
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(b))})
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(b))
	}
	return err
}

func addLink(w *tar.Writer, name string) error {
	return w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: "busybox", Mode: 0o777})
}
