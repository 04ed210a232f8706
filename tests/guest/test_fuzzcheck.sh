#!/bin/bash
# SPDX-License-Identifier: MIT
# SQLite's own fuzzcheck with its own data, on capOS and on Linux as the control: what it says about each case must be the same, and
# it must find no error. TAP.
#   tests/guest/test_fuzzcheck.sh [CASES]     a sample of CASES of every data set (default 200), or `all`
# FUZZCHECK_SEED picks the sample; it is printed. Invariant: guests get the same data file, and their outputs are compared line by line.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
cases=${1:-200}
seed=${FUZZCHECK_SEED:-20260731}
total=0

# shellcheck disable=SC2317 # told calls it
# fuzzcheck GUEST: all data files in one boot.
fuzzcheck() {
    build/capbench exec --guest "$1" --timeout 7200 --memory 768 --grant posix --grant "data=directory:$work/data:ro" \
        "build/ports/$1/fuzzcheck" -- -v "${files[@]}" 2>"$work/$1.err"
}

# verdicts GUEST: the lines without the times are in $work/GUEST.
verdicts() {
    local code
    told fuzzcheck "$1"
    code=$?
    mv "$work/log" "$work/$1.all"
    tr -d '\r' <"$work/$1.all" | sed '/^fuzzcheck: /d; /^SQLite 3/d' >"$work/$1"
    total=$(tr -d '\r' <"$work/$1.all" | sed -n 's/^fuzzcheck: 0 errors out of \([0-9]*\) tests.*/\1/p')
    [ $code = 0 ] && [ "${total:-0}" -gt 0 ]
}

mkdir "$work/data"
[ "$cases" != all ] || cases=long
mapfile -t files < <(workloads/sqlite/fuzz_samples.sh build "$work/data" "$cases" "$seed")
files=("${files[@]/#//data/}")
[ ${#files[@]} = 8 ]
check "samples of eight data sets"
echo "# seed $seed, $cases cases of each of ${#files[@]} data sets"
verdicts linux
check $? "linux: fuzzcheck finds no error"
control=$total
verdicts capos
check $? "capos: fuzzcheck finds no error"
echo "# cases: linux ${control:-none}, capos ${total:-none}"
[ -n "$total" ] && [ "$total" = "$control" ]
check $? "both ran the same number of cases"
cmp -s "$work/linux" "$work/capos"
check $? "capOS says of every case what Linux says"
[ "$tests_failed" = 0 ] || { diff "$work/linux" "$work/capos" | head -20; tail -n 3 "$work"/*.err; } | sed 's/^/# /'
finish
