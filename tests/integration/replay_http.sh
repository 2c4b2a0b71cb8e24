#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# replay_http.sh REPLAY TRANSCRIPT... -- SERVER [ARG...]: start the server on a free port, replay over HTTP.
set -euo pipefail
launch=$(dirname "$0")/../launch
replay=$1
shift
transcripts=()
while [ "$1" != -- ]; do transcripts+=("$1"); shift; done
shift
log=$(mktemp)
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -f "$log"' EXIT
"$launch" "$@" --port 0 >"$log" 2>&1 &
pid=$!
port=
for _ in $(seq 400); do
    port=$(sed -n 's|.*listening on http://[^ ]*:\([0-9][0-9]*\).*|\1|p' "$log" | head -n 1)
    [ -z "$port" ] || break
    kill -0 "$pid" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.05
done
"$launch" "$replay" --url "http://127.0.0.1:$port/mcp" "${transcripts[@]}"
