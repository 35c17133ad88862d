package apitest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"handrail/apitest"
)

// Two people whose words nobody else says.
const robins, caseys = "Xylophone", "Zeppelin"

// twoLives are two clients of one counselor; the first of them is in a group of the second's, too.
func twoLives(w *apitest.World) (robin, casey *life) {
	counselor := w.Admin.NewCounselor("Dana Counselor")
	robin = live(w, counselor, robins)
	w.Clock.Set(w.T, apitest.Start)
	counselor.SignIn()
	casey = live(w, counselor, caseys, robin.Person)
	return robin, casey
}

// mustSay fails the test unless an export has these words of somebody's, and none of the others.
func mustSay(t *testing.T, what, export, whose string, has []string, hasNot []string) {
	t.Helper()
	for _, word := range has {
		if !strings.Contains(export, whose+word) {
			t.Errorf("%s does not have %s", what, whose+word)
		}
	}
	for _, word := range hasNot {
		if regexp.MustCompile(whose + word + `\b`).MatchString(export) {
			t.Errorf("%s has %s", what, whose+word)
		}
	}
}

func TestAClientTakesEverythingAboutThemAlongAndNothingOfAnybodyElses(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, casey := twoLives(w)
		everything := append(append([]string{}, readByBoth...), readByThemselves...)
		for format, kind := range map[string]string{"json": "application/json", "html": "text/html"} {
			for _, c := range []struct {
				who         *life
				word, other string
			}{{robin, robins, caseys}, {casey, caseys, robins}} {
				reply := c.who.Get("/v1/me/export?format=" + format).Want(http.StatusOK)
				if !strings.HasPrefix(reply.Header.Get("Content-Type"), kind) {
					t.Errorf("%s is %s", format, reply.Header.Get("Content-Type"))
				}
				has := everything
				if format == "html" { // by which installation somebody was signed in is nothing to read
					has = slices.DeleteFunc(slices.Clone(has), func(word string) bool { return word == "installation" })
				}
				mustSay(t, c.word+"'s "+format, reply.Raw(), c.word, has, nil)
				seen := everything
				if c.who == robin { // who is in Casey's group knows what it is called
					seen = slices.DeleteFunc(slices.Clone(everything), func(word string) bool {
						return slices.Contains([]string{"title", "room", "tag", "material", "hint"}, word)
					})
				}
				mustSay(t, c.word+"'s "+format, reply.Raw(), c.other, nil, seen)
				if strings.Contains(reply.Raw(), strings.ToLower(c.other)+"@") || !strings.Contains(reply.Raw(), strings.ToLower(c.word)+"@") || !strings.Contains(reply.Raw(), "21:15") {
					t.Errorf("the profile in %s's %s", c.word, format)
				}
			}
		}
	})
}

func TestACounselorsExportHasWhatACounselorMaySee(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, _ := twoLives(w)
		path := "/v1/clients/" + robin.ID + "/export?format="
		for _, format := range []string{"json", "html"} {
			got := robin.counselor.Get(path + format).Want(http.StatusOK).Raw()
			mustSay(t, "the counselor's "+format, got, robins, readByBoth, readByThemselves)
			mustSay(t, "the counselor's "+format, got, caseys, nil, []string{"name", "submission", "goal", "rsvp", "shared"})
			if strings.Contains(got, `"went":true`) {
				t.Error("the client's own word of a meeting is told")
			}
		}
		robin.Put("/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		mustSay(t, "after the consent is withdrawn it", robin.counselor.Get(path+"json").Want(http.StatusOK).Raw(), robins, nil, []string{"shared"})
		if n := w.Count("audit_events", "actor_id = $1 AND client_id = $2 AND action = 'export_record'", robin.counselor.ID, robin.ID); n != 3 {
			t.Errorf("three exports are noted %d times", n)
		}
		robin.Get("/v1/me/export?format=pdf").WantField("format")
		w.Admin.Get(path+"html").WantProblem(http.StatusForbidden, "role_not_allowed")
	})
}

func TestTheRecordAsAPageIsInItsReadersLanguageAndRunsNothing(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, _ := twoLives(w)
		robin.Post("/v1/me/goals", object{"text": `<script>alert("x")</script><img src=https://example.com/x onerror=alert(1)>`}).Want(http.StatusCreated)
		robin.Patch("/v1/me", object{"locale": "es", "time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		reply := robin.Get("/v1/me/export?format=html").Want(http.StatusOK)
		page := reply.Raw()
		for _, want := range []string{`<html lang="es">`, "El expediente de Xylophonename", "Hecho por Xylophonename, 3 de noviembre de 2026 a las 3:01 p.m.",
			"America/Los_Angeles", "This record which has been disclosed to you is protected by Federal confidentiality rules (42 CFR part 2)", "Lista de apoyo", "madrina o padrino", "Abrió tu expediente.", "Riverbend Recovery Center"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		for _, never := range []string{"<script", "<img", "http://", "src=", "href=", "url("} {
			if strings.Contains(strings.ReplaceAll(page, "&lt;img src=https://example.com/x", ""), never) {
				t.Errorf("the page has %q", never)
			}
		}
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)[1]
		sum := sha256.Sum256([]byte(style))
		policy := reply.Header.Get("Content-Security-Policy")
		if want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"; policy != want {
			t.Errorf("the policy is %s, want %s", policy, want)
		}
		counselors := robin.counselor.Get("/v1/clients/" + robin.ID + "/export?format=html").Want(http.StatusOK).Raw()
		for _, want := range []string{`<html lang="en">`, "The record of Xylophonename", "Made by Dana Counselor, November 3, 2026, 3:01 PM.", "America/Los_Angeles"} {
			if !strings.Contains(counselors, want) {
				t.Errorf("the counselor's page lacks %q", want)
			}
		}
	})
}
