#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Judge an implementation in any language by the files in tests/: see docs/reimplementing.md.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'TEXT'
usage: scripts/contract.sh --probe COMMAND [MODULE...]     pure modules, by tests/vectors
       scripts/contract.sh --url URL PROGRAM               a listening server, by its transcripts

COMMAND is run as `COMMAND MODULE`; it reads a JSON case a line and answers a JSON result a line.
PROGRAM is mcp-database or mcp-product-metadata: the directory under tests/integration/transcripts.
TEXT
}

case ${1:-} in
--probe)
    [ $# -ge 2 ] || { usage >&2; exit 2; }
    shift
    exec python3 scripts/contract.py "$@"
    ;;
--url)
    [ $# -eq 3 ] || { usage >&2; exit 2; }
    [ -x build/dev/bin/mcp-replay ] || build_preset dev mcp-replay
    exec build/dev/bin/mcp-replay --url "$2" tests/integration/transcripts/"$3"/*.jsonl
    ;;
-h | --help) usage ;;
*) usage >&2; exit 2 ;;
esac
