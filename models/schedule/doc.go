// Package schedule is the arithmetic of Handrail: when a series meets, when its
// people are reminded, and when a phone stays quiet.
//
// It knows no database and no clock. Everything is computed from its arguments,
// so the same question has the same answer on every node. Wall-clock times are
// Local and always travel beside a zone; instants are time.Time, returned in UTC.
package schedule
