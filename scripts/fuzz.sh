#!/usr/bin/env bash
# Fuzzes every target in turn, goes on after a failure and names the failed ones: scripts/fuzz.sh [TIME]
# Go keeps each failing input in the package's testdata/fuzz: commit it, it is a test from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=
for package in $(scripts/packages-with.sh Fuzz); do
  for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$package"/*_test.go); do
    echo "== $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-60s}" "$package" || failed="$failed $package:$target"
  done
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
