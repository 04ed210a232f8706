#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds unmodified musl for capOS: sysroot.sh TREE SYSROOT CC CFLAGS OBJECTS [CONFIGURE_ARG...]
# What makes it a capOS library: the overlay folder comes first in the include path (overlay/syscall_arch.h), the six objects
# with a raw system call are left out by one line in config.mak (the portable C ones take their place, but for vfork and clone,
# which are among OBJECTS), OBJECTS are added to libc.a.
# Result: SYSROOT/{include,lib}. The full log is SYSROOT.log.
# Invariant: the source tree is not written to; SYSROOT is replaced only when everything was built and libc.a is free of
# `syscall` instructions.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$1" && pwd)
sysroot=$2 cc=$3 cflags=$4 objects=$5
shift 5
work=$(pwd)/$sysroot.work
new=$(pwd)/$sysroot.new
log=$(pwd)/$sysroot.log
mkdir -p "$(dirname "$sysroot")"
rm -rf "$work" "$new"
mkdir -p "$work"
echo "build musl for capos"
if ! (
	cd "$work"
	unset MAKEFLAGS MFLAGS MAKELEVEL
	CC="$cc -I$here/overlay" CFLAGS="$cflags -fno-stack-protector" "$tree/configure" --prefix="$new" --syslibdir="$new/lib" "$@"
	cat >>config.mak <<-'MAK'
		ARCH_SRCS := $(filter-out %/__set_thread_area.s %/clone.s %/__unmapself.s %/syscall_cp.s %/vfork.s %/restore.s,$(ARCH_SRCS))
		BASE_SRCS := $(filter-out %/process/vfork.c %/thread/clone.c,$(BASE_SRCS))
	MAK
	make -j2
	make install
) >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "error: musl did not build; the whole log is $sysroot.log" >&2
	exit 1
fi
# shellcheck disable=SC2086
ar rcs "$new/lib/libc.a" $objects
if objdump -d "$new/lib/libc.a" | grep -qE '[[:space:]]syscall[[:space:]]*$'; then
	echo "error: libc.a still holds a system call instruction" >&2
	exit 1
fi
rm -rf "$sysroot" "$work"
mv "$new" "$sysroot"
