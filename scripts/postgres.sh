#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL: scripts/postgres.sh COMMAND…
# The command finds the server in HANDRAIL_TEST_POSTGRES_URL; it gets no standard input.
#
#   HANDRAIL_TEST_POSTGRES_URL=postgres://…  use that server, start none
#   HANDRAIL_TEST_POSTGRES_DURABLE=1         write to disk as in production: for benches and kill tests
#   HANDRAIL_TEST_REQUIRE_POSTGRES=1         fail where no server can be had, instead of going on without
#   TMPDIR                                   where the data lives, and what the command writes; on a RAM disk durable
#                                            means nothing. Unset: in memory where there is room, unless durable; else /tmp
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: scripts/postgres.sh COMMAND…" >&2; exit 2; }
in_memory=/dev/shm
has_room() { # 4 GiB of it; in a container it is often small, and a place where no program may run
  [ "$(df -Pk "$in_memory" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024 / 1024) }')" -ge 4 ] 2>/dev/null &&
    ! grep -qs " $in_memory [^ ]* [^ ]*noexec" /proc/mounts
}
if [ -z "${TMPDIR:-}" ] && [ "${HANDRAIL_TEST_POSTGRES_DURABLE:-}" != 1 ] && has_room; then
  export TMPDIR=$in_memory
fi
[ -z "${HANDRAIL_TEST_POSTGRES_URL:-}" ] || exec "$@"

without() { # reason, command…
  echo "postgres.sh: $1" >&2
  shift
  if [ "${HANDRAIL_TEST_REQUIRE_POSTGRES:-}" = 1 ]; then
    echo "postgres.sh: HANDRAIL_TEST_REQUIRE_POSTGRES=1 asks for PostgreSQL, so nothing was run. Install the server" >&2
    echo "(Debian: apt-get install postgresql; macOS: brew install postgresql), or set HANDRAIL_TEST_POSTGRES_URL." >&2
    exit 1
  fi
  exec "$@"
}

server_programs() { # the folder that has them; Debian keeps them off the PATH
  local folder
  for folder in "$(dirname "$(command -v initdb || true)")" "$(pg_config --bindir 2>/dev/null || true)" \
    $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
      /usr/local/opt/postgresql*/bin 2>/dev/null | sort -rV); do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/postgres" ]; then
      echo "$folder"
      return
    fi
  done
}

programs=$(server_programs)
[ -n "$programs" ] || without "no PostgreSQL server programs found (initdb, pg_ctl, postgres)" "$@"

user=$(id -un)
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  user=nobody
  ! id postgres >/dev/null 2>&1 || user=postgres
fi

as_server() {
  (
    cd "$folder"
    if [ "$user" = "$(id -un)" ]; then
      "$@"
    elif command -v setpriv >/dev/null; then
      setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@"
    elif command -v runuser >/dev/null; then
      runuser -u "$user" -- "$@"
    else
      su "$user" -s /bin/sh -c "$(printf '%q ' "$@")"
    fi
  )
}

command_group=
clean_up() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  if [ -n "$command_group" ]; then # interrupted: the command and all it started end first
    kill -TERM -- "-$command_group" 2>/dev/null || true
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      kill -0 -- "-$command_group" 2>/dev/null || break
      sleep 0.3
    done
    kill -KILL -- "-$command_group" 2>/dev/null || true
  fi
  if [ -f "$folder/data/postmaster.pid" ]; then
    as_server "$programs/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 ||
      kill -KILL "$(head -n 1 "$folder/data/postmaster.pid")" 2>/dev/null || true
  fi
  rm -rf "$folder"
  exit "$code"
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/handrail-postgres.XXXXXX")
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
[ "$(id -u)" != 0 ] || chown "$user" "$folder"

make_cluster() {
  as_server "$programs/initdb" -D "$folder/data" -U handrail -A trust -E UTF8 --locale=C --no-sync || return
  {
    echo "listen_addresses = '127.0.0.1'"
    echo "unix_socket_directories = '$folder'"
    echo "max_connections = 300"
    [ "${HANDRAIL_TEST_POSTGRES_DURABLE:-}" = 1 ] ||
      printf '%s = off\n' fsync synchronous_commit full_page_writes
  } >>"$folder/data/postgresql.conf"
}

start_server() { # a taken port shows only when the server tries it, so try a few
  local _
  for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    ! as_server "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -o "-p $port" -w start || return 0
  done
  cat "$folder/log"
  return 1
}

if ! { make_cluster && start_server; } >"$folder/start" 2>&1; then
  tail -n 20 "$folder/start" >&2
  trap - EXIT INT TERM HUP
  rm -rf "$folder"
  without "PostgreSQL in $programs did not start; the lines above say why" "$@"
fi
export HANDRAIL_TEST_POSTGRES_URL="postgres://handrail@127.0.0.1:$port/postgres?sslmode=disable"

set -m # the command leads a process group of its own, which can be ended as a whole
"$@" </dev/null &
command_group=$!
set +m
code=0
wait "$command_group" || code=$?
command_group=
exit "$code"
