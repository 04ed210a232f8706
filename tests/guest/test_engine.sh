#!/bin/bash
# SPDX-License-Identifier: MIT
# The engine with real guests: one program's exit code and files, a workload on both guests from boots to figures, and
# what the engine says when a guest is killed under it or the user interrupts.
# Invariant: nothing is written outside a temporary folder; no emulator is left running.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
bin=$PWD/build/capbench

# emulator_of PID: the emulator that process started, once there is one.
emulator_of() {
    for _ in $(seq 100); do
        pgrep -P "$1" qemu && return 0
        sleep 0.05
    done
    return 1
}

mkdir -p "$work/data/sub"
seq 20000 >"$work/data/sub/numbers"
for guest in capos linux; do
    zstd=build/ports/$guest/zstd
    gives 0 'Zstandard CLI' "$bin" exec --guest $guest $zstd -- --version
    check "$guest: a program's output and exit code 0"
    gives 1 'nothing-here' "$bin" exec --guest $guest $zstd -- nothing-here
    check "$guest: a program's own exit code"
    rm -rf "$work/back"
    gives 0 '' "$bin" exec --guest $guest --grant posix --grant "data=directory:$work/data" --out "$work/back" $zstd -- \
        -q /data/sub/numbers -o /scratch/numbers.zst
    check "$guest: a granted directory is filled from the host"
    zstd -q -d -c "$work/back/scratch/numbers.zst" 2>/dev/null | cmp -s - "$work/data/sub/numbers"
    check "$guest: what the program left comes back"
    gives 137 'over a limit' "$bin" exec --guest $guest --timeout 2 --grant posix --grant "data=directory:$work/data:ro" \
        $zstd -- -b19 -i60 /data/sub/numbers
    check "$guest: a program over its time limit"
done
many=()
for i in $(seq 81); do many+=(--grant "g$i=console"); done
gives 120 'thread_control' "$bin" exec "${many[@]}" build/ports/capos/zstd
check "capos: as many grants as a process can have"
gives 120 '' "$bin" exec --grant console build/ports/capos/zstd
check "capos: with --grant, exactly what is named (this program needs more)"

"$bin" run compression/zstd-3 --pairs 1 --seed 3 --out "$work/run" --quiet >"$work/out" 2>&1
check "a workload passes on both guests"
grep -Eq '^compression/zstd-3 +passed +ms +[0-9.]+ +[0-9.]+ +[0-9.]+ ' "$work/out"
check "the table has both medians and the ratio"
"$bin" verify "$work/run" >"$work/out" 2>&1
check "every figure reproduces"
hashes=$(grep '"artifactHash"' "$work/run/results.json" | sort -u | wc -l)
[ "$hashes" = 1 ]
check "both guests made the same artifact"
grep -Eq '"name":"work","interface":"Directory","calls":[1-9]' "$work/run/events.jsonl"
check "capabilities that were really used are counted"
grep -q '"beyondAllowList":0' "$work/run/events.jsonl"
check "the two command lines differ only where allowed"

"$bin" run compression/zstd-3 --guest capos --pairs 2 --accel icount --out "$work/icount" --quiet >"$work/out" 2>&1
check "a workload passes under icount"
"$bin" verify "$work/icount" >"$work/out" 2>&1
check "and reproduces"
grep -o '"samples":	\[[0-9., ]*\]' "$work/icount/results.json" | head -n 1 | tr -dc '0-9., ' |
    awk -F', ' '{ d = $1 - $2; if (d < 0) d = -d; exit !(NF == 2 && $1 > 0 && d / $1 <= 1e-5) }'
check "two boots agree within 10 ppm under icount"

# The emulator dies under a run.
"$bin" run compression/zstd-19 --guest capos --pairs 1 --out "$work/killed" --quiet >"$work/out" 2>&1 &
pid=$!
for _ in $(seq 200); do
    grep -q '"event":"hello"' "$work/killed/events.jsonl" 2>/dev/null && break
    sleep 0.05
done
kill -KILL "$(emulator_of $pid)"
wait $pid
[ $? = 3 ] && grep -q '"status":	"invalid"' "$work/killed/results.json" && ! grep -q '"measurement"' "$work/killed/results.json"
check "a killed emulator makes the result invalid, exit 3, no measurement"

# Ctrl-C in the middle of a boot.
"$bin" run compression/zstd-19 --guest capos --pairs 1 --out "$work/int" --quiet >"$work/out" 2>&1 &
pid=$!
emulator=$(emulator_of $pid)
kill -INT $pid
wait $pid
[ $? = 130 ]
check "an interrupted boot: exit 130"
! kill -0 "$emulator" 2>/dev/null && grep -q '"interrupted":	true' "$work/int/results.json"
check "no emulator is left, and the results say so"

# What is left when the engine itself is killed, and who tidies up.
endless=(exec --timeout 100 --grant posix --grant "data=directory:$work/data:ro" build/ports/capos/zstd -- -b19 -i60 /data/sub/numbers)
folders() { find "$work" -maxdepth 1 -name 'capbench-exec-*' | wc -l; }
# started FILE NUMBER ARGUMENT...: a capbench in $pid, so many of whose kind have made that file by now; its emulator is added to $work/emulators.
started() {
    local file=$1 number=$2
    shift 2
    "$bin" "$@" >"$work/out" 2>&1 &
    pid=$!
    until [ "$(find "$work" -name "$file" | wc -l)" = "$number" ] || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
    emulator_of $pid >>"$work/emulators"
}
gone() { # all emulators that were started; the kernel ends one whose engine was killed, a moment later
    for _ in $(seq 100); do
        ps -o stat= -p "$(paste -sd, "$work/emulators")" | grep -qv '^Z' || return 0
        sleep 0.1
    done
    return 1
}

rm -rf "$work"/capbench-exec-*
started serial.log $(($(find "$work" -name serial.log | wc -l) + 1)) "${endless[@]}"
kill -QUIT $pid
wait $pid
[ $? = 130 ] && [ "$(folders)" = 0 ] && gone
check "SIGQUIT: exit 130, no emulator and no folder left"
started 'capbench-exec-*' 1 "${endless[@]}"
killed=$pid
started 'capbench-exec-*' 2 "${endless[@]}"
kill -KILL $killed
wait $killed 2>/dev/null
[ "$(folders)" = 2 ]
check "a killed engine leaves its folder"
"$bin" exec build/ports/capos/zstd -- --version >"$work/out" 2>&1 && [ "$(folders)" = 1 ] && kill -0 $pid
check "the next one removes it, and not that of one that runs"
kill -TERM $pid
wait $pid
[ "$(folders)" = 0 ] && gone
check "then nothing is left, and no emulator"

started disk.img 1 run sqlite/speedtest1-file --backing store --guest capos --pairs 1 --out "$work/runs/a" --quiet
kill -KILL $pid
wait $pid 2>/dev/null
[ -e "$work/runs/a/disk/disk.img" ] && mkdir -p "$work/runs/mine/disk" && touch "$work/runs/mine/disk/disk.img"
check "a killed run leaves its disks"
gives 3 'already holds a run' "$bin" run sqlite/speedtest1-file --out "$work/runs/a" --quiet
check "its folder is not written to again"
[ ! -e "$work/runs/a/disk" ] && [ -e "$work/runs/a/events.jsonl" ] && [ -e "$work/runs/mine/disk/disk.img" ] && gone
check "its disks are gone then, and nothing else is"

finish
