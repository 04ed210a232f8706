#!/bin/bash
# SPDX-License-Identifier: MIT
# The database and storage workloads from one command: every variant passes on both guests, in RAM and on the disk, its verifier on the
# host, a second boot on the same disk and QEMU's block counters included; the single tests' times and the latencies are kept; a backing that a
# workload does not have is a row that says so. TAP.
# Invariant: only what `results.json` and the raw files of the run say counts.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# passed WORKLOAD BACKING DURABILITY: a row of the table with both medians and a ratio.
passed() {
    grep -Eq "^$1 +passed +ms +[0-9.]+ +[0-9.]+ +[0-9.]+ .* $2 +$3$" "$work/table"
    check $? "$1 passed on both guests, $2-backed"
}

# wrote BOOT PATTERN: of the marks of the boots of that name, each block object has the pattern.
wrote() {
    ! cat "$work/run/raw/"*"-$1/marks.json" | tr -d '\t\n ' | grep -o '"block":{[^}]*}' | grep -vEq "$2"
}

build/capbench run sqlite storage --size smoke --pairs 1 --out "$work/run" >"$work/table" 2>"$work/log"
check $? "capbench run sqlite storage ends with 0"
for w in sqlite/speedtest1-file sqlite/speedtest1-wal storage/file storage/kv; do
    passed $w ram none
    passed $w store fsync
    for g in capos linux; do
        wrote "$g-${w/\//-}" '"writeOps":0,"writeBytes":0,'
        check $? "$w on $g, RAM-backed: not one write to the disk"
        wrote "$g-${w/\//-}-store" '"writeOps":[1-9].*"writeBytes":[1-9].*"flushOps":[1-9]'
        check $? "$w on $g, store-backed: writes and flushes"
    done
done
for w in sqlite/speedtest1-file:header sqlite/speedtest1-wal:log storage/file:16th storage/kv:header; do
    grep -q "^store-backed, ${w%:*}: durability fsync: safe after power loss once acknowledged; e.*${w#*:}" "$work/table" &&
        [ "$(tr -d '\t\n' <"$work/run/results.json" | sed 's/{"runId"/\n&/g' | grep "\"benchmarkName\":\"${w%:*}\"" | grep '"backing":"store"' |
            grep -c "\"durability\":\"fsync: safe after power loss once acknowledged; e[^\"]*${w#*:}")" = 2 ]
    check $? "${w%:*}: table and records state what it syncs"
done
passed sqlite/speedtest1-mem ram none
passed sqlite/fuzzcheck ram none
[ "$(grep -o '"outputLines":[^,]*' "$work/run/results.json" | sort -u | tr -dc '0-9\n' | wc -l)" = 1 ]
check $? "fuzzcheck: as many verdicts on both guests, and their number is in the record"
for g in capos linux; do
    for v in file mem wal; do
        [ "$(grep -c '^ *[0-9]* - .*[0-9]s' "$work/run/raw/"*"-$g-sqlite-speedtest1-$v/output.log")" -ge 60 ]
        check $? "$g, speedtest1-$v: times of the single tests are in the log"
    done
    [ "$(grep -Ec '^mix [ABCEF] .* p50_ns [0-9]+ p95_ns' "$work/run/raw/"*"-$g-storage-kv/output.log")" -ge 18 ]
    check $? "$g, kv: operation counts and latencies are in the log"
    [ "$(tr -d '\t\n' <"$work/run/results.json" | sed 's/{"runId"/\n&/g' | grep '"benchmarkName":"storage/' | grep "\"guest\":\"$g\"" |
        grep -Ec '"latency":\[\{"name":"[^"]+","unit":"ns","clock":"guest","n":[1-9]')" = 4 ]
    check $? "$g, kv and file: latency distributions are in the record of each backing"
    grep -q '^ok$' "$work/run/raw/"*"-$g-sqlite-speedtest1-wal-store/reopen/output.log"
    check $? "$g: the database is whole in a second boot"
done
grep -Eq '"writeAmplification":[^0-9a-z]*[0-9]' "$work/run/results.json"
check $? "write amplification, where the program says what it wrote"
[ ! -e "$work/run/disk" ]
check $? "no disk is left behind"
build/capbench verify "$work/run" >"$work/log" 2>&1
check $? "every figure and every artifact is reproduced from the raw data"
build/capbench run sqlite/speedtest1-mem --backing store --size smoke --pairs 1 --out "$work/store" >"$work/log" 2>&1
grep -q '"reason":.*no store-backed profile' "$work/store/results.json" &&
    grep -q '"status":[^a-z]*"unsupported"' "$work/store/results.json" && ! grep -q '"measurement"' "$work/store/results.json"
check $? "a backing that the workload does not have is unsupported, with its reason and without a figure"
finish
