#!/bin/bash
# SPDX-License-Identifier: MIT
# Processes started by processes in the capOS guest: prog/spawn.c checks itself (vfork, exec, posix_spawn, system, popen, wait, kill, what a
# child gets) and prints TAP, passed on with the numbers continued; then hush, the shell for machines without an MMU, on the same.
# Invariant: a program that does not reach its plan, or ends with another code than it should, is a failure here.
# shellcheck disable=SC2016 # the scripts are for the guest's shell
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
progs=build/tests/guest/prog
mkdir "$work/data"

# A script for hush, what it prints, its exit code, and options of exec.
hush() {
    local out
    out=$(build/capbench exec --guest capos --timeout 60 --grant posix --grant process_spawner "${@:5}" build/ports/capos/busybox -- sh -c "$4" 2>&1 </dev/null)
    equal "hush: $1" "$out, exit code $?" "$2, exit code $3"
}

cp $progs/spawn "$work/data/"
passed_on '' build/capbench exec --guest capos --timeout 200 --serial "$work/serial" --grant posix --grant process_spawner --grant file_spawner \
    --grant "data=directory:$work/data:ro" --bin $progs/spawn=sh --bin $progs/spawn=mark --kernel-option spawn-counts=mark $progs/spawn
# counts N: what the kernel said of free frames and of its parent's slots when the program `mark` was started for the N-th time.
counts() { sed -n 's/.*spawn-counts parent=[0-9]* \(frames=[0-9]* slots=[0-9]*\).*/\1/p' "$work/serial" | sed -n "$1p"; }
# same NAME N M: it said the same both times.
same() { equal "$1 leave the counts of free frames and of the parent's slots where they were" "$(counts "$3")" "$(counts "$2" | grep . || echo none)"; }
same "1000 children" 2 3
same "100 pipelines" 3 4
read -r frames slots < <(counts 4) && read -r frames_open slots_open < <(counts 5) && [ "$frames" != "$frames_open" ] && [ "$slots" != "$slots_open" ]
check "a pipe that is left open shows in both: $frames $slots, then $frames_open $slots_open"
frames() { sed -n "s/.*frames free=\([0-9]*\) when=$1.*/\1/p" "$work/serial"; }
equal "every frame is back after more than 1000 children" "$(frames end)" "$(frames start | grep . || echo none)"
hush "a pipeline and an exit code" "HI" 7 'echo hi | tr a-z A-Z; exit 7'
hush "lists that share one redirection" $'a\nb\nc' 0 '(echo a; echo b) > f; echo c >> f; cat f'
hush "substitution, functions, loops" "3 x-1 x-2 x-3" 0 'f() { for i in $(seq 3); do echo -n " x-$i"; done; }; echo "$(seq 3 | wc -l)$(f)"'
hush "read takes a line and leaves the rest of the pipe to others" $'[a]\nb\nc' 0 "printf 'a\\nb\\nc\\n' | (read x; echo \"[\$x]\"; cat)"
hush "background and wait" "one two" 0 'sh -c "echo two >two" & echo one >one & wait; echo $(cat one two)'
hush "an endless writer" "y" 0 'yes | head -n 1'
# A here-document larger than a pipe is written without waiting as far as that goes, and the rest by a process of its own.
huge() { echo "{ echo \"$1 <<HERE $2\"; yes 123456789 | head -n 12000; echo HERE; echo '$3'; } >/scratch/huge; $4"; }
hush "a here-document larger than a pipe, into a pipeline" $'120000\nend' 0 "$(huge cat '| wc -c' 'echo end' '. /scratch/huge')"
hush "whoever wrote it may end before its reader has begun" "120000" 0 "$(huge "sh -c 'sleep 1; cat'" '&' exit 'sh /scratch/huge | wc -c')"
hush "what is not there" "127" 0 'nothing 2>/dev/null; echo $?'
# Signals between processes: to a parent and to a child, each with a trap; to a parent and to a child without; past two generations.
hush "a trap for a signal of one's child" $'TERM\n14' 0 'sh -c "trap \"echo TERM; exit 14\" TERM; (kill \$\$) & sleep 3; echo late"; echo $?'
hush "a trap for a signal of one's parent" $'HUP\n5' 0 'sh -c "trap \"echo HUP; exit 5\" HUP; echo >/scratch/r; sleep 3 & wait" & until [ -e /scratch/r ]; do :; done; kill -HUP $!; wait $!; echo $?'
hush "a signal of one's child ends who has no trap" "143" 0 'sh -c "(kill \$\$); sleep 3; echo late" 2>/dev/null; echo $?'
hush "a signal of one's parent ends who has no trap" "gone" 0 'sleep 30 & kill $!; wait; kill -0 $! 2>/dev/null || echo gone'
hush "a loop that waits for nothing but its children" $'USR1\n0' 0 'sh -c "trap \"echo USR1; exit 0\" USR1; (sh -c \"kill -USR1 \$\$\") & while :; do true | true; done"; echo $?'

# A spawner that starts only what is on its list, and what the kernel says about the attempt.
limited() {
    build/capbench exec --guest capos --serial "$work/serial" --timeout 60 --grant posix --grant process_spawner:busybox --bin $progs/spawn build/ports/capos/busybox -- sh -c "$1" 2>&1 </dev/null
}
out=$(limited '/bin/spawn code 3 2>&1; echo $?; ls / >/dev/null && echo fine')
equal "a program that is not on the spawner's list is refused, others run" "$out" $'sh: can\'t execute \'/bin/spawn\': Permission denied\n126\nfine'
grep -q 'refused pid=.* cap=process_spawner method=ProcessSpawner.spawn why=not-permitted' "$work/serial" &&
    grep -q 'name=busybox .*refused=1 ' "$work/serial" && grep -q 'process_spawner:ProcessSpawner:restricted' "$work/serial"
check "the kernel says who was refused, counts it, and shows the spawner as restricted"

# Programs that run wild end within their limits, and the guest goes on to its own end: exec says 125 otherwise.
wild() {
    local name=$1 want=$2
    shift 2
    build/capbench exec --guest capos --memory 128 --timeout 4 --grant posix --grant process_spawner "$@" >/dev/null 2>"$work/err" </dev/null
    equal "$name" "$?" "$want"
}
wild "a program that takes all memory ends by a fault or an error of its own" 139 $progs/spawn -- eat
wild "processes that start two of their own each are ended with the first" 137 $progs/spawn -- bomb
wild "a writer whose pipe nobody reads is stopped by its time limit" 137 build/ports/capos/busybox -- sh -c 'yes | sleep 100'
wild "an endless printer is stopped by a limit" 137 $progs/spawn -- yes
hush "100 pipelines, each in a substitution" "100" 0 'i=0; while [ $i -lt 100 ]; do i=$(echo $i | sed "s/.*/&+1/" | { read x; echo $((x)); }); done; echo $i'
hush "100 pipelines in one shell" "100" 0 'p() { n=0; while [ $n -lt $1 ]; do echo x | tr x y | { read y; [ $y = y ]; } && n=$((n+1)); done; }
/bin/mark code 0; p 3; /bin/mark code 0; p 100; /bin/mark code 0; echo $n' --serial "$work/serial" --kernel-option spawn-counts=mark --bin $progs/spawn=mark
same "hush: 100 pipelines" 2 3
finish
