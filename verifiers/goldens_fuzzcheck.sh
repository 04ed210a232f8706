#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes one size of the golden of sqlite/fuzzcheck with the independent host build: goldens_fuzzcheck.sh BUILD_DIR SIZE
# Invariant: only programs of BUILD_DIR/host make the verdicts; nothing here runs as part of a measurement.
set -eu
build=$(cd "$1" && pwd)
size=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

echo "golden sqlite/fuzzcheck, size $size"
mkdir "$work/verdicts"
mapfile -t files < <(workloads/sqlite/fuzz_samples.sh "$build" "$work" "$size")
[ ${#files[@]} = 8 ]
(cd "$work" && "$build/host/fuzzcheck" -v "${files[@]}") | sed '/^fuzzcheck: /d; /^SQLite 3/d' >"$work/verdicts/verdicts"
"$build/verifiers/golden_sqlite" verifiers/golden/sqlite-fuzzcheck.json sqlite/fuzzcheck \
    "SQLite $("$build/host/sqlite3" --version | cut -d' ' -f1), built on the host by $(gcc --version | head -n 1)" \
    "fuzzcheck -v" "$size" "$work/verdicts"
