package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// readState reads what an interrupted run has noted into v, which stays as it is if there
// is no file.
func readState(file string, v any) error {
	if file == "" {
		return nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return fmt.Errorf("read the state of an earlier run: %w", err)
	}
	return nil
}

// writeState writes a new file and renames it, so that an interrupted run leaves a
// whole file.
func writeState(file string, v any) error {
	if file == "" {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	next := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".next")
	if err := os.WriteFile(next, b, 0o600); err != nil {
		return fmt.Errorf("note what is done: %w", err)
	}
	return os.Rename(next, file)
}
