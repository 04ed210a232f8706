#!/bin/bash
# SPDX-License-Identifier: MIT
# I/O errors of the disk: EIO and ENOSPC on the n-th read, write and flush, once and for good. The program (six rounds of
# write, flush, read) must see -5 in exactly the calls that failed, everything else must work, and the guest must end as
# ever. A virtio disk tells one error only, so a full host is -5 too. Invariant: the expected lines are made here, not
# taken from a run.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
image=$work/disk.img

# expected OP N STICKY: what the program must print.
expected() {
    for round in 1 2 3 4 5 6; do
        for op in write flush read; do
            result=0
            if [ "$op" = "$1" ] && [ "$round" -ge "$2" ] && { [ "$round" -eq "$2" ] || [ -n "$3" ]; }; then
                result=-5
            fi
            echo "$op $round $result"
        done
    done
    echo end
}

# run OP N STICKY FAULT: one boot with that fault, or with none.
run() {
    local fault=()
    [ -z "$4" ] || fault=(--disk-fault "$4")
    rm -f "$image"
    truncate -s 1M "$image"
    within 60 build/capbench exec --timeout 30 --disk "$image" "${fault[@]}" --grant console --grant disk=block_device build/tests/guest/block_steps \
        >"$work/log" 2>&1 </dev/null && [ "$(tr -d '\r' <"$work/log")" = "$(expected "$1" "$2" "$3")" ]
    check "${4:-no fault}"
}

run none 0 '' ''
for op in read write flush; do
    for err in EIO ENOSPC; do
        for n in 1 2 5; do
            run "$op" "$n" '' "$op:$n:$err"
            run "$op" "$n" sticky "$op:$n:$err:sticky"
        done
    done
done
finish
