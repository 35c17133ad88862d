package words

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// published are the texts that people have agreed to, by the SHA-256 of their files. Add to them; never change one.
var published = map[string]string{
	"aftercare.2026-11.en":       "b6509aa79f3d178a9bee46cd2561eba97708e8a0fc9f45e3f08571c7b0c02bb7",
	"aftercare.2026-11.es":       "9dde555769626ed01cc903eb4aed26663602948004512969b9fef6e5e0f9b141",
	"family_sessions.2026-11.en": "2a82332970bb1b08af1f2b302776753e5448ba0d8744e56b0af3e3cfafbaed80",
	"family_sessions.2026-11.es": "ed5f58562d60b93f14a9246854c33782f4190d73aac971a919b8380cbf453bcc",
	"peer_reachable.2026-11.en":  "49bbfd77e82369f9ba5be569f8e0d1b3fe95fecb41272ac00064d849e9189642",
	"peer_reachable.2026-11.es":  "bd8b19c19c466e5b7db6470787c2bbdc4306cb78e5659581d7323e6e0ca186dc",
	"push.2026-11.en":            "45a4d05d063d9d3cc3e08b5d0f2a1c7c9ab88168bb5969cb991edf623a273b41",
	"push.2026-11.es":            "ab284065c5f984537bc94f037edc6573759c7fd2a619aa03cdd4133e45982a3c",
	"share_contacts.2026-11.en":  "035ef30b9f0434ab752620bbc8b95109b95763e424e098ce35ea211fb520022c",
	"share_contacts.2026-11.es":  "97fd12e2f2d32db3e18d65e7f0f638f261704fef39b32fc6bb0da071991b5df0",
	"sober_living.2026-11.en":    "14860c04130743cfc0004f7aaed290c2fc24b1c0e2290ba6b48bb8d988c1aa66",
	"sober_living.2026-11.es":    "626e4ea60eb09d6f70c57855bd543fdcad187c451dc1236e733835a1ab3a4335",
}

func TestAPublishedConsentTextNeverChanges(t *testing.T) {
	names, err := fs.Glob(consentFiles, "consents/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]string{}
	for _, name := range names {
		file, err := fs.ReadFile(consentFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(file)
		there[strings.TrimSuffix(strings.TrimPrefix(name, "consents/"), ".txt")] = hex.EncodeToString(sum[:])
	}
	for _, name := range slices.Sorted(maps.Keys(published)) {
		if there[name] != published[name] {
			t.Errorf("%s is not what people agreed to: leave it as it was, and write the files of a new version", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if published[name] == "" {
			t.Errorf("%s is new: note here that it is published, with %s", name, there[name])
		}
	}
}

// Care must not depend on the answer (42 CFR §2.31 leaves consequences to be stated; here there are none), and how to take it
// back has to be said (§2.31(a)(6)).
func TestEachConsentTextSaysHowLongHowToTakeItBackAndThatCareDoesNotDependOnIt(t *testing.T) {
	says := map[string][]string{
		"en": {"What you allow:", "How long:", "How to take it back:", "You are free to say no.", "Your care"},
		"es": {"Qué permites:", "Hasta cuándo:", "Cómo cambiar de idea:", "Puedes decir que no.", "Tu atención"},
	}
	for _, text := range ConsentTexts() {
		for _, want := range says[text.Locale] {
			if !strings.Contains(text.Text, want) {
				t.Errorf("%s %s %s does not say %q", text.Kind, text.Version, text.Locale, want)
			}
		}
		for _, sentence := range strings.FieldsFunc(text.Text, func(r rune) bool { return strings.ContainsRune(".?:\n", r) }) {
			if n := len(strings.Fields(sentence)); n > 24 {
				t.Errorf("%s %s %s: a sentence of %d words is too long to be understood at once:%s", text.Kind, text.Version, text.Locale, n, sentence)
			}
		}
	}
}

func TestTheNewestVersionIsAskedForAndEarlierOnesStayReadable(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"push.2026-11", "push.2027-03", "aftercare.2026-12", "push.2026-09"} {
		for _, locale := range Locales() {
			files["consents/"+name+"."+locale+".txt"] = &fstest.MapFile{Data: []byte("Title\n\n" + name + " in " + locale + "\n")}
		}
	}
	all, err := readConsentTexts(files)
	if err != nil || len(all) != 8 {
		t.Fatal(all, err)
	}
	var current []string
	for _, text := range currentOf(all) {
		current = append(current, text.Text)
	}
	want := []string{"aftercare.2026-12 in en", "aftercare.2026-12 in es", "push.2027-03 in en", "push.2027-03 in es"}
	if !slices.Equal(current, want) {
		t.Errorf("asked for are %v, want %v", current, want)
	}
	delete(files, "consents/push.2026-09.es.txt")
	if _, err := readConsentTexts(files); err == nil {
		t.Error("a version is there in one language only, and nobody says so")
	}
}

func TestTheNoticeOfADisclosureIsTheLawsOwnAndComesInEnglishToEverybody(t *testing.T) {
	for _, locale := range Locales() {
		notice := DisclosureNotice(locale)
		for _, want := range []string{ // 42 CFR §2.32(a)(1), as amended by 89 FR 12472
			"This record which has been disclosed to you is protected by Federal confidentiality rules (42 CFR part 2).",
			"in any civil, criminal, administrative, or legislative proceedings by any Federal, State, or local authority, against the patient,",
			"except as provided at 42 CFR 2.12(c)(5) or as authorized by a court in accordance with 42 CFR 2.64 or 2.65.",
			"(ii) You are a covered entity or business associate and have received the record for treatment, payment, or health care operations, or",
			"is NOT sufficient to meet the required elements of written consent to further use or redisclose the record (see 42 CFR 2.31).",
		} {
			if !strings.Contains(notice, want) {
				t.Errorf("the notice in %s lacks %q", locale, want)
			}
		}
	}
	if DisclosureNotice("es") == DisclosureNotice("en") {
		t.Error("who reads Spanish has to read English")
	}
}
