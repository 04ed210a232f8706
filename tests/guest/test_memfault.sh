#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP: the kernel without memory. One boot mounts the store and then starts a worker hundreds of times, each time with
# another allocation failing (frame, heap block, capability slots, scratch), until none is left to fail: kernel/memfault.h.
# MEMFAULT_FIRST and MEMFAULT_STEP: from which on, every how many-th (default: all). Invariant: no panic, no call that answers nonsense, every frame back at
# the end, and a sound store on the disk.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
step=${MEMFAULT_STEP:-1}
first=${MEMFAULT_FIRST:-1}
img=$work/disk.img
evidence=("$work/log" "$work/serial")

build/capstore mkfs --size 8M "$img" >"$work/log" 2>&1
within 900 build/capbench exec --timeout 800 --memory 128 --disk "$img" --kernel-option "memory-fault=$first,$step" --serial "$work/serial" \
    --grant console --grant process_spawner --grant data=writable_fs_root --grant ram=directory --grant blobs=persistent_store build/tests/guest/memfault >"$work/log" 2>&1 </dev/null
check $? "every call says what it lacked, or works, and the second try works"
sed 's/^/# /' "$work/log" | tail -n 6
grep -a 'memory-fault mounts' "$work/serial" | grep -q ' lost=0' && grep -aq 'memory-fault mounts until=[0-9]* failed=[1-9]' "$work/serial"
check $? "a mount that fails leaves nothing behind"
[ "$(grep -ac 'memory-fault n=.* hit=' "$work/serial")" -ge $((100 / step)) ] && grep -a 'memory-fault n=' "$work/serial" | tail -n 1 | grep -q clean
check $? "the sweep went to the last allocation"
for a in frame heap slot scratch; do
    hits=$(grep -ac "memory-fault n=.* hit=$a" "$work/serial")
    echo "# $a: $hits"
    [ "$step" -gt 1 ] || [ "$hits" -gt 0 ]
    check $? "allocator: $a"
done
grep -aq 'scratch used=0' "$work/serial"
check $? "no scratch is in use at the end"
! grep -aq 'frames lost\|PANIC' "$work/serial" && grep -aq 'frames free=' "$work/serial" && grep -aq 'halt code=0' "$work/serial"
check $? "every frame is back"
build/capstore fsck "$img" >"$work/log" 2>&1
check $? "the store is sound"
echo "# fault-count injected=$(grep -ac 'memory-fault n=.* hit=' "$work/serial") losses=$tests_failed"
finish
