#!/bin/bash
# SPDX-License-Identifier: MIT
# C programs on musl in the capOS guest: prog/files.c, prog/process.c and others check themselves and print TAP, which is passed on with
# the numbers continued; then every way a program can end, the program without a libc, and what the shell sees of it.
# Invariant: a program that does not reach its plan, or ends with another code than it should, is a failure here.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
progs=build/tests/guest/prog

# tap NAME OPTION... ELF [-- ARG...]: a program that checks itself.
tap() {
    local name=$1
    shift
    passed_on "$name: " build/capbench exec --guest capos --timeout 200 "$@"
}

# ends CODE WHAT ARG...: prog/ends.c ends with that exit code.
ends() {
    local want=$1 what=$2
    shift 2
    gives "$want" '' build/capbench exec --guest capos --timeout 60 $progs/ends -- "$@"
    check "$what ends with $want"
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
finish
