#!/bin/bash
# SPDX-License-Identifier: MIT
# C programs on musl in the capOS guest: prog/files.c, prog/process.c and others check themselves and print TAP, which is passed on with
# the numbers continued; then every way a program can end, the program without a libc, and what the shell sees of it.
# Invariant: a program that does not reach its plan, or ends with another code than it should, is a failure here.
set -u
progs=build/tests/guest/prog
n=0
ok() { n=$((n + 1)) && echo "ok $n - $1"; }
not_ok() { n=$((n + 1)) && echo "not ok $n - $1" && failed=1; }
failed=0

# Runs a TAP program and passes its lines on, numbered from here.
tap() {
    local name=$1 out code
    shift
    out=$(build/capbench exec --guest capos --timeout 200 "$@" 2>&1 </dev/null)
    code=$?
    out=${out//$'\r'/}
    while IFS= read -r line; do
        case $line in
        "ok "*) ok "$name: ${line#ok * - }" ;;
        "not ok "*) not_ok "$name: ${line#not ok * - }" ;;
        1..*) ;;
        *) echo "# $line" ;;
        esac
    done <<<"$out"
    if [ $code = 0 ] && grep -q '^1\.\.[0-9]' <<<"$out"; then ok "$name: ran to its end"; else not_ok "$name: ran to its end (exit code $code)"; fi
}

# Runs prog/ends.c and looks at the exit code.
ends() {
    local want=$1 what=$2 code
    shift 2
    build/capbench exec --guest capos --timeout 60 $progs/ends -- "$@" >/dev/null 2>&1 </dev/null
    code=$?
    if [ $code = "$want" ]; then ok "$what ends with $want"; else not_ok "$what ends with $want (was $code)"; fi
}

tap files $progs/files
tap process $progs/process -- one "two words" ""
tap spawn --grant process_spawner --grant directory --grant virtual_memory --grant timer --grant thread_control \
    --grant entropy_source --grant console $progs/grants
tap nonblock --grant posix --grant process_spawner $progs/nonblock
tap bare --grant console --grant timer --grant virtual_memory --grant directory --grant null $progs/bare
ends 7 "_exit(7)" exit 7
ends 3 "return 3 from main" return 3
ends 134 "abort()" abort
ends 139 "a write to address 0" null ""
ends 139 "a stack that is run off" stack
ends 139 "hlt" halt
ends 132 "an undefined instruction" undefined
echo "1..$n"
exit $failed
