#!/bin/bash
# SPDX-License-Identifier: MIT
# Processes started by processes in the capOS guest: prog/spawn.c checks itself (vfork, exec, posix_spawn, system, popen, wait, kill, what a
# child gets) and prints TAP, passed on with the numbers continued; then hush, the shell for machines without an MMU, on the same.
# Invariant: a program that does not reach its plan, or ends with another code than it should, is a failure here.
# shellcheck disable=SC2016 # the scripts are for the guest's shell
set -u
progs=build/tests/guest/prog
work=build/tests/processes
mkdir -p $work/data
n=0 failed=0
ok() { n=$((n + 1)) && echo "ok $n - $1"; }
say() { while IFS= read -r line; do echo "# $line"; done <<<"$1"; }
not_ok() { n=$((n + 1)) && echo "not ok $n - $1" && failed=1; }

# Runs a TAP program and passes its lines on, numbered from here.
tap() {
    local out code
    out=$(build/capbench exec --guest capos --timeout 200 "$@" 2>&1 </dev/null)
    code=$?
    while IFS= read -r line; do
        case $line in
        "ok "*) ok "${line#ok * - }" ;;
        "not ok "*) not_ok "${line#not ok * - }" ;;
        1..*) ;;
        *) echo "# $line" ;;
        esac
    done <<<"$out"
    if [ $code = 0 ] && grep -q '^1\.\.[0-9]' <<<"$out"; then ok "ran to its end"; else not_ok "ran to its end (exit code $code)"; fi
}

# A script for hush, what it prints, and its exit code.
hush() {
    local name=$1 want=$2 code=$3 out rc
    out=$(build/capbench exec --guest capos --timeout 60 --grant posix --grant process_spawner build/ports/capos/busybox -- sh -c "$4" 2>&1 </dev/null)
    rc=$?
    if [ "$out" = "$want" ] && [ $rc = "$code" ]; then ok "hush: $name"; else
        not_ok "hush: $name (exit code $rc)"
        say "$out"
    fi
}

cp $progs/spawn $work/data/
tap --serial $work/serial --grant posix --grant process_spawner --grant file_spawner --grant data=directory:$work/data:ro --bin $progs/spawn=sh $progs/spawn
frames() { sed -n "s/.*frames free=\([0-9]*\) when=$1.*/\1/p" $work/serial; }
if [ -n "$(frames start)" ] && [ "$(frames start)" = "$(frames end)" ]; then ok "every frame is back after more than 1000 children"; else
    not_ok "every frame is back after more than 1000 children ($(frames start), $(frames end))"
fi
hush "a pipeline and an exit code" "HI" 7 'echo hi | tr a-z A-Z; exit 7'
hush "lists that share one redirection" $'a\nb\nc' 0 '(echo a; echo b) > f; echo c >> f; cat f'
hush "substitution, functions, loops" "3 x-1 x-2 x-3" 0 'f() { for i in $(seq 3); do echo -n " x-$i"; done; }; echo "$(seq 3 | wc -l)$(f)"'
hush "read takes a line and leaves the rest of the pipe to others" $'[a]\nb\nc' 0 "printf 'a\\nb\\nc\\n' | (read x; echo \"[\$x]\"; cat)"
hush "background and wait" "one two" 0 'sh -c "echo two >two" & echo one >one & wait; echo $(cat one two)'
hush "an endless writer" "y" 0 'yes | head -n 1'
hush "what is not there" "127" 0 'nothing 2>/dev/null; echo $?'

# A spawner that starts only what is on its list, and what the kernel says about the attempt.
limited() {
    build/capbench exec --guest capos --serial $work/serial --timeout 60 --grant posix --grant process_spawner:busybox --bin $progs/spawn build/ports/capos/busybox -- sh -c "$1" 2>&1 </dev/null
}
out=$(limited '/bin/spawn code 3 2>&1; echo $?; ls / >/dev/null && echo fine')
if [ "$out" = $'sh: can\'t execute \'/bin/spawn\': Permission denied\n126\nfine' ]; then ok "a program that is not on the spawner's list is refused, others run"; else
    not_ok "a program that is not on the spawner's list is refused, others run"
    say "$out"
fi
if grep -q 'refused pid=.* cap=process_spawner method=ProcessSpawner.spawn why=not-permitted' $work/serial &&
    grep -q 'name=busybox .*refused=1 ' $work/serial && grep -q 'process_spawner:ProcessSpawner:restricted' $work/serial; then
    ok "the kernel says who was refused, counts it, and shows the spawner as restricted"
else
    not_ok "the kernel says who was refused, counts it, and shows the spawner as restricted"
fi

# Programs that run wild end within their limits, and the guest goes on to its own end: exec says 125 otherwise.
wild() {
    local name=$1 want=$2 out rc
    shift 2
    out=$(build/capbench exec --guest capos --memory 128 --timeout 4 --grant posix --grant process_spawner "$@" 2>&1 >/dev/null </dev/null)
    rc=$?
    if [ $rc = "$want" ]; then ok "$name"; else
        not_ok "$name (exit code $rc, not $want)"
        say "$(tail -n 5 <<<"$out")"
    fi
}
wild "a program that takes all memory ends by a fault or an error of its own" 139 $progs/spawn -- eat
wild "processes that start two of their own each are ended with the first" 137 $progs/spawn -- bomb
wild "a writer whose pipe nobody reads is stopped by its time limit" 137 build/ports/capos/busybox -- sh -c 'yes | sleep 100'
wild "an endless printer is stopped by a limit" 137 $progs/spawn -- yes
hush "100 pipelines" "100" 0 'i=0; while [ $i -lt 100 ]; do i=$(echo $i | sed "s/.*/&+1/" | { read x; echo $((x)); }); done; echo $i'
echo "1..$n"
exit $failed
