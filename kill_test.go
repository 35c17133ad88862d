package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models/modelstest"
	"handrail/notify/fcmtest"
)

func unsettled(t testing.TB, db modelstest.DB) int {
	return db.Count(t, "SELECT count(*) FROM pushes WHERE next_at IS NOT NULL")
}

// kills is how many times a test kills the program; make crash asks for many.
func kills(otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv("HANDRAIL_TEST_KILLS")); err == nil {
		return n
	}
	return otherwise
}

// perKill is how many pushes come due for each kill: few, because those in hand rest until their lease runs out.
const perKill = 150

func TestKilledAtAnyMomentNothingIsLostNothingIsVisibleTwiceAndNoWriteIsHalf(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		fcm := newPhones(t)
		line := startLine(t, fcm, func() { time.Sleep(rand.N(50 * time.Millisecond)) })
		address := freeAddress(t)
		run := func() *process { return startNode(t, db, line.endpoint, "HANDRAIL_ADDRESS="+address) }
		node := run().serving()
		writer := newWriter(t, db, fcm, node.url)
		n, inHand := 0, 0
		for k := range kills(5) {
			node.kill()
			if db.Count(t, "SELECT count(*) FROM pushes WHERE state = 'claimed' AND next_at > ?", time.Now().Add(25*time.Second).UnixMicro()) > 0 {
				inHand++
			}
			addPhones(fcm, n, perKill)
			db.SeedMore(t, n, perKill, time.Now().Add(-time.Second))
			n += perKill
			before := line.sent.Load()
			node = run()
			if k%4 > 0 { // else it is killed while it starts, too
				waitFor(t, "a push after a start", time.Minute, func() bool { return line.sent.Load() > before })
			}
			lives := 60 * time.Millisecond
			if k%4 == 1 { // long enough to be written to
				lives *= 5
			}
			time.Sleep(rand.N(lives))
		}
		writer.wantWhole()
		waitFor(t, "everything that was noted sealed", time.Minute, func() bool { return db.Count(t, "SELECT count(*) FROM audit_events WHERE seq IS NULL") == 0 })
		wantAuditWhole(t, db)
		waitFor(t, "every push that is due settled", 5*time.Minute, func() bool {
			return db.Count(t, "SELECT count(*) FROM pushes WHERE due_at <= ? AND next_at IS NOT NULL", time.Now().UnixMicro()) == 0
		})
		node.stop()
		wantEachOnceOnItsPhone(t, db, fcm, n)
		t.Logf("%d kills, %d of them with pushes in hand, %d pushes and %d moves of sessions meanwhile: 0 lost, 0 visible twice",
			kills(5), inHand, n, writer.moves)
	})
}

func TestKilledWhileClientsLeaveEachHasLeftWhollyOrNotAtAll(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		fcm, address := newPhones(t), freeAddress(t)
		run := func() *process {
			return startNode(t, db, startLine(t, fcm, func() {}).endpoint, "HANDRAIL_ADDRESS="+address).serving()
		}
		node := run()
		counselor := apitest.Served(t, db, fcm, node.url, "America/New_York").Admin.NewCounselor("Dana Counselor")
		left := 0
		for range kills(5) {
			var clients []*apitest.Person
			for range 8 {
				c := counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)
				c.Post("/v1/me/contacts", apitest.Object{"name": "Chris", "relation": "sponsor", "phone": "+12015550142"}).Want(http.StatusCreated)
				week := time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
				c.Post("/v1/me/meetings", apitest.Object{"title": "Home group", "local_start": week + "T12:00", "duration_minutes": 60}).Want(http.StatusCreated)
				clients = append(clients, c)
			}
			var leaving sync.WaitGroup
			for _, c := range clients {
				leaving.Go(func() {
					request, _ := http.NewRequest("DELETE", node.url+"/v1/me", nil)
					request.Header.Set("Authorization", "Bearer "+c.Token)
					if response, err := http.DefaultClient.Do(request); err == nil {
						_ = response.Body.Close()
					}
				})
			}
			time.Sleep(rand.N(150 * time.Millisecond))
			node.kill()
			leaving.Wait()
			node = run()
			for _, c := range clients {
				gone := c.Count("users", "id = $1 AND left_at IS NOT NULL", c.ID)
				left += gone
				for table, where := range map[string]string{"contacts": "client_id = $1", "devices": "user_id = $1", "tokens": "user_id = $1", "series": "owner_id = $1",
					"consents": "user_id = $1 AND granted AND superseded_at IS NULL", "audit_events": "client_id = $1 AND action = 'leave'"} {
					if n, noted := c.Count(table, where, c.ID), table == "audit_events"; n != 1-gone && !noted || n != gone && noted {
						t.Errorf("of somebody who left: %v, %d rows of %s are there", gone == 1, n, table)
					}
				}
			}
		}
		t.Logf("%d of %d had left", left, 8*kills(5))
	})
}

// writer is a counselor who goes on saving sessions and moving them, and sends each again until it is answered, as apps do.
type writer struct {
	*apitest.Person
	client string
	series []string
	hours  []int // to which each was moved
	moves  int
	done   chan struct{}
	ended  sync.WaitGroup
}

const mostSeries = 60

func newWriter(t *testing.T, db modelstest.DB, fcm *fcmtest.Server, url string) *writer {
	t.Helper()
	counselor := apitest.Served(t, db, fcm, url, "America/New_York").Admin.NewCounselor("Dana Counselor")
	w := &writer{Person: counselor, client: counselor.NewClient("Robin Client").ID, done: make(chan struct{})}
	w.ended.Go(func() {
		for ; ; w.moves++ {
			select {
			case <-w.done:
				return
			default:
				w.createOrMove(w.moves)
			}
		}
	})
	return w
}

func (w *writer) createOrMove(i int) {
	day := time.Now().AddDate(0, 0, 5+i%mostSeries).Format(time.DateOnly)
	if i < mostSeries {
		id := w.until(http.StatusCreated, "POST", "/v1/series", fmt.Sprintf("create-%d", i), apitest.Object{"title": "Evening group", "kind": "group",
			"local_start": day + "T18:00", "duration_minutes": 60, "client_ids": []string{w.client}})
		w.series, w.hours = append(w.series, id), append(w.hours, 18)
	}
	hour := 12 + i%7
	w.until(http.StatusOK, "PATCH", "/v1/series/"+w.series[i%mostSeries], "", apitest.Object{"local_start": fmt.Sprintf("%sT%d:00", day, hour)})
	w.hours[i%mostSeries] = hour
}

// until sends a request until it is answered, and returns the id in the answer.
func (w *writer) until(status int, method, path, key string, body apitest.Object) string {
	text, _ := json.Marshal(body)
	client := http.Client{Timeout: 10 * time.Second}
	for {
		request, err := http.NewRequest(method, w.URL+path, bytes.NewReader(text))
		if err != nil {
			w.T.Error(err)
			return ""
		}
		request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + w.Token}}
		if key != "" {
			request.Header.Set("Idempotency-Key", key)
		}
		var answer apitest.Object
		response, err := client.Do(request)
		if err == nil {
			err = json.NewDecoder(response.Body).Decode(&answer)
			_ = response.Body.Close()
		}
		switch {
		case err == nil && response.StatusCode == status:
			return answer.Text("id")
		case err == nil && response.StatusCode < http.StatusInternalServerError:
			w.T.Errorf("%s %s: status %d: %v", method, path, response.StatusCode, answer)
			return ""
		}
		time.Sleep(5 * time.Millisecond) // the node is being started again
	}
}

// wantWhole ends the writing and checks that every session is there once, when it was last moved to, with its reminders.
func (w *writer) wantWhole() {
	w.T.Helper()
	close(w.done)
	w.ended.Wait()
	if n := w.Count("series", "created_by = $1", w.ID); n != len(w.series) {
		w.T.Errorf("%d series were made by %d requests", n, len(w.series))
	}
	for i, id := range w.series {
		if starts := w.Rows("SELECT local_start FROM sessions WHERE series_id = $1", id); len(starts) != 1 || starts[0][11:13] != fmt.Sprint(w.hours[i]) {
			w.T.Errorf("session %d is %v, and was moved to %d:00", i, starts, w.hours[i])
		}
	}
	waiting := w.Rows("SELECT r.subject_id FROM reminders r JOIN sessions s ON s.id = r.subject_id AND s.starts_at = r.about_at WHERE r.user_id = $1 AND r.state = 'waiting'", w.client)
	if all := w.Count("reminders", "user_id = $1 AND state = 'waiting'", w.client); len(waiting) != 2*len(w.series) || all != len(waiting) {
		w.T.Errorf("%d reminders wait, %d of them of how it is now, for %d sessions", all, len(waiting), len(w.series))
	}
}

// wantEachOnceOnItsPhone checks that each seeded client's phone shows exactly one notification and that the record knows it.
func wantEachOnceOnItsPhone(t *testing.T, db modelstest.DB, fcm *fcmtest.Server, n int) {
	t.Helper()
	for i := range n {
		if shown := fcm.Screen(modelstest.Registration(i)); len(shown) != 1 {
			t.Fatalf("phone %d shows %d notifications", i, len(shown))
		}
	}
	if accepted := db.Count(t, "SELECT count(*) FROM reminders WHERE state = 'accepted'"); accepted != n {
		t.Fatalf("%d reminders are accepted, of %d", accepted, n)
	}
	t.Logf("%d pushes, %d calls accepted by FCM", n, fcm.Accepted())
}

func wantCalls(t *testing.T, fcm *fcmtest.Server, want int) {
	t.Helper()
	if got := fcm.Accepted(); got != want {
		t.Errorf("FCM took %d calls, want %d", got, want)
	}
}
