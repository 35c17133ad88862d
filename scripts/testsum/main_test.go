package main

import (
	"strings"
	"testing"
)

// Each case is what `go test -json` printed for such a package, shortened.
func TestEveryWayToFailIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		events string
		ok     bool
		want   []string
	}{
		"passing and skipped tests are fine": {`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/sub"}
{"Action":"skip","Package":"p","Test":"TestA/sub"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}`, true, []string{"\n1 passed, 0 failed, 1 skipped\n"}},
		"a failed test shows its output": {`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}`, false, []string{"FAILED p TestA\n    a_test.go:3: wrong", "\n0 passed, 1 failed, 0 skipped\n"}},
		"a binary that dies fails the test it was in": {`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"signal: killed\n"}
{"Action":"fail","Package":"p"}`, false, []string{"TestA (never ended", "signal: killed", "\n0 passed, 1 failed, 0 skipped\n"}},
		"a stream that breaks off is a failure": {`{"Action":"start","Package":"p"}`, false,
			[]string{"\n0 passed, 1 failed, 0 skipped\n"}},
		"a package that does not build shows the compiler": {`{"ImportPath":"d","Action":"build-output","Output":"d.go:2: no\n"}
{"Action":"fail","Package":"p","FailedBuild":"d"}`, false, []string{"d.go:2: no", "\n0 passed, 1 failed, 0 skipped\n"}},
		"a failure after the tests is one of its own": {`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"leaked\n"}
{"Action":"fail","Package":"p"}`, false, []string{"leaked", "\n1 passed, 1 failed, 0 skipped\n"}},
		"no test at all is a failure": {`{"Action":"skip","Package":"p"}`, false,
			[]string{"No test ran", "\n0 passed, 0 failed, 0 skipped\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if ok := summarize(strings.NewReader(c.events), &out, "a note"); ok != c.ok {
				t.Errorf("ok = %v, want %v", ok, c.ok)
			}
			for _, want := range append(c.want, "\na note\n") {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in:\n%s", want, out.String())
				}
			}
		})
	}
}
