#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages that capbench needs and that are missing, saying which first. Nothing else on the
# machine is changed. With CAPBENCH_NO_INSTALL=1 it only says what is missing and fails.
set -eu
packages=(gcc make clang clang-format clang-tidy cppcheck shellcheck pkg-config qemu-system-x86 binutils
    libc6-dev libclang-rt-14-dev libcjson-dev libcmocka-dev libssl-dev libzstd-dev liblzma-dev
    e2fsprogs libncurses-dev libvterm-dev zstd xz-utils lz4 cpio tcl gawk tmux dpkg-dev apt-utils git ca-certificates
    python3-pip)
missing=()
for p in "${packages[@]}"; do
    dpkg-query -W -f='${Status}\n' "$p" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "capbench needs these packages, which are not installed: ${missing[*]}"
if [ "${CAPBENCH_NO_INSTALL:-0}" = 1 ]; then
    echo "not installing them (CAPBENCH_NO_INSTALL=1); install them, then run this again" >&2
    exit 1
fi
run=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "installing needs root: run 'apt-get install ${missing[*]}' as root, then run this again" >&2
        exit 1
    fi
    run=(sudo)
fi
echo "installing them with apt-get"
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
