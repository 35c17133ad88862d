package apitest_test

import (
	"context"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
)

func TestRetentionCutsWhatIsOldAndTheRestStillProvesItself(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		old := c.heads()
		cut := func() int {
			n, err := w.Store.CutAudit(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		w.Clock.Advance(models.Year)
		w.Admin.SignIn().NewCounselor("Lee")
		before, newer := len(c.ids), seal(w)
		all, left := w.Count("audit_events", "true"), len(c.sealed().ids)-before
		w.Clock.Advance(6 * models.Year)
		if n := cut(); n != 0 {
			t.Errorf("%d that are just seven years old were cut", n)
		}
		w.Clock.Advance(time.Second)
		if n := cut(); n != all-newer {
			t.Errorf("%d were cut of %d older ones", n, all-newer)
		}
		if n := w.Count("audit_events", "clinic_id = $1", c.clinic); n != left {
			t.Errorf("%d events of the clinic are left, want the %d newer ones", n, left)
		}
		c.wantWhole(append(old, c.heads()...)...)
		w.Admin.SignIn()
		seal(w)
		c.wantWhole()
		w.Clock.Advance(10 * models.Year)
		if cut(); w.Count("audit_events", "true") != 0 {
			t.Error("old events are left")
		}
		w.Admin.SignIn()
		seal(w)
		c.wantWhole()
	})
}

func TestWhatDoesNotVerifyIsNotCut(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		for _, doing := range []string{"at = 5" /* to have them forgotten */, "mac = NULL"} {
			w.Rows("UPDATE audit_events SET "+doing+" WHERE clinic_id = $1 AND seq <= 3", c.clinic)
			if n, err := w.Store.CutAudit(context.Background()); n != 0 || err == nil {
				t.Errorf("%s: %d were cut: %v", doing, n, err)
			}
		}
		c.wantBroken("afterwards", 1, c.ids[0])
		w.Rows("UPDATE audit_chains SET cut_seq = 3 WHERE clinic_id = $1", c.clinic)
		w.Admin.NewCounselor("Lee")
		if _, err := w.Store.SealAudit(context.Background()); err == nil {
			t.Error("a chain that was tampered with is continued: that makes good what was written into it")
		}
	})
}

func TestWhatIsOldAndNotSealedYetIsKept(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		w.Admin.NewCounselor("Dana")
		all := w.Count("audit_events", "true")
		w.Clock.Advance(8 * models.Year)
		if n, err := w.Store.CutAudit(context.Background()); n != 0 || err != nil || w.Count("audit_events", "true") != all {
			t.Errorf("%d were cut: %v", n, err)
		}
	})
}

func TestAChainHoldsThoughItsKeyWasChangedAndThatIsNoted(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newChain(w)
		early := c.heads()
		if _, err := w.Store.BeginRotation(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.Admin.NewCounselor("Lee")
		c.sealed()
		if n := w.Count("audit_events", "clinic_id = 'server' AND actor_id IS NULL AND action = 'rotate_keys' AND seq IS NOT NULL"); n != 1 {
			t.Errorf("the rotation is noted %d times", n)
		}
		c.wantWhole(append(early, c.heads()...)...)
	})
}
