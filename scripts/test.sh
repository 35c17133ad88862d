#!/usr/bin/env bash
# Runs the suite, or what its arguments say, and counts; `make test` gives it a PostgreSQL.
#
#   HANDRAIL_TEST_BROWSER=/usr/bin/chromium  drive the demo's pages in that browser; else in the Chromium on the PATH
#   HANDRAIL_TEST_REQUIRE_BROWSER=1          fail where there is none, instead of going on without
set -euo pipefail
cd "$(dirname "$0")/.."

note=
if [ -z "${HANDRAIL_TEST_POSTGRES_URL:-}" ]; then
  note="The PostgreSQL half did NOT run; these results are for SQLite alone. To run both, install the server
(Debian: apt-get install postgresql; macOS: brew install postgresql) and run make test again, or set
HANDRAIL_TEST_POSTGRES_URL=postgres://… to a server whose databases may be thrown away."
fi
if ! command -v "${HANDRAIL_TEST_BROWSER:-chromium}" chromium-browser google-chrome >/dev/null; then
  browser="The browser test did NOT run: there is no Chromium to drive the demo's pages with. Install it
(Debian: apt-get install chromium) and run make test again, or name one in HANDRAIL_TEST_BROWSER."
  if [ "${HANDRAIL_TEST_REQUIRE_BROWSER:-}" = 1 ]; then
    echo "test.sh: HANDRAIL_TEST_REQUIRE_BROWSER=1 asks for a browser, so nothing was run. $browser" >&2
    exit 1
  fi
  note="$note${note:+

}$browser"
fi

packages=./...
for argument; do
  case $argument in . | ./* | handrail | handrail/*) packages= ;; esac
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
go build -buildvcs=false -o "$scratch/testsum" ./scripts/testsum
# A larger heap saves a tenth of the time: under the race detector collecting garbage is dear.
# shellcheck disable=SC2086 # no packages of its own when the arguments name some
GOGC=${GOGC:-400} CGO_ENABLED=1 go test -race -timeout 40m -json "$@" $packages | "$scratch/testsum" "$note"
