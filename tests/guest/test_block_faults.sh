#!/bin/sh
# SPDX-License-Identifier: MIT
# I/O errors of the disk: EIO and ENOSPC on the n-th read, write and flush, once and for good. The program (six rounds of
# write, flush, read) must see -5 in exactly the calls that failed, everything else must work, and the guest must end as
# ever. A virtio disk tells one error only, so a full host is -5 too. Invariant: the expected lines are made here, not
# taken from a run.
set -u
dir=build/tests/guest
image=$dir/block_faults.img
count=0
failed=0

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
    count=$((count + 1))
    fault=$4
    rm -f "$image"
    truncate -s 1M "$image"
    set -- "$1" "$2" "$3" --disk "$image"
    [ -z "$fault" ] || set -- "$@" --disk-fault "$fault"
    want=$(expected "$1" "$2" "$3")
    shift 3
    got=$(timeout 60 build/capbench exec --timeout 30 "$@" --grant console --grant disk=block_device "$dir/block_steps" \
        2>&1 </dev/null)
    code=$?
    got=$(printf '%s\n' "$got" | tr -d '\r')
    if [ "$code" -eq 0 ] && [ "$got" = "$want" ]; then
        echo "ok $count - ${fault:-no fault}"
    else
        echo "not ok $count - ${fault:-no fault}"
        failed=1
        printf 'exit code %s\n%s\n' "$code" "$got" | sed 's/^/# /'
    fi
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
rm -f "$image"
echo "1..$count"
exit "$failed"
