package apitest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
)

// chain is the audit log of a clinic in which something happened, sealed.
type chain struct {
	*apitest.World
	clinic string
	ids    []string // of its events, in order; the first has the number 1
}

func newChain(w *apitest.World) *chain {
	w.T.Helper()
	dana := w.Admin.NewCounselor("Dana")
	for range 3 {
		dana.Get("/v1/clients/" + dana.NewClient("Robin").ID).Want(http.StatusOK)
	}
	w.NewClinic("Hillside", "Hillside", "America/Chicago").NewCounselor("Max").NewClient("Toni")
	logIn(w.Nobody(), "nobody@home.example", "another battery staple").Want(http.StatusUnauthorized) // of no clinic
	c := &chain{World: w, clinic: w.Rows("SELECT clinic_id FROM users WHERE id = $1", dana.ID)[0]}
	return c.sealed()
}

func (c *chain) sealed() *chain {
	c.T.Helper()
	seal(c.World)
	c.ids = c.Rows("SELECT id FROM audit_events WHERE clinic_id = $1 AND seq IS NOT NULL ORDER BY seq", c.clinic)
	return c
}

func seal(w *apitest.World) int {
	w.T.Helper()
	n, err := w.Store.SealAudit(context.Background())
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

func (c *chain) heads() []models.AuditHead {
	c.T.Helper()
	heads, err := c.Store.AuditHeads(context.Background())
	if err != nil {
		c.T.Fatal(err)
	}
	return heads
}

func (c *chain) verify(kept ...models.AuditHead) models.AuditReport {
	c.T.Helper()
	report, err := c.Store.VerifyAudit(context.Background(), kept)
	if err != nil {
		c.T.Fatal(err)
	}
	return report
}

// wantBroken wants the first broken link of the clinic's chain named, whatever others are.
func (c *chain) wantBroken(what string, seq int, eventID string, kept ...models.AuditHead) {
	c.T.Helper()
	breaks := c.verify(kept...).Breaks
	for _, b := range breaks {
		if b.ClinicID == c.clinic && b.Seq == int64(seq) && b.EventID == eventID && b.What != "" {
			return
		}
	}
	c.T.Errorf("%s: want the break at %d %s, got %v", what, seq, eventID, breaks)
}

func (c *chain) wantWhole(kept ...models.AuditHead) {
	c.T.Helper()
	report := c.verify(kept...)
	if all := c.Count("audit_events", "true"); len(report.Breaks) > 0 || report.Unsealed > 0 || report.Events != all {
		c.T.Errorf("of %d events: %+v", all, report)
	}
}

// meanwhile does something to the tables of the log, looks, and takes it back.
func (c *chain) meanwhile(look func(), statements ...string) {
	c.T.Helper()
	tables := []string{"audit_events", "audit_chains"}
	for _, table := range tables {
		c.Rows("CREATE TABLE saved_" + table + " AS SELECT * FROM " + table)
	}
	for _, s := range statements {
		c.Rows(strings.ReplaceAll(s, "CLINIC", "'"+c.clinic+"'"))
	}
	look()
	for _, table := range tables {
		c.Rows("DELETE FROM " + table)
		c.Rows("INSERT INTO " + table + " SELECT * FROM saved_" + table)
		c.Rows("DROP TABLE saved_" + table)
	}
}

func TestAnEditOfAnyColumnOfAnEventIsFound(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		c.wantWhole()
		gap := c.ids[5]
		edits := map[string]struct{ to, named string }{
			"id": {"'01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01'", "01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01"}, "clinic_id": {"'another'", gap},
			"actor_id": {"NULL", c.ids[4]}, "client_id": {"'" + w.Admin.ID + "'", c.ids[4]}, "action": {"'list_clients'", c.ids[4]},
			"subject_id": {"'-'", c.ids[4]}, "at": {"at + 1", c.ids[4]}, "seq": {"1000", gap}, "mac": {"'x'", c.ids[4]}}
		all := "SELECT column_name FROM information_schema.columns WHERE table_name = 'audit_events'"
		if strings.HasPrefix(w.DB.URL, "sqlite:") {
			all = "SELECT name FROM pragma_table_info('audit_events')"
		}
		for _, column := range w.Rows(all) {
			edit, known := edits[column]
			if !known {
				t.Fatalf("how is %s to be edited here?", column)
			}
			c.meanwhile(func() { c.wantBroken(column, 5, edit.named) },
				"UPDATE audit_events SET "+column+" = "+edit.to+" WHERE clinic_id = CLINIC AND seq = 5")
		}
		c.meanwhile(func() { c.wantBroken("another hash of all that follows, too", 5, c.ids[4]) },
			"UPDATE audit_events SET mac = mac || 'x' WHERE clinic_id = CLINIC AND seq >= 5")
		c.wantWhole()
	})
}

func TestWhatIsTakenOutPutInOrSwappedIsFound(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		n := len(c.ids)
		last, first := c.ids[n-1], c.ids[0]
		const forged = "INSERT INTO audit_events (id, clinic_id, action, at, seq, mac) SELECT 'forged', clinic_id, 'read_client', at, "
		for what, try := range map[string]struct {
			seq   int
			id    string
			doing []string
		}{
			"one taken out":       {5, c.ids[5], []string{"DELETE FROM audit_events WHERE clinic_id = CLINIC AND seq = 5"}},
			"the first taken out": {1, c.ids[1], []string{"DELETE FROM audit_events WHERE clinic_id = CLINIC AND seq = 1"}},
			"the newest":          {n - 1, c.ids[n-3], []string{fmt.Sprintf("DELETE FROM audit_events WHERE clinic_id = CLINIC AND seq > %d", n-2)}},
			"all of them":         {1, "", []string{"DELETE FROM audit_events WHERE clinic_id = CLINIC"}},
			"two swapped": {5, c.ids[5], []string{"UPDATE audit_events SET seq = -5 WHERE clinic_id = CLINIC AND seq = 5",
				"UPDATE audit_events SET seq = 5 WHERE clinic_id = CLINIC AND seq = 6", "UPDATE audit_events SET seq = 6 WHERE clinic_id = CLINIC AND seq = -5"}},
			"one put in at the end":     {n + 1, "forged", []string{forged + "seq + 1, mac FROM audit_events WHERE clinic_id = CLINIC AND seq = " + fmt.Sprint(n)}},
			"one put in instead":        {5, "forged", []string{"UPDATE audit_events SET id = 'forged' WHERE clinic_id = CLINIC AND seq = 5"}},
			"one put in at the front":   {0, "forged", []string{forged + "0, mac FROM audit_events WHERE clinic_id = CLINIC AND seq = 1"}},
			"one that is unsealed":      {5, c.ids[5], []string{"UPDATE audit_events SET seq = NULL, mac = NULL WHERE clinic_id = CLINIC AND seq = 5"}},
			"one without a hash":        {5, c.ids[4], []string{"UPDATE audit_events SET mac = NULL WHERE clinic_id = CLINIC AND seq = 5"}},
			"an entry that nobody made": {n + 1, "forged", []string{forged + "NULL, NULL FROM audit_events WHERE clinic_id = CLINIC AND seq = 1"}},
			"one with another's hash":   {n + 1, "forged", []string{forged + "NULL, mac FROM audit_events WHERE clinic_id = CLINIC AND seq = 1"}},
			"another head":              {0, first, []string{"UPDATE audit_chains SET last_seq = last_seq - 1 WHERE clinic_id = CLINIC"}},
			"another hash of the head":  {0, first, []string{"UPDATE audit_chains SET last_mac = 'x' WHERE clinic_id = CLINIC"}},
			"another proof":             {0, first, []string{"UPDATE audit_chains SET proof = 'x' WHERE clinic_id = CLINIC"}},
			"no head":                   {1, first, []string{"DELETE FROM audit_chains WHERE clinic_id = CLINIC"}},
			"another checkpoint": {3, c.ids[3], []string{"DELETE FROM audit_events WHERE clinic_id = CLINIC AND seq <= 3",
				"UPDATE audit_chains SET cut_seq = 3 WHERE clinic_id = CLINIC"}},
			"a checkpoint as it might be": {3, c.ids[3], []string{
				"UPDATE audit_chains SET cut_seq = 3, cut_mac = (SELECT mac FROM audit_events e WHERE e.clinic_id = CLINIC AND seq = 3) WHERE clinic_id = CLINIC",
				"DELETE FROM audit_events WHERE clinic_id = CLINIC AND seq <= 3"}},
		} {
			c.meanwhile(func() { c.wantBroken(what, try.seq, try.id) }, try.doing...)
		}
		if len(c.verify().Breaks) > 0 || last == "" {
			t.Error("it is not whole again")
		}
	})
}

func TestThatTheNewestAreMissingShowsInHeadsThatWereKeptElsewhere(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		early, before := c.heads(), w.Rows("SELECT last_seq, last_mac, proof FROM audit_chains WHERE clinic_id = $1", c.clinic)[0]
		n := len(c.ids)
		dana := w.Admin.NewCounselor("Dana")
		dana.NewClient("Robin")
		late := c.sealed().heads()
		c.wantWhole(append(slices.Clone(early), late...)...)
		head := strings.Fields(before)
		back := []string{fmt.Sprintf("DELETE FROM audit_events WHERE clinic_id = CLINIC AND seq > %d", n),
			fmt.Sprintf("UPDATE audit_chains SET last_seq = %s, last_mac = '%s', proof = '%s' WHERE clinic_id = CLINIC", head[0], head[1], head[2])}
		c.meanwhile(func() {
			if breaks := c.verify(early...).Breaks; len(breaks) > 0 { // as an older database that was brought back
				t.Errorf("by the database alone, and by heads that are as old, it is whole: %v", breaks)
			}
			c.wantBroken("heads that were kept", n+1, c.ids[n-1], late...)
			w.Admin.NewCounselor("Lee").NewClient("Casey") // other things happen
			seal(w)
			c.wantBroken("other events in their place", len(c.ids), w.Rows("SELECT id FROM audit_events WHERE clinic_id = $1 AND seq = $2", c.clinic, len(c.ids))[0], late...)
		}, back...)
		c.meanwhile(func() {
			c.wantBroken("nothing left of the clinic", 1, "", early...)
		}, "DELETE FROM audit_events WHERE clinic_id = CLINIC", "DELETE FROM audit_chains WHERE clinic_id = CLINIC")
		c.wantWhole(late...)
	})
}

func TestAChainThatWasTamperedWithKeepsNoOthersHeadFromBeingTold(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		all := c.heads()
		w.Rows("UPDATE audit_chains SET last_seq = 1 WHERE clinic_id = $1", c.clinic)
		heads, err := w.Store.AuditHeads(context.Background())
		if err == nil || !strings.Contains(err.Error(), c.clinic) || len(heads) != len(all)-1 {
			t.Errorf("%d heads of %d: %v", len(heads), len(all), err)
		}
	})
}

func TestHeadsAreReadAsTheyAreWritten(t *testing.T) {
	heads := []models.AuditHead{{ClinicID: "server", Seq: 1, Mac: "abc"}, {ClinicID: uuid7(), Seq: 12, Mac: "x-_y"}}
	read, err := models.ReadAuditHeads(strings.NewReader(heads[0].String() + "\n\n  " + heads[1].String() + "\n"))
	if err != nil || !slices.Equal(read, heads) {
		t.Errorf("%v %v", read, err)
	}
	for _, wrong := range []string{"server 1", "server one abc", "server 0 abc", "server 1 abc def"} {
		if _, err := models.ReadAuditHeads(strings.NewReader(wrong)); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestWhatIsCommittedLateComesLaterInTheChain(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		w.Admin.NewCounselor("Lee")
		late := w.Rows("SELECT id FROM audit_events WHERE seq IS NULL ORDER BY id")
		w.Rows("CREATE TABLE late AS SELECT * FROM audit_events WHERE seq IS NULL") // as long as they are not committed
		w.Rows("DELETE FROM audit_events WHERE seq IS NULL")
		w.Admin.NewCounselor("Sam")
		seal(w)
		w.Rows("INSERT INTO audit_events SELECT * FROM late")
		if n := seal(w); n != len(late) || n == 0 {
			t.Errorf("%d of %d were sealed", n, len(late))
		}
		if ids := c.sealed().ids; !slices.Equal(ids[len(ids)-len(late):], late) {
			t.Error("they are not the last")
		}
		c.wantWhole()
	})
}

func TestWhatWasPutInOrChangedBeforeItWasSealedIsNeverSealedAndKeepsNothingElseFromIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		w.Admin.NewCounselor("Lee")
		waiting := w.Count("audit_events", "seq IS NULL")
		for doing, sealed := range map[string]int{
			"INSERT INTO audit_events (id, clinic_id, action, at) VALUES ('0 forged', CLINIC, 'read_client', 5)":  waiting,
			"UPDATE audit_events SET actor_id = NULL WHERE seq IS NULL":                                           0,
			"UPDATE audit_events SET mac = NULL WHERE seq IS NULL":                                                0,
			"UPDATE audit_events SET at = at + 1 WHERE id = (SELECT min(id) FROM audit_events WHERE seq IS NULL)": waiting - 1,
		} {
			c.meanwhile(func() {
				if n, err := w.Store.SealAudit(context.Background()); n != sealed || err == nil || !strings.Contains(err.Error(), "tampered") {
					t.Errorf("%s: %d were sealed of %d, %v", doing, n, waiting, err)
				}
				if breaks := c.verify().Breaks; len(breaks) != 1 || breaks[0].Seq != int64(len(c.ids)+sealed+1) {
					t.Errorf("%s: %v", doing, breaks)
				}
			}, doing)
		}
		c.sealed().wantWhole()
	})
}

func TestTwoSealersAndManyWritersMakeOneChain(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		dana := w.Admin.NewCounselor("Dana")
		path := "/v1/clients/" + dana.NewClient("Robin").ID
		c := &chain{World: w}
		another := w.DB.Open(t, w.Clock.Now)
		done := make(chan struct{})
		var sealers, writers sync.WaitGroup
		for _, store := range []*models.Store{w.Store, another} {
			sealers.Go(func() {
				for {
					if _, err := store.SealAudit(context.Background()); err != nil {
						t.Error(err)
					}
					select {
					case <-done:
						return
					case <-time.After(time.Millisecond):
					}
				}
			})
		}
		for range 4 {
			writers.Go(func() {
				for range 50 {
					dana.Get(path).Want(http.StatusOK)
				}
			})
		}
		writers.Wait()
		close(done)
		sealers.Wait()
		seal(w)
		if n := w.Count("audit_events", "action = 'read_client' AND seq IS NOT NULL"); n != 200 {
			t.Errorf("%d of 200 readings are sealed", n)
		}
		c.wantWhole()
	})
}

func TestNeitherWritersNorOtherSealersWaitForOneThatStandsStill(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		if strings.HasPrefix(w.DB.URL, "sqlite:") {
			return // it has one writer: whoever writes waits for it, and it waits for nobody while it writes
		}
		c := newChain(w)
		dana := w.Admin.NewCounselor("Dana")
		release := w.Hold("SELECT 1 FROM audit_chains WHERE clinic_id = $1 FOR UPDATE", c.clinic)
		began := time.Now()
		client := dana.NewClient("Robin")
		dana.Get("/v1/clients/" + client.ID).Want(http.StatusOK)
		if n := seal(w); n != 0 || time.Since(began) > 4*time.Second { // the lock timeout is five
			t.Errorf("%d were sealed, after %v", n, time.Since(began))
		}
		release()
		if n := seal(w); n == 0 {
			t.Error("nothing is sealed afterwards")
		}
		release = w.Hold("INSERT INTO audit_events (id, clinic_id, action, at) VALUES ('a', $1, 'create_staff', 5)", c.clinic) // not committed yet
		defer release()
		dana.Get("/v1/clients/" + client.ID).Want(http.StatusOK)
		if n := seal(w); n != 1 {
			t.Errorf("%d were sealed beside one that is not committed", n)
		}
	})
}

func TestABacklogIsSealedInBatches(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		const backlog = 2200 // eleven full batches
		dana := w.Admin.NewCounselor("Dana")
		for range 20 {
			dana.NewClient("Robin")
		}
		seal(w)
		for range backlog / 20 {
			dana.Get("/v1/clients").Want(http.StatusOK) // of each of them it is noted
		}
		if n := seal(w); n != backlog {
			t.Errorf("%d were sealed", n)
		}
		c.wantWhole()
	})
}
