#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes one size of the golden of sqlite/fuzzcheck with the independent host build: goldens_fuzzcheck.sh BUILD_DIR SIZE
# The samples are made by the definition's own SQL, so that it is written once.
# Invariant: only programs of BUILD_DIR/host make the verdicts; nothing here runs as part of a measurement.
set -eu
build=$(cd "$1" && pwd)
size=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
definition=$PWD/workloads/sqlite/fuzzcheck.json
case $size in smoke) place=1 ;; standard) place=2 ;; long) place=3 ;; *) echo "no size $size" >&2 && exit 2 ;; esac

# text PATH: a text of the definition.
text() {
    "$build/host/sqlite3" :memory: "SELECT json_extract(readfile('$definition'), '$1')"
}

echo "golden sqlite/fuzzcheck, size $size"
count=$(text '$.programs.sample.args[2]' | sed 's/^@size://' | cut -d, -f"$place")
mkdir "$work/verdicts"
files=()
for i in 1 2 3 4 5 6 7 8; do
    sql=$(text "\$.programs.sample$([ $i != 5 ] || echo -5).args[3]" | sed "s|@each|$i|g; s|../../tree/in|$build/corpora/fuzzdata/tree|")
    "$build/host/sqlite3" -bail "$work/sample$i.db" "$count" "$sql"
    files+=("sample$i.db")
done
(cd "$work" && "$build/host/fuzzcheck" -v "${files[@]}") | sed '/^fuzzcheck: /d; /^SQLite 3/d' >"$work/verdicts/verdicts"
"$build/verifiers/golden_sqlite" verifiers/golden/sqlite-fuzzcheck.json sqlite/fuzzcheck \
    "SQLite $("$build/host/sqlite3" --version | cut -d' ' -f1), built on the host by $(gcc --version | head -n 1)" \
    "fuzzcheck -v" "$size" "$work/verdicts"
