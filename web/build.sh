#!/usr/bin/env bash
# Builds the playground: target/web/playground.html, which is one file and opens from the disk, and target/web/playground/,
# the same as a folder for a web server.
#
# The engine is compiled with the target wasm32-unknown-unknown where it is installed (`rustup target add`). Where it is
# not, as with a compiler of a distribution, Debian's packages of a compiler with its library's sources are unpacked
# beneath target/ (nothing is installed), and the library is built as well. Without either it ends with 75.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-target/web}
wasm=wasm32-unknown-unknown
mkdir -p "$out"

# No clock, no threads and no source of chance but the seed; vectors of 128 bits, which every browser has since 2023.
export RUSTFLAGS="--cfg getrandom_backend=\"unsupported\" -C target-feature=+simd128"
export CARGO_PROFILE_RELEASE_STRIP=symbols CARGO_PROFILE_RELEASE_PANIC=abort
# A folder of its own, as another compiler would have all others built anew.
export CARGO_TARGET_DIR=$PWD/target/web-build
unset CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS
build=(cargo build --release --target $wasm -p gradlens-web --lib)

if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$wasm" ]; then
    packages=(rustc-web rust-web-src libstd-rust-web-1.96 libstd-rust-web-dev libllvm22)
    root=$PWD/target/web-toolchain
    if [ ! -x "$root/usr/bin/rustc" ]; then
        mkdir -p "$root/packages"
        if ! (cd "$root/packages" && apt-get download -qq "${packages[@]}"); then
            echo "web/build.sh: the target $wasm is not installed (rustup target add $wasm), and Debian's packages ${packages[*]} cannot be had" >&2
            rm -rf "$root"
            exit 75
        fi
        for package in "$root"/packages/*.deb; do dpkg -x "$package" "$root"; done
        rm -r "$root/packages"
    fi
    linker=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld
    export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu RUSTC=$root/usr/bin/rustc RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker
    build+=(-Z build-std=std,panic_abort)
fi
"${build[@]}"

node web/digits.mjs data/mnist "$out/digits.gz"
(cd web && npm ci --silent --no-fund --no-audit)
node web/inline.mjs --wasm "$CARGO_TARGET_DIR/$wasm/release/gradlens_web.wasm" --digits "$out/digits.gz" --out "$out"
