package models

import (
	"encoding/base32"
	"testing"
	"time"
)

// The vectors of RFC 6238, appendix B, for SHA-1; six digits are the last six of its eight.
func TestCodesAreThoseOfRFC6238(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for unix, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
		20000000000: "353130"} {
		own := unix / 30
		for at, step := range map[int64]int64{unix: own, 30 * (own - 1): own, 30*(own+2) - 1: own, 30*(own-1) - 1: 0, 30 * (own + 2): 0} {
			if at < 0 { // before there was a clock to count from
				continue
			}
			got, fits := stepOf(code, secret, InstantOf(time.Unix(at, 0)))
			if fits != (step != 0) || got != step {
				t.Errorf("%s at %d: step %d %v, want %d", code, at, got, fits, step)
			}
		}
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	for typed, want := range map[string]string{"012345": "012345", " 012 345 ": "012345", "012-345": "012345",
		"k7qf-m2xw-9tp4-hc8v-nb3y-0zrd": "K7QFM2XW9TP4HC8VNB3Y0ZRD", "K7QF M2XW 9TP4 HC8V NB3Y OZRD": "K7QFM2XW9TP4HC8VNB3Y0ZRD"} {
		if code, isRecovery, ok := oneTimeCode(typed); code != want || isRecovery != (len(want) == recoveryLength) || !ok {
			t.Errorf("%q is read as %q", typed, code)
		}
	}
	for _, typed := range []string{"", "12345", "1234567", "12345O", "１２３４５６", "+12345", "K7QF-M2XW-9TP4-HC8V-NB3Y-0ZR", "K7QF-M2XW-9TP4-HC8V-NB3Y-0ZRU",
		"0                                        12345"} {
		if code, _, ok := oneTimeCode(typed); ok {
			t.Errorf("%q is read as %q", typed, code)
		}
	}
}
