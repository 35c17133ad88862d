package models

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// AuditHead is the last event of a clinic's chain (of "server": of what is no clinic's) at some time: what to keep outside the
// database, where nobody who changes the database can change it too.
type AuditHead struct {
	ClinicID string
	Seq      int64
	Mac      string
}

// String is one line of a file of heads.
func (h AuditHead) String() string { return fmt.Sprintf("%s %d %s", h.ClinicID, h.Seq, h.Mac) }

// ReadAuditHeads reads heads, one a line, any number for each clinic.
func ReadAuditHeads(from io.Reader) (heads []AuditHead, err error) {
	lines := bufio.NewScanner(from)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		var seq int64
		if len(words) == 3 {
			seq, err = strconv.ParseInt(words[1], 10, 64)
		}
		if len(words) != 3 || err != nil || seq < 1 {
			return nil, fmt.Errorf("line %d is not a head: expected a clinic's id, a number and a hash, as handrail audit heads writes them", n)
		}
		heads = append(heads, AuditHead{words[0], seq, words[2]})
	}
	return heads, lines.Err()
}

// AuditHeads are the heads of all chains that were not tampered with, for the operator; the error says which were.
func (s *Store) AuditHeads(ctx context.Context) (heads []AuditHead, err error) {
	err = s.read(ctx, func(tx *tx) error {
		var chains []chainRow
		if err := tx.scan(&chains, "SELECT * FROM audit_chains ORDER BY clinic_id"); err != nil {
			return err
		}
		var tampered error
		for _, chain := range chains {
			genuine, err := tx.keys.holds(chain.Proof, chain.text())
			switch {
			case err != nil:
				return err
			case genuine:
				heads = append(heads, AuditHead{chain.ClinicID, chain.LastSeq, chain.LastMac})
			default:
				tampered = errors.Join(tampered, errTampered(chain.ClinicID))
			}
		}
		return tampered
	})
	return heads, err
}

// AuditReport is what a verification found.
type AuditReport struct {
	Events   int // that hold
	Unsealed int // noted and not sealed yet
	Breaks   []AuditBreak
}

// AuditBreak is the first broken link of a chain.
type AuditBreak struct {
	ClinicID string
	Seq      int64  // of the first event that is not what it was, or not there
	EventID  string // that event's, or that of the one beside the gap; empty: there is none
	What     string
}

func (b AuditBreak) String() string {
	return fmt.Sprintf("%s %d %s: %s", b.ClinicID, b.Seq, cmp.Or(b.EventID, "-"), b.What)
}

// VerifyAudit follows every chain from its beginning, or from where retention cut it, to its head, in one state of the
// database, and holds it against heads that were kept elsewhere. It takes as much memory for a long chain as for a short one.
func (s *Store) VerifyAudit(ctx context.Context, kept []AuditHead) (report AuditReport, err error) {
	heads := map[string]map[int64]string{}
	for _, h := range kept {
		if heads[h.ClinicID] == nil {
			heads[h.ClinicID] = map[int64]string{}
		}
		heads[h.ClinicID][h.Seq] = h.Mac
	}
	err = s.snapshot(ctx, func(tx *tx) error {
		var ids []string
		err := tx.scan(&ids, "SELECT id FROM clinics UNION SELECT clinic_id FROM audit_chains UNION SELECT clinic_id FROM audit_events WHERE seq IS NULL")
		if err != nil {
			return err
		}
		ids = slices.AppendSeq(append(ids, serverChain), maps.Keys(heads))
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			walk := chainWalk{tx: tx, chain: chainRow{ClinicID: id}, kept: heads[id]}
			if err := walk.run(); err != nil {
				return err
			}
			report.Events += walk.events
			if walk.broken != nil {
				report.Breaks = append(report.Breaks, *walk.broken)
			}
		}
		return tx.scan(&report.Unsealed, "SELECT count(*) FROM audit_events WHERE seq IS NULL")
	})
	return report, err
}

// chainWalk is one chain on the way from its beginning to its head.
type chainWalk struct {
	*tx
	chain  chainRow
	kept   map[int64]string // heads that were kept elsewhere
	seq    int64            // of the last event that holds, as the next two
	mac    string
	id     string
	events int
	broken *AuditBreak
}

func (w *chainWalk) breaks(seq int64, eventID, what string) {
	w.broken = &AuditBreak{w.chain.ClinicID, seq, eventID, what}
}

func (w *chainWalk) run() error {
	id := w.chain.ClinicID
	chain, err := first[chainRow](w.tx, "SELECT * FROM audit_chains WHERE clinic_id = ?", id)
	isNew := isNoRows(err)
	if err != nil && !isNew {
		return err
	}
	if !isNew {
		w.chain = chain
		genuine, err := w.keys.holds(chain.Proof, chain.text())
		if err != nil {
			return err
		}
		if !genuine {
			next, err := first[auditRow](w.tx, "SELECT id FROM audit_events WHERE clinic_id = ? AND seq IS NOT NULL ORDER BY seq LIMIT 1", id)
			w.breaks(chain.CutSeq, next.ID, "the row with the chain's head and checkpoint was changed")
			if isNoRows(err) {
				err = nil
			}
			return err
		}
	}
	w.seq, w.mac = w.chain.CutSeq, w.chain.CutMac
	w.against(w.seq, w.mac)
	if err := w.follow("seq IS NOT NULL ORDER BY seq", w.step); err != nil || w.broken != nil {
		return err
	}
	w.end()
	return w.follow("seq IS NULL ORDER BY id", w.wait)
}

// follow goes from event to event until one does not hold.
func (w *chainWalk) follow(which string, step func(auditRow) error) error {
	rows, err := w.db.Raw(`SELECT id, clinic_id, actor_id, client_id, action, subject_id, at, seq, mac FROM audit_events
		WHERE clinic_id = ? AND `+which, w.chain.ClinicID).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for w.broken == nil && rows.Next() {
		var e auditRow
		if err := rows.Scan(&e.ID, &e.ClinicID, &e.ActorID, &e.ClientID, &e.Action, &e.SubjectID, &e.At, &e.Seq, &e.Mac); err != nil {
			return err
		}
		if err := step(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

// wait looks at an event that has no place in the chain yet.
func (w *chainWalk) wait(e auditRow) error {
	genuine, err := w.isLink(e, "", 0)
	if err == nil && !genuine {
		w.breaks(w.seq+1, e.ID, "this event was changed before it was sealed, or Handrail did not write it")
	}
	return err
}

func (w *chainWalk) step(e auditRow) error {
	genuine, err := w.isLink(e, w.mac, w.seq+1)
	switch {
	case err != nil:
		return err
	case *e.Seq <= w.chain.CutSeq:
		w.breaks(*e.Seq, e.ID, "this event stands before the checkpoint at which the chain begins")
	case *e.Seq != w.seq+1:
		w.breaks(w.seq+1, e.ID, fmt.Sprintf("what comes before this event, which is number %d, is missing", *e.Seq))
	case !genuine:
		w.breaks(*e.Seq, e.ID, "this event was changed, or Handrail did not write it")
	case *e.Seq > w.chain.LastSeq:
		w.breaks(*e.Seq, e.ID, fmt.Sprintf("the chain's head is number %d and does not know of this event", w.chain.LastSeq))
	default:
		w.seq, w.mac, w.id = *e.Seq, *e.Mac, e.ID
		w.events++
		w.against(w.seq, w.mac)
	}
	return nil
}

// against holds an event against a head that was kept of it.
func (w *chainWalk) against(seq int64, mac string) {
	if kept, known := w.kept[seq]; known && kept != mac {
		w.breaks(seq, w.id, "a head that was kept says otherwise: the chain was written anew")
	}
}

// end holds the last event against the chain's head, and against the heads that were kept.
func (w *chainWalk) end() {
	if w.seq != w.chain.LastSeq || w.mac != w.chain.LastMac {
		w.breaks(w.seq+1, w.id, fmt.Sprintf("what comes after this event is missing: the chain's head is number %d", w.chain.LastSeq))
		return
	}
	for seq := range w.kept {
		if seq > w.seq {
			w.breaks(w.seq+1, w.id, fmt.Sprintf("what comes after this event is missing: a head that was kept is number %d", seq))
		}
	}
}
