#!/bin/bash
# SPDX-License-Identifier: MIT
# The dashboard with real guests in a tmux window of 80x24: a run begins, is cancelled and leaves no QEMU; another is
# watched to its verified end, verified again from raw data, and left.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
build=${CAPBENCH_BUILD:-build}
skip() {
    skipped "dashboard with real guests" "$1"
    finish
}
command -v tmux >/dev/null || skip "tmux is not installed"
for f in capos/kernel.elf agent/capos/agent agent/linux/agent linux-guest/vmlinux ports/capos/zstd ports/linux/zstd \
    verifiers/verify_compression; do
    [ -e "$build/$f" ] || skip "$build/$f is not built"
done
out=$work
socket=capbench-test-$$
t() { tmux -L "$socket" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$work"' EXIT
evidence=("$work/screen")
# result STATUS NAME: a check that shows the screen.
result() {
    t capture-pane -p >"$work/screen" 2>/dev/null
    check "$1" "$2"
}
# Waits at most $1 seconds until the screen matches the pattern $2.
screen_has() {
    local end=$((SECONDS + $1))
    while [ $SECONDS -lt $end ]; do
        t capture-pane -p 2>/dev/null | grep -qE -- "$2" && return 0
        sleep 0.2
    done
    return 1
}
dash() { # name; each in a server of its own: one that is just ending takes no new session
    socket=capbench-test-$$-$1
    t new-session -d -s "$1" -x 80 -y 24 \
        "LC_ALL=C.UTF-8 $build/capbench dash compression/zstd-3 --size smoke --pairs 1 --out $out/$1; echo left with \$?; sleep 60"
}
no_qemu() { ! pgrep -f "initrd $out/$1/" >/dev/null; }

dash first
screen_has 60 '(booting|set-up|warm-up|timed|working)'
result $? "the first guest works"
screen_has 60 'queued'
result $? "the other is queued"
screen_has 2 'tcg: EMULATED|kvm: hardware|icount'
result $? "the header names the accelerator"
screen_has 2 'boots, [0-9]+ left: about [0-9]+:'
result $? "the header says what is left and how long"
t send-keys x
screen_has 60 'Cancel the run\?'
result $? "x asks first"
t send-keys y
screen_has 30 'interrupted|exit 130'
result $? "the run is cancelled and keeps what is finished"
t send-keys q
screen_has 60 'left with 130'
result $? "the dashboard leaves with the run's exit code"
no_qemu first
result $? "no QEMU is left behind"
[ -s "$out/first/results.json" ]
result $? "what was finished is kept"
t kill-server 2>/dev/null

dash second
screen_has 150 'ended, exit'
result $? "the run comes to its end"
screen_has 60 'capOS . verified +1/1.*Linux . verified +1/1'
result $? "both guests are verified in the matrix"
screen_has 2 '(faster|undecided).*\['
result $? "who is faster, by how much, with the interval or why there is none"
t send-keys v
screen_has 30 'verify: every figure reproduces'
result $? "v verifies again from raw data"
t send-keys q
screen_has 60 'left with 0'
result $? "it leaves with 0"
no_qemu second
result $? "no QEMU is left behind at the end"
t kill-server 2>/dev/null

dash third
screen_has 60 "(booting|set-up|warm-up|timed)"
t send-keys C-c
screen_has 30 "left with 130"
result $? "Ctrl-C ends the run in order"
no_qemu third
result $? "no QEMU is left behind by it"
t kill-server 2>/dev/null

dash fourth
screen_has 60 "(booting|set-up|warm-up|timed)"
kill -SEGV "$(pgrep -f "^$build/capbench dash .*$out/fourth\$")"
screen_has 60 "left with 139"
result $? "a dashboard that crashes says so by its status"
end=$((SECONDS + 150))
while [ $SECONDS -lt $end ] && ! grep -q '"event":"run_end"' "$out/fourth/events.jsonl"; do sleep 0.3; done
grep -q '"event":"run_end","interrupted":false,"exit":0' "$out/fourth/events.jsonl"
result $? "its run comes to its end all the same"
sleep 0.5
no_qemu fourth
result $? "no QEMU is left behind by that either"
finish
