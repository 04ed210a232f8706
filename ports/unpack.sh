#!/bin/sh
# SPDX-License-Identifier: MIT
# Unpacks and patches one source tree: unpack.sh ARCHIVE TREE STRIP [PATCH...]
# STRIP is how many leading folders of each name in the archive go: 1 when it holds one folder, 0 when it holds none.
# Invariant: TREE/.unpacked exists only when the whole archive and every patch went in, in the order given.
set -eu
archive=$1 tree=$2 strip=$3
shift 3
rm -rf "$tree" "$tree.part"
mkdir -p "$tree.part"
tar -xf "$archive" -C "$tree.part" --strip-components="$strip" --no-same-owner
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
