package simtest

import (
	"os"
	"syscall"
	"testing"
)

// TestMain keeps the databases in memory, where there is room and nobody says otherwise: a play commits some thousand times,
// and what stops here is a node, never the machine's power.
func TestMain(m *testing.M) {
	const memory, enough = "/dev/shm", 1 << 30
	var disk syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(memory, &disk) == nil && disk.Bavail*uint64(disk.Bsize) > enough {
		_ = os.Setenv("TMPDIR", memory)
	}
	os.Exit(m.Run())
}
