#!/usr/bin/env bash
# Unpack Debian's source of Linux and build it in the user's cache, as far as that is not done, then run a
# command that finds both in LLMIGRATE_KERNEL_TREE and LLMIGRATE_KERNEL_BUILD.
set -eu
cd "$(dirname "$0")/.."

version=6.12
archive=/usr/src/linux-source-$version.tar.xz
cache=${XDG_CACHE_HOME:-$HOME/.cache}/llmigrate/kernel
tree=$cache/linux-source-$version

if [ ! -f "$archive" ]; then
    echo "$archive is not there; \`make packages\` installs it, or: apt-get install linux-source-$version" >&2
    exit 2
fi
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ ! -d "$tree" ] || [ "$archive" -nt "$tree/.unpacked" ]; then
    echo "unpacking $archive, once" >&2
    rm -rf "$tree" "$cache/unpacking"
    mkdir "$cache/unpacking"
    tar -xf "$archive" -C "$cache/unpacking"
    touch "$cache/unpacking/linux-source-$version/.unpacked"
    mv "$cache/unpacking/linux-source-$version" "$tree"
    rmdir "$cache/unpacking"
fi
.venv/bin/llmigrate kernel prepare --tree "$tree" --build "$cache/um" --kind plain >&2
flock -u 9
export LLMIGRATE_KERNEL_TREE=$tree LLMIGRATE_KERNEL_BUILD=$cache/um
exec "$@"
