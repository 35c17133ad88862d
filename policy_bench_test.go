package main

import (
	"context"
	"testing"
	"time"

	"handrail/models"
	"handrail/models/modelstest"
)

// BenchmarkPolicy has a clinic of 1,000 clients, each with twelve sessions ahead, remind otherwise: how long the one
// transaction takes that moves every reminder, and keeps others from these people.
func BenchmarkPolicy(b *testing.B) {
	const clients, sessions = 1000, 12
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		seeded := db.Seed(b, clients, time.Now().Add(24*time.Hour))
		db.MoreSessions(b, seeded, sessions-1)
		store := db.Open(b, nil)
		admin := models.Actor{UserID: seeded.StaffID, ClinicID: seeded.ClinicID, Role: models.Admin}
		remind := func(lead string) {
			change := models.ClinicChange{Reminders: &models.PolicyChange{Leads: &models.LeadsChange{Session: []string{"1d", lead}}}}
			if _, err := store.UpdateClinic(context.Background(), admin, nil, change); err != nil {
				b.Fatal(err)
			}
		}
		remind("2h")
		var took time.Duration
		for i := range b.N {
			began := time.Now()
			remind([]string{"3h", "2h"}[i%2])
			took += time.Since(began)
		}
		b.ReportMetric(took.Seconds()/float64(b.N), "s/policy")
		b.ReportMetric(float64(db.Count(b, "SELECT count(*) FROM reminders WHERE state = 'waiting'")), "waiting")
	})
}
