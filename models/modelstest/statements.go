package modelstest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm/logger"

	"handrail/models"
)

// statements counts, where others log.
type statements struct {
	logger.Interface
	n atomic.Int64
}

// Trace is called for each statement.
func (s *statements) Trace(context.Context, time.Time, func() (string, int64), error) { s.n.Add(1) }

// OpenCounted is Open by the real clock, with a count of the statements that the record has sent to the database so far.
func (db DB) OpenCounted(t testing.TB) (store *models.Store, sent func() int64) {
	t.Helper()
	counting := &statements{Interface: logger.Discard}
	defer func() { logger.Discard = counting.Interface }()
	logger.Discard = counting // which the Store takes for its own
	return db.Open(t, nil), counting.n.Load
}
