#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints what the ports are and what was built of them, as JSON, for the results' context:
#   describe.sh CC CFLAGS BUILD_DIR [NAME VERSION LICENCE PACKAGE ARCHIVE SHA256 CONFIGURE PROGRAMS LIMITS PATCHES]...
# LIMITS is a list of feature|kind|reason|test joined by `;`. BUILD_DIR is where the flavours' directories lie.
# Invariant: a hash or key is printed only for a file that exists; a flavour that was not built is absent.
set -eu

# json_string TEXT: the text as a JSON string.
json_string() {
	printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"
}

file_sha256() {
	sha256sum <"$1" | cut -d ' ' -f 1
}

# The built products of one port: {"capos": {"key": ..., "programs": {name: sha256}}, ...}
products_print() {
	comma=
	for flavour in capos linux; do
		built=$dir/$flavour/.$1.built
		[ -f "$built" ] || continue
		printf '%s"%s":{"key":"%s","programs":{' "$comma" "$flavour" "$(cat "$built")"
		comma=,
		inner=
		for program in $2; do
			[ -f "$dir/$flavour/$program" ] || continue
			printf '%s"%s":"%s"' "$inner" "$program" "$(file_sha256 "$dir/$flavour/$program")"
			inner=,
		done
		printf '}}'
	done
}

limits_print() {
	comma=
	printf '%s' "$1" | tr ';' '\n' | while IFS='|' read -r feature kind reason test || [ -n "$feature" ]; do
		feature=${feature# }
		[ -n "$feature" ] || continue
		printf '%s{"feature":' "$comma"
		json_string "$feature"
		printf ',"kind":'
		json_string "$kind"
		printf ',"reason":'
		json_string "$reason"
		printf ',"test":'
		json_string "$test"
		printf '}'
		comma=,
	done
}

patches_print() {
	comma=
	for patch in $1; do
		printf '%s{"file":"%s","sha256":"%s"}' "$comma" "$patch" "$(file_sha256 "$patch")"
		comma=,
	done
}

cc=$1 cflags=$2 dir=$3
shift 3
printf '{"schema":1,"compiler":'
json_string "$($cc --version | head -n 1)"
printf ',"cflags":'
json_string "$cflags"
printf ',"ports":[\n'
separator=
while [ $# -ge 10 ]; do
	printf '%b{"name":"%s","version":"%s","licence":"%s","package":"%s"' "$separator" "$1" "$2" "$3" "$4"
	printf ',"archive":"%s","sha256":"%s","configuration":' "$5" "$6"
	json_string "$7"
	printf ',"patches":[%s],"limits":[%s],"products":{%s}}' \
		"$(patches_print "${10}")" "$(limits_print "$9")" "$(products_print "$1" "$8")"
	separator=',\n'
	shift 10
done
printf '\n]}\n'
