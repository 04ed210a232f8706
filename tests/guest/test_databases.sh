#!/bin/bash
# SPDX-License-Identifier: MIT
# The database and storage workloads from one command: every variant passes on both guests and its verifier on the host, another
# backing is a row that says why it is not there, and the single tests' times and the latencies are kept. TAP.
# Invariant: only what `results.json` and the raw files of the run say counts.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

check() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        tail -n 8 "$work/log" | sed 's/^/# /'
    fi
}

workloads="sqlite/speedtest1-file sqlite/speedtest1-mem sqlite/speedtest1-wal storage/file storage/kv"
build/capbench run sqlite storage --size smoke --pairs 1 --out "$work/run" >"$work/log" 2>&1
check $? "capbench run sqlite storage ends with 0"
for w in $workloads; do
    grep -Eq "^$w +passed +ms +[0-9.]+ +[0-9.]+ +[0-9.]+ .*ram$" "$work/log"
    check $? "$w passed on both guests, RAM-backed"
done
for g in capos linux; do
    for v in file mem wal; do
        [ "$(grep -c '^ *[0-9]* - .*[0-9]s' "$work/run/raw/"*"-$g-sqlite-speedtest1-$v/output.log")" -ge 60 ]
        check $? "$g, speedtest1-$v: times of the single tests are in the log"
    done
    [ "$(grep -Ec '^mix [ABCEF] .* p50_ns [0-9]+ p95_ns' "$work/run/raw/"*"-$g-storage-kv/output.log")" -ge 18 ]
    check $? "$g, kv: operation counts and latencies are in the log"
done
build/capbench verify "$work/run" >"$work/log" 2>&1
check $? "every figure and every artifact is reproduced from the raw data"
build/capbench run sqlite/speedtest1-wal --backing store --size smoke --pairs 1 --out "$work/store" >"$work/log" 2>&1
grep -Eq '"reason":.*(no store-backed profile|Store)' "$work/store/results.json" && grep -q '"status":[^a-z]*"unsupported"' "$work/store/results.json" &&
    ! grep -q '"measurement"' "$work/store/results.json"
check $? "Store-backed is unsupported, with its reason and without a figure"
echo "1..$n"
