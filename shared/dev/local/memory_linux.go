package local

import "syscall"

// memoryFolder returns a folder whose files are in memory and that has room for the
// data of any test, "" if there is none. A container often has one of 64 MB.
func memoryFolder() string {
	const folder, room = "/dev/shm", 4 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < room {
		return ""
	}
	return folder
}
