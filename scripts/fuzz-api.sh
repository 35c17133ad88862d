#!/usr/bin/env bash
# Schemathesis reads openapi.yaml and calls a live server as every role would: scripts/fuzz-api.sh [EXAMPLES [SEED]]
# On SQLite, and on PostgreSQL where HANDRAIL_TEST_POSTGRES_URL names a server; HANDRAIL_FUZZ_ROLES='client other-client' for some
# roles, and for those of another clinic.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1

python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
  { echo "fuzz-api takes Python 3.10 or newer, with venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
pinned=$({ python3 --version; command -v python3; cat scripts/fuzzapi/requirements.txt; } | sha256sum | cut -c1-16)
environment=${XDG_CACHE_HOME:-${HOME:-${TMPDIR:-/tmp}}/.cache}/handrail/fuzz-api-$pinned
if [ ! -f "$environment/complete" ]; then
  python3 -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --no-deps --disable-pip-version-check -r scripts/fuzzapi/requirements.txt
  touch "$environment/complete"
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/handrail-fuzz-api.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
go build -buildvcs=false -tags nomsgpack,disable_grpc_modules -o "$scratch/handrail" .
"$environment/bin/python" scripts/fuzzapi/stage.py "$scratch/handrail" "$scratch" "${1:-50}" "${2:-1}"
