#!/usr/bin/env bash
# Every lint, each under its heading; goes on after a failure and names the failed ones at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

STATICCHECK=v0.8.2
REDOCLY=2.77.0
NODE_FOR_REDOCLY=22 # fetched only where the Node.js at hand is too old

formatting() {
  local unformatted
  unformatted=$(git ls-files --cached --others --exclude-standard '*.go' | while read -r file; do
    [ ! -f "$file" ] || gofmt -l "$file" 2>&1
  done)
  [ -z "$unformatted" ] || { printf 'gofmt -w these files:\n%s\n' "$unformatted"; return 1; }
}

contract() {
  local node=()
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a >= 22 || (a == 20 && b >= 19) ? 0 : 1)' ||
    node=(-p "node@$NODE_FOR_REDOCLY")
  REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true NPM_CONFIG_UPDATE_NOTIFIER=false \
    npx --yes ${node[@]+"${node[@]}"} -p "@redocly/cli@$REDOCLY" redocly lint openapi.yaml
}

modules() {
  go mod verify || return
  go mod tidy -diff >/dev/null || { echo "go.mod or go.sum is not what the code needs: go mod tidy"; return 1; }
}

failed=
step() {
  local name=$1
  shift
  printf '\n== %s (at %d:%02d)\n' "$name" $((SECONDS / 60)) $((SECONDS % 60))
  "$@" || { echo "FAILED: $name"; failed="$failed, $name"; }
}

step gofmt formatting
step 'go vet' go vet ./...
step staticcheck go run "honnef.co/go/tools/cmd/staticcheck@$STATICCHECK" ./...
step 'rules of the house' go test -run '^Test(Imports|Only|Files|Rows|Packages|EachThreat|EveryRequirement)' .
step openapi.yaml contract
step modules modules

echo
[ -z "$failed" ] || { echo "check failed: ${failed#, }"; exit 1; }
echo "check passed"
