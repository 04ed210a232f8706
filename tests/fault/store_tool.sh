#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP: capstore on a real file, every command and every exit status; and what the store's sources need when they are compiled
# as the kernel compiles them.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
build=${BUILD:-build}
tool=$build/capstore
img=$work/disk.img
status() { # status WANTED COMMAND...
    local want=$1 rc
    shift
    "$@" >"$work/out" 2>"$work/err"
    rc=$?
    [ $rc = "$want" ] || { sed 's/^/# /' "$work/out" "$work/err"; echo "# status $rc, not $want"; return 1; }
}

status 0 "$tool" --help && grep -q 'EXIT STATUS' "$work/out"
check "--help"
status 2 "$tool" && status 2 "$tool" frobnicate "$img" && status 2 "$tool" ls && status 2 "$tool" mkfs --size 12Q "$img"
check "a wrong command line is 2"
status 3 "$tool" ls "$work/none"
check "no image is 3"
head -c 1M /dev/zero >"$work/zeros" && status 3 "$tool" ls "$work/zeros" && status 1 "$tool" fsck "$work/zeros"
check "zeros are no store"
status 3 "$tool" mkfs --size 100K "$img"
check "an image too small"
status 0 "$tool" mkfs --size 16M "$img"
check "mkfs"
status 1 "$tool" mkfs "$img" && grep -q -- --force "$work/err" && status 0 "$tool" mkfs --force "$img"
check "a second mkfs wants --force"
status 0 "$tool" fsck "$img" && grep -q ' 0 problems' "$work/out"
check "fsck of a new store"

head -c 3000001 /dev/urandom >"$work/a"
: >"$work/empty"
status 0 "$tool" put -p "$img" "$work/a" deep/er/a && status 0 "$tool" put "$img" "$work/empty" empty &&
    status 0 "$tool" get "$img" deep/er/a "$work/back" && cmp "$work/a" "$work/back" &&
    "$tool" get "$img" /empty | cmp - "$work/empty"
check "put and get"
status 0 "$tool" ls -R "$img" && grep -qx 'f      3000001 deep/er/a' "$work/out"
check "ls -R"
head -c 70000 "$work/a" | "$tool" put "$img" - deep/er/a && "$tool" get "$img" deep/er/a | cmp - <(head -c 70000 "$work/a")
check "put replaces, from standard input"
status 1 "$tool" put "$img" "$work/a" no/such/dir && status 1 "$tool" get "$img" no && status 1 "$tool" put "$img" "$work/none" x
check "what is not there is 1"
hash=$(sha256sum <"$work/a" | cut -d' ' -f1)
status 0 "$tool" put --blob --name tools/a "$img" "$work/a" && grep -qx "sha256:$hash" "$work/out" &&
    "$tool" get "$img" "sha256:$hash" | cmp - "$work/a" && "$tool" get "$img" name:tools/a | cmp - "$work/a"
check "a blob is named by what sha256sum says"
status 0 "$tool" ls --blobs "$img" && grep -q "3000001 sha256:$hash" "$work/out" &&
    status 0 "$tool" ls --names "$img" && grep -qx "sha256:$hash tools/a" "$work/out"
check "blobs and names are listed"
head -c 20M /dev/zero | status 1 "$tool" put "$img" - big && grep -q 'full' "$work/err" && status 0 "$tool" fsck "$img" &&
    ! "$tool" get "$img" big >"$work/out" 2>&1 && "$tool" get "$img" name:tools/a | cmp - "$work/a"
check "a full store says so and loses nothing"
status 0 "$tool" df "$img" && free=$(sed -n 's/^free //p' "$work/out") &&
    status 0 "$tool" rm "$img" "sha256:$hash" && status 0 "$tool" df "$img" &&
    [ "$(sed -n 's/^free //p' "$work/out")" -ge $((free + 732)) ]
check "rm gives the blocks back"
status 1 "$tool" rm "$img" deep && status 0 "$tool" rm "$img" deep/er/a && status 0 "$tool" rm "$img" deep/er && status 0 "$tool" rm "$img" name:tools/a
check "rm of directory, file, name"
status 0 "$tool" put "$img" "$work/a" a && before=$(sha256sum <"$img") && status 0 "$tool" ls "$img" && status 0 "$tool" get "$img" a "$work/back" &&
    status 0 "$tool" fsck "$img" && [ "$before" = "$(sha256sum <"$img")" ]
check "looking changes no byte"

# Damage in the data: the page is refused, fsck names the file.
head -c 5000 "$work/a" >"$work/b" && echo "a needle in the last page" >>"$work/b" && "$tool" put "$img" "$work/b" b
at=$(LC_ALL=C grep -obUa "a needle in the last page" "$img" | head -n 1 | cut -d: -f1)
printf X | dd of="$img" bs=1 seek="$at" conv=notrunc 2>/dev/null
status 3 "$tool" get "$img" b "$work/back" && grep -q damaged "$work/err" && status 1 "$tool" fsck "$img" && grep -q 'checksum' "$work/out"
check "a changed byte is noticed"
truncate -s 8M "$img"
status 3 "$tool" ls "$img"
check "an image cut short is refused"

need=$(for f in capos-runtime/store/*.c; do ${CC:-gcc} -std=c11 -O2 -ffreestanding -mgeneral-regs-only -fno-stack-protector -Icapos-runtime -c "$f" -o "$work/o.o" && nm -u "$work/o.o"; done |
    awk '{print $2}' | grep -vE '^(store|tree)_' | sort -u | tr '\n' ' ')
[ "$need" = "memcmp memcpy memmove memset " ] || [ "$need" = "memcpy memmove memset " ] || { echo "# $need"; false; }
check "the store needs nothing but mem* functions"
finish
