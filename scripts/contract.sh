#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Judge an implementation in any language by the files in tests/: see docs/reimplementing.md.
set -euo pipefail
from=$PWD
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'TEXT'
usage: scripts/contract.sh --probe COMMAND [OPTIONS] [MODULE...]   modules, by tests/vectors
       scripts/contract.sh --url URL PROGRAM                      a listening server, by its transcripts
       scripts/contract.sh --stdio PROGRAM COMMAND [ARG...]       a server on stdio, by its transcripts
       scripts/contract.sh --list                                 the modules and what they are for

COMMAND of --probe is run as `COMMAND MODULE`; it reads a JSON case a line and answers a JSON result
a line. `scripts/contract.sh --probe --help` explains the protocol, its options and its report.
PROGRAM is mcp-database or mcp-product-metadata: the directory under tests/integration/transcripts.
Commands run in the directory this one is called from.

exit status: 0 everything agrees, 1 something differs (each difference is shown), 2 wrong use

  scripts/contract.sh --probe build/dev/bin/mcp-probe
  scripts/contract.sh --probe "python3 tests/contract/port.py" --module sse_parser --json
  scripts/contract.sh --url http://localhost:8002/mcp mcp-product-metadata
  scripts/contract.sh --stdio mcp-product-metadata ./my-server --transport stdio
TEXT
}

transcripts=$root/tests/integration/transcripts
# need_program NAME: it has transcripts, and there is something to replay them with.
need_program() {
    if [ ! -d "$transcripts/$1" ]; then
        printf 'contract.sh: no transcripts of "%s": expected one of:' "$1" >&2
        printf ' %s' $(ls "$transcripts") >&2
        printf '\n' >&2
        exit 2
    fi
    replay=${MCP_REPLAY:-$root/build/dev/bin/mcp-replay}
    [ -x "$replay" ] || build_preset dev mcp-replay
}

case ${1:-} in
--probe)
    [ $# -ge 2 ] || { usage >&2; exit 2; }
    shift
    cd "$from"
    exec python3 "$root/scripts/contract.py" "$@"
    ;;
--url)
    [ $# -eq 3 ] || { usage >&2; exit 2; }
    need_program "$3"
    exec "$replay" --url "$2" "$transcripts/$3"/*.jsonl
    ;;
--stdio)
    [ $# -ge 3 ] || { usage >&2; exit 2; }
    program=$2
    shift 2
    need_program "$program"
    cd "$from"
    exec "$replay" "$transcripts/$program"/*.jsonl -- "$@"
    ;;
--list) exec python3 "$root/scripts/check_vectors" --list ;;
-h | --help) usage ;;
*) usage >&2; exit 2 ;;
esac
