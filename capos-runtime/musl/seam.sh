#!/bin/sh
# SPDX-License-Identifier: MIT
# Links everything below the C library into one object: seam.sh OUT SCRIPT LAUNCH_OBJ CORE_OBJ... -- OBJ...
# A program always needs nearly all of it (the table of Linux calls names every handler), and a linker in the guest pays for each
# file, section and symbol. Global stay what the CORE_OBJs define (they hold libcapos's state), what the C library and the start
# code name, and what LAUNCH_OBJ names. Invariant: OUT needs nothing but memory functions; no state that a caller of libcapos
# could reach is hidden in it.
set -eu
out=$1 script=$2 launch=$3
shift 3
keep=$out.keep
{
	printf '%s\n' __capos_syscall posix_start posix_vfork_begin
	nm -u "$launch" | awk 'NF == 2 && $2 !~ /^cap(os|np)_/ { print $2 }'
	for object; do
		[ "$object" = -- ] && break
		nm -g --defined-only "$object" | awk 'NF == 3 { print $3 }'
	done
} | sort -u >"$keep"
objects=
for object; do
	[ "$object" = -- ] || objects="$objects $object"
done
# What is small lies together: a program touches most of it, and the first touch of each page is a fault.
# shellcheck disable=SC2086
nm -S --defined-only $objects | awk 'NF == 4 && tolower($3) == "b" && $2 <= "0000000000000200" { print "*(.bss." $4 ")" }' >"$out.small"
sed -e "/^ *SMALL$/r $out.small" -e '/^ *SMALL$/d' "$script" >"$out.ld"
# shellcheck disable=SC2086
ld -r -x -T "$out.ld" -o "$out.whole" $objects
objcopy --strip-unneeded --keep-global-symbols="$keep" "$out.whole" "$out.new"
rm -f "$out.whole" "$out.small" "$out.ld" "$keep"
mv "$out.new" "$out"
