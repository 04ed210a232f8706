#!/bin/bash
# SPDX-License-Identifier: MIT
# Lays out a tree of inputs from a list: tree.sh LIST OUT NAME=FOLDER...      (or `tree.sh --sources LIST`: the names it uses)
# A line of LIST is DESTINATION SOURCE PATTERN...: the files of SOURCE (a NAME given, e.g. src:zstd, or a folder in it, src:zstd/lib)
# that match the patterns, as the shell expands them there (`**` for folders in folders), go to OUT/tree/DESTINATION under the path
# they have in the source.
# OUT/tree.json lists every file with its length and SHA-256: the engine holds the tree against it before each run.
# Invariant: tree and list appear whole; a pattern that matches nothing, and a link, are errors; the same sources give the same bytes.
set -eu
export LC_ALL=C
shopt -s globstar nullglob

if [ "$1" = --sources ]; then
	awk '!/^#/ && NF { sub("/.*", "", $2); print $2 }' "$2" | sort -u
	exit
fi
list=$1 out=$2
shift 2
declare -A folder
for pair in "$@"; do folder[${pair%%=*}]=${pair#*=}; done
mkdir -p "$out"
part=$(mktemp -d "$out/.part-XXXXXX")
trap 'rm -rf "$part"' EXIT

# place DESTINATION SOURCE PATTERN...
place() {
	local destination=$1 source=$2 from=${folder[${2%%/*}]:-/none} pattern file found
	if [ "$source" != "${source#*/}" ]; then from=$from/${source#*/}; fi
	shift 2
	[ -d "$from" ] || { echo "error: $list: the source $source is not there ($from)" >&2 && exit 1; }
	for pattern in "$@"; do
		found=
		# shellcheck disable=SC2086 # the pattern is to be expanded
		for file in $(cd "$from" && printf '%s\n' $pattern); do
			if [ ! -f "$from/$file" ] || [ -L "$from/$file" ]; then continue; fi
			mkdir -p "$part/$destination/$(dirname "$file")"
			cp "$from/$file" "$part/$destination/$file"
			found=yes
		done
		[ -n "$found" ] || { echo "error: $list: nothing in $source matches $pattern" >&2 && exit 1; }
	done
}

while read -r -a words; do
	case ${words[0]:-#} in
	'#'*) ;;
	*) place "${words[0]}" "${words[1]}" "${words[@]:2}" ;;
	esac
done <"$list"

json=$(mktemp "$out/.json-XXXXXX")
{
	printf '{"schema":1,"name":"%s","files":[' "$(basename "$(dirname "$list")")"
	separator=
	(cd "$part" && find . -type f -printf '%P\n' | sort) | while read -r file; do
		printf '%s\n{"name":"%s","bytes":%d,"sha256":"%s"}' "$separator" "$file" "$(stat -c %s "$part/$file")" \
			"$(sha256sum <"$part/$file" | cut -d ' ' -f 1)"
		separator=,
	done
	printf '\n]}\n'
} >"$json"
rm -rf "$out/tree"
chmod 755 "$part"
mv "$part" "$out/tree"
chmod 644 "$json"
mv "$json" "$out/tree.json"
