# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Shared by the scripts: where we are, what is installed, how progress is told.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

build_packages=(gcc make cmake pkg-config libjansson-dev libyaml-dev libcurl4-openssl-dev
    libmicrohttpd-dev libgnutls28-dev nettle-dev libsqlite3-dev libpcre2-dev libidn2-dev libseccomp-dev
    libutf8proc-dev libjose-dev)
test_packages=("${build_packages[@]}" libpq-dev postgresql libhiredis-dev redis-server clang libclang-rt-14-dev clang-format clang-tidy cppcheck
    libcmocka-dev gcovr valgrind llvm python3 nodejs npm ccache iproute2)

say() {
    if [ -t 2 ]; then printf '\033[1m==> %s\033[0m\n' "$*" >&2; else printf '==> %s\n' "$*" >&2; fi
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# need_packages NAME...: install what is missing; on a system without apt, say what is needed.
need_packages() {
    if ! command -v apt-get >/dev/null; then
        command -v cmake >/dev/null && command -v pkg-config >/dev/null &&
            pkg-config --exists jansson yaml-0.1 libcurl libmicrohttpd gnutls nettle sqlite3 libpcre2-8 libidn2 libseccomp libutf8proc jose &&
            return 0
        die "no apt-get here; install the equivalents of these Debian packages, then run this again: $*"
    fi
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    # A tool installed by other means will do.
    local really=()
    for package in "${missing[@]}"; do
        case $package in
        nodejs) command -v node >/dev/null || really+=("$package") ;;
        npm | python3 | cmake | gcc | make) command -v "$package" >/dev/null || really+=("$package") ;;
        *) really+=("$package") ;;
        esac
    done
    [ ${#really[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "not root and no sudo; install these packages: ${really[*]}"
        as_root=(sudo)
    fi
    say "installing ${really[*]}"
    "${as_root[@]}" apt-get update -qq || die "apt-get update failed"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${really[@]}" >/dev/null || die "apt-get could not install: ${really[*]}"
}

# build_preset NAME [TARGET...]: configure once, then build what changed. Quiet unless it fails.
build_preset() {
    local preset=$1 log=build/$1.log
    shift
    mkdir -p build
    say "building $preset"
    { cmake --preset "$preset" && cmake --build --preset "$preset" "${@/#/--target=}"; } >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        die "building $preset failed; the whole log is $log"
    }
}
