package models

import (
	"slices"
)

// sqlServes says whether a counselor u is to care for a client now, themselves or for a colleague; it takes now twice.
const sqlServes = `(SELECT count(*) FROM care k WHERE k.counselor_id = u.id AND k.client_id = a.client_id
	AND k.starts_at <= ? AND (k.ends_at IS NULL OR k.ends_at > ?)) > 0`

// counselorsOf are those who are or will be caring for a client, colleagues who cover them too.
func (t *tx) counselorsOf(clientID string) ([]string, error) {
	var ids []string
	err := t.scan(&ids, "SELECT DISTINCT counselor_id FROM care WHERE client_id = ? AND (ends_at IS NULL OR ends_at > ?)", clientID, t.now)
	return ids, err
}

// coversOf are those who cover a counselor now or later.
func (t *tx) coversOf(counselorID string) ([]string, error) {
	var ids []string
	err := t.scan(&ids, "SELECT DISTINCT counselor_id FROM caseload WHERE covers_id = ? AND ends_at > ?", counselorID, t.now)
	return ids, err
}

// lockCare keeps a client and everybody who cares for them: what the client returns, these are reminded to answer.
func (t *tx) lockCare(clientID string) (people []string, err error) {
	counselors, err := t.lockFound(func() ([]string, error) { return t.counselorsOf(clientID) }, clientID)
	return append(counselors, clientID), err
}

// lockCaseload keeps everybody whose care a row of the caseload is about, and returns those who give it.
func (t *tx) lockCaseload(row caseloadRow) (counselors []string, err error) {
	var whose string // care it is: the client's, or the absent counselor's clients'
	assign(&whose, row.ClientID)
	assign(&whose, row.CoversID)
	covers, err := t.lockFound(func() ([]string, error) { return t.coversOf(row.CounselorID) }, row.CounselorID, whose)
	return append(covers, row.CounselorID), err
}

// lockFound locks people who are known together with those whom a query finds, and returns these. If it finds somebody else
// once they are locked, a colleague has just changed who they are, and the whole transaction is tried again.
func (t *tx) lockFound(find func() ([]string, error), known ...string) ([]string, error) {
	before, err := find()
	if err != nil {
		return nil, err
	}
	if err := t.lockPeople(slices.Concat(known, before)...); err != nil {
		return nil, err
	}
	found, err := find()
	if err == nil && slices.ContainsFunc(found, func(id string) bool { return !slices.Contains(before, id) }) {
		err = ErrLocked
	}
	return found, err
}
