#!/bin/sh
# SPDX-License-Identifier: MIT
# table.sh README TABLE: exit 0 only if README holds exactly TABLE between its two `<!-- posix-table -->` lines.
# table.sh --write README TABLE puts it there.
set -eu
write=
if [ "$1" = --write ]; then
	write=1
	shift
fi
readme=$1 table=$2
if [ "$(grep -c '^<!-- posix-table -->$' "$readme")" != 2 ]; then
	echo "$readme: wants two lines '<!-- posix-table -->'" >&2
	exit 1
fi
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v table="$table" '
	/^<!-- posix-table -->$/ {
		print
		if (++n == 1) while ((getline line < table) > 0) print line
		next
	}
	n != 1 { print }' "$readme" >"$new"
if [ -n "$write" ]; then
	cat "$new" >"$readme"
elif ! cmp -s "$new" "$readme"; then
	echo "$readme: its table of Linux calls is not the generated one; capos-runtime/posix/table.sh --write $readme $table" >&2
	exit 1
fi
