#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds Rust programs on the published capOS crates: the smoke program that capos-rt ships, and those in programs/.
#   build.sh WORK_DIR OUT_DIR       (CC: the C compiler for the object with mem* and the unwinder's names)
# Exit 77 where cargo is missing or older than 1.88, with the reason on standard output; 1 on any other failure.
# Invariant: the crates are used as published, at the exact versions below; nothing outside the two directories is written.
set -eu
[ $# -eq 2 ] || { echo "usage: build.sh WORK_DIR OUT_DIR" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" "$2"
work=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)
target=x86_64-unknown-linux-gnu
want=1.88

if ! command -v cargo >/dev/null; then
    echo "cargo is not installed (Rust $want or newer is wanted)"
    exit 77
fi
have=$(cargo --version | awk '{print $2}')
if [ "$(printf '%s\n%s\n' "$want" "$have" | sort -V | head -n 1)" != "$want" ]; then
    echo "cargo is $have; $want or newer is wanted"
    exit 77
fi

# The crates, at exact versions.
mkdir -p "$work/fetch/src"
cat >"$work/fetch/Cargo.toml" <<'EOF'
[package]
name = "conformance-fetch"
version = "0.0.0"
edition = "2021"
[dependencies]
capos-rt = "=0.1.0"
capos-config = "=0.1.0"
capos-abi = "=0.1.0"
capnp = "=0.25.4"
[workspace]
EOF
echo 'fn main() {}' >"$work/fetch/src/main.rs"
if [ ! -f "$work/fetch/.done" ]; then
    (cd "$work/fetch" && cargo vendor --quiet vendor >config.toml)
    touch "$work/fetch/.done"
fi
mkdir -p "$work/.cargo"
sed "s|directory = \"vendor\"|directory = \"$work/fetch/vendor\"|" "$work/fetch/config.toml" >"$work/.cargo/config.toml"
rt=$work/fetch/vendor/capos-rt

# What this target's core library expects from a C library, and nothing more.
"${CC:-gcc}" -std=c11 -O2 -ffreestanding -fno-tree-loop-distribute-patterns -fno-pic -mno-red-zone -c \
    -o "$work/support.o" "$here/support.c"

flags="-C relocation-model=static -C link-arg=-nostartfiles -C link-arg=-nostdlib -C link-arg=-static"
flags="$flags -C link-arg=-no-pie -C link-arg=-T$rt/linker.ld -C link-arg=$work/support.o"

build() { # build DIR NAME…: the binaries NAME of the package in DIR
    local dir=$1
    shift
    (cd "$dir" && DOCS_RS=1 RUSTFLAGS=$flags CARGO_TARGET_DIR=$work/target \
        cargo build --quiet --offline --release --target "$target" "$@")
}

# The smoke program is built from a copy of the published package, so that cargo may write its lock file.
rm -rf "$work/capos-rt"
cp -r "$rt" "$work/capos-rt"
rm -f "$work/capos-rt/Cargo.lock"
printf '\n[workspace]\n' >>"$work/capos-rt/Cargo.toml"
build "$work/capos-rt" --bin capos-rt-smoke
cp "$work/target/$target/release/capos-rt-smoke" "$out/smoke"

# Ours, one file a program.
rm -rf "$work/programs"
mkdir -p "$work/programs/src/bin"
cp "$here"/programs/*.rs "$work/programs/src/bin/"
cat >"$work/programs/Cargo.toml" <<'EOF'
[package]
name = "conformance-programs"
version = "0.0.0"
edition = "2024"
[dependencies]
capos-rt = "=0.1.0"
capos-config = "=0.1.0"
capnp = { version = "=0.25.4", default-features = false, features = ["alloc"] }
[profile.release]
panic = "abort"
[workspace]
EOF
build "$work/programs" --bins
for f in "$here"/programs/*.rs; do
    name=$(basename "$f" .rs)
    cp "$work/target/$target/release/$name" "$out/$name"
done
