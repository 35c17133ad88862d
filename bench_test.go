package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// eachDatabase runs a benchmark on SQLite and, where a server is to be had, on PostgreSQL.
func eachDatabase(b *testing.B, f func(b *testing.B, db modelstest.DB)) {
	b.Run("sqlite", func(b *testing.B) { f(b, modelstest.SQLite(b)) })
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") != "" {
		b.Run("postgres", func(b *testing.B) { f(b, modelstest.Postgres(b)) })
	}
}

// forgetful is an emulator that counts and keeps nothing, with n phones, and the real SDK as its client.
func forgetful(b *testing.B, n int) (*fcmtest.Server, *notify.FCM, string) {
	b.Helper()
	fcm := fcmtest.New(fcmtest.Options{Project: "demo", Forget: true})
	endpoint, err := fcm.Start("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(fcm.Close)
	for i := range n {
		fcm.AddPhone(fcmtest.Phone{Registration: modelstest.Registration(i), Platform: fcmtest.Android})
	}
	sender, err := notify.NewFCM(context.Background(), notify.FCMOptions{Endpoint: endpoint, Project: "demo"})
	if err != nil {
		b.Fatal(err)
	}
	return fcm, sender, endpoint
}

const inFlight = 1024

// bareLoop hands n messages to the SDK, as many at once as the worker does, and records nothing.
func bareLoop(sender *notify.FCM, n int) time.Duration {
	began := time.Now()
	numbers := make(chan int)
	var senders sync.WaitGroup
	for range inFlight {
		senders.Go(func() {
			for i := range numbers {
				sender.Send(context.Background(), notify.Message{PushID: "0190f0c2-0000-7000-8000-000000000000", AckSecret: "0123456789012345678901",
					Text: "You have something Tue at 6:00 PM.", ExpiresAt: began.Add(2 * time.Hour),
					Target: models.Target{Platform: models.Android, Registration: modelstest.Registration(i), RegistrationKind: "token", Presentation: "app"}})
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	senders.Wait()
	return time.Since(began)
}

// BenchmarkPipeline drains due pushes, durably (claimed, checked, accepted, recorded), beside a bare loop of the SDK into
// the same emulator. The ratio is pipeline to bare, the two measured in turn.
func BenchmarkPipeline(b *testing.B) {
	const n = 5000
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		fcm, sender, _ := forgetful(b, n*b.N)
		store := db.Open(b, nil)
		worker := &notify.Worker{Store: store, Sender: sender, Log: slog.New(slog.DiscardHandler), InFlight: inFlight}
		bareLoop(sender, n) // opens the connections
		var bare, pipeline time.Duration
		for i := range b.N {
			db.SeedMore(b, i*n, n, time.Now().Add(-time.Second))
			bare += bareLoop(sender, n)
			before := fcm.Accepted()
			began := time.Now()
			if _, err := worker.Drain(context.Background()); err != nil {
				b.Fatal(err)
			}
			pipeline += time.Since(began)
			if sent := fcm.Accepted() - before; sent != n {
				b.Fatalf("%d of %d were sent", sent, n)
			}
		}
		total := float64(n * b.N)
		b.ReportMetric(total/bare.Seconds(), "bare/s")
		b.ReportMetric(total/pipeline.Seconds(), "pushes/s")
		b.ReportMetric(bare.Seconds()/pipeline.Seconds(), "ratio")
	})
}

// BenchmarkHundredThousandDueAtOnce has the real program drain 100,000 pushes due at one instant and reports its pace and
// the most memory that it took.
func BenchmarkHundredThousandDueAtOnce(b *testing.B) {
	const n = 100000
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		_, _, endpoint := forgetful(b, n*b.N)
		for i := range b.N {
			db.SeedMore(b, i*n, n, time.Now().Add(-time.Second))
			began := time.Now()
			node := startNode(b, db, endpoint)
			waitFor(b, "100,000 pushes", 10*time.Minute, func() bool {
				time.Sleep(100 * time.Millisecond)
				return unsettled(b, db) == 0
			})
			b.ReportMetric(n/time.Since(began).Seconds(), "pushes/s")
			b.ReportMetric(float64(memory(b, node.cmd.Process.Pid, "VmHWM")), "peak-MiB")
			node.stop()
		}
	})
}

// memory is a process's VmHWM (the most resident memory that it had) or VmRSS (what it has now), in MiB, as Linux tells.
func memory(b *testing.B, pid int, field string) int {
	b.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		b.Fatal(err)
	}
	match := regexp.MustCompile(field + `:\s+(\d+) kB`).FindSubmatch(status)
	if match == nil {
		b.Fatalf("the kernel does not tell %s", field)
	}
	kib, _ := strconv.Atoi(string(match[1]))
	return kib / 1024
}

// BenchmarkStart starts the real program on an existing database until it answers, and reports the memory that it holds
// when it has nothing to do.
func BenchmarkStart(b *testing.B) {
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		_, _, endpoint := forgetful(b, 1)
		var idle int
		for b.Loop() {
			address := freeAddress(b)
			node := startNode(b, db, endpoint, "HANDRAIL_ADDRESS="+address)
			waitFor(b, "an answer", time.Minute, func() bool {
				response, err := http.Get("http://" + address + "/readyz")
				if err != nil {
					return false
				}
				_ = response.Body.Close()
				return response.StatusCode == http.StatusOK
			})
			b.StopTimer()
			idle = memory(b, node.cmd.Process.Pid, "VmRSS")
			node.stop()
			b.StartTimer()
		}
		b.ReportMetric(float64(idle), "idle-MiB")
	})
}

// BenchmarkHundredThousandPast ends what has become useless during a long stop, as a node does when it starts.
func BenchmarkHundredThousandPast(b *testing.B) {
	const n = 100000
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		store := db.Open(b, nil)
		var took time.Duration
		for i := range b.N {
			db.SeedMore(b, i*n, n, time.Now().Add(-24*time.Hour))
			began := time.Now()
			if dropped, err := store.DropPast(b.Context()); err != nil || dropped != n {
				b.Fatalf("%d dropped, %v", dropped, err)
			}
			took += time.Since(began)
		}
		b.ReportMetric(took.Seconds()/float64(b.N), "s/100,000")
	})
}

// freeAddress is a port on loopback that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
