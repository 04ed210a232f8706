#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the goldens of the storage workloads with the programs' host builds: goldens_storage.sh BUILD_DIR SIZE
# Writes verifiers/golden/storage-{kv,file}.json; what changes there is to be reviewed and committed.
# Invariant: only programs of BUILD_DIR/host make the files; nothing here runs as part of a measurement.
set -eu
build=$(cd "$1" && pwd)
size=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tool="built on the host by $(gcc --version | head -n 1), SQLite $("$build/host/sqlite3" --version | cut -d' ' -f1)"
case $size in
smoke) kv="2000 500" file="2 16" ;;
standard) kv="10000 3000" file="16 16" ;;
long) kv="50000 15000" file="64 16" ;;
*)
	echo "goldens_storage.sh: no size $size" >&2
	exit 2
	;;
esac
mkdir "$work/kv" "$work/file"
# golden NAME COMMAND...
golden() {
	name=$1
	shift
	echo "golden storage/$name, size $size"
	# shellcheck disable=SC2086 # the numbers are words
	(cd "$work/$name" && "$build/host/$1" $2 "$3" results >"$work/log") || exit 1
	"$build/verifiers/golden_sqlite" "verifiers/golden/storage-$name.json" "storage/$name" "$tool" "$1 $2 $3 results" \
		"$size" "$work/$name"
}
golden kv storage-kv "$kv" kv.db
golden file storage-file "$file" data
