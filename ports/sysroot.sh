#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds musl as a static C library for Linux: sysroot.sh TREE SYSROOT CC CFLAGS [CONFIGURE_ARG...]
# Result: SYSROOT/{include,lib}. The full log is SYSROOT.log. The source tree is not written to.
# Invariant: SYSROOT is replaced only when all of musl was built.
set -eu
tree=$(cd "$1" && pwd)
sysroot=$2 cc=$3 cflags=$4
shift 4
mkdir -p "$(dirname "$sysroot")"
exec 9>"$sysroot.lock"
flock 9
mkdir -p "$sysroot.work"
rm -rf "$sysroot.work" "$sysroot.new"
mkdir -p "$sysroot.work"
log=$(realpath -m "$sysroot.log")
new=$(realpath -m "$sysroot.new")
echo "build musl for linux"
if ! (
	cd "$sysroot.work" || exit 1
	unset MAKEFLAGS MFLAGS MAKELEVEL
	CC=$cc CFLAGS=$cflags "$tree/configure" --prefix="$new" --syslibdir="$new/lib" "$@" &&
		make -j2 &&
		make install
) >"$log" 2>&1 9>&-; then
	tail -n 20 "$log" >&2
	echo "error: musl did not build; the whole log is $sysroot.log" >&2
	exit 1
fi
rm -rf "$sysroot" "$sysroot.work"
mv "$sysroot.new" "$sysroot"
