#!/usr/bin/env bash
# Put c2rust at .tools/bin/c2rust, built once into a cache; needs Debian 12, and root for the build's packages.
#
# Its build clones tinycbor from GitHub. The same sources stand in Debian's Qt package: they are taken from
# there, put into a git repository with a Makefile of ours, and CMake is told to clone that one.
set -eu
cd "$(dirname "$0")/.."

version=0.22.1
cache="${XDG_CACHE_HOME:-$HOME/.cache}/llmigrate/c2rust-$version"
link=.tools/bin/c2rust
log="$cache/build.log"
work=

works() {
    "$1" transpile --help >/dev/null 2>&1
}

finish() {
    local status=$?
    rm -rf "$work"
    if [ "$status" -ne 0 ]; then
        echo "c2rust $version could not be built (see $log); what needs it is left out, all else works." >&2
    fi
}

install_build_packages() {
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 \
        cmake g++ git dpkg-dev patch xz-utils clang llvm-14-dev libclang-14-dev
}

fetch_tinycbor() {
    (cd "$work" && apt-get source -qq --download-only qtbase-opensource-src)
    mkdir "$work/tinycbor"
    tar -xf "$work"/qtbase-opensource-src_*.orig.tar.xz -C "$work/tinycbor" --strip-components=5 \
        --wildcards '*/src/3rdparty/tinycbor/src/*'
    cp tools/tinycbor.mk "$work/tinycbor/Makefile"
    # c2rust patches this file as well; were it missing, `patch` would stop and ask for its name.
    touch "$work/tinycbor/Makefile.configure"
    git -C "$work/tinycbor" init --quiet
    git -C "$work/tinycbor" add --all --force
    git -C "$work/tinycbor" -c user.name=llmigrate -c user.email=llmigrate@localhost commit --quiet -m tinycbor
}

build() {
    install_build_packages
    fetch_tinycbor
    printf 'set(%s "%s" CACHE STRING "")\n' \
        TINYCBOR_REPO "file://$work/tinycbor" TINYCBOR_TAG HEAD >"$work/tinycbor.cmake"
    CMAKE_TOOLCHAIN_FILE="$work/tinycbor.cmake" LLVM_CONFIG_PATH=/usr/bin/llvm-config-14 \
        CARGO_TARGET_DIR="$work/target" cargo install --locked --root "$cache" --version "$version" c2rust
}

trap finish EXIT
mkdir -p .tools/bin "$cache"
if ! works "$cache/bin/c2rust"; then
    echo "building c2rust $version, about three minutes, once" >&2
    work=$(mktemp -d)
    build >"$log" 2>&1
fi
ln -sf "$cache/bin/c2rust" "$link"
echo "$link is c2rust $version, from $cache" >&2
