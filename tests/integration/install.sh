#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# install.sh BUILD_DIR CC [LINK_OPTION...]: install into an empty directory; then what is there must be
# all that a program outside this tree needs, by pkg-config and by CMake. LINK_OPTIONs go to programs
# that take the archive.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 cc=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
fail() { echo "install: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$prefix" >"$scratch/install.log"

for program in mcp-product-metadata mcp-database mcp-orchestrator mcp-call mcp-schema; do
    [ -x "$prefix/bin/$program" ] || fail "no bin/$program"
    "$prefix/bin/$program" --version >/dev/null || fail "bin/$program --version fails"
done
lib=$(dirname "$(find "$prefix" -name libmcp.so)")
pages=$(find "$prefix/share/man/man1" -name 'mcp-*.1' | wc -l)
completions=$(find "$prefix/share/bash-completion/completions" -name 'mcp-*' | wc -l)
[ -e "$lib/libmcp.a" ] || fail "no libmcp.a beside libmcp.so"
[ "$pages" -eq 5 ] || fail "$pages manual pages"
[ "$completions" -eq 5 ] || fail "$completions completions"

export PKG_CONFIG_PATH=$lib/pkgconfig LD_LIBRARY_PATH=$lib
read -ra compile < <(pkg-config --cflags mcp)
read -ra shared < <(pkg-config --libs mcp)
for header in "$prefix"/include/mcp/*.h; do
    echo "#include <mcp/$(basename "$header")>" | "$cc" -std=c17 "${compile[@]}" -fsyntax-only -x c - ||
        fail "$(basename "$header") does not compile outside the tree"
    [ "$(basename "$header")" = compiler.h ] || grep -q '^extern "C" {' "$header" ||
        fail "$(basename "$header") is not for C++"
done

expected="40 + 2 = 42"
runs() { [ "$("$1" 2>>"$scratch/run.log")" = "$expected" ] || fail "$2 does not print \"$expected\""; }
"$cc" -std=c17 "${compile[@]}" "$here/embed/main.c" -o "$scratch/embed" "${shared[@]}"
runs "$scratch/embed" "a program linked by pkg-config"
case $cc in
*gcc) cxx=${cc%gcc}g++ ;;
*clang) cxx=$cc++ ;;
*) cxx=c++ ;;
esac
if command -v "$cxx" >/dev/null; then
    for header in "$prefix"/include/mcp/*.h; do
        echo "#include <mcp/$(basename "$header")>"
    done | "$cxx" -std=c++11 -Wall -Wextra -Wpedantic -Werror "${compile[@]}" -fsyntax-only -x c++ -
    "$cxx" -std=c++11 -Wall -Wextra -Wpedantic -Werror "${compile[@]}" "$here/embed/embed.cc" \
        -o "$scratch/embed-cxx" "${shared[@]}"
    runs "$scratch/embed-cxx" "a C++ program"
fi
undeclared=$(nm -D --defined-only "$lib/libmcp.so" | awk '$2 ~ /[TDBR]/ && $3 !~ /^(mcp|orch)_/ {print $3}' | head -n 3)
[ -z "$undeclared" ] || fail "libmcp.so exports $undeclared"

# Only our archive: what the others need for static linking is not in their packages.
read -ra others < <(pkg-config --print-requires --print-requires-private mcp | awk '{print $1}' | xargs pkg-config --libs)
"$cc" -std=c17 "${compile[@]}" "$here/embed/main.c" -o "$scratch/embed-static" \
    "$lib/libmcp.a" "${others[@]}" -pthread -lm "$@"
LD_LIBRARY_PATH='' runs "$scratch/embed-static" "a program with the archive in it"

cmake -S "$here/embed" -B "$scratch/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" \
    -DEMBED_LINK_OPTIONS="$*" >"$scratch/cmake.log" || { cat "$scratch/cmake.log" >&2; fail "find_package"; }
cmake --build "$scratch/build" >"$scratch/make.log" || { cat "$scratch/make.log" >&2; fail "mcp::mcp"; }
runs "$scratch/build/embed" "a program of find_package(mcp)"
runs "$scratch/build/embed_static" "a program of mcp::mcp_static"

rm "$lib"/libmcp.so* # and nothing in bin/ misses them
"$prefix/bin/mcp-call" --version >/dev/null || fail "bin/mcp-call needs libmcp.so"
echo "installed, linked four ways, ran"
