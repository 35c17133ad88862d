package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"handrail/models/modelstest"
	"handrail/notify"
)

// timed notes for each message how long after its check it was handed to FCM, and when FCM had accepted it.
type timed struct {
	notify.Sender
	mu       sync.Mutex
	fromDue  []time.Duration // until it was accepted; what is seeded expires two hours after it is due
	fromLook []time.Duration // from the check to the call
}

func (s *timed) Send(ctx context.Context, m notify.Message) notify.Answer {
	fromLook := time.Since(m.ExpiresAt.Add(-m.TimeLeft))
	answer := s.Sender.Send(ctx, m)
	fromDue := time.Since(m.ExpiresAt.Add(-2 * time.Hour))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fromDue, s.fromLook = append(s.fromDue, fromDue), append(s.fromLook, fromLook)
	return answer
}

// percentile99 is in milliseconds.
func percentile99(of []time.Duration) float64 {
	slices.Sort(of)
	return float64(of[(len(of)-1)*99/100].Microseconds()) / 1000
}

// BenchmarkLateness has pushes come due one after the other, fifty in a second, and reports how long after that FCM had
// accepted them, and how long after its check each was handed over.
func BenchmarkLateness(b *testing.B) {
	const n, gap = 250, 20 * time.Millisecond
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		_, fcm, _ := forgetful(b, n)
		var late, look float64
		for range b.N {
			db := db.Another(b)
			db.Seed(b, n, time.Now())
			db.Spread(b, time.Now().Add(time.Second), gap)
			sender := &timed{Sender: fcm}
			ctx, stop := context.WithCancel(context.Background())
			worker := &notify.Worker{Store: db.Open(b, nil), Sender: sender, Log: slog.New(slog.DiscardHandler)}
			var working sync.WaitGroup
			working.Go(func() { worker.Run(ctx) })
			waitFor(b, "the last push", time.Minute, func() bool { time.Sleep(100 * time.Millisecond); return unsettled(b, db) == 0 })
			stop()
			working.Wait()
			if len(sender.fromDue) != n {
				b.Fatalf("%d of %d were sent", len(sender.fromDue), n)
			}
			late, look = max(late, percentile99(sender.fromDue)), max(look, percentile99(sender.fromLook))
		}
		b.ReportMetric(late, "p99-late-ms")
		b.ReportMetric(look, "p99-check-to-call-ms")
	})
}

// BenchmarkCheckToCall drains 20,000 pushes that are due at once and reports the longest that any waited between its check
// and its call: that long a cancellation may come too late for it.
func BenchmarkCheckToCall(b *testing.B) {
	const n = 20000
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		_, fcm, _ := forgetful(b, n*b.N)
		var longest time.Duration
		for i := range b.N {
			db.SeedMore(b, i*n, n, time.Now().Add(-time.Second))
			sender := &timed{Sender: fcm}
			worker := &notify.Worker{Store: db.Open(b, nil), Sender: sender, Log: slog.New(slog.DiscardHandler)}
			if _, err := worker.Drain(context.Background()); err != nil {
				b.Fatal(err)
			}
			longest = max(longest, slices.Max(sender.fromLook))
		}
		b.ReportMetric(float64(longest.Microseconds())/1000, "longest-check-to-call-ms")
	})
}
