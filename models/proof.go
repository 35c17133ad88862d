package models

import (
	"bytes"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
)

// proofFor is how long a proof is waited for; at the next start of the app after that another is asked for.
const proofFor = time.Hour

// mostProofs is how many proofs one person may ask for within the hour: each rings a phone that somebody else had, and silences
// them. Whoever takes theirs back needs one too.
const mostProofs = 5

// claim takes a device's registration and installation from whoever has them, at once, and decides what comes of it: who
// takes what somebody else has is sent nothing but the proof until the secret in it has come back with their own token (see
// ProveDevice). A registration is a number that anybody may have noted; what is pushed to it only its phone gets.
func (t *tx) claim(before deviceRow, row *deviceRow) error {
	err := t.exec(`UPDATE devices SET status = ?, version = version + 1
		WHERE status IN (?, ?) AND id <> ? AND (registration_index = ? OR installation_id = ?)`,
		DeviceSuspended, DeviceLive, DeviceProving, row.ID, row.RegistrationIndex, row.InstallationID)
	if err != nil {
		return err
	}
	isSame := bytes.Equal(before.RegistrationIndex, row.RegistrationIndex)
	if isSame && before.Status == DeviceProving {
		return t.askProof(row)
	}
	if isSame && before.Status == DeviceLive { // nobody has claimed it since
		return nil
	}
	var theirs int
	err = t.scan(&theirs, "SELECT count(*) FROM devices WHERE user_id <> ? AND status <> ? AND (registration_index = ? OR installation_id = ?)",
		row.UserID, DeviceEnded, row.RegistrationIndex, row.InstallationID)
	if err != nil {
		return err
	}
	row.Status, row.ProofPushID = DeviceLive, nil
	if theirs > 0 {
		row.Status = DeviceProving
		return t.askProof(row)
	}
	return t.makeRoomForDevice(*row)
}

// askProof has a push sent to a proving device, unless one is under way: a phone that acknowledged it may still be about to show
// its secret. Whoever lets go of a phone and claims it again rings it again, a few times an hour. Only the secret of the last one
// counts: what an earlier claim of the same phone was sent, or the phone that it was then, proves nothing.
func (t *tx) askProof(row *deviceRow) error {
	var underWay int
	err := t.scan(&underWay, "SELECT count(*) FROM reminders WHERE push_id = ? AND state IN (?, ?, ?) AND expires_at > ?",
		row.ProofPushID, Waiting, Accepted, Acknowledged, t.now)
	if err != nil || underWay > 0 {
		return err
	}
	if err := t.mayAskProof(row.UserID); err != nil {
		return err
	}
	push := pushRow{ID: newID(), ClinicID: row.ClinicID, UserID: row.UserID, DueAt: t.now, NextAt: &t.now, State: pushWaiting}
	if err := gorm.G[pushRow](t.db).Create(t.ctx, &push); err != nil {
		return err
	}
	ends := t.now.Add(proofFor)
	row.ProofPushID, t.wake = &push.ID, true
	return gorm.G[reminderRow](t.db).Create(t.ctx, &reminderRow{ID: newID(), ClinicID: row.ClinicID, UserID: row.UserID, PushID: &push.ID, Kind: RemindProof,
		SubjectKind: subjectProof, SubjectID: row.ID, Lead: leadNow, Generation: int(row.Version), RemindAt: t.now, ExpiresAt: ends, AboutAt: ends, State: Waiting})
}

// mayAskProof refuses who has asked for too many: the claim comes to nothing then, so that nobody is silenced by it.
func (t *tx) mayAskProof(userID string) error {
	var asked struct {
		Count    int
		Earliest Instant
	}
	err := t.scan(&asked, "SELECT count(*) AS count, COALESCE(min(expires_at), 0) AS earliest FROM reminders WHERE user_id = ? AND kind = ? AND about_at > ?",
		userID, RemindProof, t.now)
	if err == nil && asked.Count >= mostProofs {
		err = &Error{Kind: TooMany, Code: "too_many_claims", RetryAfter: asked.Earliest.Sub(t.now),
			Detail: "Too many phones that somebody else had were claimed within the hour. Nothing is changed; send it again after Retry-After."}
	}
	return err
}

// sqlProves says whether push p is the proof of device d.
const sqlProves = `(d.status = 'proving' AND d.proof_push_id = p.id)`

// DeviceProof is what came in the push that checks a phone: only an app that got that push on it can say so.
type DeviceProof struct {
	PushID    string `json:"push_id"`
	AckSecret string `json:"ack_secret"`
}

func (in DeviceProof) check(installationID string) error {
	var c check
	c.installation("installation_id", installationID)
	c.id("push_id", in.PushID)
	c.text("ack_secret", in.AckSecret, 1, 128)
	return c.err()
}

var errWrongProof = invalidField("ack_secret", "wrong_proof", "Expected the push_id and the secret of the newest push that checks this phone for you. "+
	"If none came, or somebody else claimed the phone since, send PUT /v1/me/devices/{installation_id}: while it answers proving, one comes, at most once an hour.")

// ProveDevice makes the proving device of the token in use live once it shows the secret of its newest proof. That the push
// arrived is not enough: the app of whoever really has the phone acknowledges every push, also the proof of a claim that is not
// theirs. A phone that heard no answer may send it again. What does not fit is 422 wrong_proof.
func (s *Store) ProveDevice(ctx context.Context, actor Actor, installationID string, in DeviceProof) (Device, error) {
	if err := in.check(installationID); err != nil {
		return Device{}, err
	}
	var device Device
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		row, err := tx.device(actor, installationID)
		if isNoRows(err) {
			return errWrongProof
		}
		if err != nil {
			return err
		}
		shown, err := tx.proofShown(row, in)
		if err != nil {
			return err
		}
		if row.Status != DeviceLive { // by this very proof
			row, err = tx.prove(row, shown)
		}
		device = row.view(tx.now)
		return err
	})
	return device, err
}

// proofShown is the arrival of the proof that the device is waiting for, or is live by, if that is what was shown.
func (t *tx) proofShown(row deviceRow, in DeviceProof) (arrival, error) {
	if row.ProofPushID == nil || *row.ProofPushID != in.PushID {
		return arrival{}, errWrongProof
	}
	arrivals, err := t.arrivals([]Ack{{PushID: in.PushID, AckSecret: in.AckSecret, Event: "arrived"}})
	if err != nil {
		return arrival{}, err
	}
	i := slices.IndexFunc(arrivals, func(a arrival) bool { return a.deviceID == row.ID })
	if i < 0 {
		return arrival{}, errWrongProof
	}
	return arrivals[i], nil
}

// prove makes the device live whose proof was shown, if nobody has claimed the phone since. What others had of it is over then,
// and what waited for a phone is due.
func (t *tx) prove(row deviceRow, a arrival) (deviceRow, error) {
	if err := t.lockPushes(gorm.Expr("(id = ? OR ?)", a.PushID, t.pushesOf(row.UserID))); err != nil {
		return row, err
	}
	row, err := first[deviceRow](t, `UPDATE devices SET status = ?, confirmed_at = ?, version = version + 1
		WHERE id = ? AND status = ? AND proof_push_id = ? RETURNING *`, DeviceLive, t.now, a.deviceID, DeviceProving, a.PushID)
	if isNoRows(err) {
		err = errWrongProof
	}
	if err != nil {
		return row, err
	}
	err = t.endDevices("user_id <> ? AND (registration_index = ? OR installation_id = ?)", row.UserID, row.RegistrationIndex, row.InstallationID)
	if err != nil {
		return row, err
	}
	if err := t.makeRoomForDevice(row); err != nil {
		return row, err
	}
	if err := t.acknowledge(a); err != nil {
		return row, err
	}
	return row, t.reviveParked(t.pushesOf(row.UserID))
}

// endDevices ends bindings: nothing is sent to these phones any more, until they register again.
func (t *tx) endDevices(where string, args ...any) error {
	return t.exec("UPDATE devices SET status = ?, version = version + 1 WHERE status <> ? AND "+where, append([]any{DeviceEnded, DeviceEnded}, args...)...)
}

// endContact ends the bindings of a client whose care is over, unless they want to hear of meetings.
func (t *tx) endContact(user userRow) error {
	if _, err := t.openEpisode(user.ID); !user.Role.May(OwnCare) || !isNoRows(err) { // no error: they are in care
		return err
	}
	if goesOn, err := t.consents(user.ID, ConsentAftercare); err != nil || goesOn {
		return err
	}
	return t.endDevices("user_id = ?", user.ID)
}
