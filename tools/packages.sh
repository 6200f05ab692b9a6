#!/usr/bin/env bash
# Install the optional Debian packages, make `apt-get source` work, and build c2rust; repeating it is cheap.
set -eu
cd "$(dirname "$0")/.."

packages=(
    python3-venv ca-certificates          # setting up
    clang libclang-rt-14-dev bubblewrap   # drivers with libFuzzer, and a sandbox to run them in
    chromium fonts-liberation             # looking at the pages in tests
    dpkg-dev                              # apt-get source
    linux-source-6.12 xz-utils            # the kernel that modules are tried in, and its build
    make flex bison bc perl cpio
)
sources=/etc/apt/sources.list.d/llmigrate-sources

is_debian_12() {
    [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID-} ${VERSION_ID-}" = "debian 12" ])
}

missing_packages() {
    local name
    for name in "${packages[@]}"; do
        case $(dpkg-query --show --showformat='${db:Status-Abbrev}' "$name" 2>/dev/null) in
            ii*) ;;
            *) echo "$name" ;;
        esac
    done
}

has_source_lists() {
    apt-get indextargets 'Created-By: Sources' 'Origin: Debian' | grep -q .
}

update() {
    apt-get update -qq -o DPkg::Lock::Timeout=600
}

# Copies of the entries that are there, so that mirror, components and keys stay the user's own.
add_source_entries() {
    if [ -f /etc/apt/sources.list.d/debian.sources ]; then
        sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$sources.sources"
    fi
    if [ -f /etc/apt/sources.list ]; then
        sed -n 's/^deb[[:space:]]/deb-src /p' /etc/apt/sources.list >"$sources.list"
    fi
}

if [ "$(id -u)" -ne 0 ] || ! is_debian_12; then
    echo "make packages installs Debian 12 packages and must run as root there; all of them are optional." >&2
    exit 2
fi

export DEBIAN_FRONTEND=noninteractive
mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ] || ! has_source_lists; then
    echo "apt-get update, then installing: ${missing[*]-nothing new}" >&2
    update
fi
if ! has_source_lists; then
    add_source_entries
    update
fi
if [ "${#missing[@]}" -gt 0 ]; then
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 "${missing[@]}" >/dev/null
fi
echo "installed Debian packages: ${packages[*]}" >&2
# c2rust says itself in one sentence when it cannot be had.
tools/c2rust.sh || true
