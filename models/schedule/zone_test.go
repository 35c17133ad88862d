package schedule_test

import (
	"strings"
	"testing"

	"handrail/models/schedule"
)

func TestZonesAreIANANames(t *testing.T) {
	for _, name := range []string{
		"UTC", "America/New_York", "America/Port-au-Prince", "America/Argentina/Buenos_Aires",
		"Africa/Dar_es_Salaam", "Etc/GMT+5", "GB-Eire", "EST5EDT",
	} {
		loc, err := schedule.LoadZone(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if loc.String() != name {
			t.Errorf("%s: loaded %s", name, loc)
		}
	}
}

func TestEqualZoneNamesAreOneZone(t *testing.T) {
	first, again := zone(t, "Europe/Paris"), zone(t, "Europe/Paris")
	if first != again {
		t.Error("two pointers for one zone")
	}
}

func TestT10_OtherZoneNamesAreRefused(t *testing.T) {
	for _, name := range []string{
		"", "Local", "local", "utc", "Mars/X", "../x", "America/../America/New_York", "/etc/localtime",
		"/usr/share/zoneinfo/America/New_York", "America/", "/", "America", "America//New_York", `America\New_York`,
		"america/new_york", "right/America/New_York", "posix/Europe/Paris", "zone.tab", "America/New York",
		"America/New_York\x00", "América/X", "-05:00", "+1", "EST5EDT,M3.2.0,M11.1.0", "A" + strings.Repeat("a", 64),
	} {
		if loc, err := schedule.LoadZone(name); err == nil {
			t.Errorf("%q: accepted as %v", name, loc)
		}
	}
}
