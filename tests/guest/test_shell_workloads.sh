#!/bin/bash
# SPDX-License-Identifier: MIT
# The shell workloads and the user stories from one command: every one passes on both guests and its verifier on the host; on capOS
# what a profile does not grant was refused and counted, on Linux that is not applicable. TAP.
#   tests/guest/test_shell_workloads.sh [smoke|standard|long [WORKLOAD...]]    all of both families if none is named
# Invariant: only what the run's own files say counts.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
size=${1:-smoke}
workloads=("${@:2}")
[ ${#workloads[@]} -gt 0 ] || mapfile -t workloads < <(printf '%s\n' workloads/shell/*.json workloads/stories/*.json | sed 's,^workloads/,,; s,\.json$,,')
all=${#workloads[@]}
has() { [[ " ${workloads[*]} " = *" $1 "* ]]; }
told build/capbench run "${workloads[@]}" --size "$size" --pairs 1 --out "$work/run"
check "capbench run ${workloads[*]}, size $size, ends with 0"
for w in "${workloads[@]}"; do
    grep -Eq "^$w +passed +ms " "$work/log"
    check "$w passed on both guests"
done
[ "$(grep -c '"refused":	[1-9]' "$work/run/results.json")" = "$all" ] && ! grep -q '"outcome":	"granted"' "$work/run/results.json"
check "capOS: every attempt on authority was refused in every workload, and they are counted"
grep -q '"method":	"ProcessSpawner.spawn"' "$work/run/results.json" && grep -q '"why":	"read-only"' "$work/run/results.json" &&
    grep -q '"why":	"no-capability"' "$work/run/results.json"
check "capOS: the kernel's refusals are in the record, with process, capability and method"
[ "$(grep -c 'authority on this guest is ambient: what is not granted' "$work/run/results.json")" = "$all" ] &&
    { ! has stories/recover || grep -A 1 '"name":	"grant"' "$work/run/results.json" | grep -q '"status":	"not_applicable"'; }
check "Linux: attempts are not applicable, the refused grant of stories/recover among them, with the reason"
few=$(grep -EcH '^attempt (outside|create|write|program|console|network|process) granted$' "$work/run/raw/"*-linux-*/output.log | grep -vc ':7$')
[ "$few" = 0 ]
check "Linux: the same script, where all of it is allowed, is granted all of it"
# record GUEST WORKLOAD PATTERN: is it in that record?
record() {
    tr -d '\t\n' <"$work/run/results.json" | sed 's/{"runId"/\n&/g' | grep "\"benchmarkName\":\"$2\".*\"guest\":\"$1\"" | grep -Eq "$3"
}
figures='"unit":"ns","clock":"[a-z]+","n":[1-9][0-9]*,"min":[1-9][0-9]*,"median":[1-9][0-9]*,"p90":([0-9]+|null),"p99":([0-9]+|null),"max":[1-9]'
for g in capos linux; do
    ! has shell/launch || (for mode in spawn exec capture shell; do record $g shell/launch "\"name\":\"$mode\",$figures" || exit 1; done)
    check "$g: the record has the latency distributions of starting a command"
    (for w in "${workloads[@]}"; do
        [[ $w = stories/* ]] || continue
        record $g "$w" "\"latency\":\[\{\"name\":\"[a-z]+\",$figures" && record $g "$w" '"successRate":\{"attempts":([1-9][0-9]*),"successes":\1,"rate":1\}' &&
            record $g "$w" "\"bundle\":\\{\"status\":\"$([ $g = capos ] && echo passed || echo not_applicable)\"" &&
            record $g "$w" '"resources":\{"source":"[a-z0-9]+",.*"peakKiB":[1-9]' || exit 1
    done)
    check "$g: each story's record has its latencies, success rate, bundle and peak memory"
done
build/capbench verify "$work/run" >"$work/log" 2>&1
check "every figure and every artifact is reproduced from the raw data"
finish
