#!/bin/bash
# SPDX-License-Identifier: MIT
# Run a command beside a PostgreSQL server of its own: a private socket, no TCP, gone in the end.
#
# usage: with_postgres.sh COMMAND [ARGUMENT...]
#
# The command finds MCP_TEST_POSTGRES_DIR (the socket's directory; user postgres is the
# administrator and needs no password), MCP_TEST_POSTGRES_BIN (its programs) and
# MCP_TEST_POSTGRES_CTL, a script that takes start, stop, kill (every process of the server at once),
# freeze or thaw. Exit code 77, skipped, when there is no PostgreSQL.
set -u
bin=$(dirname "$(find /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin \
    -name initdb 2>/dev/null | sort -V | tail -n 1)" 2>/dev/null)
[ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb)" 2>/dev/null)
if [ ! -x "$bin/initdb" ] || [ ! -x "$bin/postgres" ]; then
    echo "with_postgres.sh: no PostgreSQL server here: skipped" >&2
    exit 77
fi

dir=$(mktemp -d /tmp/mcp-postgres-XXXXXX) || exit 1
as_user=()
if [ "$(id -u)" -eq 0 ]; then # initdb does not run as root
    owner=postgres
    id "$owner" >/dev/null 2>&1 || owner=nobody
    as_user=(setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups)
    chown "$owner" "$dir"
fi
chmod 0711 "$dir"

cat >"$dir/ctl" <<CTL
#!/bin/bash
cd /
run() { ${as_user[*]} "\$@"; }
pid=\$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null)
case \$1 in
start) run "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 30 start >/dev/null ;;
stop) run "$bin/pg_ctl" -D "$dir/data" -w -t 30 -m immediate stop >/dev/null ;;
kill) kill -KILL \$pid \$(ps -o pid= --ppid "\$pid") ; while kill -0 "\$pid" 2>/dev/null; do sleep 0.05; done
      rm -f "$dir/data/postmaster.pid" ;;
freeze) kill -STOP \$pid \$(ps -o pid= --ppid "\$pid") ;;
thaw) kill -CONT \$pid \$(ps -o pid= --ppid "\$pid") ;;
esac
CTL
chmod 0755 "$dir/ctl"

# When this script is killed, by a test's time limit perhaps, the server goes too.
(
    while kill -0 $$ 2>/dev/null; do sleep 1; done
    "$dir/ctl" thaw
    "$dir/ctl" stop
    rm -rf "$dir"
) </dev/null >/dev/null 2>&1 &
watcher=$!

finish() {
    kill "$watcher" 2>/dev/null
    "$dir/ctl" thaw 2>/dev/null
    "$dir/ctl" stop 2>/dev/null
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM

cd / || exit 1
"${as_user[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = off
full_page_writes = off
autovacuum = off
shared_buffers = 32MB
max_connections = 40
lc_messages = 'C'
CONF
cat >"$dir/data/pg_hba.conf" <<HBA
local all needs_password scram-sha-256
local all all trust
HBA
"$dir/ctl" start || { cat "$dir/log" >&2; exit 1; }
cd - >/dev/null || exit 1
export MCP_TEST_POSTGRES_DIR=$dir MCP_TEST_POSTGRES_CTL=$dir/ctl MCP_TEST_POSTGRES_BIN=$bin
"$@"
