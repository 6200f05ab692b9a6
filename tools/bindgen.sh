#!/usr/bin/env bash
# Put bindgen at .tools/bin/bindgen: the one on PATH when it is new enough, else one built once into a cache.
set -eu
cd "$(dirname "$0")/.."

version=0.73.2
oldest=0.71
cache="${XDG_CACHE_HOME:-$HOME/.cache}/llmigrate/bindgen-$version"
link=.tools/bin/bindgen

is_good() {
    local answer
    answer=$("$1" --version 2>/dev/null) || return 1
    printf '%s\n' "$oldest" "${answer#bindgen }" | sort --check=quiet --version-sort
}

build() {
    if ! command -v cargo >/dev/null; then
        echo "bindgen $version has to be built, and cargo is not on PATH: install Rust first (rustup.rs)." >&2
        exit 2
    fi
    echo "building bindgen $version, about two minutes, once" >&2
    cargo install --quiet --locked --root "$cache" --version "$version" bindgen-cli 2>"$cache.log" || {
        cat "$cache.log" >&2
        echo "bindgen $version could not be built; what cargo said stands above and in $cache.log." >&2
        exit 1
    }
}

if is_good "$link"; then
    exit 0
fi
# A stale link must go before PATH is searched: .tools/bin may stand on it.
rm -f "$link"
mkdir -p .tools/bin "$cache"

program=$(command -v bindgen || true)
if [ -z "$program" ] || ! is_good "$program"; then
    program="$cache/bin/bindgen"
    is_good "$program" || build
fi
ln -sf "$program" "$link"
echo "$link is $("$link" --version), from $program" >&2
