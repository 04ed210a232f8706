#!/bin/bash
# SPDX-License-Identifier: MIT
# The agent on the host (`--native`): its programs have a root directory and processes of their own, the usual signals, and
# nothing of them outlives it, however it ends. TAP.
# Invariant: what is looked for among the host's processes has a number in its arguments that nothing else has.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
agent=$PWD/build/agent/linux/agent
mark=$((1000000 + $$))

# root SCRIPT: a run image whose plan has hush run it.
root() {
    rm -rf "$work/root"
    mkdir -p "$work/root/bin" "$work/root/work"
    cp build/ports/linux/busybox "$work/root/bin/"
    printf '%s\n' 'capbench-plan 1' 'nonce 0123456789abcdef' 'program sh /bin/busybox' 'arg sh' 'arg -c' \
        "arg $(printf '%s' "$1" | sed 's/%/%25/g; s/ /%20/g')" 'cwd /work' endprogram 'run sh' 'end' >"$work/root/plan"
}

# left: is a process with the mark still there? (The pattern does not match the command line that looks for it.)
left() { grep -qsaP "sleep[\0 ]$mark" /proc/[0-9]*/cmdline; }

# shellcheck disable=SC2016 # the guest's shell expands it
root 'pwd >here; (sleep '$mark' >/dev/null 2>&1 &) ; echo $(cat here)'
within 60 "$agent" --native --root "$work/root" 3>"$work/frames" && [ "$(cat "$work/root/work/here")" = /work ]
check "absolute paths lead into the run image"
! left
check "what a program left running ends with it"
root 'yes | head -n 1 >one'
(
    trap '' PIPE
    within 60 "$agent" --native --root "$work/root" 3>"$work/frames"
) && [ "$(cat "$work/root/work/one")" = y ]
check "a signal that the caller ignores has its usual effect on programs"
for signal in TERM KILL; do
    root 'sh -c "sleep '$mark'; :" >/dev/null 2>&1 & touch began; wait'
    "$agent" --native --root "$work/root" 3>"$work/frames" &
    pid=$!
    for _ in $(seq 600); do [ ! -e "$work/root/work/began" ] || break; sleep 0.1; done
    kill -$signal $pid
    wait $pid 2>/dev/null
    for _ in $(seq 100); do left || break; sleep 0.1; done
    ! left
    check "nothing outlives an agent that SIG$signal ends"
done
mount | grep -q "$work"
[ $? = 1 ] && [ -z "$(ls -A "$work/root/dev")" ]
check "no mount is left on the host"
finish
