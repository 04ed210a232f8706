#!/bin/bash
# SPDX-License-Identifier: MIT
# Picks up Debian's cloud kernel for the Linux guest by package: unpacked, never installed.
#   kernel.sh FETCH_DIR SUITE OUT_DIR
# Leaves in OUT_DIR: vmlinux (from vmlinuz's LZ4 payload), modules/NN-name.ko with the list modules/order, config, and
# kernel.json (package, version, and the SHA-256 of the package and of vmlinux).
# Invariant: OUT_DIR is complete or absent. Any signature-verified kernel package of the suite is accepted; which one it
# was is recorded, and results are never compared across kernels.
set -eu
[ $# -eq 3 ] || { echo "usage: kernel.sh FETCH_DIR SUITE OUT_DIR" >&2; exit 2; }
fetch=$1 suite=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$fetch" "$(dirname "$out")"
fetch=$(cd "$fetch" && pwd)
out=$(cd "$(dirname "$out")" && pwd)/$(basename "$out")
# In the order in which they can be loaded; those that the kernel has built in are skipped, and said so.
modules=(virtio_ring virtio virtio_mmio virtio_blk virtio_console virtio-rng)

work=$(mktemp -d "$fetch/.kernel-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

pick() { # newest file in $fetch that matches
    find "$fetch" -maxdepth 1 -name "$1" | sort -V | tail -n 1
}
deb=$(pick 'linux-image-[0-9]*-cloud-amd64_*.deb')
if [ -z "$deb" ]; then
    echo "fetch the Linux guest's kernel (package linux-image-cloud-amd64 of $suite)"
    (cd "$work" && "$here/../../ports/apt.sh" "$fetch/apt" "$suite" download linux-image-cloud-amd64)
    meta=$(find "$work" -name 'linux-image-cloud-amd64_*.deb' | head -n 1)
    package=$(dpkg-deb -f "$meta" Depends | grep -oE 'linux-image-[0-9][^ ,]*-cloud-amd64' | head -n 1)
    [ -n "$package" ] || { echo "kernel.sh: the package linux-image-cloud-amd64 names no kernel" >&2; exit 1; }
    (cd "$work" && "$here/../../ports/apt.sh" "$fetch/apt" "$suite" download "$package")
    mv "$work/${package}"_*.deb "$fetch/"
    deb=$(pick 'linux-image-[0-9]*-cloud-amd64_*.deb')
fi

dpkg-deb -x "$deb" "$work/root"
vmlinuz=$(find "$work/root/boot" -name 'vmlinuz-*' | head -n 1)
# The boot protocol's header: setup sectors at 0x1f1, payload offset and length at 0x248 and 0x24c.
field() { od -An -v -t "u$2" -j "$(($1))" -N "$2" "$vmlinuz" | tr -d ' '; }
sectors=$(field 0x1f1 1)
offset=$(((sectors + 1) * 512 + $(field 0x248 4)))
length=$(field 0x24c 4)
result=$work/out
mkdir -p "$result/modules"
# The payload's last four bytes are its unpacked size, not LZ4 data.
tail -c +$((offset + 1)) "$vmlinuz" | head -c $((length - 4)) >"$work/payload"
lz4 -dcq "$work/payload" >"$result/vmlinux" || {
    echo "kernel.sh: the payload of $(basename "$vmlinuz") is not LZ4" >&2
    exit 1
}
[ "$(head -c 4 "$result/vmlinux" | od -An -t x1 | tr -d ' ')" = 7f454c46 ] || {
    echo "kernel.sh: $(basename "$vmlinuz") holds no ELF file" >&2
    exit 1
}
n=0
: >"$result/modules/order"
for m in "${modules[@]}"; do
    file=$(find "$work/root/lib/modules" -name "$m.ko" -o -name "${m//-/_}.ko" | head -n 1)
    if [ -z "$file" ]; then
        grep -qhE "/${m//[-_]/[-_]}\.ko$" "$work"/root/lib/modules/*/modules.builtin || {
            echo "kernel.sh: the kernel package has no module $m, built in or not" >&2
            exit 1
        }
        continue
    fi
    name=$(printf '%02d-%s.ko' "$n" "$m")
    cp "$file" "$result/modules/$name"
    strip --strip-debug "$result/modules/$name"
    echo "$name" >>"$result/modules/order"
    n=$((n + 1))
done
cp "$work"/root/boot/config-* "$result/config"
sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
cat >"$result/kernel.json" <<EOF
{
  "package": "$(dpkg-deb -f "$deb" Package)",
  "version": "$(dpkg-deb -f "$deb" Version)",
  "suite": "$suite",
  "packageSha256": "$(sum "$deb")",
  "vmlinuxSha256": "$(sum "$result/vmlinux")"
}
EOF
rm -rf "$out"
mv "$result" "$out"
