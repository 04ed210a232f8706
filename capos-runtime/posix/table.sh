#!/bin/sh
# SPDX-License-Identifier: MIT
# The README's copy of the generated table of Linux calls, between the lines `<!-- posix-table -->` and `<!-- /posix-table -->`.
#   table.sh README TABLE           exit 0 only if the copy is TABLE
#   table.sh --write README TABLE   makes it so
# Without arguments: the same check on README.md as a TAP test.
set -eu
tap=
write=
if [ $# = 0 ]; then
	tap=1
	set -- README.md build/posix-calls.md
elif [ "$1" = --write ]; then
	write=1
	shift
fi
readme=$1 table=$2
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v table="$table" '
	/^<!-- \/posix-table -->$/ { inside = 0; ended++ }
	!inside { print }
	/^<!-- posix-table -->$/ {
		inside = 1
		while ((getline line < table) > 0) print line
	}
	END { exit ended != 1 }' "$readme" >"$new" || {
	echo "$readme: wants a line '<!-- posix-table -->' and after it one '<!-- /posix-table -->'" >&2
	exit 1
}
same=1
cmp -s "$new" "$readme" || same=
if [ -n "$tap" ]; then
	[ -n "$same" ] || printf 'not '
	echo "ok 1 - the README's table of Linux calls is the generated one"
	echo "1..1"
	[ -n "$same" ]
elif [ -n "$write" ]; then
	cat "$new" >"$readme"
elif [ -z "$same" ]; then
	echo "$readme: its table of Linux calls is not the generated one: capos-runtime/posix/table.sh --write $readme $table" >&2
	exit 1
fi
