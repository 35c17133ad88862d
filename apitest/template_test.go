package apitest_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestHomeworkFromATemplateSpeaksTheClientsLanguage(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		d.client.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		id := d.given(object{"template": "thought_record"})
		theirs, ours := d.client.Get("/v1/me/assignments/"+id).Want(http.StatusOK), d.counselor.Get("/v1/assignments/"+id).Want(http.StatusOK)
		for who, seen := range map[string]string{"the client": theirs.Raw(), "the counselor": ours.Raw()} {
			if !strings.Contains(seen, "Registro de pensamientos") {
				t.Errorf("%s sees another title: %s", who, seen)
			}
		}
		if !strings.Contains(theirs.Raw(), "¿Qué pasó?") || !strings.Contains(ours.Raw(), "What happened?") {
			t.Errorf("the fields are not in each reader's language:\n%s\n%s", theirs.Raw(), ours.Raw())
		}
		d.counselor.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		if got := d.counselor.Get("/v1/templates/thought_record").Want(http.StatusOK).Text("title"); got != "Registro de pensamientos" {
			t.Errorf("the library is called %s", got)
		}
	})
}

func TestATemplateGivesWordsUnlessTheCounselorHasOthers(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		d.counselor.Post("/v1/clients/"+d.client.ID+"/assignments", object{"due": "2026-11-10T22:00:00Z"}).WantField("title")
		d.counselor.Post("/v1/clients/"+d.client.ID+"/assignments", object{"due": "2026-11-10T22:00:00Z", "title": "x"}).WantField("instructions")
		own := d.give(object{"template": "reading", "title": "Chapter 2"}).Want(http.StatusCreated)
		if own.Text("title") != "Chapter 2" || !strings.HasPrefix(own.Text("instructions"), "Read what you agreed on") {
			t.Errorf("it says %s", own.Raw())
		}
		if own.Object["template"].(map[string]any)["version"] != 1.0 {
			t.Errorf("which version? %s", own.Raw())
		}
	})
}

func TestTheLibraryIsListedPageByPage(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		seen := map[string]bool{}
		path := "/v1/templates?limit=3"
		for pages := 0; path != ""; pages++ {
			page := d.counselor.Get(path).Want(http.StatusOK)
			for _, item := range page.Items() {
				seen[item.Text("key")] = true
			}
			if path = ""; page.Object["next_cursor"] != nil {
				path = "/v1/templates?limit=3&cursor=" + page.Text("next_cursor")
			}
			if pages > 3 {
				t.Fatal("it never ends")
			}
		}
		if len(seen) != 7 {
			t.Errorf("the library has %v", seen)
		}
	})
}

func TestAnswersStayReadableWhenTheirTemplateHasMovedOn(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{"template": "reading"})
		d.submit(id, object{"answers": object{"idea": "That an urge passes."}}).Want(http.StatusOK)
		d.review(id, "returned").Want(http.StatusOK)
		d.Rows("UPDATE assignments SET template_version = 99 WHERE id = $1 RETURNING id", id) // one that this server does not know
		for _, seen := range []string{d.client.Get("/v1/me/assignments/" + id).Want(http.StatusOK).Raw(), d.counselor.Get("/v1/assignments/" + id).Want(http.StatusOK).Raw(),
			d.client.Get("/v1/me/assignments").Want(http.StatusOK).Raw()} {
			if !strings.Contains(seen, "That an urge passes.") {
				t.Errorf("the answers are gone: %s", seen)
			}
		}
		d.submit(id, object{"answers": object{"idea": "Another."}}).WantField("answers")
		d.submit(id, object{"text": "Another."}).Want(http.StatusOK)
	})
}
