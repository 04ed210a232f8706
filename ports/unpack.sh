#!/bin/sh
# SPDX-License-Identifier: MIT
# Unpacks and patches one source tree: unpack.sh ARCHIVE TREE [PATCH...]
# Invariant: TREE/.unpacked exists only when the whole archive and every patch went in, in the order given.
set -eu
archive=$1 tree=$2
shift 2
rm -rf "$tree" "$tree.part"
mkdir -p "$tree.part"
tar -xf "$archive" -C "$tree.part" --strip-components=1 --no-same-owner
for patch in "$@"; do
	patch -s -p1 -d "$tree.part" <"$patch" || {
		echo "error: $patch does not apply to $archive" >&2
		exit 1
	}
done
# Generated build files must not look older than what they are made from: else the autotools are wanted.
for file in aclocal.m4 configure Makefile.in config.h.in; do
	sleep 0.02
	find "$tree.part" -name "$file" -exec touch {} +
done
touch "$tree.part/.unpacked"
mv "$tree.part" "$tree"
