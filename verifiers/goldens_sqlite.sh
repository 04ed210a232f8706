#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the goldens of the database workloads with the independent host build (native compiler and C library):
#   goldens_sqlite.sh BUILD_DIR SIZE NUMBER VARIANT...   SIZE's speedtest1 number; each VARIANT one of mem file wal
# Writes verifiers/golden/sqlite-speedtest1-<variant>.json; what changes there is to be reviewed and committed.
# Invariant: only programs of BUILD_DIR/host make the files; nothing here runs as part of a measurement.
set -eu
build=$(cd "$1" && pwd)
size=$2 number=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tool="SQLite $("$build/host/sqlite3" --version | cut -d' ' -f1), built on the host by $(gcc --version | head -n 1)"

for variant in "$@"; do
	echo "golden sqlite/speedtest1-$variant, size $size"
	case $variant in
	mem) args=--memdb ;;
	file) args="--vfs unix-none --exclusive verify.db" ;;
	wal) args="--vfs unix-none --exclusive --journal wal verify.db" ;;
	*)
		echo "goldens_sqlite.sh: no variant $variant" >&2
		exit 2
		;;
	esac
	args="--size $number --verify --output results $args"
	mkdir "$work/$variant"
	# shellcheck disable=SC2086 # the arguments are words
	(cd "$work/$variant" && "$build/host/speedtest1" $args >"$work/log") || { cat "$work/log" >&2; exit 1; }
	"$build/verifiers/golden_sqlite" "verifiers/golden/sqlite-speedtest1-$variant.json" \
		"sqlite/speedtest1-$variant" "$tool" "speedtest1 $args" "$size" "$work/$variant"
done
