#!/bin/bash
# SPDX-License-Identifier: MIT
# The agent on the host (`--native`): its programs have a root directory and processes of their own, the usual signals, and
# nothing of them outlives it, however it ends. TAP.
# Invariant: what is looked for among the host's processes has a number in its arguments that nothing else has.
set -u
cd "$(dirname "$0")/../.." || exit 1
agent=$PWD/build/agent/linux/agent
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mark=$((1000000 + $$))
n=0

check() {
    local rc=$?
    n=$((n + 1))
    if [ $rc = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}

# root SCRIPT: a run image whose plan has hush run it.
root() {
    rm -rf "$tmp/root"
    mkdir -p "$tmp/root/bin" "$tmp/root/work"
    cp build/ports/linux/busybox "$tmp/root/bin/"
    printf '%s\n' 'capbench-plan 1' 'nonce 0123456789abcdef' 'program sh /bin/busybox' 'arg sh' 'arg -c' \
        "arg $(printf '%s' "$1" | sed 's/%/%25/g; s/ /%20/g')" 'cwd /work' endprogram 'run sh' 'end' >"$tmp/root/plan"
}

# left: is a process with the mark still there? (The pattern does not match the command line that looks for it.)
left() { grep -qsaP "sleep[\0 ]$mark" /proc/[0-9]*/cmdline; }

# shellcheck disable=SC2016 # the guest's shell expands it
root 'pwd >here; (sleep '$mark' >/dev/null 2>&1 &) ; echo $(cat here)'
timeout 60 "$agent" --native --root "$tmp/root" 3>"$tmp/frames" && [ "$(cat "$tmp/root/work/here")" = /work ]
check "absolute paths lead into the run image"
! left
check "what a program left running ends with it"
root 'yes | head -n 1 >one'
(
    trap '' PIPE
    timeout 60 "$agent" --native --root "$tmp/root" 3>"$tmp/frames"
) && [ "$(cat "$tmp/root/work/one")" = y ]
check "a signal that the caller ignores has its usual effect on programs"
for signal in TERM KILL; do
    root 'sh -c "sleep '$mark'; :" >/dev/null 2>&1 & touch began; wait'
    "$agent" --native --root "$tmp/root" 3>"$tmp/frames" &
    pid=$!
    for _ in $(seq 600); do [ ! -e "$tmp/root/work/began" ] || break; sleep 0.1; done
    kill -$signal $pid
    wait $pid 2>/dev/null
    for _ in $(seq 100); do left || break; sleep 0.1; done
    ! left
    check "nothing outlives an agent that SIG$signal ends"
done
mount | grep -q "$tmp"
[ $? = 1 ] && [ -z "$(ls -A "$tmp/root/dev")" ]
check "no mount is left on the host"
echo "1..$n"
