#!/usr/bin/env bash
# Runs the suite, or what its arguments say, and counts; `make test` gives it a PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")/.."

note=
if [ -z "${HANDRAIL_TEST_POSTGRES_URL:-}" ]; then
  note="The PostgreSQL half did NOT run; these results are for SQLite alone. To run both, install the server
(Debian: apt-get install postgresql; macOS: brew install postgresql) and run make test again, or set
HANDRAIL_TEST_POSTGRES_URL=postgres://… to a server whose databases may be thrown away."
fi

packages=./...
for argument; do
  case $argument in . | ./* | handrail | handrail/*) packages= ;; esac
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
go build -buildvcs=false -o "$scratch/testsum" ./scripts/testsum
# shellcheck disable=SC2086 # no packages of its own when the arguments name some
CGO_ENABLED=1 go test -race -timeout 24m -json "$@" $packages | "$scratch/testsum" "$note"
