package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPages drives the demo's pages in Chromium, where there is one, as its two people would: each sees what the other does.
func TestPages(t *testing.T) {
	for _, program := range browsers() {
		t.Run(filepath.Base(program), func(t *testing.T) {
			demo := startDemo(t, env(t, "HANDRAIL_DATABASE_URL", "", "HANDRAIL_MASTER_KEY", ""))
			t.Cleanup(func() {
				if err := demo.stop(); err != nil {
					t.Errorf("the demo did not end cleanly: %v", err)
				}
			})
			browser, address := chromium(t, program), demo.address()
			phone := openPage(t, browser, address+"/phone", 480, 920)
			phone.sees("Unlock", "You have something")
			phone.picture("phone-lock")
			counselor := openPage(t, browser, address+"/counselor", 1120, 780)
			step := func(name string, does func(t *testing.T, phone, counselor *page)) {
				t.Run(name, func(t *testing.T) { does(t, phone.in(t), counselor.in(t)) })
			}
			step("a push is acknowledged by the page, and the counselor sees that it reached the phone", reaches)
			step("the client says late and then coming, and the counselor sees it", answers)
			step("the client practises with one tap", practises)
			step("what does not fit is said beside its field, and homework is handed in", handsIn)
			step("homework that the counselor gives is on the phone", gives)
			step("a session that moves replaces its notification", moves)
			step("a tap on the notification is seen as opened", opens)
			step("the counselor reads and answers homework", reviews)
			step("the language and the colors change, and the client keeps the language", changesLanguage)
			t.Run("what one language says the other says too", func(t *testing.T) { sameWords(t, phone.in(t)) })
			t.Run("the keyboard alone is enough", func(t *testing.T) { keyboard(t, openPage(t, browser, address+"/phone?who=demo-phone-0002", 480, 920)) })
			t.Run("everything has a name, contrast and size, on a small phone too", func(t *testing.T) { usable(t, browser, address) })
		})
	}
}

func (p *page) in(t *testing.T) *page { return &page{t, p.ctx, p.js} }

func reaches(t *testing.T, phone, counselor *page) {
	waitFor(t, "an acknowledgement", look, func() bool { return ask[int](phone, "requests", "/v1/acks") > 0 })
	counselor.sees("Robin Vale", "reached the phone", "sent, arrival unknown", "None of it says what the person meant.")
}

func answers(t *testing.T, phone, counselor *page) {
	phone.click("Unlock")
	phone.sees("Relapse prevention", "Are you coming?")
	phone.picture("phone-today")
	phone.click("Late")
	phone.sees("Late (10 min)")
	counselor.sees("Robin Vale 10 min late")
	phone.click("Coming")
	counselor.sees("Robin Vale coming", "Casey Nguyen can't come", "No ride today.")
	counselor.picture("counselor")
}

func practises(t *testing.T, phone, _ *page) {
	phone.click("Homework")
	phone.sees("6 of 14 days")
	phone.click("I practised: Coping practice")
	phone.sees("Practised today", "7 of 14 days")
}

func handsIn(t *testing.T, phone, counselor *page) {
	phone.click("Open: Trigger log")
	phone.sees("Entry 1")
	phone.click("Hand in")
	phone.sees("Please look again at:")
	phone.put("f-answers.entries[0].situation", "The bar on my way home")
	phone.choose("f-answers.entries[0].urge", "6")
	phone.put("f-text", "I took the other street.")
	phone.isUsable("a form")
	phone.click("Hand in")
	phone.sees("Handed in. It waits for your counselor.", "Waiting for an answer")
	counselor.sees("Robin Vale Trigger log")
}

func gives(t *testing.T, phone, counselor *page) {
	counselor.choose("assign-to", "Robin Vale")
	counselor.choose("assign-what", "Reading")
	counselor.put("assign-title", "Read chapter two")
	counselor.click("Give")
	counselor.sees("Given to Robin Vale.")
	phone.click("Homework")
	phone.sees("Read chapter two")
}

func moves(t *testing.T, phone, counselor *page) {
	phone.click("Lock")
	phone.sees("You have something")
	counselor.click("Move Relapse prevention")
	counselor.sees("Phones that were told the old time are told the new one.")
	start, err := time.Parse("2006-01-02T15:04", ask[string](counselor, "value", "new-start"))
	if err != nil {
		t.Fatal(err)
	}
	counselor.put("new-start", start.Add(15*time.Minute).Format("2006-01-02T15:04"))
	counselor.click("Move", "Relapse prevention")
	counselor.sees("Moved. Who was told the old time is told the new one.")
	phone.sees(" is now ", "updated")
	if n := ask[int](phone, "count", "#notes li"); n != 1 {
		t.Errorf("%d notifications, want the one that took the other's place", n)
	}
	phone.seesNoMore("You have something")
}

func opens(t *testing.T, phone, counselor *page) {
	phone.click(ask[string](phone, "name", "#notes button"))
	phone.sees("Moved from")
	counselor.sees("opened")
}

func reviews(t *testing.T, phone, counselor *page) {
	counselor.click("Read Trigger log of Robin Vale")
	counselor.sees("The bar on my way home", "I took the other street.")
	counselor.put("comment", "The other street: keep it.")
	counselor.click("Accept")
	counselor.sees("Answered.")
	phone.click("Homework")
	phone.sees("The other street: keep it.")
}

func changesLanguage(t *testing.T, phone, _ *page) {
	phone.click("Week")
	phone.sees("This week")
	phone.click("Cambiar a español")
	phone.sees("Esta semana", "Personas")
	phone.click("Cambiar a colores oscuros")
	if theme := ask[string](phone, "theme", nil); theme != "dark" {
		t.Errorf("the colors are %s", theme)
	}
	phone.picture("phone-week")
	phone.reload()
	phone.sees("Desbloquear")
	phone.click("Switch to English")
	phone.sees("Unlock")
}

func keyboard(t *testing.T, phone *page) {
	phone.sees("Sam Ortiz", "Unlock")
	phone.tabTo("Unlock")
	phone.press(kb.Enter)
	phone.sees("Are you coming?")
	phone.tabTo("Can't")
	phone.press(kb.Enter)
	waitFor(t, "the answer", look, func() bool { return ask[int](phone, "count", `[id$="cannot_come"][aria-pressed="true"]`) == 1 })
	phone.tabTo("People")
	phone.press(" ")
	phone.tabTo("Call Theo")
	phone.tabTo("Homework")
	phone.press(kb.Enter)
	phone.tabTo("I practised: Coping practice")
	phone.press(kb.Enter)
	phone.sees("Practised today")
	phone.tabTo("Practised today") // the focus stays where it was
}

func usable(t *testing.T, browser context.Context, address string) {
	counselor := openPage(t, browser, address+"/counselor?who=demo-counselor-0002", 1280, 900)
	counselor.sees("Lee Okafor", "Coping skills", "Reminders", "Alumni meeting")
	phone := openPage(t, browser, address+"/phone?who=demo-phone-0003", 320, 640)
	phone.sees("Alex", "Desbloquear")
	for _, colors := range []string{"light", "dark"} {
		ask[bool](phone, "paint", colors)
		ask[bool](counselor, "paint", colors)
		counselor.isUsable("the counselor's day, " + colors)
		phone.isUsable("the lock screen, " + colors)
		phone.click("Desbloquear")
		for tab, says := range map[string]string{"Hoy": "Si necesitas ayuda", "Semana": "Esta semana", "Tareas": "Por hacer", "Personas": "Llamar", "Mi plan": "Metas"} {
			phone.click(tab)
			phone.sees(says)
			phone.isUsable(tab + ", " + colors)
		}
		phone.click("Bloquear")
	}
	narrow := openPage(t, browser, address+"/counselor", 320, 640)
	narrow.sees("Dana Reyes", "Reminders", "Robin Vale")
	narrow.isUsable("the counselor's day on a phone")
	ask[bool](narrow, "forget", nil) // the colors that were chosen
	both := openPage(t, browser, address+"/", 1600, 960)
	both.sees("Handrail")
	both.isUsable("both")
	waitFor(t, "both pages side by side", look, func() bool { return ask[int](both, "framed", nil) == 2 })
}

// sameWords finds words that one of the pages' languages has and another has not.
func sameWords(t *testing.T, page *page) {
	for _, missing := range do(page, chromedp.Evaluate[[]string](`Promise.all([import("/demo/words/en.js"), import("/demo/words/es.js")]).then(([en, es]) => {
		const keys = (words, at) => Object.entries(words).flatMap(([key, value]) => typeof value === "object" ? keys(value, at + key + ".") : at + key);
		const [a, b] = [new Set(keys(en.default, "")), new Set(keys(es.default, ""))];
		return [...a.symmetricDifference(b)];
	})`, chromedp.EvalAwaitPromise)) {
		t.Errorf("%s is not said in every language", missing)
	}
}
