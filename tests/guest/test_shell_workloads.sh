#!/bin/bash
# SPDX-License-Identifier: MIT
# The shell workloads and the user stories from one command: every one passes on both guests and its verifier on the host; on capOS
# what a profile does not grant was refused and counted, on Linux that is not applicable. TAP.
#   tests/guest/test_shell_workloads.sh [smoke|standard|long]
# Invariant: only what the run's own files say counts.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
size=${1:-smoke}
build/capbench run shell stories --size "$size" --pairs 1 --out "$work/run" --quiet >"$work/log" 2>&1
check "capbench run shell stories ends with 0"
for definition in workloads/shell/*.json workloads/stories/*.json; do
    w=${definition#workloads/}
    grep -Eq "^${w%.json} +passed +ms " "$work/log"
    check "${w%.json} passed on both guests"
done
[ "$(grep -c '"refused":	[1-9]' "$work/run/results.json")" = 8 ] && ! grep -q '"outcome":	"granted"' "$work/run/results.json"
check "capOS: every attempt on authority was refused in every workload, and they are counted"
grep -q '"method":	"ProcessSpawner.spawn"' "$work/run/results.json" && grep -q '"why":	"read-only"' "$work/run/results.json" &&
    grep -q '"why":	"no-capability"' "$work/run/results.json"
check "capOS: the kernel's refusals are in the record, with process, capability and method"
[ "$(grep -c 'authority on this guest is ambient: what is not granted' "$work/run/results.json")" = 8 ] &&
    grep -A 1 '"name":	"grant"' "$work/run/results.json" | grep -q '"status":	"not_applicable"'
check "Linux: attempts are not applicable, the refused grant of stories/recover among them, with the reason"
few=$(grep -Ec '^attempt (outside|create|write|program|console|network|process) granted$' "$work/run/raw/"*-linux-*/output.log | grep -vc ':7$')
[ "$few" = 0 ]
check "Linux: the same script, where all of it is allowed, is granted all of it"
for g in capos linux; do
    [ "$(grep -Ec '^(spawn|exec|capture|shell) count [0-9]+ mean_ns [0-9]+ p50_ns' "$work/run/raw/"*"-$g-shell-launch/output.log")" -ge 8 ]
    check "$g: latency distributions of starting a command are in the log"
done
build/capbench verify "$work/run" >"$work/log" 2>&1
check "every figure and every artifact is reproduced from the raw data"
finish
