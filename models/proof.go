package models

import (
	"bytes"
	"time"

	"gorm.io/gorm"
)

// proofFor is how long a proof is waited for; at the next start of the app after that another is asked for.
const proofFor = time.Hour

// claim takes a device's registration and installation from whoever has them, at once, and decides what comes of it: who
// takes what somebody else has is sent nothing but the proof until the phone has acknowledged that. A registration is a
// number that anybody may have noted; what is pushed to it only its phone gets.
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

// askProof has a push sent to a proving device, unless one is under way. Only an acknowledgement of the last one counts: what
// an earlier claim of the same phone was sent, or the phone that it was then, proves nothing.
func (t *tx) askProof(row *deviceRow) error {
	var underWay int
	err := t.scan(&underWay, "SELECT count(*) FROM reminders WHERE push_id = ? AND state IN (?, ?) AND expires_at > ?", row.ProofPushID, Waiting, Accepted, t.now)
	if err != nil || underWay > 0 {
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

// sqlProves says whether the acknowledgement of push p is what device d waits for.
const sqlProves = `(d.status = 'proving' AND d.proof_push_id = p.id)`

// prove makes the device live whose proof was acknowledged, if it still waits for that very proof. What others had of the
// phone is over then, and what waited for a phone is due.
func (t *tx) prove(a arrival) error {
	row, err := first[deviceRow](t, `UPDATE devices SET status = ?, proof_push_id = NULL, version = version + 1
		WHERE id = ? AND status = ? AND proof_push_id = ? RETURNING *`, DeviceLive, a.deviceID, DeviceProving, a.PushID)
	if isNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	err = t.endDevices("user_id <> ? AND (registration_index = ? OR installation_id = ?)", row.UserID, row.RegistrationIndex, row.InstallationID)
	if err != nil {
		return err
	}
	if err := t.makeRoomForDevice(row); err != nil {
		return err
	}
	return t.reviveParked(t.pushesOf(row.UserID))
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
