#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes a content key: key.sh FILE COMPILER WORDS [INPUT...]
# The key is the SHA-256 over the words, the compiler's version and the bytes of each input.
# Invariant: FILE is touched only when its content changes, so that make's dates follow content.
set -eu
file=$1 compiler=$2 words=$3
shift 3
key=$({
	printf '%s\n' "$words"
	$compiler --version | head -n 1
	$compiler -dumpmachine
	for input in "$@"; do
		sha256sum <"$input"
	done
} | sha256sum | cut -d ' ' -f 1)
if [ ! -f "$file" ] || [ "$(cat "$file")" != "$key" ]; then
	printf '%s\n' "$key" >"$file.tmp.$$"
	mv "$file.tmp.$$" "$file"
fi
