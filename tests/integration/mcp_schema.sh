#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# mcp_schema.sh PROGRAM: what the command line of mcp-schema prints and ends with.
set -euo pipefail
launch=$(dirname "$0")/../launch
program=$1
desk=$(mktemp -d)
trap 'rm -rf "$desk"' EXIT
count=0

# expect CODE TEXT ARGUMENT...: the program ends with CODE and prints TEXT somewhere.
expect() {
    local wanted=$1 text=$2 code=0
    shift 2
    "$launch" "$program" "$@" >"$desk/out" 2>&1 <"$desk/in" || code=$?
    count=$((count + 1))
    if [ "$code" -ne "$wanted" ] || ! grep -qF -- "$text" "$desk/out"; then
        printf 'mcp-schema %s: wanted %s and "%s", got %s and\n' "$*" "$wanted" "$text" "$code"
        cat "$desk/out"
        exit 1
    fi
}

echo '{"type":"object","properties":{"port":{"maximum":9}},"additionalProperties":false}' >"$desk/s.json"
echo '{"port":5}' >"$desk/good.json"
printf '{\n "prot": 5\n}\n' >"$desk/bad.json"
echo '{"port":"x' >"$desk/broken.json"
echo '{"port":10}' >"$desk/in"

expect 0 'Usage: mcp-schema' --help
expect 0 'mcp-schema 0.' --version
expect 2 'at least one instance' "$desk/s.json"
expect 2 'not an option' --wibble
expect 0 'good.json: valid' "$desk/s.json" "$desk/good.json"
expect 1 'bad.json:2:2: /prot: unknown key "prot"; did you mean "port"?' "$desk/s.json" "$desk/bad.json"
expect 1 'standard input:1:9: /port: expected at most 9, got 10' "$desk/s.json" -
expect 1 '"valid":false' --json "$desk/s.json" "$desk/good.json" "$desk/bad.json"
expect 2 'broken.json:' "$desk/s.json" "$desk/bad.json" "$desk/broken.json"
expect 2 'no such file' "$desk/nowhere.json" "$desk/good.json"

printf '%s\n' '{"remotes":{"http://r/":{"type":"integer"}}}' \
    '{"n":0,"schema":{"$ref":"http://r/"},"tests":[1,"a"]}' \
    '{"n":1,"schema":{"$ref":"http://x/"},"tests":[]}' >"$desk/in"
expect 0 '{"n":0,"valid":[true,false]}' --batch
expect 0 '"n":1,"error":"/$ref: the reference leads to' --batch
echo "mcp-schema: $count command lines"
