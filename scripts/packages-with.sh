#!/usr/bin/env bash
# Names the packages whose tests declare a function that begins so: scripts/packages-with.sh Benchmark
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$({ grep -rl --include='*_test.go' "^func $1[A-Z]" . || true; } | sed 's,/[^/]*$,,' | sort -u)
[ -n "$packages" ] || { echo "no $1 functions in any test file" >&2; exit 1; }
echo "$packages"
