#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP: capstore on a real file, every command and every exit status; and what the store's sources need when they are compiled
# as the kernel compiles them.
set -u
build=${BUILD:-build}
tool=$build/capstore
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
img=$dir/disk.img
n=0
ok() { # ok NAME: the status of the command before
    local rc=$?
    n=$((n + 1))
    if [ $rc = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}
status() { # status WANTED COMMAND...
    local want=$1 rc
    shift
    "$@" >"$dir/out" 2>"$dir/err"
    rc=$?
    [ $rc = "$want" ] || { sed 's/^/# /' "$dir/out" "$dir/err"; echo "# status $rc, not $want"; return 1; }
}
echo "1..21"

status 0 "$tool" --help && grep -q 'EXIT STATUS' "$dir/out"; ok "--help"
status 2 "$tool" && status 2 "$tool" frobnicate "$img" && status 2 "$tool" ls && status 2 "$tool" mkfs --size 12Q "$img"; ok "a wrong command line is 2"
status 3 "$tool" ls "$dir/none"; ok "no image is 3"
head -c 1M /dev/zero >"$dir/zeros" && status 3 "$tool" ls "$dir/zeros" && status 1 "$tool" fsck "$dir/zeros"; ok "zeros are no store"
status 3 "$tool" mkfs --size 100K "$img"; ok "an image too small"
status 0 "$tool" mkfs --size 16M "$img"; ok "mkfs"
status 1 "$tool" mkfs "$img" && grep -q -- --force "$dir/err" && status 0 "$tool" mkfs --force "$img"; ok "a second mkfs wants --force"
status 0 "$tool" fsck "$img" && grep -q ' 0 problems' "$dir/out"; ok "fsck of a new store"

head -c 3000001 /dev/urandom >"$dir/a"
: >"$dir/empty"
status 0 "$tool" put -p "$img" "$dir/a" deep/er/a && status 0 "$tool" put "$img" "$dir/empty" empty &&
    status 0 "$tool" get "$img" deep/er/a "$dir/back" && cmp "$dir/a" "$dir/back" &&
    "$tool" get "$img" /empty | cmp - "$dir/empty"; ok "put and get"
status 0 "$tool" ls -R "$img" && grep -qx 'f      3000001 deep/er/a' "$dir/out"; ok "ls -R"
head -c 70000 "$dir/a" | "$tool" put "$img" - deep/er/a && "$tool" get "$img" deep/er/a | cmp - <(head -c 70000 "$dir/a"); ok "put replaces, from standard input"
status 1 "$tool" put "$img" "$dir/a" no/such/dir && status 1 "$tool" get "$img" no && status 1 "$tool" put "$img" "$dir/none" x; ok "what is not there is 1"
hash=$(sha256sum <"$dir/a" | cut -d' ' -f1)
status 0 "$tool" put --blob --name tools/a "$img" "$dir/a" && grep -qx "sha256:$hash" "$dir/out" &&
    "$tool" get "$img" "sha256:$hash" | cmp - "$dir/a" && "$tool" get "$img" name:tools/a | cmp - "$dir/a"; ok "a blob is named by what sha256sum says"
status 0 "$tool" ls --blobs "$img" && grep -q "3000001 sha256:$hash" "$dir/out" &&
    status 0 "$tool" ls --names "$img" && grep -qx "sha256:$hash tools/a" "$dir/out"; ok "blobs and names are listed"
head -c 20M /dev/zero | status 1 "$tool" put "$img" - big && grep -q 'full' "$dir/err" && status 0 "$tool" fsck "$img" &&
    ! "$tool" get "$img" big >"$dir/out" 2>&1 && "$tool" get "$img" name:tools/a | cmp - "$dir/a"; ok "a full store says so and loses nothing"
status 0 "$tool" df "$img" && free=$(sed -n 's/^free //p' "$dir/out") &&
    status 0 "$tool" rm "$img" "sha256:$hash" && status 0 "$tool" df "$img" &&
    [ "$(sed -n 's/^free //p' "$dir/out")" -ge $((free + 732)) ]; ok "rm gives the blocks back"
status 1 "$tool" rm "$img" deep && status 0 "$tool" rm "$img" deep/er/a && status 0 "$tool" rm "$img" deep/er && status 0 "$tool" rm "$img" name:tools/a; ok "rm of directory, file, name"
status 0 "$tool" put "$img" "$dir/a" a && before=$(sha256sum <"$img") && status 0 "$tool" ls "$img" && status 0 "$tool" get "$img" a "$dir/back" &&
    status 0 "$tool" fsck "$img" && [ "$before" = "$(sha256sum <"$img")" ]; ok "looking changes no byte"

# Damage in the data: the page is refused, fsck names the file.
head -c 5000 "$dir/a" >"$dir/b" && echo "a needle in the last page" >>"$dir/b" && "$tool" put "$img" "$dir/b" b
at=$(LC_ALL=C grep -obUa "a needle in the last page" "$img" | head -n 1 | cut -d: -f1)
printf X | dd of="$img" bs=1 seek="$at" conv=notrunc 2>/dev/null
status 3 "$tool" get "$img" b "$dir/back" && grep -q damaged "$dir/err" && status 1 "$tool" fsck "$img" && grep -q 'checksum' "$dir/out"; ok "a changed byte is noticed"
truncate -s 8M "$img"
status 3 "$tool" ls "$img"; ok "an image cut short is refused"

need=$(for f in capos-runtime/store/*.c; do ${CC:-gcc} -std=c11 -O2 -ffreestanding -mgeneral-regs-only -fno-stack-protector -Icapos-runtime -c "$f" -o "$dir/o.o" && nm -u "$dir/o.o"; done |
    awk '{print $2}' | grep -vE '^(store|tree)_' | sort -u | tr '\n' ' ')
[ "$need" = "memcmp memcpy memmove memset " ] || [ "$need" = "memcpy memmove memset " ] || { echo "# $need"; false; }; ok "the store needs nothing but mem* functions"
