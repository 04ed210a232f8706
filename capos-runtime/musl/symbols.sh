#!/bin/bash
# SPDX-License-Identifier: MIT
# What the capOS C library offers and needs, against the lists beside this script. Prints TAP.
# symbols.txt holds the names libc.a defines, needs.txt those it leaves to others (the seam, the start code, the linker); the seam
# itself, which libc.a holds too (capos-*.o), is looked at apart.
# Invariant: a name that appears or goes is a failure; `symbols.sh --write` renews the lists, for review in the diff.
set -u
here=$(dirname "$0")
lib=build/sysroot/capos/lib
work=build/tests/symbols
mkdir -p "$work"
LC_ALL=C
export LC_ALL
# names seam|musl NM_ARGUMENT...: of the members that are the seam, or of all the others.
names() {
    local seam=0
    [ "$1" != seam ] || seam=1
    shift
    nm -A -g "$@" "$lib/libc.a" 2>/dev/null | awk -F: -v seam=$seam '
        ($2 ~ /^capos-/) == seam { n = split($3, field, " "); print field[n] }' | sort -u
}
names musl --defined-only >"$work/symbols.txt"
names musl -u | comm -23 - "$work/symbols.txt" >"$work/needs.txt"
if [ "${1:-}" = --write ]; then
    cp "$work/symbols.txt" "$work/needs.txt" "$here/"
    exit
fi
n=0 failed=0
check() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        failed=1
    fi
}
diff "$here/symbols.txt" "$work/symbols.txt" | sed 's/^/# /'
check "${PIPESTATUS[0]}" "libc.a defines the expected names"
diff "$here/needs.txt" "$work/needs.txt" | sed 's/^/# /'
check "${PIPESTATUS[0]}" "libc.a needs the expected names"
# shellcheck disable=SC2016 # \$0x80 is objdump's spelling
objdump -d "$lib/libc.a" | awk '/file format/ { seam = $1 ~ /^capos-/ } !seam' | grep -qE '[[:space:]](syscall|sysenter|int +\$0x80)[[:space:]]*$'
check $((1 - $?)) "the C library makes no system call of its own"
nm -g --defined-only build/sysroot/linux/lib/libc.a 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u |
    diff - "$work/symbols.txt" | grep '^[<>]' | grep -vxE '[<>] (__restore|__vdsosym)' >"$work/flavours.diff"
[ ! -s "$work/flavours.diff" ]
check $? "both flavours of libc.a define the same names (signal return stub and VDSO lookup apart)"
sed 's/^/# /' "$work/flavours.diff"
names seam -u >"$work/seam-needs"
names seam --defined-only >"$work/seam-has"
rest=$(comm -23 "$work/seam-needs" "$work/seam-has" | grep -vxE '__ehdr_start|memcpy|memmove|memset|memcmp|strlen|capos_main' | tr '\n' ' ')
[ -z "$rest" ]
check $? "the seam needs nothing of the C library but memory functions${rest:+ (needs $rest)}"
echo "1..$n"
exit $failed
