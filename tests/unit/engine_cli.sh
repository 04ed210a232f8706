#!/bin/bash
# SPDX-License-Identifier: MIT
# The command line's refusals: one clear line on standard error and the documented exit code, before anything boots.
# Invariant: nothing is written outside a temporary folder, no guest is started.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
bin=$PWD/build/capbench

# expect NAME CODE PATTERN COMMAND...
expect() {
    local name=$1
    shift
    gives "$@"
    check "$name"
}

# one_line NAME: the last command said exactly one line.
one_line() {
    [ "$(wc -l <"$work/out")" = 1 ]
    check "$1: one line"
}

expect "no command" 2 'usage: capbench' "$bin"
expect "help" 0 'usage: capbench' "$bin" help
expect "version" 0 '^capbench [0-9]' "$bin" --version
expect "unknown command" 2 'unknown command' "$bin" frobnicate
for c in run exec verify list; do
    expect "$c --help" 0 "usage: capbench $c" "$bin" "$c" --help
    expect "$c with an unknown option" 2 'see: capbench' "$bin" "$c" --frobnicate
done
expect "report is not built yet" 2 '^unsupported: .*not built yet' "$bin" report

expect "unknown size" 2 'smoke, standard or long' "$bin" run --size huge
expect "unknown guest" 2 'capos, linux, both or native' "$bin" run --guest bsd
expect "unknown accelerator" 2 'auto, kvm, tcg or icount' "$bin" run --accel warp
expect "no pairs" 2 '1 to 1000' "$bin" run --pairs 0
expect "unknown workload" 2 'unknown workload .*there are: .*compression/zstd-3' "$bin" run compression/lz4
expect "family prefix is not a name" 2 'unknown workload' "$bin" run compress

printf 'hello\n' >"$work/text"
head -c 3000 build/ports/linux/zstd >"$work/short"
: >"$work/empty"
expect "exec of a missing file" 127 'No such file' "$bin" exec "$work/none"
one_line "a missing file"
expect "exec of a text file" 126 'a text file' "$bin" exec "$work/text"
one_line "a text file"
expect "exec of a truncated ELF" 126 'truncated' "$bin" exec "$work/short"
one_line "a truncated ELF"
expect "exec of an empty file" 126 'empty' "$bin" exec "$work/empty"
expect "exec of a dynamically linked program" 126 'interpreter' "$bin" exec /proc/self/exe
expect "exec with an unknown grant" 2 'unknown kind; one of: console, ' "$bin" exec --grant x=teleporter build/ports/linux/zstd
one_line "an unknown grant"
expect "exec with a grant whose name is too long" 2 'at most 32 of' \
    "$bin" exec --grant "a23456789012345678901234567890123=console" build/ports/linux/zstd
many=()
for i in $(seq 82); do many+=(--grant "g$i=console"); done
expect "exec with more grants than a process can have" 2 'cannot have more' "$bin" exec "${many[@]}" build/ports/linux/zstd
expect "exec with a directory that is not there" 2 'no such folder' \
    "$bin" exec --grant "d=directory:$work/none" build/ports/linux/zstd
expect "exec with what comes back into a folder that holds files" 2 "--out $work: holds files already; name a new folder" \
    "$bin" exec --out "$work" build/ports/linux/zstd
one_line "a folder that holds files"
expect "run into a directory that cannot be made" 3 'cannot make the result directory: Not a directory; .* choose another --out' \
    "$bin" run compression/zstd-3 --guest native --out "$work/text/x"
one_line "a directory that cannot be made"
expect "exec without a program" 2 'no program' "$bin" exec

expect "verify of something else" 2 'events.jsonl' "$bin" verify "$work"
expect "verify without a directory" 2 'exactly one' "$bin" verify
expect "list" 0 '^compression/zstd-3 ' "$bin" list
expect "list --json" 0 '"workloads"' "$bin" list --json

# A definition that is wrong stops every command that reads it, and says where.
mkdir -p "$work/tree/build" "$work/tree/workloads/compression"
for f in build/*; do
    ln -s "$PWD/$f" "$work/tree/$f"
done
sed 's/"tier": 3/"teir": 3/' workloads/compression/zstd-3.json >"$work/tree/workloads/compression/zstd-3.json"
expect "bad definition" 2 'zstd-3\.json: key "teir": unknown key; allowed here: schema' \
    env CAPBENCH_BUILD="$work/tree/build" "$bin" run
one_line "a bad definition"

# What a run starts besides: a fresh clone has nothing but what `make build` makes.
make -pnq build-all 2>/dev/null | grep '^build-all:' | tr ' ' '\n' >"$work/out"
for f in capbench capstore verifiers/verify_sqlite agent/capos/agent agent/linux/agent capos/kernel.elf; do
    grep -qx "build/$f" "$work/out"
    check "make build makes $f"
done
finish
